import type {
  Channel, Clock, Codec, Delivery, Endpoint, Envelope, Link, LinkHandler, Output, Payload, Route, SendOptions, SendOutcome, Transport
} from '@kadmium/interface'
import { Refusal } from '@kadmium/interface'
import { DATAGRAM_BYTES, decodeEnvelope, encodeEnvelope, isRoutableTarget } from '@kadmium/wire'
import { Admission } from './admission.ts'
import type { AdmissionInit } from './admission.ts'
import type { Alarm } from './alarm.ts'
import { AmplificationLedger } from './amplification-ledger.ts'
import { envelopeBytes } from './envelope-size.ts'
import { startTogether } from './start-together.ts'

export interface SecureLinkInit {
  readonly transports: readonly Transport[]
  /** A fresh one for each start: sessions do not outlive a stop. */
  readonly channel: () => Channel
  readonly clock: Pick<Clock, 'now'>
  readonly alarm: Alarm
  /** Endpoints whose unproven credit is remembered. */
  readonly unprovenEndpoints: number
  readonly admission: AdmissionInit
}

/**
 * The production link: codec, secure channel and transports, and the one place where amplification is bounded. Every byte
 * for an endpoint whose address is unproven, and that is sent because of what came from there, passes `#transmit` and is
 * charged to what came from there: answers, errors, the channel's own proofs, and requests with their retries. What comes in
 * faster than it may is not even read.
 */
export function secureLink (init: SecureLinkInit): Link {
  const link = new SecureLink(init)
  init.alarm.add(link)
  return link
}

/** An envelope with the longest address, or an error with a short reason. */
const ANSWER_ENVELOPE_BYTES = 96

class SecureLink implements Link {
  readonly #transports: readonly Transport[]
  readonly #makeChannel: () => Channel
  readonly #clock: Pick<Clock, 'now'>
  readonly #alarm: Alarm
  readonly #unprovenEndpoints: number
  readonly #admissionInit: AdmissionInit
  #admission: Admission
  #ledger: AmplificationLedger
  #channel: Channel | undefined
  #handler: LinkHandler | undefined
  #reliable = false
  /** Endpoints with a session: their addresses are proven. As many as the channel remembers. */
  readonly #proven = new Set<string>()
  /** Endpoint objects that came out of unproven datagrams, and were not proven since: who is asked by one is asked because of what came from there. */
  #strangers = new WeakSet<Endpoint>()

  constructor ({ transports, channel, clock, alarm, unprovenEndpoints, admission }: SecureLinkInit) {
    this.#transports = transports
    this.#makeChannel = channel
    this.#clock = clock
    this.#alarm = alarm
    this.#unprovenEndpoints = unprovenEndpoints
    this.#ledger = new AmplificationLedger(unprovenEndpoints)
    this.#admissionInit = admission
    this.#admission = new Admission(admission)
  }

  /** Transports that share a port are one address. */
  get listening (): readonly Endpoint[] {
    const endpoints = this.#transports.flatMap(transport => transport.listening)
    return [...new Map(endpoints.map(endpoint => [endpoint.text, endpoint])).values()]
  }

  /** Known once it is started. */
  get reliable (): boolean {
    return this.#reliable
  }

  async start (handler: LinkHandler): Promise<void> {
    this.#handler = handler
    this.#channel = this.#makeChannel()
    await startTogether(this.#transports, ({ reliable }) => ({
      receive: (bytes, from) => { this.#receive(bytes, from, reliable) },
      failed: (error, to) => { this.#failed(error, to, reliable) }
    }))
    this.#reliable = this.#channel !== undefined && this.#isReliable(this.#channel)
  }

  async stop (): Promise<void> {
    this.#channel = undefined
    this.#handler = undefined
    this.#reliable = false
    this.#proven.clear()
    this.#ledger = new AmplificationLedger(this.#unprovenEndpoints)
    this.#admission = new Admission(this.#admissionInit)
    this.#strangers = new WeakSet()
    await Promise.all(this.#transports.map(transport => transport.stop()))
  }

  reaches (to: Endpoint): boolean {
    return isRoutableTarget(to) && this.#transportTo(to, false) !== undefined
  }

  send<T> (envelope: Envelope, message: T | undefined, codec: Codec<T> | undefined, to: Route): SendOutcome {
    const channel = this.#channel
    const { reliable = false } = to
    if (channel === undefined || this.#transportTo(to.endpoint, reliable) === undefined) return 'unreachable'
    const charged = this.#isCharged(to)
    const credit = charged && !reliable ? this.#ledger.credit(to.endpoint) : Infinity
    const options: SendOptions = {
      class: to.class,
      pad: envelope.kind === 'request' && credit >= DATAGRAM_BYTES && !reliable,
      ...(to.answerBytes !== undefined && { answerBytes: ANSWER_ENVELOPE_BYTES + to.answerBytes }),
      ...(to.via !== undefined && { via: to.via }),
      ...(reliable && { reliable })
    }
    const whole = channel.budget(to, options)
    const budget = Math.min(whole, credit - (DATAGRAM_BYTES - whole))
    const bytes = encode(envelope, message, codec, budget, !reliable && this.reliable)
    if (bytes === undefined) return budget < whole ? 'over-limit' : 'too-large'
    const now = this.#clock.now()
    if (envelope.kind === 'request' && !charged && !this.#proven.has(to.endpoint.text)) this.#admission.asked(to.endpoint, now)
    const sent = this.#transmitAll(channel.send(bytes, to, options, now), charged)
    this.#alarm.wakeBy(channel.nextDeadline())
    return sent ? 'sent' : 'over-limit'
  }

  open<T> (payload: Payload, codec: Codec<T>): T | Refusal {
    return codec.decode(payload as Uint8Array)
  }

  permits (delivery: Delivery, key: Uint8Array): { readonly granted: true } | { readonly granted: false, readonly token?: Uint8Array } {
    const tokens = delivery.reliable === true ? undefined : this.#channel?.tokens
    if (tokens === undefined) return delivery.proven ? { granted: true } : { granted: false }
    const { envelope, endpoint, peerKey } = delivery
    const holder = { endpoint, peerKey, key }
    const now = this.#clock.now()
    if (envelope.kind === 'request' && envelope.token !== undefined && tokens.check(envelope.token, holder, now)) return { granted: true }
    return { granted: false, token: tokens.mint(holder, now) }
  }

  keep (peerKey: Uint8Array, kept: boolean): void {
    this.#channel?.keep?.(peerKey, kept)
    this.#alarm.wakeBy(this.#channel?.nextDeadline())
  }

  nextDeadline (): number | undefined {
    return this.#channel?.nextDeadline()
  }

  due (now: number): void {
    if (this.#channel === undefined) return
    for (const output of this.#channel.due(now)) this.#handle(output, 0, this.#ledger.has(outputEndpoint(output)))
  }

  #receive (bytes: Uint8Array, from: Endpoint, reliable: boolean): void {
    const channel = this.#channel
    if (channel === undefined || this.#handler === undefined) return
    this.#handler.received(bytes.length)
    const now = this.#clock.now()
    const refused = this.#admission.refusal(from, reliable || this.#proven.has(from.text), now)
    if (refused !== undefined) return this.#handler.dropped(refused, from)
    const outputs = channel.receive(bytes, from, now, reliable ? { reliable } : undefined)
    if (outputs.length === 0) return
    const proven = reliable || outputs.some(provesSource)
    if (proven) this.#ledger.proven(from)
    else if (outputs.some(output => output.type !== 'dropped')) this.#ledger.received(from, bytes.length)
    for (const output of outputs) this.#handle(output, bytes.length, !proven, reliable)
    this.#alarm.wakeBy(channel.nextDeadline())
  }

  #handle (output: Output, size: number, charged: boolean, reliable = false): void {
    switch (output.type) {
      case 'transmit': this.#transmit(output, charged && output.proven !== true); break
      case 'message': this.#deliver(output, size, reliable); break
      case 'session': this.#session(output); break
      case 'dropped': this.#handler?.dropped(output.reason, output.endpoint); break
    }
  }

  #deliver ({ message, peerKey, endpoint, via, proven }: Extract<Output, { type: 'message' }>, size: number, reliable: boolean): void {
    const opened = decodeEnvelope(message)
    if (opened instanceof Refusal) return this.#handler?.dropped('malformed envelope', endpoint)
    if (!proven) this.#strangers.add(endpoint)
    this.#handler?.deliver({ envelope: opened.envelope, payload: opened.payload, peerKey, endpoint, via, proven, size, ...(reliable && { reliable }) })
  }

  #session (output: Extract<Output, { type: 'session' }>): void {
    const { peerKey, endpoint } = output
    if (output.event === 'opened') {
      this.#proven.add(endpoint.text)
      this.#strangers.delete(endpoint)
      this.#handler?.sessionOpened(peerKey, endpoint, output.initiator)
    } else {
      this.#proven.delete(endpoint.text)
      this.#handler?.sessionClosed(peerKey, endpoint, output.reason)
    }
  }

  /**
   * An answer is charged unless its request was proven; a request, if it is a stranger's datagram that prompted it. What goes
   * by a connection is free, but not the handshake that is made for it.
   */
  #isCharged ({ via, proven, endpoint }: Route): boolean {
    if (via !== undefined) return proven !== true
    return this.#strangers.has(endpoint) && !this.#proven.has(endpoint.text)
  }

  #transmitAll (outputs: Output[], charged: boolean): boolean {
    let sent = true
    for (const output of outputs) {
      if (output.type === 'transmit') sent = this.#transmit(output, charged) && sent
      else this.#handle(output, 0, charged)
    }
    return sent
  }

  /** The only way out. */
  #transmit ({ bytes, to, reliable = false }: Extract<Output, { type: 'transmit' }>, charged: boolean): boolean {
    if (charged && !reliable && !this.#ledger.spend(to, bytes.length)) {
      this.#handler?.dropped('amplification', to)
      return false
    }
    this.#handler?.sent(bytes.length)
    this.#transportTo(to, reliable)?.send(bytes, to)
    return true
  }

  /** The channel has to know about reliable transports too. */
  #isReliable (channel: Channel): boolean {
    const [endpoint] = this.listening
    if (endpoint === undefined || this.#transportTo(endpoint, true) === undefined) return false
    return channel.budget({ endpoint }, { class: 'read', reliable: true }) > DATAGRAM_BYTES
  }

  #transportTo (to: Endpoint, reliable: boolean): Transport | undefined {
    return this.#transports.find(transport => transport.reliable === reliable && transport.reaches(to))
  }

  /** What goes wrong with one datagram concerns nobody: it counts as lost. A connection's end concerns who waits for an answer by it. */
  #failed (error: Error, to: Endpoint | undefined, reliable: boolean): void {
    if (to === undefined) return this.#handler?.failed(error)
    this.#handler?.dropped(reliable ? 'connection failed' : 'send failed', to)
    if (reliable) this.#handler?.undelivered?.(to)
  }
}

/** `marks`: whether an answer says that there is more of it than fits. */
function encode<T> (
  envelope: Envelope, message: T | undefined, codec: Codec<T> | undefined, budget: number, marks: boolean
): Uint8Array | undefined {
  let payload: Uint8Array | undefined
  let sent = envelope
  if (codec !== undefined) {
    const room = Math.max(0, budget - envelopeBytes(envelope, budget))
    if (marks && envelope.kind === 'response' && codec.truncates?.(message as T, room) === true) sent = { ...envelope, truncated: true }
    payload = codec.encode(message as T, sent === envelope ? room : Math.max(0, budget - envelopeBytes(sent, budget)))
    if (payload === undefined) return undefined
  }
  const bytes = encodeEnvelope(sent, payload)
  return bytes.length <= budget ? bytes : undefined
}

function provesSource (output: Output): boolean {
  return (output.type === 'message' && output.proven) || (output.type === 'session' && output.event === 'opened')
}

function outputEndpoint (output: Output): Endpoint {
  return output.type === 'transmit' ? output.to : output.endpoint
}
