import { expect } from 'chai'
import type { Reply } from '@kadmium/interface'
import { generatePrivateKey } from '@kadmium/peer-id'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { ipGroup } from '@kadmium/wire'
import { Simulator, fixed, internet } from '../src/index.ts'
import type { SimNode, SimulatorInit } from '../src/index.ts'
import { echo } from './echo.ts'

type EchoNode = SimNode<{ echo: ReturnType<typeof echo> }>

const compose = () => ({ behaviours: { echo: echo() } })
const ask = (from: EchoNode, to: EchoNode, message = new Uint8Array([1, 2, 3])): Promise<Reply<Uint8Array>> =>
  from.swarm.behaviours.echo.ask(to, message)

for (const fidelity of ['wire', 'lite'] as const) {
  describe(`Simulator (${fidelity})`, () => {
    async function network (count: number, init: Partial<SimulatorInit> = {}): Promise<{ sim: Simulator, nodes: EchoNode[] }> {
      const sim = new Simulator({ seed: 1, fidelity, latency: fixed(10), ...init })
      return { sim, nodes: await sim.addNodes(count, compose) }
    }

    it('runs real swarms: a request and its answer, in virtual time', async () => {
      const { sim, nodes: [alice, bob] } = await network(2) as { sim: Simulator, nodes: [EchoNode, EchoNode] }
      const reply = await sim.until(ask(alice, bob))
      expect(reply).to.deep.include({ type: 'response', message: new Uint8Array([1, 2, 3]), rttMs: 20 })
      expect(reply).to.have.nested.property('from.id.hex', bob.id.hex)
      expect(sim.clock.now()).to.equal(20)
    })

    it('tells both sides of a proven session', async () => {
      const { sim, nodes: [alice, bob] } = await network(2) as { sim: Simulator, nodes: [EchoNode, EchoNode] }
      const heard: string[] = []
      for (const [name, { swarm }] of [['alice', alice], ['bob', bob]] as const) {
        swarm.addEventListener('ConnectionEstablished', ({ detail }) => { heard.push(`${name} ${detail.initiator}`) })
      }
      await sim.until(ask(alice, bob))
      await sim.run(100)
      expect(heard).to.deep.equal(['alice true', 'bob false'])
      expect(bob.swarm.isConnected(alice.id)).to.equal(true)
    })

    it('leaves a user\'s options as they are, and replaces only what is outside the swarm', async () => {
      const sim = new Simulator({ seed: 1, fidelity })
      const privateKey = generatePrivateKey(seededRandom('mine'))
      const [node] = await sim.addNodes(1, () => ({
        ...compose(),
        privateKey,
        network: 'mine',
        mode: 'client' as const,
        transports: [() => { throw new Error('a real transport in a simulation') }]
      })) as [EchoNode]
      expect(Buffer.from(node.swarm.publicKey)).to.deep.equal(Buffer.from(privateKey.publicKey.raw))
      expect([node.swarm.network, node.swarm.mode]).to.deep.equal(['mine', 'client'])
    })

    it('counts datagrams by node', async () => {
      const { sim, nodes: [alice, bob, carol] } = await network(3) as { sim: Simulator, nodes: [EchoNode, EchoNode, EchoNode] }
      await sim.until(ask(alice, bob))
      await sim.run(100)
      expect(sim.traffic(bob)).to.include({ sent: 1, received: 2 })
      expect(sim.traffic(alice)).to.include({ sent: 2, received: 1 })
      expect(sim.traffic(carol)).to.deep.equal({ sent: 0, received: 0, bytesSent: 0, bytesReceived: 0 })
      expect(sim.report()).to.deep.include({ nodesUp: 3, virtualMs: 120 })
      if (fidelity === 'wire') expect(sim.traffic(bob).bytesReceived).to.be.within(1200, 2400)
    })

    it('U1: answers come through loss, duplicates and reordering, since requests are repeated (seed 2)', async () => {
      const { sim, nodes } = await network(10, { seed: 2, loss: 0.1, duplicate: 0.1, reorder: 0.3, reorderMs: 50 })
      let answered = 0
      for (let i = 0; i < 200; i++) {
        const reply = await sim.until(ask(nodes[i % 10] as EchoNode, nodes[(i + 3) % 10] as EchoNode))
        if (reply.type === 'response') answered++
      }
      expect(answered).to.be.within(180, 199)
    })

    it('cuts a network in groups and heals it', async () => {
      const { sim, nodes: [alice, bob, carol] } = await network(3) as { sim: Simulator, nodes: [EchoNode, EchoNode, EchoNode] }
      sim.partition([[alice, bob], [carol]])
      expect((await sim.until(ask(alice, bob))).type).to.equal('response')
      expect((await sim.until(ask(alice, carol))).type).to.equal('timeout')
      sim.heal()
      expect((await sim.until(ask(alice, carol))).type).to.equal('response')
      expect(() => { sim.partition([[alice], [alice]]) }).to.throw('groups: node 0 is in more than one')
    })

    it('crashes a node without a goodbye and restarts it with the same key and address', async () => {
      const { sim, nodes: [alice, bob] } = await network(2) as { sim: Simulator, nodes: [EchoNode, EchoNode] }
      await sim.until(ask(alice, bob))
      const { id, address, swarm } = bob
      sim.crash(bob)
      expect([bob.status, sim.live]).to.deep.equal(['crashed', [alice]])
      expect((await sim.until(ask(alice, bob))).type).to.equal('timeout')
      await sim.restart(bob)
      expect(bob.swarm).to.not.equal(swarm)
      expect([bob.status, bob.id.hex, bob.address.text]).to.deep.equal(['up', id.hex, address.text])
      expect((await sim.until(ask(alice, bob))).type).to.equal('response')
    })

    it('U3: leaves no timer behind when all nodes stopped', async () => {
      const { sim, nodes } = await network(5)
      await Promise.all([sim.until(Promise.all(nodes.map((node, i) => ask(node, nodes[(i + 1) % 5] as EchoNode))))])
      for (const node of nodes) await sim.stop(node)
      await sim.run(100)
      expect(nodes.map(({ status }) => status)).to.deep.equal(Array(5).fill('stopped'))
      expect(sim.clock.pending).to.equal(0)
    })

    it('U3: crashed nodes leave no timer behind either, with requests under way', async () => {
      const { sim, nodes } = await network(5)
      for (const node of nodes) void ask(node, nodes[0] as EchoNode)
      await sim.run(5)
      for (const node of nodes) sim.crash(node)
      await sim.run(100)
      expect(sim.clock.pending).to.equal(0)
    })

    it('U2: does the same again for the same seed, and something else for another', async () => {
      const trace = async (seed: number): Promise<string> => {
        const { sim, nodes } = await network(6, { seed, loss: 0.1, duplicate: 0.1, latency: internet() })
        for (let i = 0; i < 20; i++) void ask(nodes[i % 6] as EchoNode, nodes[(i * 5 + 1) % 6] as EchoNode)
        await sim.run(20_000)
        return sim.trace()
      }
      const first = await trace(1)
      expect(await trace(1)).to.equal(first)
      expect(await trace(2)).to.not.equal(first)
    })

    it('has the events of swarms in its trace, unless told otherwise', async () => {
      const trace = async (traceEvents: boolean, emitted: string): Promise<string> => {
        const { sim, nodes: [alice] } = await network(1, { traceEvents }) as { sim: Simulator, nodes: [EchoNode] }
        const { components } = alice.swarm.behaviours.echo
        components.emit('UnroutablePeer', { peer: alice.id })
        components.emit('Message', { peer: alice.id, protocol: emitted, payload: new Uint8Array(1) })
        return sim.trace()
      }
      expect(await trace(true, 'a')).to.not.equal(await trace(true, 'b'))
      expect(await trace(false, 'a')).to.equal(await trace(false, 'b'))
    })
  })
}

describe('Simulator', () => {
  it('gives up on a promise that nothing settles, and says so', async () => {
    const sim = new Simulator({ seed: 1 })
    const error = await sim.until(new Promise(() => {}), 1000).then(() => undefined, (thrown: Error) => thrown)
    expect(error).to.have.property('message').that.includes('nothing settled the promise within 1000 virtual ms')
  })

  it('passes on why a promise was rejected', async () => {
    const error = await new Simulator({ seed: 1 }).until(Promise.reject(new Error('why'))).then(() => undefined, (thrown: Error) => thrown)
    expect(error).to.have.property('message', 'why')
  })

  it('does not let time pass twice at once', async () => {
    const sim = new Simulator({ seed: 1 })
    const running = sim.run(1000)
    const error = await sim.run(1000).then(() => undefined, (thrown: Error) => thrown)
    await running
    expect(error).to.have.property('message').that.includes('await each run before the next')
  })

  it('takes nodes of another simulator for none of its own', async () => {
    const [one, other] = [new Simulator({ seed: 1 }), new Simulator({ seed: 1 })]
    await one.addNodes(1, compose)
    const [foreign] = await other.addNodes(1, compose)
    expect(() => { one.crash(foreign as EchoNode) }).to.throw('node: expected a node of this simulator')
  })

  it('puts as many nodes in a /24 as asked', async () => {
    for (const nodesPerGroup of [1, 3]) {
      const sim = new Simulator({ seed: 1, nodesPerGroup })
      const nodes = await sim.addNodes(6, compose)
      expect(new Set(nodes.map(({ address }) => ipGroup(address))).size).to.equal(6 / nodesPerGroup)
    }
  })

  it('keeps as many sessions of a node as asked, in lite', async () => {
    const sim = new Simulator({ seed: 1, fidelity: 'lite', sessionsPerNode: 2 })
    const [alice, ...others] = await sim.addNodes(5, compose) as [EchoNode, ...EchoNode[]]
    for (const other of others) await sim.until(ask(alice, other))
    expect(alice.swarm.connectedPeers().map(String)).to.deep.equal(others.slice(2).map(({ id }) => id.hex))
  })

  it('uses the crypto it is given', async () => {
    let hashed = 0
    const crypto = systemCrypto({ cryptoProvider: 'node' })
    const counting = { ...crypto, sha1: (bytes: Uint8Array) => { hashed++; return crypto.sha1(bytes) } }
    const sim = new Simulator({ seed: 1, crypto: counting })
    await sim.addNodes(1, compose)
    sim.trace()
    expect(hashed).to.be.greaterThan(0)
  })

  it('refuses a second start of a node that is up', async () => {
    const sim = new Simulator({ seed: 1 })
    const [node] = await sim.addNodes(1, compose) as [EchoNode]
    const error = await sim.restart(node).then(() => undefined, (thrown: Error) => thrown)
    expect(error).to.have.property('message', 'node 0 is up already')
  })

  it('starts its wall clock where asked', async () => {
    const sim = new Simulator({ seed: 1, startWallMs: 5000 })
    await sim.run(10)
    expect(sim.clock.wallNow()).to.equal(5010)
  })
})
