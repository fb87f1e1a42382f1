import type {
  Clock, Codec, Contact, Delivery, Endpoint, Envelope, Link, Mode, Payload, Protocol, Recipient, Reply, RequestOptions, Route, SendOutcome,
  UnsentReason
} from '@kadmium/interface'
import { InvalidOptionError, Refusal } from '@kadmium/interface'
import type { Alarm, DeadlineSource } from './alarm.ts'
import { checkCount } from './check-option.ts'
import type { AnswerRejection, RequestTracker, Ticket } from './request-tracker.ts'
import type { RoundTrips, Waits } from './round-trips.ts'

export interface RequestsInit {
  readonly link: Link
  readonly clock: Pick<Clock, 'now'>
  readonly alarm: Alarm
  readonly tracker: RequestTracker<Exchange>
  readonly roundTrips: RoundTrips
  readonly tries: number | 'auto'
  readonly reliableTimeoutMs: number
  readonly mode: () => Mode
  /** Whether a recipient is one that this node talks to at all. */
  readonly accepts: (to: Recipient) => boolean
  readonly contactOf: (delivery: Delivery) => Contact
  readonly onAnswer: (contact: Contact, delivery: Delivery, rttMs: number, protocol: string) => void
  readonly onTimeout: (to: Recipient, endpoint: Endpoint) => void
  readonly onRejected: (reason: AnswerRejection) => void
  /** Runs a callback of the application. */
  readonly guard: (run: () => unknown) => void
  readonly report: (error: unknown) => void
}

type AnswerEnvelope = Exclude<Envelope, { kind: 'request' }>

/** A request on its way and the promise that waits for it. The types of its messages are known only to who asked. */
export interface Exchange {
  readonly to: Recipient
  readonly protocol: Protocol<unknown, unknown>
  readonly message: unknown
  readonly options: RequestOptions
  readonly write: boolean
  readonly payload: Codec<unknown>
  readonly onAbort: (() => void) | undefined
  ticket: Ticket<Exchange> | undefined
  envelope: Envelope | undefined
  token: Uint8Array | undefined
  /** Whether it goes by the reliable transport, since the request or its answer does not fit a datagram. */
  reliable: boolean
  /** What fitted into a datagram of the answer; better than nothing. */
  part: Reply<unknown> | undefined
  resolve: (reply: Reply<unknown>) => void
}

/** Requests of ours: asks, asks again, and settles with a value in every case. */
export class Requests implements DeadlineSource {
  readonly #init: RequestsInit
  #open = false

  constructor (init: RequestsInit) {
    this.#init = init
    init.alarm.add(this)
  }

  /** That wait for an answer. */
  get pending (): number {
    return this.#init.tracker.size
  }

  start (): void {
    this.#open = true
  }

  /** Ends all that wait, and takes no more. */
  stop (): void {
    this.#open = false
    for (const { context } of this.#init.tracker.clear()) settle(context, { type: 'unsent', reason: 'stopped' })
  }

  request<Request, Response> (
    to: Recipient, protocol: Protocol<Request, Response>, message: Request, options: RequestOptions = {}
  ): Promise<Reply<Response>> {
    checkOptions(options)
    if (!this.#open) return unsent('stopped')
    if (options.signal?.aborted === true) return Promise.resolve({ type: 'cancelled' })
    const endpoint = this.#init.accepts(to) ? to.addresses.find(address => this.#init.link.reaches(address)) : undefined
    if (endpoint === undefined) return unsent('no-address')
    return new Promise(resolve => {
      const exchange: Exchange = {
        to,
        protocol: protocol as Protocol<unknown, unknown>,
        message,
        options,
        write: protocol.writeKey?.(message) !== undefined,
        payload: new EncodedOnce(protocol.request as Codec<unknown>),
        onAbort: options.signal && (() => { this.#cancel(exchange) }),
        ticket: undefined,
        envelope: undefined,
        token: undefined,
        reliable: false,
        part: undefined,
        resolve: resolve as Exchange['resolve']
      }
      if (exchange.onAbort !== undefined) options.signal?.addEventListener('abort', exchange.onAbort)
      this.#ask(exchange, endpoint)
    })
  }

  /** An answer came, to whatever. */
  answered (delivery: Delivery, envelope: AnswerEnvelope): void {
    const { clock, tracker, roundTrips, contactOf, onAnswer, onRejected } = this.#init
    const settlement = tracker.settle(envelope.transactionId, delivery.endpoint, delivery.peerKey, clock.now(), delivery.reliable)
    if (settlement.type === 'rejected') return onRejected(settlement.reason)
    const { rttMs } = settlement
    const from = contactOf(delivery)
    if (settlement.type === 'late') {
      if (delivery.reliable !== true) roundTrips.answeredLate(delivery.endpoint.text, rttMs)
      onRejected('late answer')
      return onAnswer(from, delivery, rttMs, settlement.protocol)
    }
    const { ticket: { context: exchange, transactionId, tried }, sinceLastMs } = settlement
    if (!exchange.reliable) {
      if (tried === 1) roundTrips.measured(delivery.endpoint.text, rttMs)
      else roundTrips.answeredAgain(delivery.endpoint.text, { tried, sinceFirstMs: rttMs, sinceLastMs })
    }
    onAnswer(from, delivery, rttMs, exchange.protocol.name)
    if (this.#askedForToken(exchange, envelope)) return this.#ask(exchange, delivery.endpoint)
    const reply = this.#read(exchange, envelope, delivery, from, rttMs)
    if (!this.#needsReliable(exchange, envelope)) return settle(exchange, reply)
    exchange.part = reply
    this.#askReliably(exchange, delivery.endpoint, transactionId)
  }

  /** A connection to `to` ended, or there is none: who waits for an answer by it waits in vain. */
  undelivered (to: Endpoint): void {
    for (const ticket of this.#init.tracker.pendingAt(to)) {
      if (!ticket.context.reliable) continue
      this.#init.tracker.forget(ticket)
      settleWithout(ticket.context, { type: 'unsent', reason: 'unreachable' })
    }
  }

  nextDeadline (): number | undefined {
    return this.#init.tracker.nextDeadline()
  }

  due (now: number): void {
    for (const { type, ticket } of this.#init.tracker.due(now)) {
      const { context: exchange, question: { endpoint } } = ticket
      if (type === 'retry') this.#again(exchange, endpoint, ticket.tried)
      else this.#expired(exchange, endpoint)
    }
  }

  /** The repetition is the same transaction, so that what may be done only once is not done again. */
  #askReliably (exchange: Exchange, endpoint: Endpoint, transactionId?: Uint8Array): void {
    exchange.reliable = true
    this.#ask(exchange, endpoint, transactionId)
  }

  #ask (exchange: Exchange, endpoint: Endpoint, transactionId?: Uint8Array): void {
    const { tracker, alarm, clock } = this.#init
    const { to, reliable } = exchange
    const ticket = tracker.open({
      endpoint,
      publicKey: to.publicKey,
      id: to.id,
      protocol: exchange.protocol.name,
      tries: this.#triesOf(exchange),
      ...this.#waitsFor(exchange, endpoint),
      reliable
    }, exchange, clock.now(), transactionId)
    if (ticket === undefined) return settleWithout(exchange, { type: 'unsent', reason: 'too-many-pending' })
    exchange.ticket = ticket
    exchange.envelope = requestEnvelope(ticket.transactionId, this.#init.mode(), exchange)
    const outcome = this.#send(exchange, endpoint)
    if (outcome === 'sent') return alarm.wakeBy(ticket.deadline)
    tracker.forget(ticket)
    if (outcome === 'too-large' && !exchange.reliable && this.#init.link.reliable) return this.#askReliably(exchange, endpoint)
    settleWithout(exchange, { type: 'unsent', reason: exchange.reliable && outcome === 'unreachable' ? outcome : unsentReasons[outcome] })
  }

  #waitsFor ({ options, reliable, write }: Exchange, endpoint: Endpoint): Waits {
    const timeoutMs = options.timeoutMs ?? (reliable ? this.#init.reliableTimeoutMs : undefined)
    if (timeoutMs === undefined) return this.#init.roundTrips.waitsFor(endpoint.text, write)
    return { timeoutMs, retryMs: timeoutMs, lastMs: timeoutMs }
  }

  /** Loss is measured where datagrams are; a connection has its own remedy. */
  #triesOf ({ options, reliable }: Exchange): number {
    const tries = options.tries ?? this.#init.tries
    if (tries !== 'auto') return tries
    return reliable ? RELIABLE_TRIES : this.#init.roundTrips.tries
  }

  /** Whether the answer is more than a datagram holds: it says so, or is the error that stands for one of which no part fits. */
  #needsReliable ({ reliable, write }: Exchange, envelope: AnswerEnvelope): boolean {
    if (reliable || !this.#init.link.reliable) return false
    return envelope.kind === 'response' ? envelope.truncated : envelope.code === 'too-large' && !write
  }

  /** The same envelope and payload, so that an answer to either try is an answer. */
  #again (exchange: Exchange, endpoint: Endpoint, tried: number): void {
    const { onSlow, mayRepeat } = exchange.options
    if (tried === 2 && onSlow !== undefined) this.#init.guard(onSlow)
    let repeats = true
    if (mayRepeat !== undefined) this.#init.guard(() => { repeats = mayRepeat() })
    if (repeats) this.#send(exchange, endpoint)
  }

  /** That a connection gives no answer says nothing of datagrams. */
  #expired (exchange: Exchange, endpoint: Endpoint): void {
    if (!exchange.reliable) this.#init.onTimeout(exchange.to, endpoint)
    settleWithout(exchange, { type: 'timeout' })
  }

  #cancel (exchange: Exchange): void {
    if (exchange.ticket !== undefined) this.#init.tracker.forget(exchange.ticket)
    settle(exchange, { type: 'cancelled' })
  }

  /** A codec that throws has nothing to send. */
  #send ({ envelope, message, payload, protocol, options, to, write, reliable }: Exchange, endpoint: Endpoint): SendOutcome {
    const { answerBytes = protocol.answerBytes } = options
    const route: Route = { endpoint, class: write ? 'write' : 'read', peerKey: to.publicKey, reliable, answerBytes }
    try {
      return this.#init.link.send(envelope!, message, payload, route)
    } catch (error) {
      this.#init.report(error)
      return 'too-large'
    }
  }

  /** A write that came without a permission is repeated with the one that was sent back; once. */
  #askedForToken (exchange: Exchange, envelope: AnswerEnvelope): boolean {
    if (envelope.kind !== 'error' || envelope.code !== 'token-required' || envelope.token === undefined) return false
    if (!exchange.write || exchange.token !== undefined) return false
    exchange.token = envelope.token.slice()
    return true
  }

  #read ({ protocol }: Exchange, envelope: AnswerEnvelope, { payload }: Delivery, from: Contact, rttMs: number): Reply<unknown> {
    if (envelope.kind === 'error') return { type: 'error', code: envelope.code, reason: envelope.reason, from }
    const message = this.#messageOf(payload, protocol)
    if (message instanceof Refusal) return { type: 'error', code: 'malformed', reason: message.reason, from }
    return { type: 'response', message, from, rttMs }
  }

  #messageOf (payload: Payload, { response }: Protocol<unknown, unknown>): unknown {
    try {
      return this.#init.link.open(payload, response)
    } catch (error) {
      this.#init.report(error)
      return new Refusal('the codec failed')
    }
  }
}

const RELIABLE_TRIES = 2

const unsentReasons = {
  unreachable: 'no-address',
  'too-large': 'too-large',
  'over-limit': 'over-limit'
} as const satisfies Record<Exclude<SendOutcome, 'sent'>, UnsentReason>

/** A try that never ends would never settle. */
function checkOptions ({ timeoutMs, tries }: RequestOptions): void {
  if (tries !== undefined) checkCount('tries', tries)
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs < Infinity)) {
    throw new InvalidOptionError('timeoutMs', `expected a positive number, got ${timeoutMs}`)
  }
}

function unsent (reason: UnsentReason): Promise<Reply<never>> {
  return Promise.resolve({ type: 'unsent', reason })
}

function settle (exchange: Exchange, reply: Reply<unknown>): void {
  if (exchange.onAbort !== undefined) exchange.options.signal?.removeEventListener('abort', exchange.onAbort)
  exchange.resolve(reply)
}

/** No whole answer came. A part of one is an answer; that nothing fitted is none. */
function settleWithout (exchange: Exchange, reply: Reply<unknown>): void {
  settle(exchange, exchange.part?.type === 'response' ? exchange.part : reply)
}

function requestEnvelope (transactionId: Uint8Array, mode: Mode, { protocol, token }: Exchange): Envelope {
  return { kind: 'request', transactionId, mode, protocol: protocol.name, token }
}

/** A retry sends the very bytes of the first try, whatever has become of the message meanwhile. */
class EncodedOnce implements Codec<unknown> {
  readonly #codec: Codec<unknown>
  #encoded: Uint8Array | undefined

  constructor (codec: Codec<unknown>) {
    this.#codec = codec
  }

  encode (message: unknown, budget: number): Uint8Array | undefined {
    this.#encoded ??= this.#codec.encode(message, budget)
    return this.#encoded !== undefined && this.#encoded.length <= budget ? this.#encoded : undefined
  }

  decode (bytes: Uint8Array): unknown {
    return this.#codec.decode(bytes)
  }
}
