import { expect } from 'chai'
import { createSocket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import type { Endpoint, Transport } from '@kadmium/interface'
import { endpoint } from '@kadmium/wire'
import { udp } from '../src/index.ts'

const LOOPBACK = '127.0.0.1:0'
const hasIpv6 = Object.values(networkInterfaces()).flat().some(each => each?.address === '::1')

describe('udp', () => {
  const started: Transport[] = []

  async function start (...listen: string[]): Promise<Peer> {
    const peer = new Peer(udp({ listen })())
    started.push(peer.transport)
    await peer.transport.start(peer)
    return peer
  }

  afterEach(async () => {
    await Promise.all(started.splice(0).map(transport => transport.stop()))
  })

  it('sends and receives, and says from where', async () => {
    const [alice, bob] = [await start(LOOPBACK), await start('/ip4/127.0.0.1/udp/0')]
    alice.transport.send(new Uint8Array([1, 2, 3]), bob.address)
    const { bytes, from } = await bob.next()
    expect(bytes).to.deep.equal(new Uint8Array([1, 2, 3]))
    expect(bytes.constructor).to.equal(Uint8Array)
    expect(from.text).to.equal(alice.address.text)
  })

  it('carries whole datagrams, empty and of 1,200 bytes', async () => {
    const [alice, bob] = [await start(LOOPBACK), await start(LOOPBACK)]
    for (const length of [0, 1, 1200]) {
      alice.transport.send(new Uint8Array(length).fill(length), bob.address)
      expect((await bob.next()).bytes).to.deep.equal(new Uint8Array(length).fill(length))
    }
  })

  it('is bound only between start and stop', async () => {
    const transport = udp({ listen: [LOOPBACK] })()
    expect([transport.listening, transport.reaches(endpoint('127.0.0.1', 1))]).to.deep.equal([[], false])
    await transport.start(new Peer(transport))
    expect(transport.listening[0]?.port).to.be.greaterThan(0)
    expect([transport.reaches(endpoint('127.0.0.1', 1)), transport.reaches(endpoint('::1', 1))]).to.deep.equal([true, false])
    await transport.stop()
    expect([transport.listening, transport.reaches(endpoint('127.0.0.1', 1))]).to.deep.equal([[], false])
  })

  it('U3: leaves no socket behind', async () => {
    const before = sockets()
    const { transport } = await start(LOOPBACK)
    expect(sockets().length).to.be.greaterThan(before.length)
    await transport.stop()
    await new Promise(resolve => setImmediate(resolve))
    expect(sockets()).to.deep.equal(before)
  })

  it('takes start and stop in the order of the calls, awaited or not', async () => {
    const transport = udp({ listen: [LOOPBACK] })()
    const peer = new Peer(transport)
    await Promise.all([transport.start(peer), transport.stop()])
    expect(transport.listening, 'stop during start').to.deep.equal([])
    await Promise.all([transport.stop(), transport.stop()])
    const before = sockets().length
    await Promise.all([transport.start(peer), transport.start(peer)])
    expect(sockets().length - before, 'starting twice is starting once').to.equal(1)
    await transport.stop()
    await transport.start(peer)
    expect(transport.listening, 'start after stop').to.have.length(1)
    await Promise.all([transport.stop(), transport.start(peer), transport.stop()])
    expect(transport.listening).to.deep.equal([])
  })

  it('binds the same port twenty times in a row', async () => {
    const { port } = (await start(LOOPBACK)).address
    await started.splice(0)[0]?.stop()
    for (let i = 0; i < 20; i++) {
      const transport = udp({ listen: [`127.0.0.1:${port}`] })()
      await transport.start(new Peer(transport))
      expect(transport.listening[0]?.port).to.equal(port)
      await transport.stop()
    }
  })

  it('says in one line that the port is in use, and can be started once it is free', async () => {
    const holder = await start(LOOPBACK)
    const { text } = holder.address
    const transport = udp({ listen: [text] })()
    const error = await transport.start(new Peer(transport)).then(() => undefined, (thrown: Error) => thrown)
    expect(error).to.include({ name: 'ListenError', code: 'EADDRINUSE', message: `cannot listen on udp ${text}: the port is in use` })
    expect(transport.listening).to.deep.equal([])
    await transport.stop()
    await holder.transport.stop()
    started.push(transport)
    await transport.start(new Peer(transport))
    expect(transport.listening[0]?.text).to.equal(text)
  })

  it('says that no interface has the address', async () => {
    const error = await start('192.0.2.1:0').then(() => undefined, (thrown: Error) => thrown)
    expect(error).to.include({ name: 'ListenError', code: 'EADDRNOTAVAIL' }).and.have.property('message').that.does.not.include('\n')
  })

  it('tells the handler what could not be sent, and never throws', async () => {
    const alice = await start(LOOPBACK)
    const nowhere = endpoint('127.0.0.1', 0)
    alice.transport.send(new Uint8Array(1), nowhere)
    alice.transport.send(new Uint8Array(70_000), alice.address)
    await alice.failure(2)
    expect(alice.failures.map(({ to }) => to?.text)).to.have.members([nowhere.text, alice.address.text])
    await alice.transport.stop()
    expect(() => { alice.transport.send(new Uint8Array(1), alice.address) }).to.not.throw()
  })

  it('refuses what it cannot listen on, before anything is bound', () => {
    const refused: Array<[string[], string]> = [
      [[], 'listen: expected at least one address'],
      [['127.0.0.1:1', '127.0.0.2:1'], 'listen: expected at most one IPv4 and one IPv6 address'],
      [['/ip4/127.0.0.1/tcp/1'], 'listen: expected /udp addresses'],
      [['127.0.0.1:65536'], 'port'],
      [['nonsense'], 'nonsense']
    ]
    for (const [listen, message] of refused) expect(() => udp({ listen }), listen.join()).to.throw(message).with.property('name', 'InvalidOptionError')
    expect(() => udp({ listen: [LOOPBACK], bindAttempts: 0 })).to.throw('bindAttempts: expected an integer')
    expect(() => udp({ listen: [LOOPBACK], recvBufferBytes: 1.5 })).to.throw('recvBufferBytes: expected an integer')
  })

  it('loses what exceeds recvBufferBytes', async () => {
    const [small, large] = [await startWith(4096), await startWith(1_048_576)]
    const sender = createSocket('udp4')
    for (const { address } of [small, large]) {
      for (let i = 0; i < 40; i++) sender.send(new Uint8Array(1200), address.port, address.host)
    }
    await Promise.all([small.nextMarked(sender), large.nextMarked(sender)])
    sender.close()
    expect(small.received).to.be.below(20)
    expect(large.received).to.equal(40)

    async function startWith (recvBufferBytes: number): Promise<Peer> {
      const peer = new Peer(udp({ listen: [LOOPBACK], recvBufferBytes })())
      started.push(peer.transport)
      await peer.transport.start(peer)
      return peer
    }
  })

  describe('with IPv4 and IPv6', function () {
    before(function () { if (!hasIpv6) this.skip() })

    it('gets the same free port in both families, and reaches both', async () => {
      const both = await start('0.0.0.0:0', '[::]:0')
      const [v4, v6] = both.transport.listening as [Endpoint, Endpoint]
      expect([v4.family, v6.family, v4.port]).to.deep.equal([4, 6, v6.port])

      for (const host of ['127.0.0.1', '::1']) {
        const peer = await start(host.includes(':') ? `[${host}]:0` : `${host}:0`)
        peer.transport.send(new Uint8Array([4]), endpoint(host, v4.port))
        const { from } = await both.next()
        expect(from.text, 'IPv4 stays IPv4').to.equal(peer.address.text)
        both.transport.send(new Uint8Array([6]), from)
        expect((await peer.next()).from.text).to.equal(endpoint(host, v4.port).text)
      }
    })

    it('leaves nothing bound when the second family fails', async () => {
      const holder = await start('[::1]:0')
      const { port } = holder.address
      const error = await start(`127.0.0.1:${port}`, `[::1]:${port}`).then(() => undefined, (thrown: Error) => thrown)
      expect(error).to.have.property('code', 'EADDRINUSE')
      const free = await start(`127.0.0.1:${port}`)
      expect(free.address.port).to.equal(port)
    })
  })
})

const sockets = (): string[] => process.getActiveResourcesInfo().filter(name => name.startsWith('UDP'))

/** Takes what a transport tells and lets a test wait for it. */
class Peer {
  readonly transport: Transport
  readonly failures: Array<{ error: Error, to: Endpoint | undefined }> = []
  received = 0
  readonly #arrived: Array<{ bytes: Uint8Array, from: Endpoint }> = []
  #wake: () => void = () => {}

  constructor (transport: Transport) {
    this.transport = transport
  }

  get address (): Endpoint {
    return this.transport.listening[0] as Endpoint
  }

  receive (bytes: Uint8Array, from: Endpoint): void {
    if (bytes.length === 1200) this.received++
    this.#arrived.push({ bytes, from })
    this.#wake()
  }

  failed (error: Error, to?: Endpoint): void {
    this.failures.push({ error, to })
    this.#wake()
  }

  async next (): Promise<{ bytes: Uint8Array, from: Endpoint }> {
    while (this.#arrived.length === 0) await this.#woken()
    return this.#arrived.shift() as { bytes: Uint8Array, from: Endpoint }
  }

  async failure (count: number): Promise<void> {
    while (this.failures.length < count) await this.#woken()
  }

  /** Resolves when a marker has come through, and so everything that was sent before it. */
  async nextMarked (sender: ReturnType<typeof createSocket>): Promise<void> {
    const { port, host } = this.address
    const mark = (): void => { sender.send(new Uint8Array(1), port, host) }
    const again = setInterval(mark, 5)
    while ((await this.next()).bytes.length !== 1);
    clearInterval(again)
  }

  #woken (): Promise<void> {
    return new Promise(resolve => { this.#wake = resolve })
  }
}
