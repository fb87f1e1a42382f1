/**
 * The routing table against k-bucket 5.1: 100,000 contacts offered to a table with k = 20, then lookups of 20.
 * Run alone: npm run routing-table -w @kadmium/benchmarks
 */
import type { Contact, PeerId } from '@kadmium/interface'
import { compareDistance, peerIdFromBytes } from '@kadmium/peer-id'
import { RoutingTable } from '@kadmium/routing-table'
import { seededRandom } from '@kadmium/runtime'
import { endpointFromBytes } from '@kadmium/wire'
import KBucket from 'k-bucket'
import { Bench } from 'tinybench'

const K = 20
const random = seededRandom('routing-table')

/** Each in a /24 of its own, or k-bucket, which knows no groups, would hold what we refuse. */
const contacts = Array.from({ length: 100_000 }, (_, i): Contact => ({
  id: randomId(),
  addresses: [endpointFromBytes(Uint8Array.of(20 + (i >> 16), (i >> 8) & 255, i & 255, 1, 31, 64))]
}))
const theirs = contacts.map(({ id }) => ({ id: id.bytes }))
const localId = randomId()
const targets = Array.from({ length: 1024 }, randomId)
const theirTargets = targets.map(({ bytes }) => bytes)
const table = filled(100_000)
const kBucket = filledKBucket(100_000)
const members = table.closest(localId, Infinity)

let i = 0
const bench = new Bench({ time: 500 })
  .add('closest 20, kadmium', () => { table.closest(targets[++i & 1023]!, K) })
  .add('closest 20, k-bucket', () => { kBucket.closest(theirTargets[++i & 1023]!, K) })
  .add('offer 10,000, kadmium', () => { filled(10_000) })
  .add('offer 10,000, k-bucket', () => { filledKBucket(10_000) })
  .add('heard again, kadmium', () => { table.answered(members[++i % members.length]!.id, i, 20) })
await bench.run()

console.table(bench.tasks.map(({ name, result }) => {
  const hz = 'throughput' in result ? result.throughput.mean : 0
  return { name, 'operations/s': Math.round(name.startsWith('offer') ? hz * 10_000 : hz), 'exact answers': exactness(name) }
}))

function randomId (): PeerId {
  return peerIdFromBytes(random.bytes(20))
}

function filled (count: number): RoutingTable {
  const table = new RoutingTable({ localId, k: K })
  for (let i = 0; i < count; i++) table.insert(contacts[i]!, i)
  return table
}

function filledKBucket (count: number): KBucket {
  const table = new KBucket({ localNodeId: localId.bytes, numberOfNodesPerKBucket: K })
  table.on('ping', () => {})
  for (let i = 0; i < count; i++) table.add(theirs[i]!)
  return table
}

/** The share of lookups that gave the same as a sort of everything the table holds. */
function exactness (name: string): string {
  if (name === 'closest 20, kadmium') return share(target => table.closest(target, K).map(({ id }) => id), members.map(({ id }) => id))
  if (name === 'closest 20, k-bucket') return share(target => idsOf(kBucket.closest(target.bytes, K)), idsOf(kBucket.toArray()))
  return ''
}

function idsOf (contacts: Array<{ id: Uint8Array }>): PeerId[] {
  return contacts.map(({ id }) => peerIdFromBytes(id))
}

function share (closest: (target: PeerId) => PeerId[], held: PeerId[]): string {
  const exact = targets.filter(target => {
    const expected = held.toSorted((a, b) => compareDistance(target, a, b)).slice(0, K)
    const found = closest(target)
    return expected.every((id, i) => found[i]?.equals(id))
  })
  return `${exact.length} of ${targets.length}`
}
