import type { AbortOptions } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { PeerId } from './peer-id.ts'
import type { KadRecord, RecordRefusal } from './record.ts'
import type { ErrorCode } from './protocol.ts'

/** Numbers a query within its swarm, from 1. */
export type QueryId = number

/**
 * A running operation. It starts at once; iterate it for progress, await it for the result.
 * An unawaited query that fails is no unhandled rejection: its outcome is also a `QueryProgressed` event.
 */
export interface Query<T, P = QueryResult> extends AsyncIterable<P>, PromiseLike<T> {
  readonly id: QueryId
  readonly stats: QueryStats
  /** Ends it early with what was reached so far. */
  finish (): void
  catch<R> (onRejected: (error: Error) => R): Promise<T | R>
  finally (onFinally: () => void): Promise<T>
}

export type QueryOptions = AbortOptions & {
  /** Ends the query with what was reached, in milliseconds. Default 60,000. */
  readonly timeoutMs?: number
}

export interface QueryStats {
  readonly numRequests: number
  readonly numSuccesses: number
  readonly numFailures: number
  /** Requests neither answered nor failed. */
  readonly numPending: number
  /** Since the first request, in milliseconds; `undefined` before it. */
  readonly durationMs: number | undefined
}

/** `count` starts at 1 and rises by one an event; exactly one event of a query has `last: true`, and none follows it. */
export interface ProgressStep {
  readonly count: number
  readonly last: boolean
}

export interface PeerInfo {
  readonly id: PeerId
  readonly publicKey?: Uint8Array
  readonly addresses: readonly Multiaddr[]
}

/** A record and who gave it; `peer` is `undefined` for this node's own copy. */
export interface PeerRecord {
  readonly peer: PeerId | undefined
  readonly record: KadRecord
  /** As it was put: where the record's own value is compressed, this is what it says. */
  readonly value: Uint8Array
}

export interface Refused {
  readonly peer: PeerId
  readonly reason: RecordRefusal | ErrorCode | 'timeout' | 'unreachable'
  readonly message: string
}

/**
 * What a query reached: rust-libp2p's variants, each with `ok`. `Cancelled`: its signal was aborted, or the swarm stopped.
 */
export type QueryResult =
  | BootstrapResult
  | GetClosestPeersResult
  | GetRecordResult
  | PutRecordResult
  | GetProvidersResult
  | StartProvidingResult

export type BootstrapResult =
  | { readonly type: 'Bootstrap', readonly ok: true, readonly peer: PeerId, readonly numRemaining: number }
  | { readonly type: 'Bootstrap', readonly ok: false, readonly error: 'Timeout' | 'Cancelled', readonly peer: PeerId, readonly numRemaining: number }

export type GetClosestPeersResult =
  | { readonly type: 'GetClosestPeers', readonly ok: true, readonly key: PeerId, readonly peers: readonly PeerInfo[] }
  | { readonly type: 'GetClosestPeers', readonly ok: false, readonly error: 'Timeout' | 'Cancelled', readonly key: PeerId, readonly peers: readonly PeerInfo[] }

export type GetRecordResult =
  | { readonly type: 'GetRecord', readonly ok: true, readonly found: 'FoundRecord', readonly record: PeerRecord }
  | { readonly type: 'GetRecord', readonly ok: true, readonly found: 'FinishedWithNoAdditionalRecord', readonly cacheCandidates: readonly PeerInfo[] }
  | { readonly type: 'GetRecord', readonly ok: false, readonly error: 'NotFound', readonly key: Uint8Array, readonly closestPeers: readonly PeerInfo[] }
  | { readonly type: 'GetRecord', readonly ok: false, readonly error: 'Timeout' | 'Cancelled', readonly key: Uint8Array }

export type PutRecordResult =
  | { readonly type: 'PutRecord' | 'RepublishRecord', readonly ok: true, readonly key: Uint8Array, readonly success: readonly PeerId[] }
  | { readonly type: 'PutRecord' | 'RepublishRecord', readonly ok: false, readonly error: 'QuorumFailed' | 'Timeout' | 'Cancelled', readonly key: Uint8Array, readonly success: readonly PeerId[], readonly quorum: number, readonly refused: readonly Refused[] }

export type GetProvidersResult =
  | { readonly type: 'GetProviders', readonly ok: true, readonly found: 'FoundProviders', readonly key: Uint8Array, readonly providers: readonly PeerInfo[] }
  | { readonly type: 'GetProviders', readonly ok: true, readonly found: 'FinishedWithNoAdditionalRecord', readonly closestPeers: readonly PeerInfo[] }
  | { readonly type: 'GetProviders', readonly ok: false, readonly error: 'Timeout' | 'Cancelled', readonly key: Uint8Array, readonly closestPeers: readonly PeerInfo[] }

export type StartProvidingResult =
  | { readonly type: 'StartProviding' | 'RepublishProvider', readonly ok: true, readonly key: Uint8Array }
  | { readonly type: 'StartProviding' | 'RepublishProvider', readonly ok: false, readonly error: 'QuorumFailed' | 'Timeout' | 'Cancelled', readonly key: Uint8Array }

/** What a put reached. */
export interface PutResult {
  readonly key: Uint8Array
  readonly keyId: PeerId
  /** Remote holders that acknowledged. */
  readonly holders: readonly PeerId[]
  /** The number of `holders`. */
  readonly storedOn: number
  /** Those of them that keep an advertisement only while it is in their sample. Absent: none. */
  readonly sampled?: readonly PeerId[]
  /** Whether this node holds a copy too. */
  readonly storedLocally: boolean
  readonly refused: readonly Refused[]
  /** Peers that were sent anything during the put. */
  readonly asked: number
  readonly quorum: number
  readonly elapsedMs: number
}
