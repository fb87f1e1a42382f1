import type { Contact, PeerId } from '@kadmium/interface'
import type { LookupStep } from './candidate.ts'

export interface LookupInit {
  readonly target: PeerId
  /** Never a candidate. */
  readonly localId: PeerId
  /** The nearest contacts of the own table. */
  readonly seeds: readonly Contact[]
  /** How many of the nearest contacts are wanted. */
  readonly k: number
  /** Requests in flight on each path while it makes progress. */
  readonly alpha: number
  /** Paths that share no node (S/Kademlia). 1 is plain Kademlia; at most 30. */
  readonly disjointPaths: number
  /** How many of its nearest contacts each of several paths asks. Default 8. */
  readonly pathWidth?: number
  /** Contacts that are remembered; the farthest unasked gives way. Default 512. */
  readonly maxCandidates?: number
  /** Contacts that are read of one reply. Default `k`. */
  readonly maxContactsPerReply?: number
  /** Dead contacts after which a source that named no live one is not believed. Default 3. */
  readonly distrustAfterDead?: number
  /** Requests in all. Default 256. */
  readonly maxRequests?: number
}

export interface LookupStats {
  readonly requests: number
  readonly successes: number
  readonly failures: number
  /** Requests neither answered nor failed. */
  readonly waiting: number
}

export declare class Lookup {
  constructor (init: LookupInit)
  /** Whom to ask now, nearest first; they count as asked from here on. */
  next (now: number): Contact[]
  /** `id` answered and named `closer` (empty when it had a value instead). */
  answered (id: PeerId, closer: readonly Contact[], now: number): void
  /** Every try of the request to `id` went unanswered, or its answer was unusable. */
  failed (id: PeerId, now: number): void
  /** The first try to `id` went unanswered: its place is free, its answer still counts. */
  slow (id: PeerId, now: number): void
  /** Ends it with what was reached. */
  finish (): void
  get done (): boolean
  /** Those that answered, nearest first. */
  closest (n?: number): Contact[]
  get stats (): LookupStats
  /** Answers between the own table and `id`: 0 for a seed, `undefined` for a stranger. */
  hops (id: PeerId): number | undefined
  /** Who named `id` first; `undefined` for the own table and for strangers. */
  heardFrom (id: PeerId): PeerId | undefined
  /** Every request in the order of asking; never more than `maxRequests`. */
  trace (): readonly LookupStep[]
}
