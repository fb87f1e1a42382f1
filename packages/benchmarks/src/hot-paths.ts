/**
 * The four paths that nearly all of a simulation's time goes through, each by itself: what the table knows, who enters it, one
 * step of a lookup, one event of the virtual clock. Run alone: npm run hot-paths -w @kadmium/benchmarks
 */
import type { Contact, PeerId } from '@kadmium/interface'
import { Lookup } from '@kadmium/kad-behaviour'
import { compareDistance, peerIdFromBytes } from '@kadmium/peer-id'
import { RoutingTable } from '@kadmium/routing-table'
import { VirtualClock, runUntil, seededRandom } from '@kadmium/runtime'
import { endpointFromBytes } from '@kadmium/wire'
import { Bench } from 'tinybench'

const K = 20
const NODES = 10_000
/** Timers that are set at any time: as in a network of as many nodes. */
const PENDING = 50_000
const EVENTS = 10_000

const random = seededRandom('hot paths')
const contacts = Array.from({ length: NODES }, (_, i): Contact => ({
  id: randomId(),
  publicKey: random.bytes(32),
  addresses: [endpointFromBytes(Uint8Array.of(20 + (i >> 16), (i >> 8) & 255, i & 255, 1, 31, 64))]
}))
const localId = randomId()
const table = filled()
const members = table.closest(localId, Infinity)
const targets = Array.from({ length: 256 }, randomId)
/** For each target the nearest of all, nearest first: what the nodes near it answer. */
const answers = targets.map(target => contacts.toSorted((a, b) => compareDistance(target, a.id, b.id)).slice(0, 2 * K))
const clock = busyClock()

let i = 0
const results: Array<readonly [name: string, perSecond: number]> = []
await measure('closest 20 of a full table', 1, () => { table.closest(targets[++i & 255]!, K) })
await measure('insert: one who is known', 1, () => { table.insert(members[++i % members.length]!, i) })
await measure('insert: newcomers until the table is full', NODES, () => { filled() })
await measure('lookup: choose, hear 20, settle', stepsOf(lookUp(0)), () => { lookUp(++i & 255) })
await measure('event: set, fire, drain the promises', EVENTS, async () => { await runUntil(clock, clock.now() + 1) })
console.table(results.map(([name, perSecond]) => ({ path: name, 'a second': Math.round(perSecond), 'µs each': (1e6 / perSecond).toFixed(2) })))

async function measure (name: string, steps: number, run: () => void | Promise<void>): Promise<void> {
  const bench = new Bench({ time: 500 }).add(name, run)
  await bench.run()
  const result = bench.tasks[0]?.result
  results.push([name, result !== undefined && 'throughput' in result ? result.throughput.mean * steps : 0])
}

/** A lookup in a network where each asked node names the 20 that are nearest to the target of those it might know. */
function lookUp (number: number): Lookup {
  const target = targets[number]!
  const nearest = answers[number]!
  const lookup = new Lookup({ target, localId, seeds: table.closest(target, K), k: K, alpha: 3, disjointPaths: 4 })
  for (let now = 0; !lookup.done; now++) {
    const next = lookup.next(now)
    if (next.length === 0) break
    for (const [place, { id }] of next.entries()) lookup.answered(id, nearest.slice(place, place + K), now)
  }
  return lookup
}

function stepsOf (lookup: Lookup): number {
  return lookup.stats.requests
}

function filled (): RoutingTable {
  const table = new RoutingTable({ localId, k: K })
  for (const [i, contact] of contacts.entries()) table.insert(contact, i)
  return table
}

/** Timers that set themselves anew, so that as many as `EVENTS` fire in each millisecond. */
function busyClock (): VirtualClock {
  const clock = new VirtualClock()
  const every = PENDING / EVENTS
  for (let timer = 0; timer < PENDING; timer++) {
    const again = (): void => { clock.setTimeout(again, every) }
    clock.setTimeout(again, timer / EVENTS)
  }
  return clock
}

function randomId (): PeerId {
  return peerIdFromBytes(random.bytes(20))
}
