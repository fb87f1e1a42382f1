import { expect } from 'chai'
import type { Reply } from '@kadmium/interface'
import { ipGroup } from '@kadmium/wire'
import { Lines } from '../src/lines.ts'
import { Simulator, fixed } from '../src/index.ts'
import type { NatKind, NodePlace, SimNode, SimulatorInit } from '../src/index.ts'
import { echo } from './echo.ts'

type EchoNode = SimNode<{ echo: ReturnType<typeof echo> }>
const compose = () => ({ behaviours: { echo: echo() } })

async function network (places: readonly NodePlace[], init: Partial<SimulatorInit> = {}): Promise<{ sim: Simulator, nodes: EchoNode[] }> {
  const sim = new Simulator({ seed: 1, fidelity: 'lite', latency: fixed(10), placeOf: node => places[node] as NodePlace, ...init })
  return { sim, nodes: await sim.addNodes(places.length, compose) }
}

const ask = (sim: Simulator, from: EchoNode, to: EchoNode): Promise<Reply<Uint8Array>> =>
  sim.until(from.swarm.behaviours.echo.ask(to, new Uint8Array(700)))

for (const fidelity of ['lite', 'wire'] as const) {
  describe(`places of nodes (${fidelity})`, () => {
    it('nodes without a common family do not reach each other, dual stacks reach both', async () => {
      const { sim, nodes: [four, six, both] } = await network([{}, { stack: 'ipv6' }, { stack: 'dual' }], { fidelity }) as { sim: Simulator, nodes: [EchoNode, EchoNode, EchoNode] }
      expect([four, six, both].map(({ contact }) => contact.addresses.map(({ family }) => family))).to.deep.equal([[4], [6], [4, 6]])
      const outcomes = [await ask(sim, four, six), await ask(sim, six, both), await ask(sim, both, four), await ask(sim, both, six)]
      expect(outcomes.map(({ type }) => type)).to.deep.equal(['unsent', 'response', 'response', 'response'])
    })

    for (const kind of ['full-cone', 'restricted', 'port-restricted', 'symmetric'] satisfies NatKind[]) {
      it(`a node behind a ${kind} translator asks and is answered, seen at its public address`, async () => {
        const { sim, nodes: [hidden, open] } = await network([{ nat: { kind } }, {}], { fidelity }) as { sim: Simulator, nodes: [EchoNode, EchoNode] }
        const seen: string[] = []
        open.swarm.addEventListener('ConnectionEstablished', ({ detail }) => { seen.push(`${detail.address}`) })
        expect((await ask(sim, hidden, open)).type).to.equal('response')
        await sim.run(100)
        expect(seen).to.have.length(1)
        expect(seen[0]).to.match(/^\/ip4\/1\.0\.0\.1\/udp\/20000/)
        expect((await ask(sim, open, hidden)).type, 'its private address leads nowhere').to.equal('timeout')
        expect(sim.report().traffic.nobody).to.be.greaterThan(0)
      })
    }
  })
}

describe('places of nodes', () => {
  it('share a /24 where their group has the same name', async () => {
    const { nodes } = await network([{ group: 'a' }, {}, { group: 'a' }, { group: 'b' }])
    const groups = nodes.map(({ address }) => ipGroup(address))
    expect(groups[0]).to.equal(groups[2])
    expect(new Set(groups).size).to.equal(3)
  })

  it('may have a wall clock that is wrong', async () => {
    const { sim, nodes: [wrong, right] } = await network([{ clockSkewMs: -5000 }, {}]) as { sim: Simulator, nodes: [EchoNode, EchoNode] }
    const wallNow = (node: EchoNode): number => node.swarm.behaviours.echo.components.clock.wallNow()
    expect([wallNow(wrong) - wallNow(right), wallNow(right) - sim.clock.wallNow()]).to.deep.equal([-5000, 0])
  })

  it('have lines that take their time, and drop what would wait too long', async () => {
    const slow = { up: 1200 * 10, down: 1_000_000, queueMs: 250 }
    const { sim, nodes: [alice, bob] } = await network([{}, {}], { fidelity: 'wire', bandwidth: slow }) as { sim: Simulator, nodes: [EchoNode, EchoNode] }
    expect(await ask(sim, alice, bob)).to.have.property('rttMs').that.is.greaterThan(150)
    await sim.until(Promise.all(Array.from({ length: 20 }, () => alice.swarm.behaviours.echo.ask(bob, new Uint8Array(700)))))
    expect(sim.report().traffic.congested).to.be.greaterThan(0)
  })
})

describe('Lines', () => {
  it('sends one after the other and drops what would wait longer than the queue', () => {
    const lines = new Lines('up', 1000, 100)
    lines.addNode()
    expect([lines.take(0, 60, 0), lines.take(0, 60, 0), lines.take(0, 60, 0)]).to.deep.equal([60, 120, undefined])
    expect(lines.take(0, 60, 500), 'free again').to.equal(60)
    expect(() => new Lines('up', 0)).to.throw('bandwidth.up: expected bytes a second')
  })
})
