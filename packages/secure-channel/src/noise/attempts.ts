import type { Endpoint } from '@kadmium/interface'
import { equal, nameOf } from './bytes.ts'
import type { FirstSent } from './handshake.ts'
import type { PublicKeys } from './macs.ts'

/** A message that waits for a session. */
export interface Pending {
  readonly message: Uint8Array
  readonly class: 'read' | 'write'
  /** The most bytes of its answer; absent: as many as a datagram holds. */
  readonly answerBytes?: number | undefined
  /** By the reliable transport, once the session stands. */
  readonly reliable?: boolean
}

/** What we began with one peer: a question for its key, or a first flight that waits for its answer. */
export type Attempt = HelloAttempt | FirstFlightAttempt

interface AttemptBase {
  readonly endpoint: Endpoint
  /** In the order they were sent; they go out when the session stands. */
  readonly held: Pending[]
  readonly startedAt: number
}

export interface HelloAttempt extends AttemptBase {
  readonly kind: 'hello'
  /** What a retry repeats, byte for byte. */
  readonly packet: Uint8Array
  readonly peerKey?: never
  readonly early?: never
}

export interface FirstFlightAttempt extends AttemptBase {
  readonly kind: 'first-flight'
  /** What a retry repeats, byte for byte; once changed, when a cookie has to be shown with the same handshake message. */
  packet: Uint8Array
  cookie: boolean
  readonly peerKey: Uint8Array
  readonly index: number
  readonly publicKeys: PublicKeys
  /** The message that rides along. */
  readonly early: Uint8Array | undefined
  readonly finish: FirstSent['finish']
}

export interface AttemptLimits {
  readonly maxAttempts: number
  readonly maxHeld: number
  readonly maxHeldPerPeer: number
  readonly handshakeMs: number
}

/** Attempts by endpoint and key, in the order they end: each lives equally long. */
export class Attempts {
  readonly #limits: AttemptLimits
  readonly #attempts = new Map<string, Attempt>()
  #held = 0

  constructor (limits: AttemptLimits) {
    this.#limits = limits
  }

  get (endpoint: Endpoint, peerKey: Uint8Array | undefined): Attempt | undefined {
    return this.#attempts.get(attemptName(endpoint, peerKey))
  }

  /** Returns the oldest one if it had to leave. */
  add (attempt: Attempt): Attempt | undefined {
    const oldest = this.#attempts.size >= this.#limits.maxAttempts ? this.#attempts.values().next().value : undefined
    if (oldest !== undefined) this.remove(oldest)
    this.#attempts.set(attemptName(attempt.endpoint, attempt.peerKey), attempt)
    this.#held += attempt.held.length
    return oldest
  }

  remove (attempt: Attempt): void {
    if (this.#attempts.delete(attemptName(attempt.endpoint, attempt.peerKey))) this.#held -= attempt.held.length
  }

  /** Whether there was room for it. */
  hold (attempt: Attempt, pending: Pending): boolean {
    if (!this.hasRoom(attempt.held.length)) return false
    attempt.held.push(pending)
    this.#held++
    return true
  }

  /** Whether one more message may wait for a peer that `waiting` wait for already. */
  hasRoom (waiting: number): boolean {
    return waiting < this.#limits.maxHeldPerPeer && this.#held < this.#limits.maxHeld
  }

  expire (now: number): Attempt[] {
    const expired: Attempt[] = []
    for (const attempt of this.#attempts.values()) {
      if (attempt.startedAt + this.#limits.handshakeMs > now) break
      expired.push(attempt)
    }
    for (const attempt of expired) this.remove(attempt)
    return expired
  }

  nextDeadline (): number | undefined {
    const next = this.#attempts.values().next().value
    return next && next.startedAt + this.#limits.handshakeMs
  }
}

export function carries ({ early, held }: Attempt, message: Uint8Array): boolean {
  return (early !== undefined && equal(early, message)) || held.some(pending => equal(pending.message, message))
}

function attemptName (endpoint: Endpoint, peerKey: Uint8Array | undefined): string {
  return `${endpoint.text} ${peerKey === undefined ? '' : nameOf(peerKey)}`
}
