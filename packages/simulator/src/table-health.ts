/** Whether routing tables are what they ought to be, which only the oracle knows. */
import type { Contact, PeerId } from '@kadmium/interface'
import { bucketIndex } from '@kadmium/peer-id'
import { bucketSlices, nearestFirst, sortedById } from './oracle.ts'

/** What is asked of a table: a `RoutingTable`. */
export interface ReadableTable {
  bucketSize (index: number): number
  get (id: PeerId): Contact | undefined
  closest (target: PeerId, count: number): readonly Contact[]
}

/** A node that is up, and its table. */
export interface TableOwner {
  readonly id: PeerId
  readonly table: ReadableTable
}

export interface TableHealth {
  /** Entries, of those that endless time would make: up to k in each bucket. */
  readonly fill: number
  /** Of the k nodes nearest to each, those that it knows. */
  readonly neighboursKnown: number
  /** Of the k nearest to each, those that it does not know because their bucket is full of others: who came first stays (Kademlia, section 2.2). */
  readonly neighboursCrowdedOut: number
  /** Nodes that know all of their k nearest. */
  readonly wholeNeighbourhoods: number
  /** Buckets to which some node belongs. Lookups find their way as long as none of these is empty (Kademlia, section 3). */
  readonly buckets: number
  readonly emptyBuckets: number
  /** Entries whose node is not among those that are up. */
  readonly deadEntries: number
  /** Nodes that know nobody who is up. */
  readonly isolated: number
}

/** @param owners all nodes that are up */
export function tableHealth (owners: readonly TableOwner[], k: number): TableHealth {
  const sorted = sortedById(owners)
  const living = new Set(owners.map(({ id }) => id.hex))
  const sum = { entries: 0, wanted: 0, neighbours: 0, known: 0, crowdedOut: 0, wholeNeighbourhoods: 0, buckets: 0, emptyBuckets: 0, deadEntries: 0, isolated: 0 }
  for (const { id, table } of owners) {
    for (const { index, population } of populated(id, sorted)) {
      sum.buckets++
      sum.wanted += Math.min(population, k)
      if (table.bucketSize(index) === 0) sum.emptyBuckets++
    }
    const neighbours = nearest(id, sorted, k)
    const unknown = neighbours.filter(neighbour => table.get(neighbour) === undefined)
    const known = neighbours.length - unknown.length
    sum.neighbours += neighbours.length
    sum.known += known
    sum.crowdedOut += unknown.filter(neighbour => table.bucketSize(bucketIndex(id, neighbour) ?? 0) >= k).length
    if (known === neighbours.length) sum.wholeNeighbourhoods++
    const entries = table.closest(id, Infinity)
    const alive = entries.filter(entry => living.has(entry.id.hex)).length
    sum.entries += entries.length
    sum.deadEntries += entries.length - alive
    if (alive === 0 && owners.length > 1) sum.isolated++
  }
  const { entries, wanted, neighbours, known, crowdedOut, ...counts } = sum
  return {
    fill: share(entries, wanted),
    neighboursKnown: share(known, neighbours),
    neighboursCrowdedOut: neighbours === 0 ? 0 : crowdedOut / neighbours,
    ...counts
  }
}

function * populated (self: PeerId, sorted: readonly TableOwner[]): Generator<{ readonly index: number, readonly population: number }> {
  let index = 0
  for (const [from, to] of bucketSlices(self, sorted)) {
    if (to > from) yield { index, population: to - from }
    index++
  }
}

/** The `k` others that are nearest to `self`. */
function nearest (self: PeerId, sorted: readonly TableOwner[], k: number): PeerId[] {
  const found: PeerId[] = []
  for (const { id } of nearestFirst(sorted, self)) {
    if (found.length === k) break
    if (!id.equals(self)) found.push(id)
  }
  return found
}

function share (part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole
}
