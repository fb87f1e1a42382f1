import type { Endpoint, StartOptions, Transport } from '@kadmium/interface'
import { ListenError } from '@kadmium/interface'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { startTogether } from '../src/start-together.ts'

/** Binds what it is told, or the next free port of its own. */
class FakeTransport implements Transport {
  readonly reliable = false
  readonly asked: Array<number | undefined> = []
  readonly #port: () => number
  readonly #taken: (port: number) => boolean
  listening: readonly Endpoint[] = []
  stops = 0

  constructor (port: () => number, taken: (port: number) => boolean = () => false) {
    this.#port = port
    this.#taken = taken
  }

  async start (_handler: unknown, { port }: StartOptions = {}): Promise<void> {
    this.asked.push(port)
    const bound = port ?? this.#port()
    if (this.#taken(bound)) throw new ListenError(`${bound} is taken`, 'EADDRINUSE')
    this.listening = [endpoint('127.0.0.1', bound)]
  }

  async stop (): Promise<void> {
    this.stops++
    this.listening = []
  }

  reaches (): boolean { return true }
  send (): void {}
}

function rising (): () => number {
  let port = 1000
  return () => port++
}

const start = (...transports: Transport[]) => startTogether(transports, () => ({ receive () {}, failed () {} })).then(() => undefined, (error: Error) => error)

describe('startTogether', () => {
  it('gives the port of the first transport to the others', async () => {
    const [first, second, third] = [new FakeTransport(rising()), new FakeTransport(() => 1), new FakeTransport(() => 1)]
    const silent = new FakeTransport(() => 1)
    silent.start = async () => {}
    expect(await start(first, second, silent, third)).to.equal(undefined)
    expect([first, second, third].map(({ listening }) => listening[0]?.port)).to.deep.equal([1000, 1000, 1000])
    expect(first.asked).to.deep.equal([undefined])
  })

  it('begins anew with another port when that is taken in another transport', async () => {
    const [first, second] = [new FakeTransport(rising()), new FakeTransport(() => 1, port => port < 1003)]
    expect(await start(first, second)).to.equal(undefined)
    expect(second.asked).to.deep.equal([1000, 1001, 1002, 1003])
    expect(second.listening[0]?.port).to.equal(1003)
  })

  it('gives up after 20 ports, with nothing bound', async () => {
    const [first, second] = [new FakeTransport(rising()), new FakeTransport(() => 1, () => true)]
    expect(await start(first, second)).to.have.property('code', 'EADDRINUSE')
    expect([second.asked.length, first.listening, first.stops]).to.deep.equal([20, [], 20])
  })

  it('does not go on with a port that was asked for by number', async () => {
    const [first, second] = [new FakeTransport(() => 8001), new FakeTransport(() => 1, () => true)]
    expect(await start(first, second)).to.have.property('code', 'EADDRINUSE')
    expect(second.asked.length).to.equal(2)
  })

  it('does not go on where no other port would help', async () => {
    const broken = new FakeTransport(() => 1)
    broken.start = async () => { throw new ListenError('no such address', 'EADDRNOTAVAIL') }
    const first = new FakeTransport(rising())
    expect(await start(first, broken)).to.have.property('code', 'EADDRNOTAVAIL')
    expect([first.asked.length, first.listening]).to.deep.equal([1, []])
  })
})
