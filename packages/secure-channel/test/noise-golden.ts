/**
 * The golden datagrams of the encrypted channel: what test-fixtures/noise-datagrams.json and the examples of
 * docs/wire-protocol-noise.md are written from. Keys, indexes, nonces and ephemeral secrets are fixed, so they are for
 * comparing bytes and for nothing else.
 */
import type { Channel, Destination, NoiseCrypto, Output, Random } from '@kadmium/interface'
import { encodeEnvelope } from '@kadmium/wire'
import { crypto, here as initiatorAt, there as responderAt } from './support.ts'
import { datagram, identityOf, noiseChannel, noiseCrypto } from './noise-support.ts'

type Part = readonly [length: number, name: string]

export interface Golden {
  readonly name: string
  readonly from: 'initiator' | 'responder'
  /** Hex. */
  readonly datagram: string
  /** Hex: the message that it carries; empty when none. */
  readonly message: string
  readonly layout: readonly Part[]
}

const NETWORK = 'kadmium'
const seeds = { initiator: fill(32, 0x01), responder: fill(32, 0x02) }
const READ = { class: 'read' } as const

/** All draws of one length are the same bytes: 4 an index, 8 a nonce, 24 a salt, 32 an ephemeral secret. */
function fixedRandom (base: number): Random {
  return { bytes: length => fill(length, base + length), below: () => 0, float: () => 0 }
}

const draws = { initiator: 0xa0, responder: 0x50 }
const ping = encodeEnvelope({ kind: 'request', transactionId: sequence(0x10), mode: 'server', protocol: '/kadmium/ping/1.0.0' }, undefined)
const pong = encodeEnvelope({ kind: 'response', transactionId: sequence(0x10), mode: 'server', observed: initiatorAt, truncated: false }, undefined)

const helloLayout: Part[] = [[1, 'type'], [1, 'version'], [8, 'nonce'], [38, 'zeros'], [16, 'mac']]
const helloAnswerLayout: Part[] = [[1, 'type'], [1, 'version'], [8, 'nonce'], [32, 'the responder\'s Ed25519 key'], [16, 'mac']]
const firstLayout: Part[] = [
  [1, 'type'], [1, 'version'], [4, 'the initiator\'s index'], [16, 'mac1'], [16, 'mac2'], [32, 'e'], [48, 's, sealed'], [1082, 'payload, sealed']
]
const answerLayout: Part[] = [[1, 'type'], [1, 'version'], [4, 'the initiator\'s index'], [32, 'e'], [1200, 'payload, sealed']]
const cookieLayout: Part[] = [[1, 'type'], [1, 'version'], [2, 'zeros'], [4, 'the initiator\'s index'], [24, 'salt'], [32, 'cookie, sealed']]
const dataLayout: Part[] = [[1, 'type'], [4, 'the receiver\'s index'], [8, 'counter'], [1200, 'message, sealed']]

/** The same with every crypto provider. */
export function goldenDatagrams (provider: NoiseCrypto = noiseCrypto): Golden[] {
  const [a, b] = [channel('initiator', provider), channel('responder', provider)]
  const peerKey = identityOf(seeds.responder).publicKey
  const toB: Destination = { endpoint: responderAt, peerKey }
  const toA: Destination = { endpoint: initiatorAt }

  const hello = datagram(channel('initiator', provider).send(ping, { endpoint: responderAt }, READ, 0))
  const helloAnswer = datagram(b.receive(hello, initiatorAt, 0))
  const first = datagram(a.send(ping, toB, READ, 0))
  const answer = datagram(b.send(pong, toA, { class: 'read', via: viaOf(b.receive(first, initiatorAt, 0)) }, 0))
  const proof = datagram(a.receive(answer, responderAt, 0))
  b.receive(proof, initiatorAt, 0)
  const request = datagram(a.send(ping, toB, READ, 0))
  const response = datagram(b.send(pong, toA, { class: 'read', via: viaOf(b.receive(request, initiatorAt, 0)) }, 0))

  const [asker, busy] = [channel('initiator', provider), channel('responder', provider, 1)]
  busy.receive(first, responderAt, 0)
  const cookie = datagram(busy.receive(datagram(asker.send(ping, toB, READ, 0)), initiatorAt, 0))
  const shown = datagram(asker.receive(cookie, responderAt, 0))
  return [
    golden('noise-hello', 'initiator', hello, helloLayout),
    golden('noise-hello-answer', 'responder', helloAnswer, helloAnswerLayout),
    golden('noise-first-flight', 'initiator', first, firstLayout, ping),
    golden('noise-answer', 'responder', answer, answerLayout, pong),
    golden('noise-proof', 'initiator', proof, dataLayout),
    golden('noise-request', 'initiator', request, dataLayout, ping),
    golden('noise-response', 'responder', response, dataLayout, pong),
    golden('noise-cookie', 'responder', cookie, cookieLayout),
    golden('noise-first-flight-with-cookie', 'initiator', shown, firstLayout, ping)
  ]
}

/** What test-fixtures/noise-datagrams.json holds. */
export function noiseFixtures (provider?: NoiseCrypto) {
  const party = (name: 'initiator' | 'responder') => ({
    seed: hex(seeds[name]),
    publicKey: hex(identityOf(seeds[name]).publicKey),
    x25519: hex(noiseCrypto.identityKeyPair(seeds[name]).publicKey),
    endpoint: (name === 'initiator' ? initiatorAt : responderAt).text,
    ephemeralSecret: hex(fixedRandom(draws[name]).bytes(32)),
    index: hex(fixedRandom(draws[name]).bytes(4))
  })
  return {
    about: 'Golden datagrams of the encrypted channel, hex; written by: npm run fixtures -w @kadmium/secure-channel',
    network: NETWORK,
    initiator: party('initiator'),
    responder: party('responder'),
    datagrams: goldenDatagrams(provider).map(({ layout: _layout, ...rest }) => rest)
  }
}

/** Lines of hex, each with what it is after a `#`. The long middle of a padded packet is left out. */
export function annotate ({ datagram: whole, layout }: Golden): string {
  const lines: string[] = []
  let rest = whole
  for (const [length, name] of layout) {
    const part = rest.slice(0, 2 * length)
    rest = rest.slice(2 * length)
    lines.push(`${shorten(part).padEnd(24)}  # ${part.length > 128 ? `${name}, ${part.length / 2} bytes` : name}`)
  }
  return lines.join('\n')
}

function shorten (part: string): string {
  return part.length > 128 ? `${part.slice(0, 48)}…${part.slice(-16)}` : part
}

function channel (name: 'initiator' | 'responder', provider: NoiseCrypto, cookieAbove = 128): Channel {
  const identity = identityOf(seeds[name])
  const components = { identity, localId: identity.peerId, network: NETWORK, crypto, random: fixedRandom(draws[name]), clock: { now: () => 0 } }
  return noiseChannel({ cookieAbove }, provider)(components)
}

function golden (name: string, from: Golden['from'], bytes: Uint8Array, layout: readonly Part[], message: Uint8Array = new Uint8Array(0)): Golden {
  return { name, from, datagram: hex(bytes), message: hex(message), layout }
}

function viaOf (outputs: readonly Output[]): number {
  const message = outputs.find(output => output.type === 'message')
  if (message?.type !== 'message') throw new Error('expected a message')
  return message.via
}

function fill (length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte)
}

function sequence (from: number): Uint8Array {
  return Uint8Array.from({ length: 8 }, (_, i) => from + i)
}

function hex (bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
