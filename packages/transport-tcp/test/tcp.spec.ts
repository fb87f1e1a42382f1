import { expect } from 'chai'
import { createServer, connect } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { encode } from 'it-length-prefixed'
import fc from 'fast-check'
import type { Endpoint, Transport } from '@kadmium/interface'
import { STREAM_BYTES, endpoint } from '@kadmium/wire'
import { Connection } from '../src/connection.ts'
import { tcp } from '../src/index.ts'
import type { TcpInit } from '../src/index.ts'
import { tcpOptions } from '../src/options.ts'
import { Peer } from './peer.ts'

const LOOPBACK = '127.0.0.1:0'
const hasIpv6 = Object.values(networkInterfaces()).flat().some(each => each?.address === '::1')

describe('tcp', () => {
  const started: Transport[] = []
  const sockets: Socket[] = []
  const servers: Server[] = []

  async function start (init: Partial<TcpInit> = {}): Promise<Peer> {
    const peer = new Peer(tcp({ listen: [LOOPBACK], ...init })())
    started.push(peer.transport)
    await peer.transport.start(peer)
    return peer
  }

  /** A socket that says what a test tells it to. */
  async function dial ({ address }: Peer): Promise<Socket> {
    const socket = connect(address.port, address.host).on('error', () => {})
    sockets.push(socket)
    await once(socket, 'connect')
    return socket
  }

  /** A server that takes connections and is silent. */
  async function silent (pause: boolean): Promise<{ address: Endpoint, accepted: Socket[] }> {
    const accepted: Socket[] = []
    const server = createServer({ pauseOnConnect: pause }, socket => {
      accepted.push(socket.on('error', () => {}))
      sockets.push(socket)
    }).listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    return { address: endpoint('127.0.0.1', (server.address() as AddressInfo).port), accepted }
  }

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    for (const server of servers.splice(0)) server.close()
    await Promise.all(started.splice(0).map(transport => transport.stop()))
  })

  it('is reliable, sends and receives, and answers on the connection that the question came by', async () => {
    const [alice, bob] = [await start(), await start()]
    expect(alice.transport.reliable).to.equal(true)
    alice.transport.send(new Uint8Array([1, 2, 3]), bob.address)
    const { bytes, from } = await bob.next()
    expect(bytes).to.deep.equal(new Uint8Array([1, 2, 3]))
    expect(bytes.constructor).to.equal(Uint8Array)
    expect(from.text, 'a port of its own, not the one where alice listens').to.not.equal(alice.address.text)
    bob.transport.send(new Uint8Array([4]), from)
    expect(await alice.next()).to.deep.equal({ bytes: new Uint8Array([4]), from: bob.address })
  })

  it('carries whole messages in their order, empty and up to the limit, however they are cut on the way', async () => {
    const bob = await start()
    await fc.assert(fc.asyncProperty(
      fc.array(fc.constantFrom(0, 1, 127, 128, 16_384, 65_536, STREAM_BYTES), { minLength: 1, maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 10 }),
      async (lengths, cuts) => {
        const socket = await dial(bob)
        const stream = Buffer.concat(lengths.map((length, index) => encode.single(new Uint8Array(length).fill(index + 1)).subarray()))
        for (let at = 0, i = 0; at < stream.length; at += cuts[i++ % cuts.length]!) socket.write(stream.subarray(at, at + cuts[i % cuts.length]!))
        for (const [index, length] of lengths.entries()) {
          const { bytes } = await bob.next()
          expect([bytes.length, bytes.every(byte => byte === index + 1)]).to.deep.equal([length, true])
        }
        socket.destroy()
      }
    ), { numRuns: 15, seed: 5 })
  })

  it('reuses one connection for all messages to an endpoint', async () => {
    const [alice, bob] = [await start(), await start()]
    const sources = new Set<Endpoint>()
    for (let i = 0; i < 5; i++) {
      alice.transport.send(new Uint8Array([i]), endpoint('127.0.0.1', bob.address.port))
      const { bytes, from } = await bob.next()
      expect(bytes[0]).to.equal(i)
      sources.add(from)
    }
    expect(sources.size).to.equal(1)
  })

  it('is seen at the address that it is bound to', async () => {
    const [alice, bob] = [await start({ listen: ['127.0.0.2:0'] }), await start()]
    alice.transport.send(new Uint8Array(1), bob.address)
    expect((await bob.next()).from.host).to.equal('127.0.0.2')
  })

  it('never dials where a connection came from: once it has ended, the answer cannot be sent', async () => {
    const bob = await start()
    const socket = await dial(bob)
    socket.write(encode.single(new Uint8Array([7])).subarray())
    const { from } = await bob.next()
    socket.destroy()
    while (bob.failures.length === 0) {
      bob.transport.send(new Uint8Array(1), from)
      await new Promise(resolve => setImmediate(resolve))
    }
    expect((await bob.failure()).to).to.equal(from.text)
    bob.failures.length = 0
    bob.transport.send(new Uint8Array(1), from)
    expect(await bob.failure()).to.deep.equal({ message: 'the connection has ended', to: from.text })
  })

  it('tells whom nobody answers, and never throws', async () => {
    const [alice, gone] = [await start(), await start()]
    const { address } = gone
    await gone.transport.stop()
    alice.transport.send(new Uint8Array(1), address)
    const refused = await alice.failure()
    expect(refused.to).to.equal(address.text)
    expect(refused.message).to.include('ECONNREFUSED')
    alice.transport.send(new Uint8Array(1), endpoint('127.0.0.1', 0))
    expect((await alice.failure()).to).to.equal('127.0.0.1:0')
    await alice.transport.stop()
    expect(() => { alice.transport.send(new Uint8Array(1), address) }).to.not.throw()
  })

  it('tells that the other side is gone, since what was sent may not have arrived; then connects anew', async () => {
    const alice = await start()
    const bob = await start()
    const { address } = bob
    alice.transport.send(new Uint8Array([1]), address)
    await bob.next()
    await bob.transport.stop()
    expect((await alice.failure()).to).to.equal(address.text)
    const again = await start({ listen: [address.text] })
    alice.transport.send(new Uint8Array([2]), address)
    expect((await again.next()).bytes[0]).to.equal(2)
  })

  it('sends no message above maxMessageBytes, and cuts off who does', async () => {
    const bob = await start({ maxMessageBytes: 100 })
    bob.transport.send(new Uint8Array(101), bob.address)
    expect(await bob.failure()).to.deep.equal({ message: 'a message has at most 100 bytes, got 101', to: bob.address.text })
    const socket = await dial(bob)
    socket.resume().write(encode.single(new Uint8Array(101)).subarray(0, 1))
    await closed(socket)
    expect((await bob.failure()).message).to.match(/too long/)
  })

  it('cuts off who sends a length that ends nowhere', async () => {
    const bob = await start()
    const socket = await dial(bob)
    socket.resume().write(new Uint8Array(64).fill(255))
    await closed(socket)
    expect((await bob.failure()).to).to.be.a('string')
  })

  it('cuts off who writes a length longer than it needs to be, or leaves between a length and its message', async () => {
    const bob = await start()
    for (const [bytes, why] of [[[0x83, 0, 1, 2, 3], 'a length is longer than it needs to be'], [[3], 'the stream ended within a message']] as const) {
      const socket = await dial(bob)
      socket.resume().end(Uint8Array.from(bytes))
      expect((await bob.failure()).message).to.equal(why)
    }
  })

  it('cuts off who does not finish a message within messageTimeoutMs, byte by byte or not at all', async () => {
    const bob = await start({ messageTimeoutMs: 60 })
    const slow = await dial(bob)
    slow.resume()
    const drip = setInterval(() => { slow.write(new Uint8Array([1])) }, 10)
    slow.write(new Uint8Array([100]))
    await closed(slow).finally(() => { clearInterval(drip) })
    expect((await bob.failure()).message).to.equal('a message took too long to come')
  })

  it('cuts off who begins a message behind a whole one and does not finish it', async () => {
    const bob = await start({ messageTimeoutMs: 50 })
    const socket = await dial(bob)
    socket.resume().write(Buffer.concat([encode.single(new Uint8Array([1, 2])).subarray(), new Uint8Array([9, 1])]))
    await closed(socket)
    expect((await bob.failure()).message).to.equal('a message took too long to come')
  })

  it('gives each message its own messageTimeoutMs', async () => {
    const bob = await start({ messageTimeoutMs: 400 })
    const socket = await dial(bob)
    const two = encode.single(new Uint8Array([1, 2, 3])).subarray()
    for (let i = 0; i < 20; i++) {
      socket.write(Buffer.concat([two.subarray(2), two.subarray(0, 2)]).subarray(i === 0 ? 2 : 0))
      await new Promise(resolve => setTimeout(resolve, 30))
    }
    expect(bob.failures).to.deep.equal([])
  })

  it('cuts off who does not take a message within messageTimeoutMs', async () => {
    const alice = await start({ messageTimeoutMs: 50, maxBacklogBytes: 100_000_000 })
    const { address } = await silent(true)
    for (let i = 0; i < 200; i++) alice.transport.send(new Uint8Array(STREAM_BYTES), address)
    expect(await alice.failure()).to.deep.equal({ message: 'a message took too long to be taken', to: address.text })
  })

  it('lets no more than maxBacklogBytes wait', async () => {
    const alice = await start({ maxBacklogBytes: 2 * STREAM_BYTES })
    const { address } = await silent(true)
    for (let i = 0; i < 3; i++) alice.transport.send(new Uint8Array(STREAM_BYTES), address)
    expect(await alice.failure()).to.deep.equal({ message: 'too much waits to be written', to: address.text })
  })

  it('gives up a connection that does not come about within connectTimeoutMs', async () => {
    const socket = connect({ host: 'never.resolved', port: 9, lookup: () => {} })
    const error = await new Promise<Error | undefined>(resolve => {
      const options = tcpOptions({ listen: [], connectTimeoutMs: 20 })
      const connection = new Connection(socket, { remote: endpoint('192.0.2.1', 9), outbound: true, options, onMessage: () => {}, onEnd: resolve })
      expect(connection.send(new Uint8Array(1))).to.equal(undefined)
    })
    expect(error?.message).to.equal('no connection in time')
    expect(socket.destroyed).to.equal(true)
  })

  it('ends idle connections of others after idleTimeoutMs, its own after half of it, and calls that no failure', async () => {
    const [alice, bob] = [await start({ idleTimeoutMs: 200 }), await start({ idleTimeoutMs: 150 })]
    const stranger = await dial(bob)
    const ended: string[] = []
    stranger.once('close', () => { ended.push('of others') })
    const { address, accepted } = await silent(false)
    alice.transport.send(new Uint8Array(1), address)
    while (accepted.length === 0) await new Promise(resolve => setImmediate(resolve))
    accepted[0]!.resume().once('close', () => { ended.push('own') })
    await closed(stranger)
    expect(ended).to.deep.equal(['own', 'of others'])
    expect([...alice.failures, ...bob.failures]).to.deep.equal([])
  })

  it('takes maxInbound connections, and another when one has ended', async () => {
    const bob = await start({ maxInbound: 2 })
    const [first] = [await dial(bob), await dial(bob)]
    const third = await dial(bob)
    await closed(third)
    first.write(encode.single(new Uint8Array([1])).subarray())
    await bob.next()
    first.end()
    await closed(first)
    const fourth = await dial(bob)
    fourth.write(encode.single(new Uint8Array([4])).subarray())
    expect((await bob.next()).bytes[0]).to.equal(4)
  })

  it('takes maxInboundPerIp connections from one address, unless it is private and those are exempt', async () => {
    const strict = await start({ maxInboundPerIp: 1, exemptPrivate: false })
    const kind = await start({ maxInboundPerIp: 1 })
    const first = await dial(strict)
    await closed(await dial(strict))
    first.end()
    await closed(first)
    const next = await dial(strict)
    next.write(encode.single(new Uint8Array([2])).subarray())
    expect((await strict.next()).bytes[0], 'when one has ended, another may come').to.equal(2)
    const other = connect({ port: strict.address.port, host: '127.0.0.1', localAddress: '127.0.0.3' })
    sockets.push(other)
    other.write(encode.single(new Uint8Array([3])).subarray())
    expect((await strict.next()).from.host, 'others are not kept out').to.equal('127.0.0.3')
    for (const byte of [1, 2]) (await dial(kind)).write(encode.single(new Uint8Array([byte])).subarray())
    await Promise.all([kind.next(), kind.next()])
  })

  it('makes room among its own maxOutbound connections, the least recently used first, and tells', async () => {
    const alice = await start({ maxOutbound: 2 })
    const [one, two, three] = [await start(), await start(), await start()]
    for (const { address } of [one, two, one, three]) alice.transport.send(new Uint8Array(1), address)
    expect(await alice.failure()).to.deep.equal({ message: 'made room for another connection', to: two.address.text })
    await three.next()
  })

  it('U3: leaves no socket and no timer behind', async () => {
    const resources = (): string[] => process.getActiveResourcesInfo().filter(name => /^(TCP|Timeout)/.test(name))
    await new Promise(resolve => setImmediate(resolve)) // mocha sets its own timer only now
    const before = resources()
    const [alice, bob] = [await start(), await start()]
    const { address, accepted } = await silent(true)
    alice.transport.send(new Uint8Array(1), bob.address)
    bob.transport.send(new Uint8Array(1), (await bob.next()).from)
    for (let i = 0; i < 10; i++) alice.transport.send(new Uint8Array(STREAM_BYTES), address)
    const half = await dial(bob)
    half.write(new Uint8Array([9, 1]))
    await alice.next()
    while (accepted.length === 0) await new Promise(resolve => setImmediate(resolve))
    await Promise.all([alice.transport.stop(), bob.transport.stop()])
    for (const each of [half, ...accepted]) each.destroy()
    await new Promise(resolve => { servers.pop()!.close(resolve) })
    for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve))
    expect(resources()).to.deep.equal(before)
  })

  it('takes start and stop in the order of the calls, awaited or not', async () => {
    const transport = tcp({ listen: [LOOPBACK] })()
    const peer = new Peer(transport)
    await Promise.all([transport.start(peer), transport.stop()])
    expect(transport.listening, 'stop during start').to.deep.equal([])
    await Promise.all([transport.stop(), transport.stop()])
    await Promise.all([transport.start(peer), transport.start(peer)])
    expect(transport.listening, 'starting twice is starting once').to.have.length(1)
    expect([transport.reaches(endpoint('127.0.0.1', 1)), transport.reaches(endpoint('::1', 1))]).to.deep.equal([true, false])
    await transport.stop()
    expect(transport.reaches(endpoint('127.0.0.1', 1))).to.equal(false)
    await transport.start(peer)
    expect(transport.listening, 'start after stop').to.have.length(1)
    await Promise.all([transport.stop(), transport.start(peer), transport.stop()])
    expect(transport.listening).to.deep.equal([])
  })

  it('reaches others without listening itself', async () => {
    const [alice, bob] = [await start({ listen: [] }), await start()]
    expect(alice.transport.listening).to.deep.equal([])
    alice.transport.send(new Uint8Array([1]), bob.address)
    bob.transport.send(new Uint8Array([2]), (await bob.next()).from)
    expect((await alice.next()).bytes[0]).to.equal(2)
  })

  it('takes port 0 for the port that it is started with, and leaves ports alone that were asked for by number', async () => {
    const holder = await start()
    const { port } = holder.address
    await holder.transport.stop()
    const wishing = new Peer(tcp({ listen: [LOOPBACK] })())
    started.push(wishing.transport)
    await wishing.transport.start(wishing, { port })
    expect(wishing.address.port).to.equal(port)
    const error = await tcp({ listen: [LOOPBACK] })().start(wishing, { port }).then(() => undefined, (thrown: Error) => thrown)
    expect(error).to.include({ name: 'ListenError', code: 'EADDRINUSE', message: `cannot listen on tcp 127.0.0.1:${port}: the port is in use` })
    const other = await start()
    await other.transport.stop()
    await other.transport.start(other, { port: 0 })
    expect(other.address.port).to.not.equal(port)
  })

  it('says that no interface has the address, and can be started later', async () => {
    const transport = tcp({ listen: ['192.0.2.1:0'] })()
    for (let i = 0; i < 2; i++) {
      const error = await transport.start(new Peer(transport)).then(() => undefined, (thrown: Error) => thrown)
      expect(error).to.include({ name: 'ListenError', code: 'EADDRNOTAVAIL' }).and.have.property('message').that.does.not.include('\n')
      expect(transport.reaches(endpoint('192.0.2.1', 1))).to.equal(false)
    }
  })

  it('refuses options that are none, before anything is bound', () => {
    const refused: Array<[Partial<TcpInit>, string]> = [
      [{ listen: ['127.0.0.1:1', '127.0.0.2:1'] }, 'listen: expected at most one IPv4 and one IPv6 address'],
      [{ listen: ['/ip4/127.0.0.1/udp/1'] }, 'listen: expected /tcp addresses'],
      [{ listen: ['nonsense'] }, 'nonsense'],
      [{ maxInbound: 0 }, 'maxInbound: expected an integer'],
      [{ messageTimeoutMs: 1.5 }, 'messageTimeoutMs: expected an integer']
    ]
    for (const [init, message] of refused) {
      expect(() => tcp({ listen: [LOOPBACK], ...init }), message).to.throw(message).with.property('name', 'InvalidOptionError')
    }
  })

  it('gets the same free port in both families, and leaves nothing bound when that is taken in one', async function () {
    if (!hasIpv6) this.skip()
    const both = await start({ listen: ['127.0.0.1:0', '[::1]:0'] })
    const [v4, v6] = both.transport.listening as [Endpoint, Endpoint]
    expect([v4.family, v6.family, v4.port]).to.deep.equal([4, 6, v6.port])
    const holder = await start({ listen: ['[::1]:0'] })
    const { port } = holder.address
    const error = await start({ listen: [`127.0.0.1:${port}`, `[::1]:${port}`] }).then(() => undefined, (thrown: Error) => thrown)
    expect(error).to.have.property('code', 'EADDRINUSE')
    expect((await start({ listen: [`127.0.0.1:${port}`] })).address.port).to.equal(port)
  })
})

/** However it came about: a reset is an error too. */
function closed (socket: Socket): Promise<void> {
  return new Promise(resolve => { socket.resume().once('close', () => { resolve() }) })
}
