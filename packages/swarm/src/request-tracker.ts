import type { Endpoint, PeerId, Random } from '@kadmium/interface'
import { TRANSACTION_ID_BYTES } from '@kadmium/wire'
import { BoundedMap } from './bounded-map.ts'
import type { Waits } from './round-trips.ts'
import { sameBytes } from './same-bytes.ts'

export interface RequestTrackerInit {
  readonly pendingRequests: number
  readonly random: Random
  readonly idOf: (publicKey: Uint8Array) => PeerId
}

/** Whom a request went to, and how patient its asker is. */
export interface Question extends Waits {
  readonly endpoint: Endpoint
  /** Where given, nobody else's answer is believed. */
  readonly publicKey?: Uint8Array | undefined
  readonly id?: PeerId | undefined
  /** The name of what it is about. */
  readonly protocol: string
  readonly tries: number
  /** It went by the reliable transport: what else comes is a late copy of the answer that made it go there. */
  readonly reliable: boolean
}

/** A request that waits for its answer. */
export interface Ticket<C> {
  readonly question: Question
  readonly context: C
  readonly transactionId: Uint8Array
  /** The transaction id as text. */
  readonly key: string
  readonly firstSentAt: number
  lastSentAt: number
  tried: number
  deadline: number
}

export type Settlement<C> =
  /** `rttMs` since the first try, `sinceLastMs` since the last: the answer may be to either. */
  | { readonly type: 'accepted', readonly ticket: Ticket<C>, readonly rttMs: number, readonly sinceLastMs: number }
  /** Nobody waits any more, but whoever was asked lives. */
  | { readonly type: 'late', readonly rttMs: number, readonly protocol: string }
  | { readonly type: 'rejected', readonly reason: AnswerRejection }

export type AnswerRejection = 'unknown transaction' | 'wrong endpoint' | 'wrong peer' | 'late answer' | 'duplicate answer'

/** A request that nobody waits for any more. */
interface Ended {
  readonly question: Question
  readonly firstSentAt: number
  /** Why nobody does: it was answered, or given up. */
  answered: boolean
}

export type Timeout<C> =
  /** To be sent again, under the same transaction id, so that a late answer to an earlier try counts. */
  | { readonly type: 'retry', readonly ticket: Ticket<C> }
  | { readonly type: 'expired', readonly ticket: Ticket<C> }

/**
 * Tells whose answer is whose. An answer is believed only if its transaction id, the endpoint it came from and the key of
 * its sender are those that were asked (U4); 64 random bits keep those off the path from guessing.
 */
export class RequestTracker<C> {
  readonly #init: RequestTrackerInit
  /** Made for the first, and given up with the last: most nodes of a large simulation wait for nothing. */
  #pending: Map<string, Ticket<C>> | undefined
  /** What ended lately and may still be answered. */
  readonly #ended: BoundedMap<string, Ended>

  constructor (init: RequestTrackerInit) {
    this.#init = init
    this.#ended = new BoundedMap(init.pendingRequests)
  }

  get size (): number {
    return this.#pending?.size ?? 0
  }

  /** `undefined` when too many wait already. */
  open (question: Question, context: C, now: number, transactionId = this.#init.random.bytes(TRANSACTION_ID_BYTES)): Ticket<C> | undefined {
    if (this.size >= this.#init.pendingRequests) return undefined
    const ticket: Ticket<C> = {
      question,
      context,
      transactionId,
      key: keyOf(transactionId),
      firstSentAt: now,
      lastSentAt: now,
      tried: 1,
      deadline: now + (question.tries > 1 ? question.timeoutMs : question.lastMs)
    }
    this.#pending ??= new Map()
    this.#pending.set(ticket.key, ticket)
    return ticket
  }

  /** An answer came. */
  settle (transactionId: Uint8Array, from: Endpoint, peerKey: Uint8Array, now: number, reliable = false): Settlement<C> {
    const key = keyOf(transactionId)
    const ticket = this.#pending?.get(key)
    const asked = ticket ?? this.#ended.get(key)
    if (asked === undefined) return { type: 'rejected', reason: 'unknown transaction' }
    if (asked.question.endpoint.text !== from.text) return { type: 'rejected', reason: 'wrong endpoint' }
    if (!this.#wasAsked(asked.question, peerKey)) return { type: 'rejected', reason: 'wrong peer' }
    const rttMs = now - asked.firstSentAt
    if (ticket === undefined) return this.#settleLate(asked as Ended, rttMs)
    if (ticket.question.reliable && !reliable) return { type: 'rejected', reason: 'duplicate answer' }
    this.#take(key)
    if (ticket.tried > 1) this.#end(ticket, true)
    return { type: 'accepted', ticket, rttMs, sinceLastMs: now - ticket.lastSentAt }
  }

  /** What has waited long enough, the oldest request first. */
  due (now: number): Timeout<C>[] {
    const timeouts: Timeout<C>[] = []
    for (const ticket of this.#pending?.values() ?? []) {
      if (ticket.deadline > now) continue
      if (ticket.tried < ticket.question.tries) {
        retried(ticket, now)
        timeouts.push({ type: 'retry', ticket })
      } else {
        this.forget(ticket)
        timeouts.push({ type: 'expired', ticket })
      }
    }
    return timeouts
  }

  /** Stops waiting; an answer counts as late. */
  forget (ticket: Ticket<C>): void {
    if (this.#take(ticket.key)) this.#end(ticket, false)
  }

  /** Stops waiting for all; returns what had been waited for. */
  clear (): Ticket<C>[] {
    const tickets = [...this.#pending?.values() ?? []]
    this.#pending = undefined
    this.#ended.clear()
    return tickets
  }

  /** What `to` was asked and has not answered. Looks at all of them: asked once a connection that ends. */
  pendingAt (to: Endpoint): Ticket<C>[] {
    return [...this.#pending?.values() ?? []].filter(({ question }) => question.endpoint.text === to.text)
  }

  /** Looks at all of them: asked once per alarm, not once per request. */
  nextDeadline (): number | undefined {
    let next: number | undefined
    if (this.#pending === undefined) return undefined
    for (const { deadline } of this.#pending.values()) {
      if (next === undefined || deadline < next) next = deadline
    }
    return next
  }

  #take (key: string): boolean {
    const waited = this.#pending?.delete(key) === true
    if (this.#pending?.size === 0) this.#pending = undefined
    return waited
  }

  #end ({ key, question, firstSentAt }: Ticket<C>, answered: boolean): void {
    this.#ended.set(key, { question, firstSentAt, answered })
  }

  /** The first late answer is one; what comes after it, or after an answer in time, is a copy. */
  #settleLate (ended: Ended, rttMs: number): Settlement<C> {
    if (ended.answered) return { type: 'rejected', reason: 'duplicate answer' }
    ended.answered = true
    return { type: 'late', rttMs, protocol: ended.question.protocol }
  }

  #wasAsked ({ publicKey, id }: Question, peerKey: Uint8Array): boolean {
    if (publicKey !== undefined) return sameBytes(publicKey, peerKey)
    return id === undefined || id.equals(this.#init.idOf(peerKey))
  }
}

function retried<C> (ticket: Ticket<C>, now: number): void {
  const { tries, retryMs, lastMs } = ticket.question
  ticket.tried++
  ticket.lastSentAt = now
  ticket.deadline = now + (ticket.tried < tries ? retryMs : lastMs)
}

/** One character a byte: the cheapest text that different ids do not share. A spread would take five times as long. */
function keyOf (transactionId: Uint8Array): string {
  let key = ''
  for (let i = 0; i < transactionId.length; i++) key += String.fromCharCode(transactionId[i]!)
  return key
}
