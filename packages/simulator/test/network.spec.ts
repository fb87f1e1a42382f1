import { expect } from 'chai'
import fc from 'fast-check'
import type { Endpoint } from '@kadmium/interface'
import { VirtualClock, seededRandom, systemCrypto } from '@kadmium/runtime'
import { ipGroup, isPrivateAddress, isRoutableTarget } from '@kadmium/wire'
import { Addresses } from '../src/addresses.ts'
import type { Conditions } from '../src/conditions.ts'
import { fixed, internet } from '../src/latency.ts'
import type { LatencyFactory } from '../src/latency.ts'
import { Network } from '../src/network.ts'
import type { Packet, Port } from '../src/network.ts'
import { Trace } from '../src/trace.ts'

interface Numbered extends Packet {
  readonly number: number
}

/** A network whose nodes only note what arrives and when. */
class Bench {
  readonly clock = new VirtualClock()
  readonly trace = new Trace(systemCrypto())
  readonly addresses = new Addresses(1)
  readonly network: Network<Numbered>
  readonly ports: Array<Port<Numbered>> = []
  readonly arrived: Array<{ at: number, from: number, to: number, number: number }> = []

  constructor (conditions: Conditions = {}, latency: LatencyFactory = fixed(10), seed = 1, nodes = 4) {
    this.network = new Network(conditions, {
      clock: this.clock,
      random: seededRandom(seed),
      trace: this.trace,
      addresses: this.addresses,
      latency: latency(seededRandom(seed))
    })
    for (let node = 0; node < nodes; node++) {
      this.network.addNode()
      this.ports.push({ node, receive: ({ number }, from) => { this.arrived.push({ at: this.clock.now(), from, to: node, number }) } })
      this.network.attach(this.ports[node] as Port<Numbered>)
    }
  }

  send (number: number, from = 0, to = 1): void {
    const packet = { number, size: 100, fingerprint: new Uint8Array([number & 255]) }
    this.network.send(packet, this.ports[from] as Port<Numbered>, this.addresses.allOf(to)[0] as Endpoint)
  }

  settle (): this {
    while (this.clock.runNext());
    return this
  }

  get numbers (): number[] {
    return this.arrived.map(({ number }) => number)
  }
}

describe('Network', () => {
  it('delivers once, in time, with the sender', () => {
    const bench = new Bench()
    bench.send(7)
    bench.settle()
    expect(bench.arrived).to.deep.equal([{ at: 10, from: 0, to: 1, number: 7 }])
  })

  it('keeps the order where all travel equally long', () => {
    const bench = new Bench()
    for (let i = 0; i < 50; i++) bench.send(i)
    expect(bench.settle().numbers).to.deep.equal(Array.from({ length: 50 }, (_, i) => i))
  })

  for (const loss of [0, 0.05, 0.5, 1]) {
    it(`loses ${loss * 100} % (seed 1)`, () => {
      const bench = new Bench({ loss })
      for (let i = 0; i < 10_000; i++) bench.send(i)
      const expected = 10_000 * (1 - loss)
      expect(bench.settle().arrived.length).to.be.closeTo(expected, 5 * Math.sqrt(10_000 * loss * (1 - loss)))
      expect(bench.network.traffic.total().lost).to.equal(10_000 - bench.arrived.length)
    })
  }

  it('loses by link: here only what node 0 sends', () => {
    const bench = new Bench({ loss: from => from === 0 ? 1 : 0 })
    bench.send(1, 0, 1)
    bench.send(2, 1, 0)
    expect(bench.settle().numbers).to.deep.equal([2])
  })

  it('duplicates, each copy in its own time (seed 1)', () => {
    const bench = new Bench({ duplicate: 0.1 }, internet())
    for (let i = 0; i < 10_000; i++) bench.send(i)
    bench.settle()
    expect(bench.arrived.length - 10_000).to.be.closeTo(1000, 150)
    const times = new Map<number, number[]>()
    for (const { number, at } of bench.arrived) times.set(number, [...times.get(number) ?? [], at])
    const twice = [...times.values()].filter(({ length }) => length === 2)
    expect(twice.filter(([first, second]) => first === second).length).to.be.below(twice.length / 10)
    expect(times.size).to.equal(10_000)
  })

  it('lets later datagrams overtake those it holds up, for at most reorderMs (seed 1)', () => {
    const bench = new Bench({ reorder: 0.2, reorderMs: 40 })
    for (let i = 0; i < 1000; i++) bench.send(i)
    bench.settle()
    const held = bench.arrived.filter(({ at }) => at > 10)
    expect(held.length).to.be.closeTo(200, 65)
    expect(Math.max(...held.map(({ at }) => at))).to.be.within(45, 50)
    expect(bench.numbers).to.not.deep.equal([...bench.numbers].sort((a, b) => a - b))
  })

  it('carries nothing between groups until it is healed; what was under way arrives', () => {
    const bench = new Bench()
    bench.send(1, 0, 2)
    bench.network.partition(new Int32Array([0, 0, 1, 1]))
    bench.send(2, 0, 1)
    bench.send(3, 0, 2)
    bench.send(4, 3, 2)
    bench.settle()
    bench.network.heal()
    bench.send(5, 0, 2)
    expect(bench.settle().numbers).to.deep.equal([1, 2, 4, 5])
    expect(bench.network.traffic.total().partitioned).to.equal(1)
  })

  it('puts nodes that came during a partition together in a group of their own', () => {
    const bench = new Bench()
    bench.network.partition(new Int32Array([0, 0]))
    bench.send(1, 2, 3)
    bench.send(2, 2, 0)
    expect(bench.settle().numbers).to.deep.equal([1])
  })

  it('delivers nothing to a node that is gone, nor from the life that is over', () => {
    const bench = new Bench()
    bench.send(1, 0, 1)
    bench.network.detach(1)
    bench.send(2, 1, 0)
    bench.settle()
    bench.network.attach({ node: 1, receive: () => {} })
    bench.send(3, 1, 0)
    expect(bench.settle().numbers).to.deep.equal([])
    expect(bench.network.traffic.total()).to.include({ sent: 1, received: 0, nobody: 1 })
  })

  it('counts every datagram and byte, by node (conservation)', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 1000 }), fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 60 }), (seed, sends) => {
      const bench = new Bench({ loss: 0.2, duplicate: 0.2, reorder: 0.2 }, internet(), seed)
      bench.network.partition(new Int32Array([0, 0, 0, 1]))
      sends.forEach(([from, to], number) => { bench.send(number, from, to) })
      const { traffic } = bench.settle().network
      const { sent, received, lost, duplicated, partitioned, nobody } = traffic.total()
      expect(sent).to.equal(sends.length)
      expect(received).to.equal(sent - lost - partitioned - nobody + duplicated)
      for (let node = 0; node < 4; node++) {
        const [sentHere, receivedHere] = [sends.filter(([from]) => from === node).length, bench.arrived.filter(({ to }) => to === node).length]
        expect(traffic.of(node)).to.deep.equal({ sent: sentHere, received: receivedHere, bytesSent: sentHere * 100, bytesReceived: receivedHere * 100 })
      }
    }), { numRuns: 50, seed: 1 })
  })

  it('U2: has the same trace for the same seed, and another one for another', () => {
    const trace = (seed: number, sends = 100): string => {
      const bench = new Bench({ loss: 0.1, duplicate: 0.1, reorder: 0.1 }, internet(), seed)
      for (let i = 0; i < sends; i++) bench.send(i, i % 4, (i + 1) % 4)
      return bench.settle().trace.hash()
    }
    expect(trace(1)).to.equal(trace(1))
    expect(new Set([trace(1), trace(2), trace(1, 101)]).size).to.equal(3)
  })

  it('refuses what is no probability', () => {
    for (const option of ['loss', 'duplicate', 'reorder']) {
      for (const chance of [-0.1, 1.1, NaN]) expect(() => new Bench({ [option]: chance }), option).to.throw(`${option}: expected a probability from 0 to 1`)
    }
  })
})

describe('Trace', () => {
  it('notices a single bit, wherever it is', () => {
    const hash = (change: number): string => {
      const trace = new Trace(systemCrypto())
      for (let i = 0; i < 200; i++) trace.add(1, i, i, i + 1, new Uint8Array(1200).fill(i === change ? 1 : 0))
      return trace.hash()
    }
    const hashes = [...Array(200).keys(), -1].map(hash)
    expect(new Set(hashes).size).to.equal(201)
    expect(hash(5)).to.match(/^[0-9a-f]{40}$/)
  })

  it('can be read at any time without changing what comes', () => {
    const [watched, alone] = [new Trace(systemCrypto()), new Trace(systemCrypto())]
    for (let i = 0; i < 500; i++) {
      for (const trace of [watched, alone]) trace.add(1, i, 0, 0, new Uint8Array(i))
      watched.hash()
    }
    expect(watched.hash()).to.equal(alone.hash())
  })
})

describe('Addresses', () => {
  it('are public, routable, different, and found again', () => {
    const addresses = new Addresses(1)
    const texts = new Set<string>()
    const groups = new Set<string | number>()
    for (let node = 0; node < 20_000; node++) {
      const [address] = addresses.add() as readonly [Endpoint]
      expect(isPrivateAddress(address), address.text).to.equal(false)
      expect(isRoutableTarget(address), address.text).to.equal(true)
      texts.add(address.text)
      groups.add(ipGroup(address))
      expect(addresses.nodeAt(address)).to.equal(node)
    }
    expect([texts.size, groups.size]).to.deep.equal([20_000, 20_000])
  })

  it('share a /24 by so many as asked', () => {
    const addresses = new Addresses(5)
    const groups = new Set(Array.from({ length: 500 }, () => ipGroup(addresses.add()[0] as Endpoint)))
    expect(groups.size).to.equal(100)
    for (const count of [0, 255, 1.5]) expect(() => new Addresses(count)).to.throw('nodesPerGroup: expected an integer from 1 to 254')
  })
})
