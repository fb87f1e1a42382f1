/**
 * Which lookups keep a table fresh (Kademlia, section 2.3). A bucket is due when no lookup went through it for so long, a full
 * one half as often: pings keep its contacts, and it has no room for others.
 * Those of the own neighbourhood, where the k nearest nodes are, are refreshed together by one lookup of the own id.
 */
import type { RoutingTable } from '@kadmium/routing-table'

export interface RefreshDue {
  /** Buckets in which a random id is to be looked up. */
  readonly buckets: readonly number[]
  /** The buckets that a lookup of the own id covers; empty when none of them is due. */
  readonly neighbourhood: readonly number[]
}

export function refreshDue (table: RoutingTable, now: number, intervalMs: number): RefreshDue {
  const late = new Set(table.refreshCandidates(now, 2 * intervalMs))
  const due = table.refreshCandidates(now, intervalMs)
    .filter(index => index <= deepestWorthIt(table) && (late.has(index) || table.bucketSize(index) < table.k))
  const first = neighbourhood(table)
  const near = due.filter(index => index >= first)
  return { buckets: due.filter(index => index < first), neighbourhood: near }
}

/** Whether a lookup would add nothing to a bucket: it is full, or a lookup of the own id has covered it. In a network of hardly more than k nodes nothing is taken for granted. */
export function isKnown (table: RoutingTable, index: number): boolean {
  const first = neighbourhood(table)
  return table.bucketSize(index) >= table.k || (first > 0 && index >= first)
}

/** The first bucket all of whose nodes are among the k nearest. */
function neighbourhood (table: RoutingTable): number {
  const sizes = [...table.buckets()]
  let known = 0
  for (const { index, entries } of sizes.reverse()) {
    known += entries.length
    if (known >= table.k) return index + 1
  }
  return 0
}

/** Past the first empty bucket g there is hardly anybody: only as far as 2(g + 1) (go-libp2p-kad-dht, `refreshManager`). */
function deepestWorthIt (table: RoutingTable): number {
  let gap = 0
  while (gap < ID_BITS && table.bucketSize(gap) > 0) gap++
  return Math.min(2 * (gap + 1), ID_BITS - 1)
}

const ID_BITS = 160
