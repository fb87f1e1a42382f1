import type { AbortOptions } from '@libp2p/interface'
import type { Contact, Endpoint, Mode } from './endpoint.ts'
import type { PeerId } from './peer-id.ts'
import type { Refusal } from './refusal.ts'

/** Turns one kind of message into bytes and back. */
export interface Codec<T> {
  /** At most `budget` bytes: what is optional is left out until it fits. `undefined` when even the rest does not. */
  encode (message: T, budget: number): Uint8Array | undefined
  /**
   * Whether `encode` leaves something out that is worth asking for again by a reliable transport. Such an answer is marked
   * as truncated. Absent: never.
   */
  truncates? (message: T, budget: number): boolean
  /** Never throws. */
  decode (bytes: Uint8Array): T | Refusal
}

/** One request/response protocol: its name on the wire and its messages. */
export interface Protocol<Request, Response> {
  /** For example `/kadmium/kad/1.0.0`; 1 to 64 bytes of UTF-8. */
  readonly name: string
  readonly request: Codec<Request>
  readonly response: Codec<Response>
  /** The most bytes of a response: a request to a stranger is padded so that its answer, which may not be longer, has room. Default: a whole datagram. */
  readonly answerBytes?: number
  /** The key that a request writes under; `undefined` for a request that only reads. Writes need a proven sender. */
  writeKey? (request: Request): Uint8Array | undefined
}

/** Why a request was answered with an error. Errors are replies, never silence. */
export type ErrorCode =
  | 'protocol-unknown'
  | 'malformed'
  | 'token-required'
  | 'record-refused'
  | 'key-full'
  | 'too-large'
  | 'busy'
  | 'internal'

/** What a handler answers instead of a response. */
export interface ErrorReply {
  readonly error: ErrorCode
  /** At most 128 bytes of UTF-8 are sent. */
  readonly reason: string
}

/** Who sent a request. */
export interface Requester {
  readonly peer: PeerId
  readonly contact: Contact
  /** Where the request came from: the peer's address, or, by a reliable transport, a connection of its that others cannot use. */
  readonly endpoint: Endpoint
  readonly mode: Mode
  /** Whether it is certain that the sender receives what is sent to `endpoint`. */
  readonly proven: boolean
}

export type Handler<Request, Response> =
  (request: Request, from: Requester) => Response | ErrorReply | Promise<Response | ErrorReply>

export interface RequestOptions extends AbortOptions {
  /** Overrides the adaptive timeout of each try, in milliseconds. */
  readonly timeoutMs?: number | undefined
  /** How often the request is sent before it counts as unanswered. Default: the swarm's limit. */
  readonly tries?: number | undefined
  /** Overrides the protocol's `answerBytes`, where this answer needs less, or may be cut. */
  readonly answerBytes?: number | undefined
  /** Called when the first try has timed out: the answer may still come, but nobody should wait for it. */
  readonly onSlow?: () => void
  /** Asked before the request is sent again: when it says no, the answer is waited for all the same. */
  readonly mayRepeat?: () => boolean
}

/** How a request ended. A value in every case: a silent peer is no exception. */
export type Reply<T> =
  | { readonly type: 'response', readonly message: T, readonly from: Contact, readonly rttMs: number }
  | { readonly type: 'error', readonly code: ErrorCode, readonly reason: string, readonly from: Contact }
  | { readonly type: 'timeout' }
  | { readonly type: 'cancelled' }
  | { readonly type: 'unsent', readonly reason: UnsentReason }

/**
 * `over-limit`: the address is unproven, and what it sent us does not allow for so many bytes. `unreachable`: the message
 * needs the reliable transport, and there is no connection.
 */
export type UnsentReason = 'no-address' | 'unreachable' | 'too-large' | 'too-many-pending' | 'over-limit' | 'stopped'
