/**
 * The encrypted channel: its crypto per provider, packets and handshakes per second against the plaintext channel, what
 * turning away a datagram costs, and memory under a flood. Without sockets, on one core.
 * Run alone: node --expose-gc packages/benchmarks/dist/src/noise.js
 */
import type { Channel, ChannelFactory, Crypto, Endpoint, NoiseCrypto, Output } from '@kadmium/interface'
import { createIdentity, generatePrivateKey } from '@kadmium/peer-id'
import { seededRandom, systemCrypto, systemNoiseCrypto } from '@kadmium/runtime'
import { noise, plaintext } from '@kadmium/secure-channel'
import { endpoint } from '@kadmium/wire'

const MESSAGE_BYTES = 300
const [here, there] = [endpoint('192.0.2.1', 4001), endpoint('198.51.100.2', 4002)]
const message = new Uint8Array(MESSAGE_BYTES)
const base = systemCrypto()

interface End {
  readonly channel: Channel
  readonly key: Uint8Array
}

/** Microseconds of processor time for one call: the median of five runs, so that other programs do not count. */
function measure (calls: number, call: (i: number) => void): number {
  for (let i = 0; i < calls / 5; i++) call(i)
  const runs = Array.from({ length: 5 }, () => {
    const start = process.cpuUsage()
    for (let i = 0; i < calls; i++) call(i)
    return used(start) / calls
  })
  return runs.sort((a, b) => a - b)[2]!
}

function used (since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return user + system
}

function print (name: string, us: number, against?: number): void {
  const ratio = against === undefined ? '' : `  ${(us / against).toFixed(1)}x`
  console.log(`${name.padEnd(58)}${us.toFixed(2).padStart(10)} µs${Math.round(1e6 / us).toLocaleString('en').padStart(13)} /s${ratio}`)
}

function end (factory: ChannelFactory, seed: string, crypto: Crypto): End {
  const random = seededRandom(seed)
  const identity = createIdentity(generatePrivateKey(random), crypto)
  return { channel: factory({ identity, localId: identity.peerId, network: 'bench', crypto, random, clock: { now: () => 0 } }), key: identity.publicKey }
}

function datagrams (outputs: readonly Output[]): Uint8Array[] {
  return outputs.flatMap(output => output.type === 'transmit' ? [output.bytes] : [])
}

/** A question and its answer, all datagrams carried; the work of both sides. */
function converse (a: End, b: End, from: Endpoint, now: number): void {
  const [first] = datagrams(a.channel.send(message, { endpoint: there, peerKey: b.key }, { class: 'read', pad: true }, now))
  for (const output of b.channel.receive(first!, from, now)) {
    if (output.type !== 'message') continue
    for (const answer of datagrams(b.channel.send(message, { endpoint: from, peerKey: a.key }, { class: 'read', via: output.via }, now))) {
      for (const proof of datagrams(a.channel.receive(answer, there, now))) b.channel.receive(proof, from, now)
    }
  }
}

/** Distinct bytes each time: an equal request is a retry. */
function renumber (i: number): void {
  message[0] = i
  message[1] = i >> 8
  message[2] = i >> 16
}

function primitives (name: string, crypto: NoiseCrypto): void {
  const [key, nonce, header, sealed] = [new Uint8Array(32), new Uint8Array(12), new Uint8Array(13), new Uint8Array(MESSAGE_BYTES + 16)]
  const random = seededRandom(name)
  const pair = crypto.keyPair(random.bytes(32))
  const other = crypto.keyPair(random.bytes(32)).publicKey
  print(`${name}: seal 300 B`, measure(20_000, () => crypto.seal(sealed, key, nonce, header, message)))
  crypto.seal(sealed, key, nonce, header, message)
  print(`${name}: open 300 B`, measure(20_000, () => { crypto.open(key, nonce, header, sealed) }))
  print(`${name}: X25519 key pair from 32 bytes`, measure(500, () => { crypto.keyPair(random.bytes(32)) }))
  print(`${name}: X25519 shared secret`, measure(500, () => { pair.agree(other) }))
  const keys = Array.from({ length: 100 }, (_, i) => createIdentity(generatePrivateKey(seededRandom(i)), base).publicKey)
  const uncached = systemNoiseCrypto({ cryptoProvider: name as 'node' | 'sodium', conversionCacheSize: 1 })
  print(`${name}: Ed25519 to X25519, not kept`, measure(100, i => { uncached.toX25519(keys[i % 100]!) }))
  print(`${name}: Ed25519 to X25519, kept`, measure(20_000, i => { crypto.toX25519(keys[i % 100]!) }))
}

function conversations (name: string, factory: ChannelFactory, crypto: Crypto, plain: { exchange?: number, start?: number }): void {
  const [a, b] = [end(factory, 'a', crypto), end(factory, 'b', crypto)]
  converse(a, b, here, 0)
  let asked = 0
  const exchange = measure(5000, () => {
    renumber(asked++)
    converse(a, b, here, 0)
  })
  print(`${name}: question and answer in a session, both sides`, exchange, plain.exchange)
  plain.exchange ??= exchange
  const strangers = Array.from({ length: 1200 }, (_, i) => end(factory, `stranger ${i}`, crypto))
  let next = 0
  const start = measure(200, () => {
    const stranger = strangers[next % strangers.length]!
    converse(stranger, b, endpoint('127.0.0.1', 1024 + next), 0)
    next++
  })
  print(`${name}: first question and answer of strangers, both sides`, start, plain.start)
  plain.start ??= start
}

/** What a stranger's handshake costs who is asked: key conversion, key exchange, answer. Its provider has seen no key yet. */
function handshakes (cryptoProvider: 'node' | 'sodium', crypto: Crypto): void {
  const b = end(noise({ cookieAbove: 10_000, maxHalfOpen: 10_000, maxHalfOpenPerGroup: 10_000 }), 'b', { ...base, noise: systemNoiseCrypto({ cryptoProvider }) })
  const flights = Array.from({ length: 1200 }, (_, i) => {
    const stranger = end(noise(), `asker ${i}`, crypto)
    return datagrams(stranger.channel.send(message, { endpoint: there, peerKey: b.key }, { class: 'read' }, 0))[0]!
  })
  let next = 0
  print(`noise, ${cryptoProvider}: handshake with a stranger, answering side`, measure(200, () => {
    const from = endpoint('203.0.113.1', 1024 + next)
    const [question] = b.channel.receive(flights[next++]!, from, 0)
    if (question?.type === 'message') b.channel.send(message, { endpoint: from }, { class: 'read', via: question.via }, 0)
  }))
}

/** One datagram after the other from ever new sources, and what each costs. */
function refusals (crypto: Crypto): void {
  const b = end(noise(), 'b', crypto)
  const random = seededRandom('refusals')
  const a = end(noise(), 'a', crypto)
  const [first] = datagrams(a.channel.send(message, { endpoint: there, peerKey: b.key }, { class: 'read' }, 0))
  const mutated = Array.from({ length: 1000 }, () => {
    const bent = first!.slice()
    bent[random.below(1200)]! ^= 1 + random.below(255)
    return bent
  })
  const garbage = Array.from({ length: 1000 }, () => random.bytes(200))
  print('noise: turn away a bent first flight', measure(20_000, i => { b.channel.receive(mutated[i % 1000]!, here, 0) }))
  print('noise: turn away garbage', measure(1_000_000, i => { b.channel.receive(garbage[i % 1000]!, here, 0) }))
  const data = Array.from({ length: 1000 }, () => Uint8Array.from([0x25, ...random.bytes(100)]))
  print('noise: turn away data of no session', measure(1_000_000, i => { b.channel.receive(data[i % 1000]!, here, 0) }))
}

/** First flights from 10^5 spoofed sources, as an attacker makes them who knows our key. */
function flood (crypto: Crypto): void {
  const b = end(noise(), 'b', crypto)
  const a = end(noise({ maxAttempts: 100_000 }), 'a', crypto)
  const flights = Array.from({ length: 2000 }, (_, i) => {
    renumber(i)
    return datagrams(a.channel.send(message, { endpoint: endpoint('203.0.113.1', 1 + i), peerKey: b.key }, { class: 'read' }, 0))[0]!
  })
  global.gc?.()
  const before = process.memoryUsage()
  let [cookies, exchanges] = [0, 0]
  const count = 100_000
  const start = process.cpuUsage()
  for (let i = 0; i < count; i++) {
    const now = i / 10
    const source = endpoint(`${1 + i % 223}.${(i >> 8) & 255}.${i & 255}.7`, 1024 + i % 60_000)
    const outputs = b.channel.receive(flights[i % flights.length]!, source, now)
    if (outputs[0]?.type === 'message') exchanges++
    if (outputs[0]?.type === 'transmit') cookies++
    if (i % 100 === 0) b.channel.due(now)
  }
  const us = used(start) / count
  global.gc?.()
  const after = process.memoryUsage()
  print('noise: flood of 10,000 first flights/s, each', us)
  const grown = (after.heapUsed + after.external - before.heapUsed - before.external) / 1024
  console.log(`  key exchanges ${exchanges}, cookies ${cookies}, memory ${grown >= 0 ? '+' : ''}${grown.toFixed(0)} KiB`)
}

const providers = (['sodium', 'node'] as const).flatMap(cryptoProvider => {
  try {
    return [[cryptoProvider, systemNoiseCrypto({ cryptoProvider })] as const]
  } catch {
    return []
  }
})
for (const [name, crypto] of providers) primitives(name, crypto)
const plain: { exchange?: number, start?: number } = {}
conversations('plaintext', plaintext(), base, plain)
for (const [name, provider] of providers) conversations(`noise, ${name}`, noise(), { ...base, noise: provider }, plain)
for (const [name, provider] of providers) handshakes(name, { ...base, noise: provider })
const crypto = { ...base, noise: systemNoiseCrypto() }
refusals(crypto)
flood(crypto)
