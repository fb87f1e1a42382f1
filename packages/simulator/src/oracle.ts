/**
 * What no node can know: the whole network at once. It fills routing tables as endless time would, and says which nodes
 * are truly the closest.
 */

import type { Contact, PeerId, Random } from '@kadmium/interface'
import { ID_BITS, compareDistance, isCloser, peerIdFromWords } from '@kadmium/peer-id'

/** The distance from 0 is the number itself. */
const ZERO = peerIdFromWords(0, 0, 0, 0, 0)

interface Identified {
  readonly id: PeerId
}

/** Where the oracle puts contacts: a `RoutingTable`. */
export interface FillableTable {
  insert (contact: Contact, now: number): unknown
}

/**
 * Gives the node `self` up to `k` contacts in every bucket, chosen at random where there are more. `sorted` are all
 * contacts in the order of their ids.
 */
export function fillTable (table: FillableTable, self: PeerId, sorted: readonly Contact[], k: number, random: Random, now: number): void {
  for (const [from, to] of bucketSlices(self, sorted)) {
    for (const index of choose(from, to, k, random)) table.insert(sorted[index] as Contact, now)
  }
}

export function sortedById<T extends Identified> (nodes: readonly T[]): T[] {
  return [...nodes].sort((a, b) => compareDistance(ZERO, a.id, b.id))
}

/** The `k` nodes nearest to `target`, nearest first: one pass over all, and no clever index that could be wrong itself. */
export function closestOf<T extends Identified> (nodes: Iterable<T>, target: PeerId, k: number): T[] {
  const nearest: T[] = []
  for (const node of nodes) {
    if (nearest.length === k && !isCloser(target, node.id, (nearest[k - 1] as T).id)) continue
    let at = nearest.length
    while (at > 0 && isCloser(target, node.id, (nearest[at - 1] as T).id)) at--
    nearest.splice(at, 0, node)
    if (nearest.length > k) nearest.pop()
  }
  return nearest
}

/**
 * All of `sorted`, which is in the order of ids, nearest to `target` first: of two halves that differ in one bit, all of the
 * one that agrees with the target is nearer than all of the other. What is not asked for is not looked at.
 */
export function * nearestFirst<T extends Identified> (sorted: readonly T[], target: PeerId, from = 0, to = sorted.length, depth = 0): Generator<T> {
  if (to - from <= 1 || depth === ID_BITS) {
    for (let index = from; index < to; index++) yield sorted[index] as T
    return
  }
  const split = firstWithBit(sorted, from, to, depth)
  const [near, far] = bitOf(target, depth) === 1 ? [[split, to], [from, split]] as const : [[from, split], [split, to]] as const
  yield * nearestFirst(sorted, target, ...near, depth + 1)
  yield * nearestFirst(sorted, target, ...far, depth + 1)
}

/** A bucket is a run of the sorted ids: those that share exactly so many bits with `self`. */
export function * bucketSlices (self: PeerId, sorted: readonly Identified[]): Generator<readonly [number, number]> {
  let from = 0
  let to = sorted.length
  for (let depth = 0; to - from > 1 && depth < ID_BITS; depth++) {
    const split = firstWithBit(sorted, from, to, depth)
    const selfIsAbove = bitOf(self, depth) === 1
    yield selfIsAbove ? [from, split] : [split, to]
    if (selfIsAbove) from = split
    else to = split
  }
}

/** Of the ids in `[from, to)`, which agree in their first `depth` bits, the first one whose next bit is set. */
function firstWithBit (sorted: readonly Identified[], from: number, to: number, depth: number): number {
  while (from < to) {
    const middle = (from + to) >> 1
    if (bitOf((sorted[middle] as Identified).id, depth) === 1) to = middle
    else from = middle + 1
  }
  return from
}

function bitOf (id: PeerId, depth: number): number {
  return (wordAt(id, depth) >>> (31 - (depth & 31))) & 1
}

function wordAt (id: PeerId, depth: number): number {
  switch (depth >> 5) {
    case 0: return id.w0
    case 1: return id.w1
    case 2: return id.w2
    case 3: return id.w3
    default: return id.w4
  }
}

/** `count` different integers of `[from, to)`, or all of them (Floyd's algorithm). */
function choose (from: number, to: number, count: number, random: Random): Set<number> {
  const chosen = new Set<number>()
  for (let last = Math.max(from, to - count); last < to; last++) {
    const index = from + random.below(last - from + 1)
    chosen.add(chosen.has(index) ? last : index)
  }
  return chosen
}
