import type { NoiseCrypto } from '@kadmium/interface'
import { createIdentity, generatePrivateKey } from '@kadmium/peer-id'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { noise, plaintext } from '@kadmium/secure-channel'
import { endpoint } from '@kadmium/wire'
import type { ComponentLogger, Logger } from '@libp2p/interface'
import { expect } from 'chai'
import { format } from 'node:util'
import { createSwarm } from '../src/index.ts'
import { addressOf, ask, contactOf, dropped, echo, handle, read, text, World, write } from './support/nodes.ts'
import type { TestSwarm } from './support/nodes.ts'

const init = { secureChannel: noise() }

describe('a swarm over noise()', () => {
  let world: World
  let a: TestSwarm
  let b: TestSwarm

  beforeEach(async () => {
    world = new World()
    ;[a, b] = await world.pair(init, false)
  })
  afterEach(() => world.stop())

  it('asks a stranger whose key it knows in one round trip, and one whose address only in two', async () => {
    handle(b, echo, request => request)
    expect(await world.run(ask(a, b))).to.deep.include({ type: 'response', message: text('hello'), rttMs: 20 })
    await world.pass(20)
    expect(b.isConnected(a.localPeerId)).to.equal(true)
    const c = await world.node('10.0.0.3:4001', init)
    expect((await world.run(c.dial(addressOf(b).text))).rttMs).to.equal(40)
    expect(dropped(b)).to.deep.equal({})
  })

  it('row 12: writes in a proven session without a token, once', async () => {
    const proven: boolean[] = []
    handle(b, write, (request, from) => { proven.push(from.proven); return request })
    expect(await world.run(ask(a, b, write, text('key')))).to.deep.include({ type: 'response', message: text('key') })
    expect(proven).to.deep.equal([true])
    expect(world.net.log).to.have.lengthOf(4)
  })

  it('answers after the loss of any one datagram', async () => {
    handle(b, read, request => request)
    for (let lost = 0; lost < 4; lost++) {
      const c = await world.node(`10.0.1.${lost + 1}:4001`, init)
      let sent = 0
      world.net.carry = datagram => sent++ === lost ? undefined : datagram
      expect(await world.run(c.behaviours.probe.components.ping({ addresses: [addressOf(b)] }))).to.include({ type: 'response' })
      expect(await world.run(ask(c, b, read))).to.include({ type: 'response' })
    }
  })

  it('row 11: sends no more bytes to an endpoint that proves nothing than came from it, whatever of a handshake it replays', async () => {
    handle(b, read, () => new Uint8Array(900))
    const seen: Uint8Array[] = []
    world.net.carry = datagram => {
      if (datagram.to.text === addressOf(b).text) seen.push(datagram.bytes)
      return datagram
    }
    await world.run(a.dial(addressOf(b).text))
    await world.run(ask(await world.node('10.0.0.3:4001', init), b, read))
    await world.pass(50)
    expect(seen.length).to.be.at.least(5)
    const victim = endpoint('192.0.2.99', 9999)
    const random = seededRandom('replays')
    let spent = 0
    for (let i = 0; i < 300; i++) {
      const bytes = (seen[random.below(seen.length)] ?? new Uint8Array()).slice()
      if (i % 3 === 0) bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
      spent += bytes.length
      world.net.deliver({ bytes, from: victim, to: addressOf(b) })
      await world.pass(random.below(5))
      expect(world.net.bytesTo(victim)).to.be.at.most(spent)
    }
    await world.pass(30_000)
    expect(world.net.bytesTo(victim)).to.be.within(1, spent)
  })

  it('does not mix with another network', async () => {
    const other = await world.node('10.0.0.9:4001', { ...init, network: 'another' })
    expect(await world.run(a.behaviours.probe.components.ping(contactOf(other)))).to.deep.equal({ type: 'timeout' })
    expect(other.counters.sent).to.equal(0)
  })

  it('is the default channel, with the crypto of this machine', async () => {
    const [c, d] = await Promise.all(['10.0.2.1', '10.0.2.2'].map(host => createSwarm({
      transports: [world.net.transport(`${host}:4001`)], clock: world.clock
    })))
    await world.run(c!.dial('10.0.2.2:4001'))
    expect(new Set(world.net.log.map(({ bytes }) => bytes[0]))).to.deep.equal(new Set([0x20, 0x21, 0x22, 0x23, 0x25]))
    await world.run(Promise.all([c!.stop(), d!.stop()]))
  })

  it('works without sodium-native: node:crypto is understood by whoever has it', async () => {
    const c = await world.node('10.0.0.3:4001', { crypto: systemCrypto({ cryptoProvider: 'node' }) })
    const d = await world.node('10.0.0.4:4001', { crypto: systemCrypto({ cryptoProvider: 'node' }) })
    for (const node of [b, c, d]) handle(node, echo, request => request)
    for (const [from, to] of [[c, b], [a, c], [c, d]] as const) {
      expect(await world.run(ask(from, to))).to.deep.include({ type: 'response', message: text('hello'), rttMs: 20 })
    }
  })

  async function withStreams (): Promise<[TestSwarm, TestSwarm]> {
    const node = (host: string): Promise<TestSwarm> =>
      world.node(`${host}:4001`, { ...init, transports: [world.net.transport(`${host}:4001`), world.net.streams(`${host}:0`)] })
    return [await node('10.0.2.1'), await node('10.0.2.2')]
  }

  it('sends no word of a request or an answer in clear, by datagrams or by a connection', async () => {
    const [c, d] = await withStreams()
    handle(d, write, request => request)
    const word = text('a word to look for')
    for (const length of [100, 60_000]) {
      const message = new Uint8Array(length)
      for (const at of [0, length - word.length]) message.set(word, at)
      expect(await world.run(ask(c, d, write, message))).to.deep.include({ type: 'response', message })
    }
    const captured = Buffer.concat([...world.net.log, ...world.net.streamLog].map(({ bytes }) => bytes))
    expect(world.net.streamLog.map(({ bytes }) => bytes[0])).to.deep.equal([0x26, 0x26])
    for (const secret of [word, text('/test/write'), text('kadmium'), c.publicKey]) expect(captured.includes(Buffer.from(secret))).to.equal(false)
  })

  it('makes a session first where the first thing to send goes by a connection', async () => {
    const [c, d] = await withStreams()
    handle(d, echo, request => request)
    const large = new Uint8Array(65_536).fill(3)
    expect(await world.run(ask(c, d, echo, large))).to.deep.include({ type: 'response', message: large })
    expect(world.net.log.map(({ bytes }) => bytes[0])).to.deep.equal([0x22, 0x23, 0x25])
    expect(d.isConnected(c.localPeerId), 'its address was proven by the handshake').to.equal(true)
    const log = world.net.log.length
    expect(await world.run(ask(c, addressOf(d), echo, large)), 'by its address').to.include({ type: 'response' })
    expect(world.net.log.length).to.equal(log)
  })

  it('row 11: what a stranger makes it ask back by a connection begins no handshake that costs more than the stranger spent', async () => {
    const [c] = await withStreams()
    handle(c, read, async (request, from) => {
      await c.behaviours.probe.components.request({ publicKey: b.publicKey, addresses: [from.endpoint] }, echo, new Uint8Array(3000))
      return request
    })
    const victim = endpoint('10.0.0.77', 4001)
    let spent = 0
    world.net.carry = datagram => {
      if (datagram.from.text !== addressOf(a).text) return datagram
      if (spent > 0) return undefined
      spent += datagram.bytes.length
      return { ...datagram, from: victim }
    }
    await world.run(ask(a, c, read))
    await world.pass(30_000)
    expect(world.net.bytesTo(victim)).to.be.within(1, spent)
  })

  it('opens no packet that is moved from a connection to a datagram, or the other way', async () => {
    const [c, d] = await withStreams()
    handle(d, read, request => request)
    await world.run(ask(c, d, read, new Uint8Array(3000)))
    await world.run(ask(c, d, read))
    const before = { ...dropped(d) }
    const stream = world.net.streamLog[0]!.bytes.slice(0, 1000)
    const data = world.net.log.findLast(({ bytes, to }) => bytes[0] === 0x25 && to.text === addressOf(d).text)!.bytes
    const moved = (bytes: Uint8Array, type: number): Uint8Array => Uint8Array.from([type, ...bytes.subarray(1)])
    for (const bytes of [stream, moved(stream, 0x25)]) world.net.deliver({ bytes, from: addressOf(c), to: addressOf(d) })
    const later = { receive: () => {}, failed: () => {} }
    for (const bytes of [data, moved(data, 0x26)]) world.net.sendByConnection(bytes, addressOf(c), addressOf(d), later)
    await world.pass(50)
    expect(before).to.deep.equal({})
    expect(dropped(d)).to.deep.equal({ 'not a packet of this channel': 2, replayed: 2 })
  })

  it('is heard again after a restart, of either side, within the exchange that finds out', async () => {
    handle(b, echo, request => request)
    for (const side of [a, b]) {
      expect(await world.run(ask(a, b))).to.include({ type: 'response' })
      await world.run(side.stop())
      await world.run(side.start())
      expect(await world.run(ask(a, b))).to.include({ type: 'response' })
      await world.pass(50)
      expect(await world.run(ask(a, b))).to.include({ type: 'response', rttMs: 20 })
    }
  })

  it('keeps sessions with those that a behaviour wants kept, and only with those', async () => {
    const c = await world.node('10.0.0.3:4001', init)
    for (const node of [b, c]) expect(await world.run(a.behaviours.probe.components.ping(contactOf(node)))).to.include({ type: 'response' })
    a.behaviours.probe.components.keep(b.publicKey, true)
    await world.pass(400_000)
    expect(a.connectedPeers().map(String)).to.deep.equal([b.localPeerId.hex])
    await world.pass(6_700_000)
    expect(a.isConnected(b.localPeerId)).to.equal(true)
    await world.pass(200_000)
    expect(a.connectedPeers()).to.be.empty
    await world.run(a.behaviours.probe.components.ping(contactOf(b)))
    a.behaviours.probe.components.keep(b.publicKey, false)
    await world.pass(400_000)
    expect(a.connectedPeers()).to.be.empty
  })

  it('row 26: whoever claims the key of another gets nowhere', async () => {
    const victim = b.publicKey
    const own = generatePrivateKey(seededRandom('thief'))
    const { noise: honest, ...rest } = systemCrypto()
    const claim: NoiseCrypto = { ...honest!, toX25519: key => Buffer.compare(key, victim) === 0 ? honest!.identityKeyPair(own.raw.subarray(0, 32)).publicKey : honest!.toX25519(key) }
    const thief = noise()({
      identity: { ...createIdentity(own, systemCrypto()), publicKey: victim },
      localId: b.localPeerId,
      network: 'kadmium',
      crypto: { ...rest, noise: claim },
      random: seededRandom('thief'),
      clock: world.clock
    })
    const at = endpoint('10.0.0.66', 4001)
    const outputs = thief.send(text('ping'), { endpoint: addressOf(a), peerKey: a.publicKey }, { class: 'read' }, world.clock.now())
    for (const output of outputs) if (output.type === 'transmit') world.net.deliver({ bytes: output.bytes, from: at, to: addressOf(a) })
    await world.pass(50)
    expect(dropped(a)).to.deep.equal({ 'key of another': 1 })
    expect(world.net.bytesTo(at)).to.equal(0)
    expect(await world.run(a.behaviours.probe.components.ping({ ...contactOf(b), addresses: [at] }))).to.deep.equal({ type: 'timeout' })
  })
})

describe('what is logged of channels', () => {
  it('debug: why what came was dropped, with its source, one line a second for each reason', async () => {
    const world = new World()
    const lines: string[] = []
    const a = await world.node('10.0.0.1:4001', { logger: loggerTo(lines, true) })
    const other = await world.node('10.0.0.9:4001', { network: 'another' })
    const silent = await world.node('10.0.0.8:4001', { logger: loggerTo([], false), network: 'another' })
    for (let i = 0; i < 3; i++) await world.run(other.behaviours.probe.components.ping(contactOf(a)))
    for (const node of [other, silent]) await world.run(node.behaviours.probe.components.ping({ addresses: [addressOf(a)] }))
    expect(lines[0]).to.equal('dropped, 10.0.0.9:4001: not for this key and network')
    expect(lines.length).to.be.below(dropped(a)['not for this key and network']! + dropped(a)['not for this network']! + 1)
    expect(lines).to.include('dropped, 10.0.0.9:4001: not for this network')
    for (let i = 0; i < 50; i++) world.net.deliver({ bytes: new Uint8Array(5), from: addressOf(other), to: addressOf(a) })
    await world.pass(1000)
    world.net.deliver({ bytes: new Uint8Array(5), from: addressOf(other), to: addressOf(a) })
    expect(lines.filter(line => line.includes('other version'))).to.deep.equal([
      'dropped, 10.0.0.9:4001: other version', 'dropped, 10.0.0.9:4001: other version (and 49 more before)'
    ])
    await world.stop()
  })

  it('plaintext() warns at each start, noise() has nothing to warn of', async () => {
    const world = new World()
    const lines: string[] = []
    const node = await world.node('10.0.0.1:4001', { logger: loggerTo(lines, true), secureChannel: plaintext() })
    await world.run(node.stop())
    await world.run(node.start())
    expect(lines.map(line => line.slice(0, 43))).to.deep.equal(Array(2).fill('warning: plaintext: nothing is encrypted, a'))
    await world.node('10.0.0.2:4001', { logger: loggerTo(lines, true) })
    expect(lines).to.have.lengthOf(2)
    await world.stop()
  })
})

function loggerTo (lines: string[], enabled: boolean): ComponentLogger {
  const log: Logger = Object.assign((template: string, ...args: unknown[]) => { lines.push(format(template, ...args)) }, {
    enabled, error: () => {}, trace: () => {}, newScope: () => log
  })
  return { forComponent: () => log }
}
