import type { Channel, ChannelFactory, Endpoint, Identity, Output, SendOptions } from '@kadmium/interface'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'

export const crypto = systemCrypto()
export const READ: SendOptions = { class: 'read' }
export const ASK: SendOptions = { class: 'read', pad: true }

export type MessageOutput = Extract<Output, { type: 'message' }>

/** One end of a channel, with what came out of it. */
export interface End {
  readonly channel: Channel
  readonly key: Uint8Array
  readonly at: Endpoint
  readonly outputs: Output[]
}

export interface EndInit {
  readonly key?: Uint8Array
  readonly network?: string
}

let made = 0

export function makeEnd (
  factory: ChannelFactory, identityFrom: (seed: string) => Identity, at: Endpoint, { network = 'test' }: EndInit = {}
): End {
  const seed = `end ${made++}`
  const identity = identityFrom(seed)
  const components = { identity, localId: identity.peerId, network, crypto, random: seededRandom(seed), clock: { now: () => 0 } }
  return { channel: factory(components), key: identity.publicKey, at, outputs: [] }
}

/** An identity that only has a key: all that a channel without signatures reads of it. */
export function keyOnly (seed: string): Identity {
  return { publicKey: seededRandom(seed).bytes(32) } as Identity
}

export const here = endpoint('192.0.2.1', 4001)
export const there = endpoint('198.51.100.2', 4002)

/** Sends and carries every datagram to and fro until both ends are quiet. Returns what went over the wire. */
export function exchange (from: End, to: End, message: Uint8Array, options: SendOptions, now = 0): Uint8Array[] {
  return carry(from, to, from.channel.send(message, { endpoint: to.at, peerKey: to.key }, options, now), now)
}

export function carry (from: End, to: End, outputs: readonly Output[], now = 0): Uint8Array[] {
  const wire: Uint8Array[] = []
  for (const output of outputs) {
    from.outputs.push(output)
    if (output.type !== 'transmit') continue
    wire.push(output.bytes)
    wire.push(...carry(to, from, to.channel.receive(output.bytes.slice(), from.at, now), now))
  }
  return wire
}

export function messagesOf (end: End): MessageOutput[] {
  return end.outputs.filter(output => output.type === 'message')
}

export function sessionsOf (end: End): Extract<Output, { type: 'session' }>[] {
  return end.outputs.filter(output => output.type === 'session')
}

export function droppedOf (end: End): string[] {
  return end.outputs.flatMap(output => output.type === 'dropped' ? [output.reason] : [])
}

export function bytes (length: number, fill = 7): Uint8Array {
  return new Uint8Array(length).fill(fill)
}

/** Asks, and answers what was asked by the way it came. */
export function askAndAnswer (asker: End, answerer: End, options: SendOptions = ASK, now = 0): Uint8Array[] {
  const before = messagesOf(answerer).length
  const wire = exchange(asker, answerer, bytes(10), options, now)
  const asked = messagesOf(answerer)[before]
  if (asked === undefined) throw new Error('the request did not arrive')
  const answer = answerer.channel.send(bytes(20), { endpoint: asker.at, peerKey: asker.key }, { class: 'read', via: asked.via }, now)
  return [...wire, ...carry(answerer, asker, answer, now)]
}
