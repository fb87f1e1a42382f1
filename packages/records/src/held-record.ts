import type { Endpoint, KadRecord, PeerId } from '@kadmium/interface'

/** A record as a holder has it. Times are monotonic milliseconds. */
export interface HeldRecord {
  readonly record: KadRecord
  /** SHA-1 of the record's key: its place in the key space. */
  readonly keyId: PeerId
  /** When this copy ends. It is never served after that. */
  readonly expiresAt: number
  /** When this very record was first put. */
  readonly firstReceivedAt: number
  /** When it was last put. */
  readonly receivedAt: number
  /** Who put it last; absent when this node did. */
  readonly from?: Endpoint
}

/** What is left of a life, in whole milliseconds: what may be told to others. */
export function remainingMs (held: HeldRecord, now: number): number {
  return Math.max(0, Math.floor(held.expiresAt - now))
}
