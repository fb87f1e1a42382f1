import type { AbortOptions } from '@libp2p/interface'
import type { EclipseSuspected, Endpoint, Mode, PeerId, PutResult, Quorum, RecordRefusal } from '@kadmium/interface'

/**
 * What a person can ask of a running node: the verbs of the command line, with results as plain values. Whatever needs
 * more of a node reads `KadmiumNode.swarm`.
 */
export interface NodeOperations {
  readonly id: PeerId
  readonly network: string
  /** Where others reach it, the likeliest first. A wildcard is told as the addresses of this machine's interfaces. */
  readonly addresses: readonly Endpoint[]
  /**
   * Proves a session with at least one of `seeds` and then meets the own neighbourhood. Rejects with `InvalidOptionError` when
   * the profile is `public` and none of them is a public address.
   */
  join (seeds: readonly Endpoint[], options?: JoinOptions): Promise<JoinResult>
  put (key: Uint8Array, value: Uint8Array, options?: PutOptions): Promise<PutOutcome>
  get (key: Uint8Array, options?: GetOptions): Promise<GetOutcome>
  /** Puts a tombstone in the place of what this node's publisher put. */
  remove (key: Uint8Array, options?: PutOptions): Promise<PutOutcome>
  /** Many puts, as they finish; so many at once. */
  putMany (items: AsyncIterable<KeyAndValue>, options?: PutOptions): AsyncIterable<PutOfMany>
  /** Many gets, as they finish. */
  getMany (keys: AsyncIterable<Uint8Array>, options?: AbortOptions): AsyncIterable<GetOfMany>
  /** Says under a name where this node is, and says it again until the signal is aborted, `withdraw` is called or the node stops. */
  advertise (namespace: string, options?: AdvertiseOptions): Promise<PutResult>
  /** Takes that back. */
  withdraw (namespace: string, options?: AbortOptions): Promise<void>
  /** Who advertises under a name, each as it is found. */
  discover (namespace: string, options?: DiscoverOptions): AsyncIterable<FoundPeer>
  /** The nodes closest to `target`, the closest first. */
  find (target: PeerId, options?: FindOptions): Promise<FindOutcome>
  /** `undefined` when nobody answers. */
  ping (target: Endpoint | PeerId, options?: AbortOptions): Promise<Pong | undefined>
  status (): NodeStatus
  /** The routing table, nearest bucket last. */
  peers (): readonly KnownPeer[]
  /** The records that this node holds. */
  records (): readonly HeldCopy[]
  /** Calls `told` for each key around which more nodes crowd than chance explains, as long as the node runs. */
  watchForEclipses (told: (suspected: EclipseSuspected) => void): void
  stop (): Promise<void>
}

export type JoinOptions = AbortOptions & {
  /** How long to wait for the first answer of any seed, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number
  /**
   * `neighbourhood` looks up the own id and fills the buckets, as a server must; `contact` stops at the first seed that
   * answers, which is all that one lookup needs. Default `neighbourhood`.
   */
  readonly depth?: 'contact' | 'neighbourhood'
}

export interface JoinResult {
  /** Seeds that answered. Empty: nobody could be reached. */
  readonly reached: readonly { readonly peer: PeerId, readonly address: Endpoint }[]
  readonly unreachable: readonly Endpoint[]
  /** Peers in the routing table now. */
  readonly peers: number
  readonly elapsedMs: number
}

export type PutOptions = AbortOptions & {
  readonly quorum?: Quorum
  /** In milliseconds; the record's whole life. */
  readonly ttlMs?: number
  /** Nodes that are to hold it too, wherever they are. */
  readonly also?: readonly { readonly peer: PeerId, readonly address: Endpoint }[]
}

export type GetOptions = AbortOptions & {
  /** Raw Ed25519 key: only what this publisher put. */
  readonly publisher?: Uint8Array
}

export interface KeyAndValue {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** `problem`: why there is no outcome, or why it is none that counts. */
export interface PutOfMany {
  readonly key: Uint8Array
  readonly storedOn: number
  readonly problem?: string
}

export interface GetOfMany {
  readonly key: Uint8Array
  readonly value?: Uint8Array
  readonly problem?: string
}

export type AdvertiseOptions = AbortOptions & {
  /** In milliseconds; who has gone is listed so long. Default 2 h. */
  readonly ttlMs?: number
  /** At most 200 bytes. */
  readonly payload?: Uint8Array
}

export type DiscoverOptions = AbortOptions & {
  /** Goes on asking, and also yields who comes or changes, until the signal is aborted. Default false. */
  readonly follow?: boolean
}

export interface FoundPeer {
  readonly peer: PeerId
  readonly addresses: readonly Endpoint[]
  readonly payload?: Uint8Array
}

/** `ok` is false when fewer holders than the quorum acknowledged. A lone node's own copy is `ok`. */
export type PutOutcome = PutResult & { readonly ok: boolean }

export interface GetOutcome {
  readonly key: Uint8Array
  readonly keyId: PeerId
  /** The newest verified value; `undefined` when nobody has one. */
  readonly value: Uint8Array | undefined
  /** What each publisher has under the key, the newest first. */
  readonly records: readonly FoundRecord[]
  /** Whether other publishers have other values. */
  readonly contested: boolean
  /** Peers that gave a record which cannot be believed or read, each with the reason. */
  readonly disbelieved: readonly DisbelievedPeer[]
  /** Publishers that signed two records of one slot with one sequence number; every reader takes the same one of the two. */
  readonly equivocations: readonly CaughtPublisher[]
  /** Answers that lay between the own table and the first holder: 0 when it was known, or when the copy is the own. */
  readonly hops: number
  /** Peers that were asked. */
  readonly asked: number
  /** Of these, peers that answered. */
  readonly answered: number
  readonly elapsedMs: number
}

export interface CaughtPublisher {
  /** Raw Ed25519 key. */
  readonly publisher: Uint8Array
  readonly seq: number
}

export interface DisbelievedPeer {
  readonly peer: PeerId
  readonly reason: RecordRefusal
}

export interface FoundRecord {
  /** Raw Ed25519 key; absent for an immutable value. */
  readonly publisher?: Uint8Array
  readonly value: Uint8Array
  readonly seq: number
  /** Peers that gave it. */
  readonly holders: number
}

export type FindOptions = AbortOptions & {
  /** Called for each peer that answers or fails, as it happens. */
  readonly onHop?: (hop: Hop) => void
}

export interface Hop {
  readonly peer: PeerId
  readonly address: Endpoint
  /** Leading bits that the peer's id shares with the target. */
  readonly sharedBits: number
  readonly elapsedMs: number
  readonly outcome: { readonly type: 'answered', readonly closer: number } | { readonly type: 'failed', readonly reason: string }
}

export interface FindOutcome {
  readonly target: PeerId
  readonly closest: readonly { readonly peer: PeerId, readonly addresses: readonly Endpoint[] }[]
  readonly hops: number
  readonly asked: number
  readonly answered: number
  readonly elapsedMs: number
}

export interface Pong {
  readonly peer: PeerId
  readonly address: Endpoint
  readonly rttMs: number
}

export interface NodeStatus {
  readonly id: PeerId
  readonly addresses: readonly Endpoint[]
  readonly network: string
  readonly mode: Mode
  /** Only buckets that hold somebody. */
  readonly buckets: readonly { readonly index: number, readonly size: number }[]
  readonly knownPeers: number
  readonly storedRecords: number
}

export interface KnownPeer {
  readonly peer: PeerId
  readonly addresses: readonly Endpoint[]
  readonly bucket: number
  readonly rttMs: number | undefined
  readonly lastSeenMsAgo: number
}

export interface HeldCopy {
  readonly key: Uint8Array
  readonly valueBytes: number
  readonly expiresInMs: number
}
