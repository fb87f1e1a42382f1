/**
 * Measures lookups in a network of 10,000 nodes with perfect tables, and compares them with the analytical limits and with
 * what attackers may cost: `npm run lookups [nodes] [lookups]`. A small variant runs with the tests.
 */
import { Lookup } from '../src/lookup.ts'
import { expectedHops, measure } from './support/measure.ts'
import { PerfectNetwork, randomId } from './support/perfect-network.ts'
import { seededRandom } from '@kadmium/runtime'
import type { Contact } from '@kadmium/interface'
import type { Measurement } from './support/measure.ts'

const [size = 10_000, lookups = 1_000] = process.argv.slice(2).map(Number)
const plain = { k: 20, alpha: 3, disjointPaths: 1 }
const four = { ...plain, disjointPaths: 4, pathWidth: 8 }
const eight = { ...plain, disjointPaths: 8, pathWidth: 4 }
const adaptive = { slowMs: 350, failedMs: 1000 }

console.log(`${size} nodes, ${lookups} lookups a line; a dead contact fails after 500 ms (slow: it is slow after 350, and fails after 1000)\n`)
report('', 'found %', 'recall %', 'hops', 'requests', 'p99', 'heard ms', 'p99', 'end ms', 'p99', 'end / RTT')
show('plain', { options: plain })
show('plain, k = 8', { options: { ...plain, k: 8 } })
show('plain, alpha = 10', { options: { ...plain, alpha: 10 } })
show('d = 4, w = 8', { options: four })
for (const attack of ['silent', 'colluding', 'garbage'] as const) {
  for (const [name, options] of Object.entries({ plain, 'd = 4, w = 8': four, 'd = 8, w = 4': eight })) {
    show(`${name}, 30 % ${attack}`, { options, attack })
    if (attack !== 'colluding') show(`${name}, 30 % ${attack}, slow`, { options, attack, timeouts: adaptive })
  }
}
show('d = 8, w = 4, 50 % colluding', { options: eight, attack: 'colluding', badShare: 0.5 })
show('plain, cut to k, 30 % garbage', { options: { ...plain, maxCandidates: 20 }, attack: 'garbage' })
for (const k of [8, 20]) {
  const hops = expectedHops(size, k)
  console.log(`\nlimits for k = ${k}: ${hops.toFixed(2)} hops, ${(k + 0.75 * 3 * hops + 1).toFixed(1)} requests, end / RTT ${(hops + 2.4).toFixed(2)}`)
}
console.log(`\nthe machine alone: ${microsecondsPerLookup().toFixed(0)} µs a lookup of k = 20`)

function show (name: string, measurement: Omit<Measurement, 'size' | 'lookups'>): void {
  const { found, recall, hops, requests, heardMs, endMs, rttMs } = measure({ size, lookups, ...measurement })
  report(name, 100 * found, 100 * recall, hops, requests.mean, requests.p99, heardMs.p50, heardMs.p99, endMs.p50, endMs.p99, endMs.p50 / rttMs)
}

function report (name: string, ...cells: Array<number | string>): void {
  const text = cells.map(cell => typeof cell === 'string' ? cell : cell === Infinity ? 'never' : cell.toFixed(cell < 10 ? 2 : 1))
  console.log(name.padEnd(34) + text.map(cell => cell.padStart(10)).join(''))
}

/** Answers are made beforehand, so that nothing but the machine is timed. */
function microsecondsPerLookup (): number {
  const random = seededRandom(1)
  const network = new PerfectNetwork({ size, k: 20, random })
  const cases = Array.from({ length: 200 }, () => {
    const [from, target] = [network.some(), randomId(random)]
    const answers = new Map<string, Contact[]>()
    const init = { ...plain, target, localId: from.contact.id, seeds: network.closest(from, target) }
    run(init, answers, id => network.closest(network.get(id)!, target))
    return { init, answers }
  })
  let best = Infinity
  for (let round = 0; round < 20; round++) {
    const start = process.hrtime.bigint()
    for (const { init, answers } of cases) run(init, answers)
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1000 / cases.length)
  }
  return best
}

function run (init: ConstructorParameters<typeof Lookup>[0], answers: Map<string, Contact[]>, make?: (id: Contact['id']) => Contact[]): void {
  const lookup = new Lookup(init)
  const open: Contact[] = []
  while (!lookup.done) {
    open.push(...lookup.next(0))
    const { id } = open.shift()!
    if (make !== undefined) answers.set(id.hex, make(id))
    lookup.answered(id, answers.get(id.hex)!, 0)
  }
}
