import type { Channel, ChannelFactory, Endpoint, Envelope, Identity, Output } from '@kadmium/interface'
import { Refusal } from '@kadmium/interface'
import { createIdentity, generatePrivateKey } from '@kadmium/peer-id'
import { seededRandom, systemCrypto, systemNoiseCrypto } from '@kadmium/runtime'
import type { VirtualClock } from '@kadmium/runtime'
import { decodeEnvelope, encodeEnvelope } from '@kadmium/wire'
import type { MemoryTransport } from './memory-transport.ts'

export interface Opened {
  readonly envelope: Envelope
  readonly payload: Uint8Array | undefined
}

/** Whoever answers: gets each request of the node, and says what is to be sent back. */
export type Answer = (request: Opened) => Uint8Array | undefined

export const crypto = { ...systemCrypto(), noise: systemNoiseCrypto() }

export interface StrangerInit {
  /** Its key comes of it. */
  readonly seed: string
  readonly endpoint: Endpoint
  readonly channel: ChannelFactory
  readonly clock: VirtualClock
  readonly node: MemoryTransport
  readonly at: Endpoint
  readonly nodeKey: Uint8Array
  /** Whose key it says it has. Default: its own. */
  readonly claims?: Uint8Array
}

/** A peer that keeps the rules of the channel, and only those: in its messages it may send what it likes. */
export class Stranger {
  readonly identity: Identity
  readonly endpoint: Endpoint
  readonly #channel: Channel
  readonly #clock: VirtualClock
  readonly #node: MemoryTransport
  readonly #at: Endpoint
  readonly #nodeKey: Uint8Array
  readonly #heard: Opened[] = []
  answer: Answer = () => undefined

  constructor (init: StrangerInit) {
    const random = seededRandom(init.seed)
    const own = createIdentity(generatePrivateKey(random), crypto)
    this.identity = init.claims === undefined ? own : { ...own, publicKey: init.claims }
    this.endpoint = init.endpoint
    this.#clock = init.clock
    this.#node = init.node
    this.#at = init.at
    this.#nodeKey = init.nodeKey
    this.#channel = init.channel({ identity: this.identity, localId: this.identity.peerId, network: 'kadmium', crypto, random, clock: init.clock })
  }

  /** The datagrams that carry a message to the node now. */
  seal (message: Uint8Array, pad = true): Uint8Array[] {
    const options = { class: 'read', pad } as const
    const to = { endpoint: this.#at, peerKey: this.#nodeKey }
    if (message.length > this.#channel.budget(to, options)) return []
    return datagramsOf(this.#channel.send(message, to, options, this.#clock.now()))
  }

  /** The same for a connection. Without a session the packets that would make one are left out: they go by datagram. */
  sealForStream (message: Uint8Array): Uint8Array[] {
    const to = { endpoint: this.#at, peerKey: this.#nodeKey }
    return this.#channel.send(message, to, { class: 'read', reliable: true }, this.#clock.now())
      .flatMap(output => output.type === 'transmit' && output.reliable === true ? [output.bytes] : [])
  }

  /** Sends a message as it is, and returns what came back. */
  say (message: Uint8Array): Opened[] {
    for (const bytes of this.seal(message)) this.#node.receive(bytes, this.endpoint)
    return this.exchange()
  }

  ask (protocol: string, payload?: Uint8Array, transactionId = seededRandom(`${this.#clock.now()}`).bytes(8)): Opened[] {
    return this.say(encodeEnvelope({ kind: 'request', transactionId, mode: 'server', protocol }, payload))
  }

  /** Takes what the node has sent here and gives it what that calls for, until nobody has anything to say. */
  exchange (): Opened[] {
    for (let sent = this.#node.take(); sent.length > 0; sent = this.#node.take()) {
      for (const { bytes, to } of sent) if (to.text === this.endpoint.text) this.receive(bytes)
    }
    return this.#heard.splice(0)
  }

  /** A datagram of the node arrives here. */
  receive (bytes: Uint8Array): void {
    const outputs = this.#channel.receive(bytes, this.#at, this.#clock.now())
    for (const output of outputs) {
      if (output.type === 'transmit') this.#node.receive(output.bytes, this.endpoint)
      if (output.type === 'message') this.#open(output)
    }
  }

  #open ({ message, via }: Extract<Output, { type: 'message' }>): void {
    const opened = decodeEnvelope(message)
    if (opened instanceof Refusal) throw new Error(`the node sent what nobody can read: ${opened.reason}`)
    if (opened.envelope.kind !== 'request') this.#heard.push(opened)
    else {
      const answer = this.answer(opened)
      if (answer === undefined || answer.length > 1_100) return
      const outputs = this.#channel.send(answer, { endpoint: this.#at, peerKey: this.#nodeKey }, { class: 'read', via }, this.#clock.now())
      for (const bytes of datagramsOf(outputs)) this.#node.receive(bytes, this.endpoint)
    }
  }
}

function datagramsOf (outputs: readonly Output[]): Uint8Array[] {
  return outputs.flatMap(output => output.type === 'transmit' ? [output.bytes] : [])
}
