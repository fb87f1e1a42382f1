import type { Channel, Endpoint, Envelope } from '@kadmium/interface'
import { difficultyOf, generatePrivateKey, solvePuzzle } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import { plaintext } from '@kadmium/secure-channel'
import { decodeEnvelope, encodeEnvelope, endpoint, parseEndpoint } from '@kadmium/wire'
import { expect } from 'chai'
import fc from 'fast-check'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createSwarm, bytesProtocol } from '../src/index.ts'
import { addressOf, ask, contactOf, crypto, dropped, echo, eventsOf, handle, inClear, read, text, typesOf, World, write } from './support/nodes.ts'
import type { TestSwarm } from './support/nodes.ts'

const SEED = 20_240_611
const KEY_AT = 6
const MESSAGE_AT = 56

function request (protocol: string, more: object = {}): Extract<Envelope, { kind: 'request' }> {
  return { kind: 'request', transactionId: new Uint8Array(8), mode: 'server', protocol, ...more }
}

/** A channel in the hands of somebody who sends from wherever he likes. */
function forger (seed: string, network = 'kadmium'): Channel {
  const publicKey = seededRandom(seed).bytes(32)
  const identity = { publicKey } as Parameters<ReturnType<typeof plaintext>>[0]['identity']
  return plaintext()({ identity, localId: undefined as never, network, crypto, random: seededRandom(seed), clock: { now: () => 0 } })
}

function datagramOf (channel: Channel, message: Uint8Array, to: Endpoint, pad: boolean): Uint8Array {
  const [output] = channel.send(message, { endpoint: to }, { class: 'read', pad }, 0)
  if (output?.type !== 'transmit') throw new Error('expected a datagram')
  return output.bytes
}

describe('a swarm among enemies', () => {
  let world: World

  beforeEach(() => { world = new World(inClear) })
  afterEach(() => world.stop())

  describe('U4: forged answers', () => {
    let a: TestSwarm
    let b: TestSwarm

    beforeEach(async () => {
      [a, b] = await world.pair()
      handle(b, read, request => request)
    })

    /** What happens when, ahead of each true answer, its forged copies arrive. */
    async function forge (copies: (bytes: Uint8Array, from: Endpoint) => { bytes: Uint8Array, from: Endpoint }[]): Promise<void> {
      world.net.carry = datagram => {
        if (datagram.from.text === addressOf(b).text) {
          for (const copy of copies(datagram.bytes.slice(), datagram.from)) world.net.deliver({ ...copy, to: datagram.to })
        }
        return datagram
      }
      const before = a.counters.received
      const reply = await world.run(ask(a, b, read))
      expect(reply, 'the true answer still counts').to.deep.include({ type: 'response', message: text('hello'), rttMs: 20 })
      expect(a.counters.received).to.be.above(before + 1)
    }

    it('row 13: with the right transaction id from another port or another host are dropped and counted', async () => {
      await forge(bytes => [{ bytes, from: endpoint('10.0.0.2', 4002) }, { bytes, from: endpoint('10.0.0.66', 4001) }])
      expect(dropped(a)).to.deep.equal({ 'wrong endpoint': 2 })
    })

    it('row 13: with the wrong transaction id from the right endpoint are dropped and counted', async () => {
      await forge((bytes, from) => Array.from({ length: 50 }, (_, guess) => {
        const copy = bytes.slice()
        copy[MESSAGE_AT + 8]! ^= guess + 1
        return { bytes: copy, from }
      }))
      const counted = dropped(a)
      expect((counted['unknown transaction'] ?? 0) + (counted['malformed envelope'] ?? 0)).to.equal(50)
      expect(counted['unknown transaction']).to.be.above(0)
    })

    it('row 26: from a node with another key than the one asked are dropped and counted', async () => {
      await forge((bytes, from) => {
        const copy = bytes.slice()
        copy[KEY_AT]! ^= 1
        return [{ bytes: copy, from }]
      })
      expect(dropped(a)).to.deep.equal({ 'wrong peer': 1 })
    })

    it('row 13: that were true once are dropped when they come again', async () => {
      let old: Uint8Array | undefined
      world.net.carry = datagram => {
        if (datagram.from.text === addressOf(b).text) old = datagram.bytes
        return datagram
      }
      await world.run(ask(a, b, read, text('first')))
      const replayed = old ?? new Uint8Array()
      await forge((_bytes, from) => [{ bytes: replayed, from }])
      expect(dropped(a)).to.deep.equal({ 'unknown transaction': 1 })
    })
  })

  describe('amplification', () => {
    const victim = endpoint('192.0.2.99', 9999)
    const target = parseEndpoint('10.0.0.2:4001')
    const mine = bytesProtocol('/test/callback/1.0.0')

    /** A node whose handlers answer as much as they can and even ask back: now, later, and again. */
    async function generous (): Promise<TestSwarm> {
      const node = await world.node(target.text)
      const { components } = node.behaviours.probe
      handle(node, echo, () => new Uint8Array(1000))
      handle(node, { ...read, response: { encode: (_, budget) => new Uint8Array(budget), decode: bytes => bytes } }, request => request)
      handle(node, write, request => request)
      handle(node, mine, async (request, from) => {
        void components.ping(from.contact)
        void components.request({ addresses: [from.endpoint] }, echo, new Uint8Array(500))
        await new Promise<void>(resolve => { world.clock.setTimeout(() => { resolve() }, 100) })
        void components.ping(from.contact, { tries: 5 })
        return request
      })
      return node
    }

    const transactionId = fc.uint8Array({ minLength: 1, maxLength: 16 })
    const mode = fc.constantFrom('client' as const, 'server' as const)
    const payload = fc.uint8Array({ maxLength: 300 })
    const protocol = fc.constantFrom('/kadmium/ping/1.0.0', echo.name, read.name, write.name, mine.name, '/nobody/knows/1')
    const asked = fc.record({ kind: fc.constant('request' as const), transactionId, mode, protocol })
    const answer = fc.record({ kind: fc.constant('response' as const), transactionId, mode, truncated: fc.boolean() })
    const error = fc.record({ kind: fc.constant('error' as const), transactionId, mode, code: fc.constant('busy' as const), reason: fc.string() })
    const envelope = fc.oneof({ weight: 6, arbitrary: asked as fc.Arbitrary<Envelope> }, answer, error)
    const packet = fc.record({ envelope, payload, pad: fc.boolean(), key: fc.integer({ min: 0, max: 2 }) })
    const step = fc.oneof(
      { weight: 8, arbitrary: packet },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 1300 }) },
      { weight: 1, arbitrary: fc.record({ waitMs: fc.integer({ min: 1, max: 3000 }) }) }
    )

    it('row 11: an endpoint that proves nothing is never sent more bytes than came from it, for any packets', async () => {
      const forgers = ['a', 'b', 'c'].map(seed => forger(seed))
      await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async steps => {
        world = new World(inClear)
        await generous()
        let sent = 0
        const deliver = (bytes: Uint8Array): void => {
          sent += bytes.length
          world.net.deliver({ bytes, from: victim, to: target })
          expect(world.net.bytesTo(victim)).to.be.at.most(sent)
        }
        for (const each of steps) {
          if (each instanceof Uint8Array) deliver(each)
          else if ('waitMs' in each) await world.pass(each.waitMs)
          else deliver(datagramOf(forgers[each.key]!, encodeEnvelope(each.envelope, each.payload), target, each.pad))
        }
        await world.pass(60_000)
        expect(world.net.bytesTo(victim)).to.be.at.most(sent)
        await world.stop()
      }), { seed: SEED, numRuns: 150 })
    }).timeout(15_000)

    for (const [name, asked, size] of [
      ['ping', '/kadmium/ping/1.0.0', 0],
      ['a request with the largest answer', read.name, 1],
      ['a write', write.name, 20],
      ['an unknown protocol', '/nobody/knows/1', 0],
      ['a request that asks back', mine.name, 1]
    ] as const) {
      it(`row 11: ${name}, padded or bare, draws an answer and at most what it spent`, async () => {
        for (const pad of [true, false]) {
          world = new World(inClear)
          const node = await generous()
          const bytes = datagramOf(forger('x'), encodeEnvelope(request(asked), new Uint8Array(size)), target, pad)
          world.net.deliver({ bytes, from: victim, to: target })
          await world.pass(30_000)
          expect(world.net.bytesTo(victim)).to.be.within(pad ? 57 : 0, bytes.length)
          expect(node.counters.bytesSent).to.equal(world.net.bytesTo(victim))
          await world.stop()
        }
      })
    }

    it('cuts an answer to what it may cost: to a whole datagram for a padded request, to the size of a bare one', async () => {
      await generous()
      for (const [pad, size] of [[true, 1], [false, 300]] as const) {
        world.net.log.length = 0
        const message = encodeEnvelope(request(read.name, { transactionId: new Uint8Array(8).fill(size) }), new Uint8Array(size))
        const bytes = datagramOf(forger('x'), message, target, pad)
        world.net.deliver({ bytes, from: victim, to: target })
        expect(world.net.bytesTo(victim)).to.equal(bytes.length)
        const answer = decodeEnvelope(world.net.log[0]!.bytes.subarray(MESSAGE_AT))
        expect(answer, 'no error').to.have.nested.property('envelope.kind', 'response')
      }
    })

    it('row 11: forged writes are not carried out', async () => {
      const node = await world.node(target.text)
      let writes = 0
      handle(node, write, request => { writes++; return request })
      const random = seededRandom(SEED)
      for (let i = 0; i < 200; i++) {
        const envelope = request(write.name, { transactionId: random.bytes(8), token: random.bytes(16) })
        world.net.deliver({ bytes: datagramOf(forger('x'), encodeEnvelope(envelope, text('key')), target, true), from: victim, to: target })
      }
      expect(writes).to.equal(0)
    })

    it('row 12: a token opens nothing from another address, port or peer, nor for another key, nor after ten minutes', async () => {
      for (const [what, change] of [
        ['as it was given', {}],
        ['another address', { from: endpoint('192.0.2.98', 9999) }],
        ['another port', { from: endpoint('192.0.2.99', 9998) }],
        ['another peer', { seed: 'y' }],
        ['another key', { key: text('other') }],
        ['stale', { waitMs: 600_001 }]
      ] as const) {
        world = new World(inClear)
        const node = await world.node(target.text)
        let writes = 0
        handle(node, write, request => { writes++; return request })
        const { from, seed, key, waitMs } = { from: victim, seed: 'x', key: text('key'), waitMs: 0, ...change }
        const envelope = request(write.name)
        let token = new Uint8Array()
        world.net.carry = datagram => {
          const at = datagram.bytes.lastIndexOf(16) // the token is the last field of the envelope
          token = datagram.bytes.slice(at + 1, at + 17)
          return undefined
        }
        world.net.deliver({ bytes: datagramOf(forger('x'), encodeEnvelope(envelope, text('key')), target, true), from: victim, to: target })
        expect(token).to.have.lengthOf(16)
        await world.pass(waitMs)
        const second = request(write.name, { transactionId: new Uint8Array(8).fill(1), token })
        world.net.deliver({ bytes: datagramOf(forger(seed), encodeEnvelope(second, key), target, true), from, to: target })
        expect(writes, what).to.equal(what === 'as it was given' ? 1 : 0)
        await world.stop()
      }
    })

    it('does not hold a stranger\'s forged datagrams against the one whose address they bear', async () => {
      const [a, b] = await world.pair()
      handle(b, read, request => request)
      const bytes = datagramOf(forger('x'), encodeEnvelope(request('/nobody/knows/1')), addressOf(a), false)
      for (let i = 0; i < 10; i++) world.net.deliver({ bytes, from: addressOf(b), to: addressOf(a) })
      expect(await world.run(ask(a, b, read, new Uint8Array(900)))).to.include({ type: 'response' })
      expect(a.isConnected(b.localPeerId)).to.equal(true)
    })
  })

  describe('U6: 20,000 random and bent datagrams', () => {
    it('leave the node answering and its memory flat', async () => {
      const [a, b] = await world.pair({ limits: { unprovenEndpoints: 256, storedAnswers: 256 } })
      handle(b, echo, request => request)
      const events = eventsOf(b)
      const samples: Uint8Array[] = []
      world.net.carry = datagram => {
        samples.push(datagram.bytes)
        return datagram
      }
      for (let i = 0; i < 10; i++) await world.run(ask(a, b, echo, new Uint8Array(i * 20)))
      for (let i = 0; i < 10; i++) {
        samples.push(datagramOf(forger('x'), encodeEnvelope(request(echo.name), new Uint8Array(i)), addressOf(b), i % 2 === 0))
      }
      world.net.carry = () => undefined
      const random = seededRandom(SEED)
      const flood = (count: number): void => {
        for (let i = 0; i < count; i++) {
          const from = endpoint(`203.0.113.${random.below(256)}`, 1 + random.below(60_000))
          const bytes = i % 4 === 0 ? random.bytes(random.below(1300)) : bend(samples[random.below(samples.length)]!)
          world.net.deliver({ bytes, from, to: addressOf(b) })
        }
        world.net.log.length = 0
      }
      const bend = (bytes: Uint8Array): Uint8Array => {
        const bent = bytes.slice(0, random.below(4) === 0 ? random.below(bytes.length) : bytes.length)
        for (let flips = random.below(4); flips > 0 && bent.length > 0; flips--) bent[random.below(bent.length)]! ^= 1 << random.below(8)
        return bent
      }
      flood(4000)
      const before = heap()
      flood(16_000)
      expect(heap() - before).to.be.below(2 * 1024 * 1024)
      world.net.carry = datagram => datagram
      expect(await world.run(ask(a, b))).to.include({ type: 'response' })
      expect(b.counters.received).to.be.above(20_000)
      expect(b.connectedPeers()).to.have.lengthOf(1)
      await world.pass(1)
      expect(typesOf(events)).to.not.include('ListenerError')
    }).timeout(15_000)
  })

  it('never mixes networks with other names, and counts what it did not hear', async () => {
    const a = await world.node('10.0.0.1:4001', { network: 'one' })
    const b = await world.node('10.0.0.2:4001', { network: 'two' })
    const c = await world.node('10.0.0.3:4001', { network: 'one' })
    expect(await world.run(a.behaviours.probe.components.ping(contactOf(b)))).to.deep.equal({ type: 'timeout' })
    expect(await world.run(a.behaviours.probe.components.ping(contactOf(c)))).to.include({ type: 'response' })
    expect(dropped(b)).to.deep.equal({ 'other network': 3 })
    expect(b.counters.sent).to.equal(0)
  })

  it('row 23: drops its own datagrams when they come back', async () => {
    const [a, b] = await world.pair({}, false)
    world.net.carry = ({ bytes, from, to }) => ({ bytes, from: to, to: from })
    expect(await world.run(a.behaviours.probe.components.ping(contactOf(b)))).to.deep.equal({ type: 'timeout' })
    expect(dropped(a)).to.deep.equal({ 'own key': 3 })
    expect(a.connectedPeers()).to.be.empty
  })

  describe('difficulty', () => {
    const easy = keyOf(0, difficulty => difficulty < 4)
    const hard = solvePuzzle(6, seededRandom('hard'))

    function keyOf (seed: number, fits: (difficulty: number) => boolean): ReturnType<typeof generatePrivateKey> {
      const random = seededRandom(seed)
      for (;;) {
        const key = generatePrivateKey(random)
        if (fits(difficultyOf(key.publicKey.raw))) return key
      }
    }

    it('refuses its own key that misses it, and says how to make one that does not', async () => {
      const error = await createSwarm({ privateKey: easy, difficulty: 6 }).then(() => undefined, (reason: Error) => reason)
      expect(error?.name).to.equal('DifficultyError')
      expect(error?.message).to.match(/difficulty 6.*id new --difficulty 6/)
      const out = await createSwarm({ difficulty: 1.5 }).then(() => undefined, (reason: Error) => reason)
      expect(out?.name).to.equal('InvalidOptionError')
    })

    it('makes a key that solves it where none is given', async () => {
      const swarm = await createSwarm({ difficulty: 6, clock: world.clock })
      expect(difficultyOf(swarm.publicKey)).to.be.at.least(6)
      await world.run(swarm.stop())
    })

    it('neither hears nor asks peers below it', async () => {
      const a = await world.node('10.0.0.1:4001', { privateKey: hard, difficulty: 6 })
      const b = await world.node('10.0.0.2:4001', { privateKey: easy })
      const c = await world.node('10.0.0.3:4001', { privateKey: solvePuzzle(6, seededRandom('c')), difficulty: 6 })
      expect(await world.run(b.behaviours.probe.components.ping(contactOf(a)))).to.deep.equal({ type: 'timeout' })
      expect(dropped(a)).to.deep.equal({ 'puzzle not solved': 3 })
      expect(await world.run(a.behaviours.probe.components.ping(contactOf(b)))).to.deep.equal({ type: 'unsent', reason: 'no-address' })
      const byAddress = { addresses: [addressOf(b)] }
      expect(await world.run(a.behaviours.probe.components.ping(byAddress)), 'by address only').to.deep.equal({ type: 'timeout' })
      expect(await world.run(c.behaviours.probe.components.ping(contactOf(a)))).to.include({ type: 'response' })
      expect(a.connectedPeers().map(String)).to.not.include(b.localPeerId.hex)
      await world.pass(50)
      expect(a.connectedPeers().map(String)).to.deep.equal([c.localPeerId.hex])
    })
  })
})

/** Bytes in use after a collection. */
function heap (): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  return process.memoryUsage().heapUsed
}
