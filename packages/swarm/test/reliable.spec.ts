import type { Codec, Protocol, SwarmInit } from '@kadmium/interface'
import { plaintext } from '@kadmium/secure-channel'
import { DATAGRAM_BYTES, STREAM_BYTES } from '@kadmium/wire'
import { expect } from 'chai'
import { bytesProtocol } from '../src/index.ts'
import { addressOf, ask, contactOf, dropped, echo, eventsOf, handle, inClear, read, text, typesOf, World, write } from './support/nodes.ts'

/** Asks for so many bytes and gets those that fit, at most 100 in a datagram. */
const some: Protocol<number, Uint8Array> = {
  name: '/test/some/1.0.0',
  request: { encode: count => text(String(count)), decode: bytes => Number(new TextDecoder().decode(bytes)) },
  response: {
    encode: (message, budget) => budget > DATAGRAM_BYTES ? message : message.subarray(0, 100),
    truncates: (message, budget) => message.length > 100 && budget <= DATAGRAM_BYTES,
    decode: bytes => bytes
  } satisfies Codec<Uint8Array>,
  writeKey: () => undefined
}

describe('a swarm with a reliable transport beside its datagrams', () => {
  let world: World

  beforeEach(() => { world = new World() })
  afterEach(() => world.stop())

  it('sends a request that exceeds a datagram by a connection to the same host and port, and its answer comes back by it', async () => {
    const [a, b] = await world.streamPair()
    handle(b, echo, request => request)
    const sent = world.net.log.length
    for (const length of [1150, 5000, 65_536, STREAM_BYTES - 38 - 100]) {
      const reply = await world.run(ask(a, b, echo, new Uint8Array(length).fill(7)))
      expect(reply.type === 'response' && reply.message.length === length && reply.message.every(byte => byte === 7), `${length} B`).to.equal(true)
    }
    expect(world.net.log.length).to.equal(sent)
    expect(world.net.streamLog.map(({ to }) => to.text).slice(0, 2)).to.deep.equal([addressOf(b).text, '10.0.0.1:50000'])
  })

  it('sends what fits a datagram by no connection', async () => {
    const [a, b] = await world.streamPair()
    handle(b, echo, request => request)
    expect((await world.run(ask(a, b, echo, new Uint8Array(1000)))).type).to.equal('response')
    expect(world.net.streamLog).to.deep.equal([])
  })

  it('asks again by a connection when the answer says that it was truncated', async () => {
    const [a, b] = await world.streamPair()
    handle(b, some, count => new Uint8Array(count))
    const request = (count: number) => world.run(a.behaviours.probe.components.request(contactOf(b), some, count))
    expect(await request(100)).to.include({ type: 'response' }).and.have.nested.property('message.length', 100)
    expect(world.net.streamLog).to.deep.equal([])
    expect(await request(40_000)).to.include({ type: 'response' }).and.have.nested.property('message.length', 40_000)
    expect(world.net.streamLog).to.have.length(2)
  })

  it('takes no copy of a truncated answer for the whole one that is on its way', async () => {
    const [a, b] = await world.streamPair(inClear)
    handle(b, some, count => new Uint8Array(count))
    world.net.carry = datagram => {
      if (datagram.from.text === addressOf(b).text) world.clock.setTimeout(() => { world.net.deliver(datagram) }, world.net.latencyMs + 1)
      return datagram
    }
    const reply = await world.run(a.behaviours.probe.components.request(contactOf(b), some, 40_000))
    expect(reply).to.include({ type: 'response' }).and.have.nested.property('message.length', 40_000)
    expect(dropped(a)['duplicate answer']).to.equal(1)
  })

  it('takes the part that fitted when there is no connection', async () => {
    const [a, b] = await world.streamPair()
    handle(b, some, count => new Uint8Array(count))
    world.net.unbindStreams(addressOf(b))
    const reply = await world.run(a.behaviours.probe.components.request(contactOf(b), some, 5000))
    expect(reply).to.include({ type: 'response' }).and.have.nested.property('message.length', 100)
  })

  it('asks again by a connection when no part of the answer fits, and then runs no handler twice that must run once', async () => {
    const [a, b] = await world.streamPair()
    let runs = 0
    handle(b, echo, () => { runs++; return new Uint8Array(30_000) })
    expect(await world.run(ask(a, b))).to.include({ type: 'response' }).and.have.nested.property('message.length', 30_000)
    expect(runs).to.equal(1)
  })

  it('writes by a connection without a token: whoever has one receives at its address', async () => {
    const [a, b] = await world.streamPair()
    handle(b, write, () => text('written'))
    const before = world.net.streamLog.length
    expect(await world.run(ask(a, b, write, new Uint8Array(3000)))).to.deep.include({ type: 'response', message: text('written') })
    expect(world.net.streamLog.length - before, 'one message each way').to.equal(2)
  })

  it('does not repeat by a connection a write that is refused as too large', async () => {
    const [a, b] = await world.streamPair()
    handle(b, write, () => ({ error: 'too-large', reason: 'full' }))
    expect(await world.run(ask(a, b, write))).to.deep.include({ type: 'error', code: 'too-large' })
    expect(world.net.streamLog).to.deep.equal([])
  })

  it('fills an answer up to what a connection takes', async () => {
    const [a, b] = await world.streamPair()
    const filling: Protocol<number, Uint8Array> = { ...some, name: '/test/fill', response: { ...some.response, encode: (message, budget) => message.subarray(0, budget), truncates: () => true } }
    handle(b, filling, () => new Uint8Array(80_000))
    const reply = await world.run(a.behaviours.probe.components.request(contactOf(b), filling, 1))
    expect(reply.type === 'response' && reply.message.length).to.be.within(STREAM_BYTES - 100, STREAM_BYTES)
    expect(Math.max(...world.net.streamLog.map(({ bytes }) => bytes.length))).to.equal(STREAM_BYTES)
  })

  it('asks a stranger back by a connection, whatever its datagrams have proven: only those can amplify', async () => {
    const [a, b] = await world.streamPair(inClear)
    const c = await world.node('10.0.0.3:4001', { ...inClear, transports: [world.net.transport('10.0.0.3:4001'), world.net.streams('10.0.0.3:0')] })
    handle(c, echo, request => request)
    const back: string[] = []
    handle(b, read, async (request, from) => {
      const reply = await b.behaviours.probe.components.request({ addresses: [from.endpoint] }, echo, new Uint8Array(3000))
      back.push(`${from.proven} ${reply.type}`)
      return request
    })
    await world.run(ask(c, addressOf(b), read))
    expect(new Set(back)).to.deep.equal(new Set(['false response']))
    expect(a.status).to.equal('started')
  })

  it('is reliable only while it runs', async () => {
    const [a] = await world.streamPair()
    const { components } = a.behaviours.probe
    expect(components.reliable).to.equal(true)
    await world.run(a.stop())
    expect(components.reliable).to.equal(false)
  })

  it('times datagrams by datagrams, however slow connections are', async () => {
    const [a, b] = await world.streamPair()
    handle(b, echo, request => new Promise(resolve => { world.clock.setTimeout(() => { resolve(request) }, request.length) }))
    const silence = async (): Promise<number> => {
      const { carry } = world.net
      world.net.carry = () => undefined
      const start = world.clock.now()
      await world.run(ask(a, b))
      world.net.carry = carry
      return world.clock.now() - start
    }
    for (let i = 0; i < 20; i++) await world.run(ask(a, b, echo, new Uint8Array(10)))
    for (let i = 0; i < 5; i++) await world.run(ask(a, b, echo, new Uint8Array(4000)))
    expect(await silence()).to.be.below(400)
    const [c, d] = await Promise.all(['10.0.0.5', '10.0.0.6'].map(host => {
      return world.node(`${host}:4001`, { transports: [world.net.transport(`${host}:4001`), world.net.streams(`${host}:0`)] })
    }))
    handle(d!, echo, request => request)
    for (let i = 0; i < 20; i++) await world.run(ask(c!, d!, echo, new Uint8Array(10)))
    world.net.carryStream = () => false
    await world.run(ask(c!, d!, echo, new Uint8Array(3000)))
    world.net.carry = () => undefined
    const start = world.clock.now()
    await world.run(ask(c!, d!))
    expect(world.clock.now() - start, 'a silent connection backs nothing off').to.be.below(400)
  })

  it('says at once that a peer cannot be reached, and holds nothing against it', async () => {
    const [a, b] = await world.streamPair()
    world.net.unbindStreams(addressOf(b))
    const calls = a.behaviours.probe.calls.length
    const start = world.clock.now()
    expect(await world.run(ask(a, b, echo, new Uint8Array(3000)))).to.deep.equal({ type: 'unsent', reason: 'unreachable' })
    expect(world.clock.now() - start).to.be.at.most(20)
    expect(a.behaviours.probe.calls.slice(calls)).to.deep.equal([])
    expect(a.isConnected(b.localPeerId)).to.equal(true)
    expect(dropped(a)['connection failed']).to.equal(1)
  })

  it('ends only what waits for that peer by a connection', async () => {
    const [a, b] = await world.streamPair()
    handle(b, read, request => new Promise(resolve => { world.clock.setTimeout(() => { resolve(request) }, 100) }))
    world.net.unbindStreams(addressOf(b))
    const small = ask(a, b, read)
    expect((await world.run(ask(a, b, read, new Uint8Array(3000)))).type).to.equal('unsent')
    expect((await world.run(small)).type).to.equal('response')
  })

  it('times out where a connection gives no answer; the peer is not to blame', async () => {
    const [a, b] = await world.streamPair()
    world.net.carryStream = () => false
    const slow: number[] = []
    const start = world.clock.now()
    const reply = await world.run(ask(a, b, echo, new Uint8Array(3000), { onSlow: () => { slow.push(world.clock.now() - start) } }))
    expect([reply.type, world.clock.now() - start, slow]).to.deep.equal(['timeout', 10_000, [5000]])
    expect(a.behaviours.probe.calls.filter(call => call.startsWith('timed out'))).to.deep.equal([])
    expect((await world.run(ask(a, b))).type, 'datagrams are timed as before').to.equal('error')
  })

  it('takes nobody who comes by a connection for a peer at the port it comes from, and tells nobody of that port', async () => {
    const [a, b] = await world.streamPair()
    const events = eventsOf(b)
    const calls = b.behaviours.probe.calls.length
    const from: string[] = []
    handle(b, echo, (request, { endpoint }) => { from.push(endpoint.text); return request })
    const candidates = eventsOf(a)
    expect((await world.run(ask(a, b, echo, new Uint8Array(3000)))).type).to.equal('response')
    expect(from).to.deep.equal(['10.0.0.1:50000'])
    expect(b.behaviours.probe.calls.slice(calls)).to.deep.equal([])
    await world.pass(1)
    expect([...typesOf(events), ...typesOf(candidates)]).to.deep.equal([])
  })

  it('leaves the address proof of datagrams as it is', async () => {
    const [a, b] = await world.streamPair()
    handle(b, echo, request => request)
    await world.run(ask(a, b, echo, new Uint8Array(3000)))
    const before = world.net.bytesTo(addressOf(b))
    expect((await world.run(ask(a, b))).type).to.equal('response')
    expect(world.net.bytesTo(addressOf(b)) - before, 'no padding, no new proof').to.be.below(150)
  })

  it('says too-large where nobody has a reliable transport, only one side has, or its channel knows none', async () => {
    const [a, b] = await world.pair()
    expect(a.behaviours.probe.components.reliable).to.equal(false)
    expect(await world.run(ask(a, b, echo, new Uint8Array(3000)))).to.deep.equal({ type: 'unsent', reason: 'too-large' })

    const c = await world.node('10.0.0.3:4001', { transports: [world.net.transport('10.0.0.3:4001'), world.net.streams('10.0.0.3:0')] })
    expect(c.behaviours.probe.components.reliable).to.equal(true)
    expect(await world.run(ask(c, b, echo, new Uint8Array(3000)))).to.deep.equal({ type: 'unsent', reason: 'unreachable' })

    const datagramsOnly: NonNullable<SwarmInit['secureChannel']> = components => {
      const channel = plaintext()(components)
      channel.budget = () => 1144
      return channel
    }
    const d = await world.node('10.0.0.4:4001', {
      transports: [world.net.transport('10.0.0.4:4001'), world.net.streams('10.0.0.4:0')], secureChannel: datagramsOnly
    })
    expect(d.behaviours.probe.components.reliable).to.equal(false)
    expect(await world.run(ask(d, b, echo, new Uint8Array(3000)))).to.deep.equal({ type: 'unsent', reason: 'too-large' })
  })

  it('answers too-large to who has no reliable transport', async () => {
    const [a] = await world.streamPair()
    const c = await world.node('10.0.0.3:4001')
    handle(a, echo, () => new Uint8Array(3000))
    expect(await world.run(ask(c, a))).to.deep.include({ type: 'error', code: 'too-large' })
    handle(a, some, count => new Uint8Array(count))
    const reply = await world.run(c.behaviours.probe.components.request(contactOf(a), some, 5000))
    expect(reply, 'and what fits').to.have.nested.property('message.length', 100)
  })

  it('refuses frames of the other kind of transport', async () => {
    const [a, b] = await world.streamPair(inClear)
    handle(b, bytesProtocol('/test/x'), request => request)
    await world.run(ask(a, b, bytesProtocol('/test/x'), new Uint8Array(3000)))
    const stream = world.net.streamLog[0]!
    world.net.deliver({ ...stream, bytes: stream.bytes.slice(0, 1200) })
    expect(dropped(b)['not a plaintext frame']).to.equal(1)
    const datagram = world.net.log[0]!
    world.net.sendByConnection(datagram.bytes, datagram.from, datagram.to, { receive: () => {}, failed: () => {} })
    await world.pass(20)
    expect(dropped(b)['not a plaintext stream frame']).to.equal(1)
  })
})

describe('transports that start together', () => {
  it('have one address when they share a port', async () => {
    const world = new World()
    const [a] = await world.streamPair()
    expect(a.listenAddrs.map(String)).to.deep.equal(['/ip4/10.0.0.1/udp/4001'])
    await world.stop()
  })
})
