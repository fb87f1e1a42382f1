import type { Destination, SessionEnd, Via } from './channel.ts'
import type { Contact, Endpoint, Mode } from './endpoint.ts'
import type { Codec, ErrorCode } from './protocol.ts'
import type { Refusal } from './refusal.ts'

/**
 * The seam below the swarm: envelopes to and from other nodes. The production link is codec, channel and transports;
 * the simulator's quickest one hands messages over as they are.
 */
export interface Link {
  readonly listening: readonly Endpoint[]
  /** Whether it can send what exceeds a datagram, with `Route.reliable`. */
  readonly reliable: boolean
  start (handler: LinkHandler): Promise<void>
  stop (): Promise<void>
  reaches (to: Endpoint): boolean
  /** `message` is encoded with `codec` where the link has bytes. Says what became of it. */
  send<T> (envelope: Envelope, message: T | undefined, codec: Codec<T> | undefined, to: Route): SendOutcome
  /** Reads a payload that this link delivered. */
  open<T> (payload: Payload, codec: Codec<T>): T | Refusal
  /** A hint: whether a peer is worth keeping, as one in our routing table is. Absent on links that forget nobody. */
  keep? (peerKey: Uint8Array, kept: boolean): void
  /** Whether a write under `key` by the sender of `delivery` is permitted, and if not, the token to send along. */
  permits (delivery: Delivery, key: Uint8Array): { readonly granted: true } | { readonly granted: false, readonly token?: Uint8Array }
}

export interface Route extends Destination {
  readonly class: 'read' | 'write'
  readonly via?: Via | undefined
  /** Of a request: the most bytes of its answer's payload, as `Protocol` has it. */
  readonly answerBytes?: number | undefined
  /** With `via`: whether the request was proven to come from `endpoint`. If not, its answer spends what it brought. */
  readonly proven?: boolean | undefined
  /** By the reliable transport; an answer to what came by it goes back on its connection. */
  readonly reliable?: boolean | undefined
}

export type SendOutcome = 'sent' | 'too-large' | 'over-limit' | 'unreachable'

/** A payload in the form its link has it: bytes, or the message itself. Only `Link.open` reads it. */
export type Payload = unknown

/** Everything of a message but its payload. */
export type Envelope =
  | { readonly kind: 'request', readonly transactionId: Uint8Array, readonly mode: Mode, readonly protocol: string, readonly token?: Uint8Array | undefined }
  | { readonly kind: 'response', readonly transactionId: Uint8Array, readonly mode: Mode, readonly observed?: Endpoint | undefined, readonly truncated: boolean }
  | { readonly kind: 'error', readonly transactionId: Uint8Array, readonly mode: Mode, readonly observed?: Endpoint | undefined, readonly code: ErrorCode, readonly reason: string, readonly token?: Uint8Array | undefined }

/** An envelope that arrived. */
export interface Delivery {
  readonly envelope: Envelope
  readonly payload: Payload
  readonly peerKey: Uint8Array
  readonly endpoint: Endpoint
  readonly via: Via
  readonly proven: boolean
  /** Datagram bytes. */
  readonly size: number
  /** It came by a reliable transport: `endpoint` names the connection and is nobody's address. */
  readonly reliable?: boolean | undefined
  /** The sender as a contact, where the link has one at hand: then nobody need hash its key and make another. */
  readonly contact?: Contact | undefined
}

export interface LinkHandler {
  deliver (delivery: Delivery): void
  /** `contact` as in `Delivery`. */
  sessionOpened (peerKey: Uint8Array, endpoint: Endpoint, initiator: boolean, contact?: Contact): void
  sessionClosed (peerKey: Uint8Array, endpoint: Endpoint, reason: SessionEnd): void
  dropped (reason: string, endpoint: Endpoint): void
  /** What was sent to `to` by the reliable transport may not have arrived. */
  undelivered? (to: Endpoint): void
  /** A datagram of so many bytes went out; for the swarm's counters. */
  sent (bytes: number): void
  /** A datagram of so many bytes came in, whatever becomes of it. */
  received (bytes: number): void
  failed (error: Error): void
}
