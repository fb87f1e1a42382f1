/** The numbers that bound a routing table, their defaults and what they may be. */

import { InvalidOptionError } from '@kadmium/interface'
import type { PeerId } from '@kadmium/interface'

export interface RoutingTableInit {
  readonly localId: PeerId
  /** Contacts per bucket. Default 20. */
  readonly k?: number
  /** Contacts per bucket that may wait for a place. Default `k`. */
  readonly replacementCacheSize?: number
  /** Contacts of one IP group (/24, IPv6 /56) in a bucket, those that wait included. Default 2. */
  readonly maxPerGroupInBucket?: number
  /** Contacts of one IP group in the table. Default 10. */
  readonly maxPerGroupInTable?: number
  /** Whether loopback, private and link-local addresses count to no group. Default true. */
  readonly exemptPrivate?: boolean
  /** Unanswered requests in a row, each with its retries, after which a contact leaves. Default 2. */
  readonly maxFailures?: number
  /** A contact seen within this many milliseconds is not probed: it lives. Default 0, probe always. */
  readonly probeIdleMs?: number
  /** After this many milliseconds without `answered` or `failed` a probe counts as never sent. Default 30,000. */
  readonly probeExpiryMs?: number
  /** A contact that waits and was not seen for longer than this takes no place any more. Milliseconds, default `Infinity`. */
  readonly maxCandidateAgeMs?: number
}

export type Limits = Required<Omit<RoutingTableInit, 'localId'>>

const smallest = {
  k: 1,
  replacementCacheSize: 1,
  maxPerGroupInBucket: 1,
  maxPerGroupInTable: 1,
  maxFailures: 1,
  probeIdleMs: 0,
  probeExpiryMs: 1,
  maxCandidateAgeMs: 0
}

/** Throws `InvalidOptionError` for a number that would make a table without sense. `Infinity` lifts a limit. */
export function limitsFrom (init: Omit<RoutingTableInit, 'localId'>): Limits {
  const { k = 20, replacementCacheSize = k, maxPerGroupInBucket = 2, maxPerGroupInTable = 10 } = init
  const { exemptPrivate = true, maxFailures = 2, probeIdleMs = 0, probeExpiryMs = 30_000, maxCandidateAgeMs = Infinity } = init
  const numbers = { k, replacementCacheSize, maxPerGroupInBucket, maxPerGroupInTable, maxFailures, probeIdleMs, probeExpiryMs, maxCandidateAgeMs }
  for (const name of Object.keys(smallest) as Array<keyof typeof smallest>) {
    if (!(numbers[name] >= smallest[name])) throw new InvalidOptionError(name, `expected at least ${smallest[name]}, got ${numbers[name]}`)
  }
  // One shape for all tables: a spread has one of its own each time, at 300 bytes.
  return { k, replacementCacheSize, maxPerGroupInBucket, maxPerGroupInTable, exemptPrivate, maxFailures, probeIdleMs, probeExpiryMs, maxCandidateAgeMs }
}
