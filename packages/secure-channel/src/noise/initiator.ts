import type { Endpoint, Output } from '@kadmium/interface'
import { PUBLIC_KEY_BYTES } from '@kadmium/wire'
import type { Attempt, FirstFlightAttempt, HelloAttempt, Pending } from './attempts.ts'
import { Attempts, carries } from './attempts.ts'
import { equal } from './bytes.ts'
import type { Established, Indexed } from './established.ts'
import { DH_BYTES, FIRST_OVERHEAD_BYTES, initiate } from './handshake.ts'
import type { Indexes } from './indexes.ts'
import type { Local } from './local.ts'
import type { NoiseOptions } from './options.ts'
import {
  ANSWER_INDEX_AT, ANSWER_NOISE_AT, ANSWER_OVERHEAD_BYTES, COOKIE_INDEX_AT, COOKIE_PACKET_BYTES, COOKIE_SALT_AT, COOKIE_SEALED_AT,
  EARLY_MESSAGE_BYTES, FIRST_HEADER_BYTES, FIRST_INDEX_AT, FIRST_NOISE_AT, HELLO_ANSWER_BYTES, HELLO_ANSWER_MAC_AT, HELLO_BYTES,
  HELLO_MAC_AT, HELLO_NONCE_AT, HELLO_NONCE_END, INDEX_BYTES, MAC1_AT, MAC2_AT, packet, packetType, readIndex, writeFirstPayload, writeIndex
} from './packets.ts'
import { Session, transmitBy } from './session.ts'

const EMPTY = new Uint8Array(0)

/** The handshakes that we begin, and the messages that wait for them. */
export class Initiator {
  readonly #local: Local
  readonly #options: NoiseOptions
  readonly #indexes: Indexes<Indexed>
  readonly #established: Established
  readonly #attempts: Attempts

  constructor (local: Local, options: NoiseOptions, indexes: Indexes<Indexed>, established: Established) {
    this.#local = local
    this.#options = options
    this.#indexes = indexes
    this.#established = established
    this.#attempts = new Attempts(options)
  }

  /** For a peer without a session that can be relied on. What waits already is a retry: the same bytes once more. */
  send (pending: Pending, endpoint: Endpoint, peerKey: Uint8Array | undefined, now: number): Output[] {
    const attempt = this.#attempts.get(endpoint, peerKey)
    if (attempt !== undefined) return this.#join(attempt, pending)
    return peerKey === undefined ? this.#hello(pending, endpoint, now) : this.begin([pending], endpoint, peerKey, now)
  }

  /** A first flight with the first of `pending` that may ride along; none while another is under way. */
  begin (pending: readonly Pending[], endpoint: Endpoint, peerKey: Uint8Array, now: number): Output[] {
    if (this.#attempts.get(endpoint, peerKey) !== undefined) return []
    const early = pending.find(({ class: kind, message, reliable = false }) => kind === 'read' && !reliable && message.length <= EARLY_MESSAGE_BYTES)
    const held: Pending[] = []
    const outputs: Output[] = []
    for (const waiting of pending) {
      if (waiting === early) continue
      if (this.#attempts.hasRoom(held.length)) held.push(waiting)
      else outputs.push(noRoom(endpoint))
    }
    const attempt = this.#firstFlight(early, held, endpoint, peerKey, now)
    if (attempt === undefined) return [{ type: 'dropped', reason: 'no such peer key', endpoint }]
    this.#indexes.set(attempt.index, attempt)
    return [...outputs, ...this.#add(attempt)]
  }

  /** Whether this is a HELLO of ours that came back. */
  isOwnHello (bytes: Uint8Array, from: Endpoint): boolean {
    const attempt = this.#attempts.get(from, undefined)
    return attempt?.kind === 'hello' && equal(attempt.packet, bytes)
  }

  onHelloAnswer (bytes: Uint8Array, from: Endpoint, now: number): Output[] {
    const attempt = this.#attempts.get(from, undefined)
    if (bytes.length !== HELLO_ANSWER_BYTES || attempt?.kind !== 'hello' || !this.#answersHello(bytes, attempt)) {
      return [{ type: 'dropped', reason: 'not an answer to a HELLO of ours', endpoint: from }]
    }
    this.#attempts.remove(attempt)
    const peerKey = bytes.slice(HELLO_NONCE_END, HELLO_NONCE_END + PUBLIC_KEY_BYTES)
    if (equal(peerKey, this.#local.publicKey)) return [{ type: 'dropped', reason: 'own key', endpoint: from }]
    const known = this.#attempts.get(from, peerKey)
    if (known === undefined) return this.begin(attempt.held, from, peerKey, now)
    return attempt.held.flatMap(pending => this.#join(known, pending))
  }

  /** The second message: the session stands, its first packets go out and prove our address. */
  onAnswer (bytes: Uint8Array, from: Endpoint, now: number): Output[] {
    const attempt = bytes.length < ANSWER_OVERHEAD_BYTES ? undefined : this.#indexes.get(readIndex(bytes, ANSWER_INDEX_AT))
    if (attempt?.kind !== 'first-flight') return [{ type: 'dropped', reason: 'not an answer to a handshake of ours', endpoint: from }]
    if (attempt.endpoint.text !== from.text) return [{ type: 'dropped', reason: 'other endpoint', endpoint: from }]
    const finished = attempt.finish(bytes.subarray(ANSWER_NOISE_AT))
    if (finished === undefined) return [{ type: 'dropped', reason: 'forged', endpoint: from }]
    this.#attempts.remove(attempt)
    const { payload, keys } = finished
    const { index, peerKey, endpoint, startedAt } = attempt
    const { replayWindow } = this.#options
    const session = new Session(this.#local.crypto, {
      index, remoteIndex: readIndex(payload, 0), peerKey, endpoint, initiator: true, keys, startedAt, replayWindow
    })
    const outputs = this.#established.confirm(session, now)
    const message = payload.subarray(INDEX_BYTES)
    if (message.length > 0) outputs.push({ type: 'message', message, peerKey, endpoint: from, via: index, proven: true })
    const proof: Pending = { message: EMPTY, class: 'read' }
    const first = attempt.held.some(({ reliable }) => reliable !== true) ? attempt.held : [proof, ...attempt.held]
    for (const { message: waiting, reliable } of first) outputs.push(transmitBy(session, waiting, endpoint, reliable))
    return outputs
  }

  /** The other side has much to do: the same first flight again, with proof that we receive at our address. */
  onCookie (bytes: Uint8Array, from: Endpoint): Output[] {
    const attempt = bytes.length === COOKIE_PACKET_BYTES ? this.#indexes.get(readIndex(bytes, COOKIE_INDEX_AT)) : undefined
    if (attempt?.kind !== 'first-flight' || attempt.cookie || attempt.endpoint.text !== from.text) {
      return [{ type: 'dropped', reason: 'not a cookie for a handshake of ours', endpoint: from }]
    }
    const { macs } = this.#local
    const mac1 = attempt.packet.subarray(MAC1_AT, MAC2_AT)
    const salt = bytes.subarray(COOKIE_SALT_AT, COOKIE_SEALED_AT)
    const cookie = macs.openCookie(bytes.subarray(COOKIE_SEALED_AT), attempt.publicKeys.cookie, mac1, salt)
    if (cookie === undefined || bytes[2] !== 0 || bytes[3] !== 0) return [{ type: 'dropped', reason: 'forged', endpoint: from }]
    attempt.cookie = true
    attempt.packet = attempt.packet.slice()
    attempt.packet.set(macs.mac(cookie, mac1), MAC2_AT)
    return [transmit(attempt)]
  }

  expire (now: number): Output[] {
    return this.#attempts.expire(now).flatMap(attempt => this.#abandon(attempt, 'no answer to a handshake'))
  }

  nextDeadline (): number | undefined {
    return this.#attempts.nextDeadline()
  }

  #join (attempt: Attempt, pending: Pending): Output[] {
    if (carries(attempt, pending.message)) return [transmit(attempt)]
    return this.#attempts.hold(attempt, pending) ? [] : [noRoom(attempt.endpoint)]
  }

  #hello (pending: Pending, endpoint: Endpoint, now: number): Output[] {
    if (!this.#attempts.hasRoom(0)) return [noRoom(endpoint)]
    const bytes = packet(packetType.hello, HELLO_BYTES)
    bytes.set(this.#local.random.bytes(HELLO_NONCE_END - HELLO_NONCE_AT), HELLO_NONCE_AT)
    this.#local.macs.signHello(bytes, HELLO_MAC_AT)
    return this.#add({ kind: 'hello', endpoint, packet: bytes, held: [pending], startedAt: now })
  }

  /** Where nothing rides along the answer is empty. */
  #firstFlight (
    early: Pending | undefined, held: Pending[], endpoint: Endpoint, peerKey: Uint8Array, now: number
  ): FirstFlightAttempt | undefined {
    const { crypto, random, publicKey, pair, macs } = this.#local
    const remote = crypto.toX25519(peerKey)
    if (remote === undefined) return undefined
    const index = this.#indexes.draw()
    const payload = early === undefined ? writeFirstPayload(publicKey, EMPTY, 0) : writeFirstPayload(publicKey, early.message, early.answerBytes)
    const bytes = packet(packetType.first, FIRST_NOISE_AT + FIRST_OVERHEAD_BYTES + payload.length)
    writeIndex(bytes, FIRST_INDEX_AT, index)
    const prologue = macs.prologue(peerKey, bytes.subarray(0, FIRST_HEADER_BYTES))
    const ephemeral = crypto.keyPair(random.bytes(DH_BYTES))
    const sent = initiate(crypto, { prologue, own: pair }, remote, ephemeral, payload)
    if (sent === undefined) return undefined
    const publicKeys = macs.keysOf(peerKey)
    bytes.set(sent.message, FIRST_NOISE_AT)
    bytes.set(macs.mac(publicKeys.mac1, sent.message), MAC1_AT)
    const { finish } = sent
    const key = Uint8Array.from(peerKey)
    return {
      kind: 'first-flight', endpoint, peerKey: key, index, publicKeys, packet: bytes, cookie: false, early: early?.message, held, finish, startedAt: now
    }
  }

  #add (attempt: Attempt): Output[] {
    const displaced = this.#attempts.add(attempt)
    const outputs = displaced === undefined ? [] : this.#abandon(displaced, 'too many handshakes of our own')
    return [...outputs, transmit(attempt)]
  }

  #abandon (attempt: Attempt, reason: string): Output[] {
    if (attempt.kind === 'first-flight') this.#indexes.delete(attempt.index)
    const messages = attempt.held.length + (attempt.early === undefined ? 0 : 1)
    return Array.from({ length: messages }, () => ({ type: 'dropped', reason, endpoint: attempt.endpoint }))
  }

  #answersHello (bytes: Uint8Array, { packet: hello }: HelloAttempt): boolean {
    return equal(bytes.subarray(HELLO_NONCE_AT, HELLO_NONCE_END), hello.subarray(HELLO_NONCE_AT, HELLO_NONCE_END)) &&
      this.#local.macs.verifyHello(bytes, HELLO_ANSWER_MAC_AT)
  }
}

function transmit ({ packet: bytes, endpoint }: Attempt): Output {
  return { type: 'transmit', bytes, to: endpoint }
}

function noRoom (endpoint: Endpoint): Output {
  return { type: 'dropped', reason: 'too many messages wait for a session', endpoint }
}
