import type { Channel, ChannelComponents, ChannelFactory, Destination, Endpoint, Output, ReceiveOptions, SendOptions, Via } from '@kadmium/interface'
import { DATAGRAM_BYTES, STREAM_BYTES } from '@kadmium/wire'
import { equal } from './bytes.ts'
import type { Indexed } from './established.ts'
import { Established } from './established.ts'
import type { HalfOpen } from './half-open.ts'
import { Indexes } from './indexes.ts'
import { Initiator } from './initiator.ts'
import type { Local } from './local.ts'
import { localOf } from './local.ts'
import type { NoiseInit, NoiseOptions } from './options.ts'
import { noiseOptions } from './options.ts'
import {
  ANSWER_MESSAGE_BYTES, STREAM_MESSAGE_BYTES, TRANSPORT_INDEX_AT, TRANSPORT_MESSAGE_BYTES, VERSION, packetType, readIndex
} from './packets.ts'
import { RecentRequests } from './recent-requests.ts'
import { Responder } from './responder.ts'
import { transmitBy } from './session.ts'

/**
 * Encrypted sessions over datagrams: Noise IK in the shape that WireGuard gave it (Donenfeld, NDSS 2017). A request to a
 * stranger rides in the first flight and its answer comes back in the second, so encryption costs no round trip; a packet
 * of the new session then proves the initiator's address.
 *
 * What rides in a first flight can be replayed by whoever saw it: it is delivered unproven, and only reads go there.
 *
 * What goes by a reliable transport is sealed with the same sessions: handshakes are made by datagrams only, and a message
 * waits for its session as a write does.
 */
export function noise (init: NoiseInit = {}): ChannelFactory {
  const options = noiseOptions(init)
  return components => {
    const { exemptPrivate = components.profile !== 'public' } = init
    return new NoiseChannel(components, { ...options, exemptPrivate })
  }
}

class NoiseChannel implements Channel {
  readonly #local: Local
  readonly #indexes: Indexes<Indexed>
  readonly #established: Established
  readonly #initiator: Initiator
  readonly #responder: Responder
  readonly #recent: RecentRequests

  constructor (components: ChannelComponents, options: NoiseOptions) {
    this.#local = localOf(components)
    this.#indexes = new Indexes(components.random)
    this.#established = new Established(options, this.#indexes)
    this.#initiator = new Initiator(this.#local, options, this.#indexes, this.#established)
    this.#responder = new Responder(this.#local, options, this.#indexes, this.#established)
    this.#recent = new RecentRequests(options.maxRecentRequests)
  }

  send (message: Uint8Array, to: Destination, options: SendOptions, now: number): Output[] {
    const { endpoint, peerKey } = to
    if (message.length > this.budget(to, options)) return dropped('message too long', endpoint)
    if (peerKey !== undefined && equal(peerKey, this.#local.publicKey)) return dropped('own key', endpoint)
    if (options.via !== undefined) return this.#reply(message, to, options.via, options, now)
    const session = this.#established.current(endpoint, peerKey, now)
    if (session === undefined || this.#recent.isRepeated(message, session)) {
      const { class: kind, answerBytes, reliable = false } = options
      return this.#initiator.send({ message, class: kind, answerBytes, reliable }, endpoint, peerKey, now)
    }
    const outputs = [transmitBy(session, message, endpoint, options.reliable)]
    if (this.#established.needsRekey(session, now)) outputs.push(...this.#initiator.begin([], endpoint, session.peerKey, now))
    return outputs
  }

  receive (datagram: Uint8Array, from: Endpoint, now: number, { reliable = false }: ReceiveOptions = {}): Output[] {
    const bytes = plain(datagram)
    const type = bytes[0] ?? 0
    if (reliable) return this.#onStream(bytes, from, now)
    if (bytes.length > DATAGRAM_BYTES) return dropped('datagram too long', from)
    if (type === packetType.transport) return this.#onTransport(bytes, from, false, now)
    if (type === packetType.stream) return dropped('not a packet of this channel', from)
    if (bytes[1] !== VERSION) return dropped('other version', from)
    switch (type) {
      case packetType.hello:
        return this.#initiator.isOwnHello(bytes, from) ? dropped('own packet', from) : this.#responder.onHello(bytes, from)
      case packetType.helloAnswer: return prompted(this.#initiator.onHelloAnswer(bytes, from, now))
      case packetType.first: return this.#responder.onFirstFlight(bytes, from, now)
      case packetType.answer: return this.#initiator.onAnswer(bytes, from, now)
      case packetType.cookie: return prompted(this.#initiator.onCookie(bytes, from))
      default: return dropped('not a packet of this channel', from)
    }
  }

  due (now: number): Output[] {
    this.#responder.expire(now)
    return [...this.#initiator.expire(now), ...this.#established.expire(now)]
  }

  nextDeadline (): number | undefined {
    return [this.#initiator.nextDeadline(), ...this.#responder.nextDeadlines(), this.#established.nextDeadline()]
      .reduce((earliest, next) => earliest === undefined || (next !== undefined && next < earliest) ? next : earliest, undefined)
  }

  /** A request may be as long as a data packet takes: one that does not fit the first flight waits for the session. */
  budget (_to: Destination, { via, reliable = false }: SendOptions): number {
    if (reliable) return STREAM_MESSAGE_BYTES
    return via !== undefined && this.#indexes.get(via)?.kind === 'half-open' ? ANSWER_MESSAGE_BYTES : TRANSPORT_MESSAGE_BYTES
  }

  keep (peerKey: Uint8Array, kept: boolean): void {
    this.#established.keep(peerKey, kept)
  }

  /** By the handshake or session that the request came by; where that was renewed since, by the newer one. */
  #reply (message: Uint8Array, { endpoint, peerKey }: Destination, via: Via, { reliable = false }: SendOptions, now: number): Output[] {
    const known = this.#indexes.get(via)
    if (known?.kind === 'half-open') return this.#responder.answer(known, message)
    const session = known?.kind === 'session' && !this.#established.isWorn(known, now)
      ? known
      : this.#established.current(endpoint, peerKey, now)
    if (session === undefined) return dropped('nobody waits for this answer', endpoint)
    return [transmitBy(session, message, reliable ? endpoint : session.endpoint, reliable)]
  }

  #onStream (bytes: Uint8Array, from: Endpoint, now: number): Output[] {
    if (bytes.length > STREAM_BYTES) return dropped('message too long', from)
    return bytes[0] === packetType.stream ? this.#onTransport(bytes, from, true, now) : dropped('not a packet of this channel', from)
  }

  /** A connection comes from a port of its own. Whoever seals for a session has read the answer that went to its endpoint. */
  #onTransport (bytes: Uint8Array, from: Endpoint, reliable: boolean, now: number): Output[] {
    const known = this.#indexes.get(readIndex(bytes, TRANSPORT_INDEX_AT))
    const session = known?.kind === 'half-open' ? known.answered?.session : known?.kind === 'session' ? known : undefined
    if (known === undefined || session === undefined) return dropped('unknown session', from)
    if (!reliable && session.endpoint.text !== from.text) return dropped('other endpoint', from)
    const message = session.open(bytes)
    if (typeof message === 'string') return dropped(message, from)
    const outputs = this.#confirmBy(known, now)
    this.#established.heard(session, now)
    if (message.length > 0) {
      outputs.push({ type: 'message', message, peerKey: session.peerKey, endpoint: from, via: session.index, proven: true })
    }
    return outputs
  }

  #confirmBy (known: Indexed | HalfOpen, now: number): Output[] {
    return known.kind === 'half-open' && known.answered !== undefined ? this.#responder.settle(known, known.answered, now) : []
  }
}

/** Node's sockets hand over a `Buffer`, whose `slice` copies nothing. */
function plain (bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Who answers a HELLO or a first flight of ours has received it; what goes there now is owed to no stranger. */
function prompted (outputs: Output[]): Output[] {
  return outputs.map(output => output.type === 'transmit' ? { ...output, proven: true } : output)
}

function dropped (reason: string, endpoint: Endpoint): Output[] {
  return [{ type: 'dropped', reason, endpoint }]
}
