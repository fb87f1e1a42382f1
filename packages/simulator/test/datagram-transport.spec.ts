import { expect } from 'chai'
import type { Endpoint, Transport } from '@kadmium/interface'
import { VirtualClock, seededRandom, systemCrypto } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { Addresses } from '../src/addresses.ts'
import type { Conditions } from '../src/conditions.ts'
import { DatagramTransport } from '../src/datagram-transport.ts'
import type { Datagram } from '../src/datagram-transport.ts'
import { fixed } from '../src/latency.ts'
import { Network } from '../src/network.ts'
import { Trace } from '../src/trace.ts'

function bench (conditions: Conditions = {}): { clock: VirtualClock, alice: Transport, bob: Transport, address: Endpoint } {
  const clock = new VirtualClock()
  const random = seededRandom(1)
  const network = new Network<Datagram>(conditions, {
    clock, random, trace: new Trace(systemCrypto()), addresses: new Addresses(1), latency: fixed(10)(random)
  })
  const [, [address]] = [network.addNode(), network.addNode()] as const
  return { clock, alice: new DatagramTransport(network, 0), bob: new DatagramTransport(network, 1), address: address as Endpoint }
}

const ignore = { receive: () => {}, failed: () => {} }

describe('DatagramTransport', () => {
  it('is bound and reaches IPv4 only between start and stop', async () => {
    const { alice, address } = bench()
    const state = (): unknown[] => [alice.listening.length, alice.reaches(address), alice.reaches(endpoint('::1', 1))]
    expect(state()).to.deep.equal([0, false, false])
    await alice.start(ignore)
    expect(state()).to.deep.equal([1, true, false])
    await alice.stop()
    await alice.stop()
    expect(state()).to.deep.equal([0, false, false])
  })

  it('copies as a socket does: the sender may use its buffer again, and no two receivers share one', async () => {
    const { clock, alice, bob, address } = bench({ duplicate: 1 })
    const received: number[][] = []
    await alice.start(ignore)
    await bob.start({
      receive: bytes => {
        received.push([...bytes])
        bytes.fill(9)
      },
      failed: () => {}
    })
    const buffer = new Uint8Array([1, 2, 3])
    alice.send(buffer, address)
    buffer.fill(0)
    while (clock.runNext());
    expect(received).to.deep.equal([[1, 2, 3], [1, 2, 3]])
  })

  it('sends nothing to where it does not reach', async () => {
    const { clock, alice } = bench()
    alice.send(new Uint8Array(1), endpoint('1.0.0.1', 4001))
    await alice.start(ignore)
    alice.send(new Uint8Array(1), endpoint('::1', 1))
    expect(clock.pending).to.equal(0)
  })
})
