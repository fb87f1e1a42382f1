/**
 * What theory expects of a network of `nodes` with full tables and nobody leaving. The hops follow Stutzbach and Rejaie
 * (2006): a hop gains 1.333 + log2(k) bits. The others were fitted to simulations of 1,000 to 100,000 nodes.
 */

import { log } from '../lognormal.ts'

export interface Expected {
  /** Answers between the own table and the nearest node. */
  readonly hops: number
  /** Requests of a lookup for the k closest. */
  readonly rpcs: number
  /** Median time of a lookup that widens its window when nothing nearer comes, in milliseconds. */
  readonly medianMs: number
  readonly tableEntries: number
}

export function expected (nodes: number, k: number, alpha: number, roundTripMs: number): Expected {
  const buckets = Math.max(0, log2(nodes / k))
  const hops = buckets / (1.333 + log2(k))
  return {
    hops,
    rpcs: Math.min(nodes - 1, k + 0.75 * alpha * hops + 1),
    medianMs: (hops + 2.4) * roundTripMs,
    tableEntries: Math.min(nodes - 1, k * (buckets + 1))
  }
}

function log2 (x: number): number {
  return log(x) / Math.LN2
}
