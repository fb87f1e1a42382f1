import type {
  Channel, ChannelComponents, ChannelFactory, Destination, Endpoint, Output, ReceiveOptions, SendOptions, SessionEnd, Via, WriteTokens
} from '@kadmium/interface'
import { InvalidOptionError, Refusal } from '@kadmium/interface'
import type { PlaintextFrame, PlaintextStreamFrame } from '@kadmium/wire'
import {
  DATAGRAM_BYTES, NETWORK_TAG_BYTES, PLAINTEXT_FRAME_BYTES, PLAINTEXT_STREAM_FRAME_BYTES, STREAM_BYTES,
  decodePlaintextFrame, decodePlaintextStreamFrame, encodePlaintextFrame, encodePlaintextStreamFrame
} from '@kadmium/wire'
import type { CookieRole } from './cookies.ts'
import { Cookies } from './cookies.ts'
import { ReplyCookies } from './reply-cookies.ts'
import type { Session } from './sessions.ts'
import { Sessions } from './sessions.ts'
import { HmacTokens } from './write-tokens.ts'

export interface PlaintextInit {
  /** Peers whose proven sessions are remembered; the least recently used leave. Default 4,096. */
  readonly maxSessions?: number
  /** Requests that can wait for their answer at once; a later answer still goes out, but proves nothing. Default 1,024. */
  readonly maxReplies?: number
  /** A session in use ends after so many milliseconds of silence. Default 7,200,000 (2 h). */
  readonly idleMs?: number
  /** The same for a session that was hardly used. Default 120,000 (2 min). */
  readonly briefIdleMs?: number
  /** A cookie proves an address for one to two times as many milliseconds. Default 120,000 (2 min). */
  readonly cookieEpochMs?: number
  /** A write token is accepted for one to two times as many milliseconds. Default 300,000 (5 min). */
  readonly tokenEpochMs?: number
}

const defaults: Required<PlaintextInit> = {
  maxSessions: 4096,
  maxReplies: 1024,
  idleMs: 7_200_000,
  briefIdleMs: 120_000,
  cookieEpochMs: 120_000,
  tokenEpochMs: 300_000
}

const NOTHING = new Uint8Array(0)

/** What came by a connection is answered on it, so nothing need be remembered. */
const CONNECTION: Via = 0

/**
 * Messages in the clear: each names its sender's key without proving it, so anyone on the way can read, change and forge
 * them. What it does prove is the sender's address, by cookies. For tests, simulations and networks that are trusted.
 *
 * A request brings a cookie, its answer echoes that and brings another, and an empty datagram echoes that one: one round
 * trip, and both ends know that the other receives where it sends from. A connection proves that by itself: what comes by
 * a reliable transport has no cookies and opens no session.
 */
export function plaintext (init: PlaintextInit = {}): ChannelFactory {
  const options = { ...defaults, ...init }
  for (const [name, value] of Object.entries(options)) {
    if (Number.isFinite(value) && value >= 1) continue
    throw new InvalidOptionError(`plaintext.${name}`, `expected a number of at least 1, got ${value}`)
  }
  return components => new PlaintextChannel(components, options)
}

class PlaintextChannel implements Channel {
  readonly warning = 'plaintext: nothing is encrypted, and anyone on the way can read, change and forge what is sent'
  readonly tokens: WriteTokens
  readonly #ownKey: Uint8Array
  readonly #network: Uint8Array
  readonly #cookies: Cookies
  readonly #sessions: Sessions
  readonly #replies: ReplyCookies
  readonly #freshMs: number

  constructor ({ identity, network, crypto, random }: ChannelComponents, options: Required<PlaintextInit>) {
    this.tokens = new HmacTokens(random, crypto, options.tokenEpochMs)
    this.#ownKey = identity.publicKey
    this.#network = crypto.sha1(new TextEncoder().encode(network)).slice(0, NETWORK_TAG_BYTES)
    this.#cookies = new Cookies(random, crypto, options.cookieEpochMs)
    this.#sessions = new Sessions(options)
    this.#replies = new ReplyCookies(options.maxReplies)
    // A cookie is good for at least an epoch from when it left; a quarter less allows for the way and for other clocks.
    this.#freshMs = options.cookieEpochMs * 0.75
  }

  send (message: Uint8Array, { endpoint }: Destination, { via, pad = false, answerBytes = DATAGRAM_BYTES, reliable = false }: SendOptions, now: number): Output[] {
    if (reliable) return [{ type: 'transmit', bytes: this.#streamFrame(message), to: endpoint, reliable }]
    const session = this.#sessions.get(endpoint)
    const fresh = session !== undefined && now - session.theirsAt < this.#freshMs
    const echo = (via === undefined ? undefined : this.#replies.cookieOf(via)) ?? session?.theirs
    const cookie = session === undefined
      ? this.#cookies.mint(endpoint, via === undefined ? 'asked' : 'answered', now)
      : this.#cookieFor(session, now)
    if (session !== undefined) session.provenToIt = fresh || via !== undefined
    return [{ type: 'transmit', bytes: this.#frame(message, cookie, echo, pad && !fresh ? answerBytes + PLAINTEXT_FRAME_BYTES : 0), to: endpoint }]
  }

  receive (bytes: Uint8Array, from: Endpoint, now: number, { reliable = false }: ReceiveOptions = {}): Output[] {
    if (reliable) return this.#receiveStream(bytes, from)
    const frame = this.#openDatagram(bytes)
    if (typeof frame === 'string') return [{ type: 'dropped', reason: frame, endpoint: from }]
    const outputs: Output[] = []
    const role = this.#provenBy(frame.echo, from, now)
    const session = role === undefined ? undefined : this.#settle(frame, from, role, now, outputs)
    if (frame.message.length > 0) {
      const peerKey = session?.peerKey ?? frame.senderKey.slice()
      const via = this.#replies.add(frame.cookie)
      outputs.push({ type: 'message', message: frame.message, peerKey, endpoint: from, via, proven: session !== undefined })
    } else if (session === undefined) {
      outputs.push({ type: 'dropped', reason: 'empty and unproven', endpoint: from })
    }
    return outputs
  }

  due (now: number): Output[] {
    return this.#sessions.expire(now).map(session => closed(session, 'idle'))
  }

  nextDeadline (): number | undefined {
    return this.#sessions.nextDeadline()
  }

  budget (_to: Destination, { reliable = false }: SendOptions): number {
    return reliable ? STREAM_BYTES - PLAINTEXT_STREAM_FRAME_BYTES : DATAGRAM_BYTES - PLAINTEXT_FRAME_BYTES
  }

  #receiveStream (bytes: Uint8Array, endpoint: Endpoint): Output[] {
    const frame = bytes.length > STREAM_BYTES ? 'message too long' : this.#accept(decodePlaintextStreamFrame(bytes))
    if (typeof frame === 'string') return [{ type: 'dropped', reason: frame, endpoint }]
    return [{ type: 'message', message: frame.message, peerKey: frame.senderKey.slice(), endpoint, via: CONNECTION, proven: true }]
  }

  #streamFrame (message: Uint8Array): Uint8Array {
    return encodePlaintextStreamFrame({ network: this.#network, senderKey: this.#ownKey, message })
  }

  #openDatagram (bytes: Uint8Array): PlaintextFrame | string {
    return bytes.length > DATAGRAM_BYTES ? 'datagram too long' : this.#accept(decodePlaintextFrame(bytes))
  }

  /** The frame, or why it is none of another node of this network. */
  #accept<F extends PlaintextStreamFrame> (frame: F | Refusal): F | string {
    if (frame instanceof Refusal) return frame.reason
    if (!same(frame.network, this.#network)) return 'other network'
    return same(frame.senderKey, this.#ownKey) ? 'own key' : frame
  }

  #frame (message: Uint8Array, cookie: Uint8Array, echo: Uint8Array | undefined, padTo: number): Uint8Array {
    const frame = { network: this.#network, senderKey: this.#ownKey, cookie, echo: echo ?? NOTHING, message }
    return encodePlaintextFrame(frame, Math.min(padTo, DATAGRAM_BYTES))
  }

  /** Whether, and by which cookie, the echo proves its source. What a session was given last is known without an HMAC. */
  #provenBy (echo: Uint8Array, from: Endpoint, now: number): CookieRole | undefined {
    const session = this.#sessions.get(from)
    if (session !== undefined && session.oursEpoch === this.#cookies.epoch(now) && same(echo, session.ours)) return roleOf(session)
    return this.#cookies.verify(echo, from, now)
  }

  /** Notes what a proven frame tells: perhaps a new session, the cookie to echo, and that it still waits for our own proof. */
  #settle ({ senderKey, cookie }: PlaintextFrame, from: Endpoint, role: CookieRole, now: number, outputs: Output[]): Session {
    const known = this.#sessions.get(from)
    if (known !== undefined && !same(senderKey, known.peerKey)) {
      this.#sessions.remove(known)
      outputs.push(closed(known, 'replaced'))
    }
    const session = this.#sessions.get(from) ?? this.#begin(senderKey, from, role, now, outputs)
    if (!same(cookie, session.theirs)) session.theirs = cookie.slice()
    session.theirsAt = now
    this.#sessions.heard(session, now)
    if (!session.provenToIt) {
      session.provenToIt = true
      outputs.push({ type: 'transmit', bytes: this.#frame(NOTHING, this.#cookieFor(session, now), session.theirs, 0), to: from })
    }
    return session
  }

  /** Whoever answers what we asked still waits for our proof; whoever asked us had it with our answer. */
  #begin (senderKey: Uint8Array, endpoint: Endpoint, role: CookieRole, now: number, outputs: Output[]): Session {
    const initiator = role === 'asked'
    // Copies: a view would keep the whole datagram alive for as long as the peer is known.
    const session: Session = {
      peerKey: senderKey.slice(),
      endpoint,
      initiator,
      theirs: NOTHING,
      theirsAt: now,
      ours: NOTHING,
      oursEpoch: -1,
      provenToIt: !initiator,
      heard: 0,
      lastUsed: now
    }
    const evicted = this.#sessions.add(session)
    if (evicted !== undefined) outputs.push(closed(evicted, 'evicted'))
    outputs.push({ type: 'session', event: 'opened', peerKey: session.peerKey, endpoint, initiator })
    return session
  }

  #cookieFor (session: Session, now: number): Uint8Array {
    const epoch = this.#cookies.epoch(now)
    if (session.oursEpoch !== epoch) {
      session.ours = this.#cookies.mint(session.endpoint, roleOf(session), now)
      session.oursEpoch = epoch
    }
    return session.ours
  }
}

function roleOf (session: Session): CookieRole {
  return session.initiator ? 'asked' : 'answered'
}

function closed ({ peerKey, endpoint }: Session, reason: SessionEnd): Output {
  return { type: 'session', event: 'closed', peerKey, endpoint, reason }
}

function same (a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false
  }
  return true
}
