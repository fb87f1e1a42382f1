import type { Multiaddr } from '@multiformats/multiaddr'
import type { Mode } from './endpoint.ts'
import type { PeerId } from './peer-id.ts'
import type { ProgressStep, QueryId, QueryResult, QueryStats } from './query.ts'
import type { KadRecord } from './record.ts'

/** Every event of a swarm: its name and what `event.detail` holds. Names are literal and are rust-libp2p's. */
export interface SwarmEventDetails {
  NewListenAddr: { readonly address: Multiaddr }
  ExpiredListenAddr: { readonly address: Multiaddr }
  /** A socket or a listener of the application failed; the swarm goes on. */
  ListenerError: { readonly error: Error }
  /** Another node says that it sees us at `address`. */
  NewExternalAddrCandidate: { readonly address: Multiaddr, readonly observer: PeerId }
  ExternalAddrConfirmed: { readonly address: Multiaddr }
  ExternalAddrExpired: { readonly address: Multiaddr }
  /** A session was proven: the peer holds its key and receives at `address`. Soft state, no connection. */
  ConnectionEstablished: { readonly peer: PeerId, readonly address: Multiaddr, readonly initiator: boolean }
  ConnectionClosed: { readonly peer: PeerId, readonly address: Multiaddr, readonly reason: string }
  OutgoingConnectionError: { readonly peer?: PeerId, readonly addresses: readonly Multiaddr[], readonly error: Error }
  RoutingUpdated: RoutingUpdated
  /** A peer that answers has no address in its contact that we can send to. */
  UnroutablePeer: { readonly peer: PeerId }
  /** A peer that could be in the table is not, by the table's rules. */
  RoutablePeer: { readonly peer: PeerId, readonly address: Multiaddr }
  /** A peer waits for the least-recently-seen contact of its bucket to be probed. */
  PendingRoutablePeer: { readonly peer: PeerId, readonly address: Multiaddr }
  ModeChanged: { readonly newMode: Mode }
  InboundRequest: { readonly peer: PeerId, readonly request: InboundRequest }
  QueryProgressed: QueryProgressed
  /** The nodes nearest to a key are more than chance explains: Sybils may crowd around it. Records are still found in its region. */
  EclipseSuspected: EclipseSuspected
  /** Another node told us about itself. */
  Identified: { readonly peer: PeerId, readonly protocols: readonly string[], readonly addresses: readonly Multiaddr[], readonly observed?: Multiaddr, readonly agent?: string }
  /** An application's request arrived. */
  Message: { readonly peer: PeerId, readonly protocol: string, readonly payload: Uint8Array }
}

export interface RoutingUpdated {
  readonly peer: PeerId
  /** What changed: a peer came, its addresses changed, or it left. */
  readonly change: 'added' | 'updated' | 'removed'
  readonly isNewPeer: boolean
  readonly addresses: readonly Multiaddr[]
  /** The smallest and largest distance that the peer's bucket holds, inclusive. */
  readonly bucketRange: readonly [PeerId, PeerId]
  /** Who left to make room. */
  readonly oldPeer?: PeerId
}

export interface EclipseSuspected {
  /** The place in the key space that was looked up: a record's key, hashed. */
  readonly key: PeerId
  /** So many nodes are nearer to it than a network of this size explains. */
  readonly peers: number
  /** As lookups of other places show it. */
  readonly networkSize: number
  /** In nats: chance alone does so in at most exp(-divergence) of all places. */
  readonly divergence: number
}

export interface QueryProgressed {
  readonly id: QueryId
  readonly result: QueryResult
  readonly stats: QueryStats
  readonly step: ProgressStep
}

export type InboundRequest =
  | { readonly type: 'FindNode', readonly numCloserPeers: number }
  | { readonly type: 'GetRecord', readonly numCloserPeers: number, readonly presentLocally: boolean }
  | { readonly type: 'PutRecord', readonly record: KadRecord, readonly stored: boolean }
  | { readonly type: 'GetProvider', readonly numCloserPeers: number, readonly numProviderPeers: number }
  | { readonly type: 'AddProvider', readonly record: KadRecord }

/** The same map in the form `addEventListener` wants. */
export type SwarmEvents = { [K in keyof SwarmEventDetails]: CustomEvent<SwarmEventDetails[K]> }

/** One event as a value, for `for await (const event of swarm.events())`. `Dropped` counts what a slow reader missed. */
export type SwarmEvent =
  | { [K in keyof SwarmEventDetails]: { readonly type: K, readonly detail: SwarmEventDetails[K] } }[keyof SwarmEventDetails]
  | { readonly type: 'Dropped', readonly detail: { readonly count: number } }
