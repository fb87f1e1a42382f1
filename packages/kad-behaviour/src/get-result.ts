/** What a get is asked, and what it gives. */
import type { KadRecord, PeerId, PeerInfo, PeerRecord, QueryOptions, Quorum } from '@kadmium/interface'
import type { Disbelieved, Equivocation, RecordHolders } from './get-tally.ts'

export type GetOptions = QueryOptions & {
  /**
   * Holders whose verified records are waited for. Default: the behaviour's `getQuorum`, or fewer when all that is left to
   * wait for is slow. A quorum that is asked for here is waited for until nobody is left; `majority` and `all` are of the
   * replication factor.
   */
  readonly quorum?: Quorum
  /** Raw Ed25519 key: only records of this publisher. */
  readonly publisher?: Uint8Array
  /** Only records of this slot. */
  readonly salt?: Uint8Array
}

export interface GetResult {
  readonly key: Uint8Array
  readonly keyId: PeerId
  /** The newest record of each publisher and salt, best first; this node's own copies included. Empty: not found. */
  readonly records: readonly PeerRecord[]
  /** The first of `records`. */
  readonly best?: KadRecord
  /** Its value. */
  readonly value?: Uint8Array
  /**
   * Whether other publishers hold other values than the best: then the best is only the newest, and whoever wants a certain
   * publisher's has to say so, or to use an owned key.
   */
  readonly contested: boolean
  /** Who gave what: each record that was seen, older ones and tombstones too. */
  readonly held: readonly RecordHolders[]
  /** Publishers that signed two values with one sequence number. */
  readonly equivocations: readonly Equivocation[]
  /** Peers that gave a record which cannot be believed or read, each with the reason. */
  readonly disbelieved: readonly Disbelieved[]
  /** Peers that gave a verified record, or a tombstone. */
  readonly holders: readonly PeerId[]
  /** The peers nearest to the key that answered, nearest first. */
  readonly closest: readonly PeerInfo[]
  /** Answers that lay between the own table and the first holder; without one, and the nearest peer. */
  readonly hops: number
  /** Peers that were sent anything. */
  readonly asked: number
  readonly elapsedMs: number
  /** True when this is what was reached when time was up, or `finish()` was called. */
  readonly partial: boolean
}
