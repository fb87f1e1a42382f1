import type {
  Codec, Contact, Delivery, Endpoint, Envelope, ErrorCode, ErrorReply, Handler, Link, Mode, Protocol, Requester, Route
} from '@kadmium/interface'
import { InvalidOptionError, Refusal } from '@kadmium/interface'
import { BoundedMap } from './bounded-map.ts'
import { checkProtocolName } from './protocols.ts'
import { isPromise } from './swarm-events.ts'

export interface InboundRequestsInit {
  readonly link: Link
  /** Handlers that may run at once. */
  readonly inboundRequests: number
  readonly storedAnswers: number
  readonly mode: () => Mode
  readonly report: (error: unknown) => void
}

interface Served {
  readonly protocol: Protocol<unknown, unknown>
  readonly handler: Handler<unknown, unknown>
}

type RequestEnvelope = Extract<Envelope, { kind: 'request' }>

interface Refused {
  readonly type: 'error'
  readonly code: ErrorCode
  readonly reason: string
  readonly token?: Uint8Array | undefined
}

type Answer =
  | { readonly type: 'response', readonly message: unknown, readonly protocol: Protocol<unknown, unknown> }
  | Refused

/** Stands for an answer whose handler still runs. */
const RUNNING = Symbol('running')

/** Requests of others: finds who handles them, and answers each, if only with an error. */
export class InboundRequests {
  readonly #init: InboundRequestsInit
  readonly #served = new Map<string, Served>()
  readonly #answers: BoundedMap<string, Answer | typeof RUNNING>
  #running = 0

  constructor (init: InboundRequestsInit) {
    this.#init = init
    this.#answers = new BoundedMap(init.storedAnswers)
  }

  handle<Request, Response> (protocol: Protocol<Request, Response>, handler: Handler<Request, Response>): void {
    checkProtocolName(protocol.name)
    if (this.#served.has(protocol.name)) throw new InvalidOptionError('protocol', `${protocol.name} is handled already`)
    this.#served.set(protocol.name, { protocol, handler } as unknown as Served)
  }

  /** Forgets the answers; handlers that still run are not heard. */
  stop (): void {
    this.#answers.clear()
  }

  serve (delivery: Delivery, envelope: RequestEnvelope, from: Contact): void {
    try {
      this.#serve(delivery, envelope, from)
    } catch (error) {
      this.#answer(delivery, this.#failed(error))
    }
  }

  #serve (delivery: Delivery, envelope: RequestEnvelope, from: Contact): void {
    const served = this.#served.get(envelope.protocol)
    if (served === undefined) return this.#answer(delivery, refuse('protocol-unknown', envelope.protocol))
    const request = this.#init.link.open(delivery.payload, served.protocol.request)
    if (request instanceof Refusal) return this.#answer(delivery, refuse('malformed', request.reason))
    const key = served.protocol.writeKey?.(request)
    if (key === undefined && served.protocol.writeKey !== undefined) return this.#run(served, request, delivery, from, undefined)
    this.#once(served, request, key, delivery, from)
  }

  /** What may change something is done once, even if it is asked for twice: the repeated request gets the same answer. */
  #once (served: Served, request: unknown, key: Uint8Array | undefined, delivery: Delivery, from: Contact): void {
    const known = requestKey(delivery)
    const stored = this.#answers.get(known)
    if (stored === RUNNING) return
    if (stored !== undefined) return this.#answer(delivery, stored)
    const permission = key === undefined ? undefined : this.#init.link.permits(delivery, key)
    if (permission?.granted === false) {
      return this.#answer(delivery, { ...refuse('token-required', 'repeat with this token'), token: permission.token })
    }
    this.#run(served, request, delivery, from, known)
  }

  /** A handler that answers at once costs no promise. */
  #run ({ protocol, handler }: Served, request: unknown, delivery: Delivery, from: Contact, known: string | undefined): void {
    if (this.#running >= this.#init.inboundRequests) return this.#answer(delivery, refuse('busy', 'too many requests'))
    const result = attempt(() => handler(request, requesterOf(delivery, from)))
    if (result instanceof Failure) return this.#finish(this.#failed(result.error), delivery, known)
    if (!isPromise(result)) return this.#finish(toAnswer(result, protocol), delivery, known)
    if (known !== undefined) this.#answers.set(known, RUNNING)
    this.#running++
    void this.#later(result, protocol).then(answer => {
      this.#running--
      this.#finish(answer, delivery, known)
    })
  }

  async #later (result: PromiseLike<unknown>, protocol: Protocol<unknown, unknown>): Promise<Answer> {
    try {
      return toAnswer(await result, protocol)
    } catch (error) {
      return this.#failed(error)
    }
  }

  #finish (answer: Answer, delivery: Delivery, known: string | undefined): void {
    if (known !== undefined) this.#answers.set(known, answer)
    this.#answer(delivery, answer)
  }

  #failed (error: unknown): Refused {
    this.#init.report(error)
    return refuse('internal', 'the handler failed')
  }

  /** What does not fit becomes an error that says so; what even then does not fit was asked for by too small a request. */
  #answer (delivery: Delivery, answer: Answer): void {
    if (answer.type === 'error') return this.#refuse(delivery, answer)
    const { transactionId } = delivery.envelope
    const envelope: Envelope = { kind: 'response', transactionId, mode: this.#init.mode(), truncated: false, observed: observedOf(delivery) }
    const sent = attempt(() => this.#send(envelope, answer.message, answer.protocol.response, delivery))
    if (sent instanceof Failure) this.#refuse(delivery, this.#failed(sent.error))
    else if (!sent) this.#refuse(delivery, refuse('too-large', 'the answer exceeds what may be sent'))
  }

  /** The code matters more than its reason. */
  #refuse (delivery: Delivery, { code, reason, token }: Refused): void {
    const { transactionId } = delivery.envelope
    const envelope: Envelope = { kind: 'error', transactionId, mode: this.#init.mode(), code, reason, observed: observedOf(delivery), token }
    if (!this.#send(envelope, undefined, undefined, delivery)) this.#send({ ...envelope, reason: '' }, undefined, undefined, delivery)
  }

  #send (envelope: Envelope, message: unknown, codec: Codec<unknown> | undefined, { endpoint, peerKey, via, proven, reliable }: Delivery): boolean {
    const route: Route = { endpoint, peerKey, via, proven, class: 'read', reliable }
    return this.#init.link.send(envelope, message, codec, route) === 'sent'
  }
}

/** What was thrown, as a value. */
class Failure {
  readonly error: unknown

  constructor (error: unknown) {
    this.error = error
  }
}

function attempt<T> (run: () => T): T | Failure {
  try {
    return run()
  } catch (error) {
    return new Failure(error)
  }
}

function refuse (code: ErrorCode, reason: string): Refused {
  return { type: 'error', code, reason }
}

function toAnswer (result: unknown, protocol: Protocol<unknown, unknown>): Answer {
  return isErrorReply(result) ? refuse(result.error, result.reason) : { type: 'response', message: result, protocol }
}

function isErrorReply (result: unknown): result is ErrorReply {
  return typeof result === 'object' && result !== null && 'error' in result && 'reason' in result
}

function requesterOf ({ endpoint, envelope, proven }: Delivery, contact: Contact): Requester {
  return { peer: contact.id, contact, endpoint, mode: envelope.mode, proven }
}

/** Where a connection comes from is no address of the peer's. */
function observedOf ({ endpoint, reliable }: Delivery): Endpoint | undefined {
  return reliable === true ? undefined : endpoint
}

/** The same transaction from the same host: what is repeated by the reliable transport comes from another port. */
function requestKey ({ envelope, endpoint }: Delivery): string {
  return endpoint.host + String.fromCharCode(...envelope.transactionId)
}
