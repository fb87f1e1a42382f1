import type { Endpoint, NoiseCrypto, Output } from '@kadmium/interface'
import type { TransportKeys } from './handshake.ts'
import { TRANSPORT_HEADER_BYTES, TRANSPORT_OVERHEAD_BYTES, packetType, readCounter, transportPacket } from './packets.ts'
import { ReplayWindow } from './replay-window.ts'
import { nonceOf } from './symmetric-state.ts'

export interface SessionInit {
  /** Ours: what the other side writes into its packets. */
  readonly index: number
  readonly remoteIndex: number
  readonly peerKey: Uint8Array
  readonly endpoint: Endpoint
  readonly initiator: boolean
  readonly keys: TransportKeys
  readonly startedAt: number
  readonly replayWindow: number
}

/** The keys of one finished handshake with one peer at one endpoint. */
export class Session {
  readonly kind = 'session'
  readonly index: number
  readonly peerKey: Uint8Array
  readonly endpoint: Endpoint
  readonly initiator: boolean
  readonly startedAt: number
  readonly #crypto: NoiseCrypto
  readonly #remoteIndex: number
  readonly #keys: TransportKeys
  readonly #window: ReplayWindow
  #sent = 0
  #heard = 0

  constructor (crypto: NoiseCrypto, init: SessionInit) {
    this.index = init.index
    this.peerKey = init.peerKey
    this.endpoint = init.endpoint
    this.initiator = init.initiator
    this.startedAt = init.startedAt
    this.#crypto = crypto
    this.#remoteIndex = init.remoteIndex
    this.#keys = init.keys
    this.#window = new ReplayWindow(init.replayWindow)
  }

  /** Packets sealed so far. */
  get sent (): number {
    return this.#sent
  }

  /** Packets opened so far. */
  get heard (): number {
    return this.#heard
  }

  /** A data packet; no counter is used twice. Its type is authenticated: what is made for a connection is no datagram. */
  seal (message: Uint8Array, reliable = false): Uint8Array {
    const counter = this.#sent++
    const type = reliable ? packetType.stream : packetType.transport
    const packet = transportPacket(type, this.#remoteIndex, counter, message.length)
    const header = packet.subarray(0, TRANSPORT_HEADER_BYTES)
    this.#crypto.seal(packet.subarray(TRANSPORT_HEADER_BYTES), this.#keys.send, nonceOf(counter), header, message)
    return packet
  }

  /** The message, or why there is none. Each packet opens once. */
  open (packet: Uint8Array): Uint8Array | 'replayed' | 'forged' {
    const counter = packet.length < TRANSPORT_OVERHEAD_BYTES ? undefined : readCounter(packet)
    if (counter === undefined) return 'forged'
    if (!this.#window.admits(counter)) return 'replayed'
    const header = packet.subarray(0, TRANSPORT_HEADER_BYTES)
    const message = this.#crypto.open(this.#keys.receive, nonceOf(counter), header, packet.subarray(TRANSPORT_HEADER_BYTES))
    if (message === undefined) return 'forged'
    this.#window.mark(counter)
    this.#heard++
    return message
  }
}

/** A message to `to` on a session: a datagram, or for the connection that `to` names. */
export function transmitBy (session: Session, message: Uint8Array, to: Endpoint, reliable = false): Output {
  return { type: 'transmit', bytes: session.seal(message, reliable), to, ...(reliable && { reliable }) }
}
