import type { Endpoint, Output } from '@kadmium/interface'
import { Answers } from './answers.ts'
import { equal } from './bytes.ts'
import type { Established, Indexed } from './established.ts'
import type { HalfOpen } from './half-open.ts'
import { HalfOpens, firstFlightName } from './half-open.ts'
import { DH_BYTES, respond } from './handshake.ts'
import type { Indexes } from './indexes.ts'
import type { Local } from './local.ts'
import { LoadCookies } from './macs.ts'
import type { NoiseOptions } from './options.ts'
import {
  ANSWER_INDEX_AT, ANSWER_NOISE_AT, ANSWER_OVERHEAD_BYTES, COOKIE_INDEX_AT, COOKIE_PACKET_BYTES, COOKIE_SALT_AT, COOKIE_SALT_BYTES,
  COOKIE_SEALED_AT, FIRST_BYTES, FIRST_HEADER_BYTES, FIRST_INDEX_AT, FIRST_NOISE_AT, FIRST_STATIC_AT, HELLO_ANSWER_BYTES, HELLO_ANSWER_MAC_AT,
  HELLO_BYTES, HELLO_MAC_AT, HELLO_NONCE_AT, HELLO_NONCE_END, INDEX_BYTES, MAC1_AT, MAC2_AT, packet, packetType, readFirstPayload,
  readIndex, writeIndex
} from './packets.ts'
import { Session } from './session.ts'

const EMPTY = new Uint8Array(0)

/** The handshakes that others begin. Until one proves its address, it is sent no more than it sent. */
export class Responder {
  readonly #local: Local
  readonly #options: NoiseOptions
  readonly #indexes: Indexes<Indexed>
  readonly #established: Established
  readonly #halfOpens: HalfOpens
  readonly #answers: Answers
  readonly #cookies: LoadCookies

  constructor (local: Local, options: NoiseOptions, indexes: Indexes<Indexed>, established: Established) {
    this.#local = local
    this.#options = options
    this.#indexes = indexes
    this.#established = established
    this.#halfOpens = new HalfOpens(options)
    this.#answers = new Answers(options.maxAnswers, options.answerMs)
    this.#cookies = new LoadCookies(local.random, local.macs, options.cookieEpochMs)
  }

  /** Tells our key to whoever names our network. Nothing is remembered. */
  onHello (bytes: Uint8Array, from: Endpoint): Output[] {
    if (bytes.length !== HELLO_BYTES || !this.#local.macs.verifyHello(bytes, HELLO_MAC_AT)) return dropped('not for this network', from)
    const answer = packet(packetType.helloAnswer, HELLO_ANSWER_BYTES)
    answer.set(bytes.subarray(HELLO_NONCE_AT, HELLO_NONCE_END), HELLO_NONCE_AT)
    answer.set(this.#local.publicKey, HELLO_NONCE_END)
    this.#local.macs.signHello(answer, HELLO_ANSWER_MAC_AT)
    return [{ type: 'transmit', bytes: answer, to: from }]
  }

  /** The cheap checks first: one HMAC turns away who does not know our key, and nobody's spoofed address costs more under load. */
  onFirstFlight (bytes: Uint8Array, from: Endpoint, now: number): Output[] {
    if (bytes.length < FIRST_BYTES) return dropped('first flight cut short', from)
    const { macs, publicKeys } = this.#local
    const mac1 = bytes.subarray(MAC1_AT, MAC2_AT)
    const mac2 = bytes.subarray(MAC2_AT, FIRST_NOISE_AT)
    if (!equal(macs.mac(publicKeys.mac1, bytes.subarray(FIRST_NOISE_AT)), mac1)) return dropped('not for this key and network', from)
    const cookie = mac2.some(byte => byte !== 0)
    if (cookie && !this.#cookies.verify(mac2, mac1, from, now)) return dropped('not our cookie', from)
    const name = firstFlightName(bytes.subarray(FIRST_NOISE_AT, FIRST_STATIC_AT), from)
    const again = this.#again(name, from, now)
    if (again !== undefined) return again
    const group = this.#halfOpens.groupOf(from)
    const isBusy = this.#halfOpens.size >= this.#options.cookieAbove || this.#halfOpens.isCrowded(group)
    if (isBusy && !cookie) return [this.#cookiePacket(bytes, mac1, from, now)]
    const halfOpen = this.#accept(bytes, from, { cookie, name, group, startedAt: now })
    if (typeof halfOpen === 'string') return dropped(halfOpen, from)
    const evicted = this.#halfOpens.add(halfOpen)
    if (evicted !== undefined) this.#indexes.delete(evicted.index)
    this.#indexes.set(halfOpen.index, halfOpen)
    return this.#deliver(halfOpen)
  }

  /** Seals the second message; once, for the keys of a handshake are good for one. */
  answer (halfOpen: HalfOpen, message: Uint8Array): Output[] {
    const { index, remoteIndex, peerKey, endpoint, startedAt } = halfOpen
    if (halfOpen.answered !== undefined) return dropped('answered already', endpoint)
    const { crypto, random } = this.#local
    const payload = new Uint8Array(INDEX_BYTES + message.length)
    writeIndex(payload, 0, index)
    payload.set(message, INDEX_BYTES)
    const second = halfOpen.answer(crypto.keyPair(random.bytes(DH_BYTES)), payload)
    if (second === undefined) return this.#discard(halfOpen)
    const bytes = packet(packetType.answer, ANSWER_OVERHEAD_BYTES + message.length)
    writeIndex(bytes, ANSWER_INDEX_AT, remoteIndex)
    bytes.set(second.message, ANSWER_NOISE_AT)
    const { replayWindow } = this.#options
    const { keys } = second
    const session = new Session(crypto, { index, remoteIndex, peerKey, endpoint, initiator: false, keys, startedAt, replayWindow })
    halfOpen.answered = { packet: bytes, session }
    return [{ type: 'transmit', bytes, to: endpoint }]
  }

  /** The initiator used its session from where it said it was: its address is proven. */
  settle (halfOpen: HalfOpen, { packet: answer, session }: NonNullable<HalfOpen['answered']>, now: number): Output[] {
    this.#halfOpens.remove(halfOpen)
    this.#answers.add(halfOpen.name, answer, now)
    return this.#established.confirm(session, now)
  }

  expire (now: number): void {
    this.#answers.expire(now)
    for (const { index } of this.#halfOpens.expire(now)) this.#indexes.delete(index)
  }

  nextDeadlines (): readonly (number | undefined)[] {
    return [this.#halfOpens.nextDeadline(), this.#answers.nextDeadline()]
  }

  /** What a first flight gets that came before: its stored answer, or its way to the handler that did not answer yet. */
  #again (name: string, from: Endpoint, now: number): Output[] | undefined {
    const halfOpen = this.#halfOpens.get(name)
    if (halfOpen !== undefined && halfOpen.answered === undefined) return this.#deliver(halfOpen)
    const bytes = halfOpen?.answered?.packet ?? this.#answers.get(name, now)
    return bytes && [{ type: 'transmit', bytes, to: from }]
  }

  #deliver (halfOpen: HalfOpen): Output[] {
    const { message, peerKey, endpoint, index } = halfOpen
    if (message.length === 0) return this.answer(halfOpen, EMPTY)
    return [{ type: 'message', message, peerKey, endpoint, via: index, proven: false }]
  }

  /** The key exchange. The Ed25519 key inside must be the one whose X25519 key was proven. */
  #accept (bytes: Uint8Array, endpoint: Endpoint, known: Pick<HalfOpen, 'cookie' | 'name' | 'group' | 'startedAt'>): HalfOpen | string {
    const { crypto, pair, macs, publicKey } = this.#local
    const prologue = macs.prologue(publicKey, bytes.subarray(0, FIRST_HEADER_BYTES))
    const received = respond(crypto, { prologue, own: pair }, bytes.subarray(FIRST_NOISE_AT))
    if (received === undefined) return 'forged'
    const first = readFirstPayload(received.payload)
    if (first === undefined) return 'message cut short'
    if (equal(first.publicKey, publicKey)) return 'own key'
    if (!equal(crypto.toX25519(first.publicKey) ?? EMPTY, received.remote)) return 'key of another'
    return {
      kind: 'half-open',
      index: this.#indexes.draw(),
      remoteIndex: readIndex(bytes, FIRST_INDEX_AT),
      peerKey: first.publicKey.slice(),
      endpoint,
      message: first.message,
      answer: received.answer,
      ...known
    }
  }

  #cookiePacket (first: Uint8Array, mac1: Uint8Array, to: Endpoint, now: number): Output {
    const { macs, publicKeys, random } = this.#local
    const bytes = packet(packetType.cookie, COOKIE_PACKET_BYTES)
    const salt = random.bytes(COOKIE_SALT_BYTES)
    writeIndex(bytes, COOKIE_INDEX_AT, readIndex(first, FIRST_INDEX_AT))
    bytes.set(salt, COOKIE_SALT_AT)
    macs.sealCookie(bytes.subarray(COOKIE_SEALED_AT), this.#cookies.mint(to, now), publicKeys.cookie, mac1, salt)
    return { type: 'transmit', bytes, to }
  }

  #discard (halfOpen: HalfOpen): Output[] {
    this.#halfOpens.remove(halfOpen)
    this.#indexes.delete(halfOpen.index)
    return dropped('forged', halfOpen.endpoint)
  }
}

function dropped (reason: string, endpoint: Endpoint): Output[] {
  return [{ type: 'dropped', reason, endpoint }]
}
