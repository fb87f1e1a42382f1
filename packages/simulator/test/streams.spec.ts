import { expect } from 'chai'
import { seededRandom } from '@kadmium/runtime'
import { fixed, Simulator } from '../src/index.ts'
import type { NodePlace, SimNode } from '../src/index.ts'
import { echo } from './echo.ts'
import type { Echo } from './echo.ts'
import { joinedNetwork, kadOf } from './kad-network.ts'
import type { BehaviourFactory, Reply } from '@kadmium/interface'

type EchoNode = SimNode<{ echo: BehaviourFactory<Echo> }>

const LARGE = seededRandom('large').bytes(60_000)

async function pair (places: NodePlace[] = [], init: object = {}): Promise<{ sim: Simulator, alice: EchoNode, bob: EchoNode }> {
  const sim = new Simulator({ seed: 1, latency: fixed(50), placeOf: node => places[node] ?? {}, ...init })
  const [alice, bob] = await sim.addNodes(2, () => ({ behaviours: { echo: echo() } })) as [EchoNode, EchoNode]
  return { sim, alice, bob }
}

/** How a request ended, and after how long. */
async function timed (sim: Simulator, from: EchoNode, to: EchoNode, message = LARGE): Promise<[Reply<Uint8Array>, number]> {
  const start = sim.clock.now()
  const reply = await sim.until(from.swarm.behaviours.echo.ask(to, message))
  return [reply, sim.clock.now() - start]
}

describe('the reliable transport of simulated nodes', () => {
  for (const fidelity of ['wire', 'lite'] as const) {
    it(`carries what exceeds a datagram, both ways: ${fidelity}`, async () => {
      const { sim, alice, bob } = await pair([], { fidelity, loss: fidelity === 'wire' ? 0.3 : 0 })
      for (const [from, to] of [[alice, bob], [bob, alice]] as const) {
        const [reply] = await timed(sim, from, to)
        expect(reply.type === 'response' && Buffer.from(reply.message).equals(LARGE)).to.equal(true)
      }
    })
  }

  it('takes the handshake of a new connection, the latency, and the time of the line for so many bytes', async () => {
    const { sim, alice, bob } = await pair()
    const [, first] = await timed(sim, alice, bob)
    expect(first).to.be.within(200 + 2 * 48, 200 + 2 * 48 + 1)
    const [, second] = await timed(sim, alice, bob)
    expect(first - second, 'no handshake').to.be.within(99, 101)
    const slow = await pair([], { bandwidth: { up: 60_000, down: 1_000_000 } })
    expect((await timed(slow.sim, slow.alice, slow.bob))[1]).to.be.within(200 + 2 * 1000, 200 + 2 * 1000 + 20)
  })

  it('keeps the order of what goes by one connection, however long each travels', async () => {
    const { sim, alice, bob } = await pair([], { latency: undefined })
    const numbers = Array.from({ length: 20 }, (_, index) => index)
    const replies = numbers.map(number => alice.swarm.behaviours.echo.ask(bob, new Uint8Array(2000 + number % 3 * 20_000).fill(number)))
    await sim.until(Promise.all(replies))
    expect(bob.swarm.behaviours.echo.asked.map(message => message[0])).to.deep.equal(numbers)
  })

  it('tells who sends that the other side is down, or across a partition, and works again afterwards', async () => {
    const { sim, alice, bob } = await pair()
    await timed(sim, alice, bob)
    sim.partition([[alice], [bob]])
    const [parted, partedMs] = await timed(sim, alice, bob)
    expect(parted).to.deep.equal({ type: 'unsent', reason: 'unreachable' })
    expect(partedMs).to.be.within(3000, 3300)
    sim.heal()
    expect((await timed(sim, alice, bob))[0].type).to.equal('response')
    sim.crash(bob)
    expect((await timed(sim, alice, bob))[0]).to.deep.equal({ type: 'unsent', reason: 'unreachable' })
    await sim.restart(bob)
    expect((await timed(sim, alice, bob))[0].type).to.equal('response')
  })

  it('tells at once that the other side has left', async () => {
    const { sim, alice, bob } = await pair()
    await timed(sim, alice, bob)
    bob.swarm.behaviours.echo.components.handle({ ...bytesOf('/never/1'), writeKey: () => undefined }, () => new Promise(() => {}))
    const start = sim.clock.now()
    const waiting = alice.swarm.behaviours.echo.components.request(bob.contact, bytesOf('/never/1'), LARGE)
    await sim.run(500)
    await sim.stop(bob)
    expect(await sim.until(waiting)).to.deep.equal({ type: 'unsent', reason: 'unreachable' })
    expect(sim.clock.now() - start).to.be.below(700)
  })

  it('reaches nobody behind an address translator, who reaches others', async () => {
    const { sim, alice, bob } = await pair([{}, { nat: { kind: 'full-cone' } }])
    expect((await timed(sim, bob, alice))[0].type).to.equal('response')
    expect((await timed(sim, alice, bob))[0].type).to.equal('unsent')
  })

  it('is the same again for the same seed', async () => {
    const run = async (): Promise<string> => {
      const { sim, alice, bob } = await pair([], { latency: undefined, loss: 0.1 })
      for (let i = 0; i < 5; i++) await timed(sim, alice, bob)
      return sim.trace()
    }
    expect(await run()).to.equal(await run())
  })

  for (const fidelity of ['wire', 'lite'] as const) {
    it(`puts and gets 50 KiB unchanged under 5 % loss, as large as they are: ${fidelity}`, async () => {
      const { sim, nodes } = await joinedNetwork(30, { seed: 'fifty KiB', loss: 0.05, fidelity })
      const value = LARGE.slice(0, 51_200)
      const key = new TextEncoder().encode('file')
      const { storedOn } = await sim.until(kadOf(nodes[3]!).putRecord({ key, value }))
      expect(storedOn).to.be.at.least(18)
      for (const reader of [0, 11, 29]) {
        const got = await sim.until(kadOf(nodes[reader]!).getRecord(key))
        expect(got.value !== undefined && Buffer.from(got.value).equals(value), `node ${reader}`).to.equal(true)
      }
    })
  }
})

function bytesOf (name: string) {
  const codec = { encode: (message: Uint8Array) => message, decode: (message: Uint8Array) => message }
  return { name, request: codec, response: codec }
}
