import { seededRandom } from '@kadmium/runtime'
import { PerfectNetwork, randomId } from './support/perfect-network.ts'
import { runLookup } from './support/run-lookup.ts'
import type { Attack } from './support/run-lookup.ts'
import type { LookupInit } from '../src/lookup.ts'

type Options = Omit<LookupInit, 'target' | 'localId' | 'seeds'>
const only = process.env.ONLY
const [size = 10_000, lookups = 1000] = process.argv.slice(2).map(Number)

function quantile (values: number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN
}
const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length

function measure (name: string, options: Options, attack?: Attack, badShare = attack === undefined ? 0 : 0.3, timeouts?: { slowMs?: number, failedMs: number }): void {
  if (only && !new RegExp(only).test(name)) return
  const random = seededRandom(1)
  const network = new PerfectNetwork({ size, k: options.k, random, badShare })
  const hops: number[] = []; const requests: number[] = []; const end: number[] = []; const first: number[] = []
  let recall = 0; let found = 0
  const rtts = Array.from({ length: 1000 }, () => network.roundTripMs(network.some(), network.some()))
  for (let i = 0; i < lookups; i++) {
    const from = network.someHonest()
    const target = attack === undefined ? randomId(random) : network.someHonest().contact.id
    const run = runLookup({ network, from, target, random, options, ...(attack && { attack }), ...(timeouts && { timeouts }) })
    const truth = attack === 'silent'
      ? network.trueClosest(target, options.k * 3, from).filter(c => !network.get(c.id)!.bad).slice(0, options.k)
      : network.trueClosest(target, options.k, from)
    const got = new Set(run.lookup.closest().map(c => c.id.hex))
    recall += truth.filter(c => got.has(c.id.hex)).length / truth.length / lookups
    if (got.has(truth[0]!.id.hex)) found++
    hops.push(run.lookup.hops(truth[0]!.id) ?? 9)
    requests.push(run.lookup.stats.requests)
    end.push(run.endMs)
    if (run.heardMs !== undefined) first.push(run.heardMs)
  }
  const rtt50 = quantile(rtts, 0.5)
  console.log(`${name.padEnd(28)} found ${(100 * found / lookups).toFixed(2)} recall ${recall.toFixed(4)} hops ${mean(hops).toFixed(2)} rpcs ${mean(requests).toFixed(1)}/${quantile(requests, 0.99)} first ${quantile(first, 0.5).toFixed(0)}/${quantile(first, 0.99).toFixed(0)} end ${quantile(end, 0.5).toFixed(0)}/${quantile(end, 0.99).toFixed(0)} rtt50 ${rtt50.toFixed(0)} end/rtt ${(quantile(end, 0.5) / rtt50).toFixed(2)}`)
}

const plain = { k: 20, alpha: 3, disjointPaths: 1, ...(process.env.DIS && { distrustAfterDead: Number(process.env.DIS) }) }
const d4 = { k: 20, alpha: 3, disjointPaths: 4, pathWidth: 8 }
const d8 = { k: 20, alpha: 3, disjointPaths: 8, pathWidth: 4 }
measure('plain', plain)
measure('plain k8', { ...plain, k: 8 })
measure('d4w8', d4)
for (const attack of ['silent', 'colluding', 'garbage'] as const) {
  for (const [name, options] of Object.entries({ plain, d4, d8 })) {
    measure(`${name} ${attack}`, options, attack)
    if (attack !== 'colluding') measure(`${name} ${attack} slow`, options, attack, 0.3, { slowMs: 350, failedMs: 1000 })
  }
}
measure('d8 50 % colluding', d8, 'colluding', 0.5)
