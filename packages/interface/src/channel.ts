import type { Clock, Random } from './time.ts'
import type { Crypto } from './crypto.ts'
import type { Endpoint, NetworkProfile } from './endpoint.ts'
import type { Identity, PeerId } from './peer-id.ts'

/**
 * The secure channel: one sans-IO machine between messages and datagrams. It is told the time, answers with data and
 * never throws on what came from the network.
 */
export interface Channel {
  /** Writes wait for a proven session; reads may ride in the first flight. A reply names its request's `via`. */
  send (message: Uint8Array, to: Destination, options: SendOptions, now: number): Output[]
  receive (bytes: Uint8Array, from: Endpoint, now: number, options?: ReceiveOptions): Output[]
  /** What is to be done now that a deadline has passed. */
  due (now: number): Output[]
  /** When `due` wants to be called, in monotonic milliseconds; `undefined` when nothing waits. */
  nextDeadline (): number | undefined
  /** Bytes that one message to `to` may have. */
  budget (to: Destination, options: SendOptions): number
  /**
   * A hint that the sessions with a peer are worth keeping, because it is in our routing table, or no longer are. Absent
   * on channels that judge by themselves.
   */
  keep? (peerKey: Uint8Array, kept: boolean): void
  /** What is to be told, whenever a node starts, to whoever runs it; absent where there is nothing to worry about. */
  readonly warning?: string
  /** Write permission on channels whose sessions prove too little; absent where a proven session is the permission. */
  readonly tokens?: WriteTokens
}

export interface Destination {
  readonly endpoint: Endpoint
  /** 32 bytes; absent when only the address is known. */
  readonly peerKey?: Uint8Array | undefined
}

export interface SendOptions {
  readonly class: 'read' | 'write'
  /** Pad so that an answer of a whole datagram amplifies nothing: for requests to a peer that may not know us. */
  readonly pad?: boolean
  /** Of a request: the most bytes of its answer. It is padded for no more. Default: as many as a datagram holds. */
  readonly answerBytes?: number
  /** The session a request came by; its answer leaves the same way. */
  readonly via?: Via
  /** For a reliable transport: no limit of a datagram, no padding, no proof of the address. */
  readonly reliable?: boolean
}

export interface ReceiveOptions {
  /**
   * By a reliable transport, whose connection proves that the sender receives at `from`. It names that connection only: a
   * session is found by what the packet says, and its own endpoint stays what it is.
   */
  readonly reliable?: boolean
}

/** Names the session (or the handshake) that a message came by; opaque outside its channel. */
export type Via = number

export type Output =
  /**
   * `proven`: what prompted it proved that `to` receives there, as only an answer to what we sent can. `reliable`: it
   * holds a message that was to be sent so.
   */
  | { readonly type: 'transmit', readonly bytes: Uint8Array, readonly to: Endpoint, readonly proven?: boolean, readonly reliable?: boolean }
  | { readonly type: 'message', readonly message: Uint8Array, readonly peerKey: Uint8Array, readonly endpoint: Endpoint, readonly via: Via, readonly proven: boolean }
  | { readonly type: 'session', readonly event: 'opened', readonly peerKey: Uint8Array, readonly endpoint: Endpoint, readonly initiator: boolean }
  | { readonly type: 'session', readonly event: 'closed', readonly peerKey: Uint8Array, readonly endpoint: Endpoint, readonly reason: SessionEnd }
  | { readonly type: 'dropped', readonly reason: string, readonly endpoint: Endpoint }

export type SessionEnd = 'idle' | 'evicted' | 'replaced' | 'stopped'

/** HMAC(secret, address, port, peer, key, epoch): the right to write under one key from one endpoint, for a while. */
export interface WriteTokens {
  mint (holder: TokenHolder, now: number): Uint8Array
  check (token: Uint8Array, holder: TokenHolder, now: number): boolean
}

export interface TokenHolder {
  readonly endpoint: Endpoint
  readonly peerKey: Uint8Array
  readonly key: Uint8Array
}

export interface ChannelComponents {
  readonly identity: Identity
  readonly localId: PeerId
  /** The network's name; nodes of networks with other names do not hear each other. */
  readonly network: string
  /** Absent: private. */
  readonly profile?: NetworkProfile
  readonly crypto: Crypto
  readonly random: Random
  readonly clock: Pick<Clock, 'now'>
}

export type ChannelFactory = (components: ChannelComponents) => Channel
