import { expect } from 'chai'
import { Quorum } from '@kadmium/interface'
import type { BehaviourFactory } from '@kadmium/interface'
import { kad } from '@kadmium/kad-behaviour'
import type { KadBehaviour, KadInit } from '@kadmium/kad-behaviour'
import { keyId } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import { Simulator, fixed } from '../src/index.ts'
import type { Fidelity, SimNode } from '../src/index.ts'
import { joinedNetwork, kadOf, oracleNetwork, randomId, utf8 } from './kad-network.ts'
import type { KadNode } from './kad-network.ts'

const SEED = 5
const MINUTE_MS = 60_000

const hexOf = (nodes: ReadonlyArray<{ readonly id: { readonly hex: string } }>): string[] => nodes.map(({ id }) => id.hex)

for (const fidelity of ['wire', 'lite'] as Fidelity[]) {
  describe(`properties of networks (${fidelity}, seed ${SEED})`, function () {
    this.timeout(180_000)
    const init = { seed: SEED, fidelity }

    for (const disjointPaths of [1, 4]) {
      it(`R1: in networks of 2 to 20 everybody knows everybody after bootstrap, with ${disjointPaths} path(s)`, async () => {
        for (const size of [2, 3, 5, 10, 20]) {
          const { nodes } = await joinedNetwork(size, { ...init, latency: fixed(20) }, { disjointPaths })
          expect(nodes.map(node => kadOf(node).table.size), `${size} nodes`).to.deep.equal(Array(size).fill(size - 1))
          expect(nodes.slice(1).every(node => kadOf(node).bootstrapped)).to.equal(true)
        }
      })
    }

    it('R5, G13: getNClosestPeers gives min(n, k) of 60 nodes, sorted, exact, never oneself', async () => {
      const { sim, nodes } = await joinedNetwork(60, init)
      const random = seededRandom(SEED)
      for (const count of [1, 5, 10, 20, 40]) {
        const from = nodes[random.below(60)] as KadNode
        const target = randomId(random)
        const { peers } = await sim.until(kadOf(from).getNClosestPeers(target, count))
        const truth = sim.closest(target, 21).filter(node => node !== from).slice(0, Math.min(count, 20))
        expect(hexOf(peers)).to.deep.equal(hexOf(truth))
      }
    })

    it('G12: a lookup of an id that exists finds it first; of the own id, the neighbours and not oneself', async () => {
      const { sim, nodes } = await joinedNetwork(40, init)
      const [alice, bob] = nodes.slice(7) as [KadNode, KadNode]
      const { peers } = await sim.until(kadOf(alice).getClosestPeers(bob.id))
      expect(peers[0]?.id.hex).to.equal(bob.id.hex)
      expect((await sim.until(kadOf(alice).findPeer(bob.id)))?.addresses.map(String)).to.deep.equal([`/ip4/${bob.address.host}/udp/${bob.address.port}`])
      const own = await sim.until(kadOf(alice).getClosestPeers(alice.id))
      expect(hexOf(own.peers)).to.deep.equal(hexOf(sim.closest(alice.id, 21).filter(node => node !== alice)))
      expect(await sim.until(kadOf(alice).findPeer(randomId(seededRandom('nobody'))))).to.equal(undefined)
    })

    for (const replicationFactor of [5, 20]) {
      it(`R8: a record lands on exactly the ${replicationFactor} closest of 200 nodes, and nowhere else`, async () => {
        const { sim, nodes } = await oracleNetwork(200, init, { replicationFactor })
        const key = utf8(`key of R8, ${replicationFactor}`)
        const from = nodes[17] as KadNode
        const result = await sim.until(kadOf(from).putRecord({ key, value: utf8('value') }, { quorum: Quorum.All }))
        const truth = hexOf(sim.closest(keyId(key), replicationFactor + 1).filter(node => node !== from).slice(0, replicationFactor))
        const holders = nodes.filter(node => kadOf(node).store.get(key, sim.clock.now()).length > 0)
        expect(hexOf(holders.filter(node => node !== from)).sort()).to.deep.equal([...truth].sort())
        expect(result.refused, 'refused').to.deep.equal([])
        expect(result).to.include({ storedOn: replicationFactor, storedLocally: true })
      })
    }

    it('G2, T: what one node puts, every other reads', async () => {
      const { sim, nodes } = await joinedNetwork(30, init)
      const key = utf8('read by all')
      await sim.until(kadOf(nodes[3] as KadNode).putRecord({ key, value: utf8('yes') }))
      const values = await sim.until(Promise.all(nodes.map(async node => (await kadOf(node).getRecord(key)).value)))
      expect(new Set(values.map(value => Buffer.from(value ?? []).toString()))).to.deep.equal(new Set(['yes']))
    })

    it('R7: a key that nobody stored is found nowhere, by asking the closest', async () => {
      const { sim, nodes } = await joinedNetwork(40, init)
      const key = utf8('absent')
      const from = nodes[5] as KadNode
      const { value, records, closest } = await sim.until(kadOf(from).getRecord(key))
      expect([value, records]).to.deep.equal([undefined, []])
      expect(hexOf(closest).slice(0, 20)).to.deep.equal(hexOf(sim.closest(keyId(key), 21).filter(node => node !== from).slice(0, 20)))
    })

    if (fidelity === 'wire') {
      it('U5: no datagram exceeds 1,200 bytes, whatever is put, asked and answered', async () => {
        const { sim, nodes } = await joinedNetwork(40, init)
        const value = seededRandom(SEED).bytes(850)
        await sim.until(kadOf(nodes[3] as KadNode).putRecord({ key: new Uint8Array(64), value }))
        for (const reader of nodes) expect((await sim.until(kadOf(reader).getRecord(new Uint8Array(64)))).value).to.deep.equal(value)
        expect(sim.report().traffic.largest).to.be.within(1100, 1200)
      })
    }

    it('R12: 101 queries at once complete', async () => {
      const { sim, nodes } = await joinedNetwork(20, init)
      const random = seededRandom(SEED)
      const found = await sim.until(Promise.all(Array.from({ length: 101 }, () => kadOf(nodes[0] as KadNode).getClosestPeers(randomId(random)))))
      expect(new Set(found.map(({ peers }) => peers.length))).to.deep.equal(new Set([19]))
    })

    it('G6: of four versions that are put at once, one publisher\'s newest is what all read in the end', async () => {
      const { sim, nodes } = await joinedNetwork(30, init)
      const key = utf8('versions')
      const writer = nodes[4] as KadNode
      const publisher = writer.swarm.publicKey
      await sim.until(Promise.allSettled([1, 7, 3, 5].map(seq => kadOf(writer).putRecord({ key, value: utf8(`version ${seq}`), seq }))))
      for (const reader of [nodes[0], nodes[15], nodes[29]] as KadNode[]) {
        const { value } = await sim.until(kadOf(reader).getRecord(key, { publisher }))
        expect(Buffer.from(value ?? []).toString()).to.equal('version 7')
      }
    })

    it('G9: nodes that joined in a ring know most of a network of 30', async () => {
      const sim = new Simulator({ ...init, traceEvents: false })
      const nodes = await sim.addNodes(30, index => ({
        behaviours: { kad: kad({ seeds: index === 0 ? [] : [(sim.nodes[index - 1] as SimNode).address.text] }) }
      }))
      await sim.run(2 * MINUTE_MS)
      const sizes = nodes.map(node => kadOf(node).table.size)
      expect(Math.min(...sizes)).to.be.at.least(20)
      expect(sizes.reduce((sum, size) => sum + size) / 30).to.be.at.least(25)
    })

    it('G14: nodes that join each other at the same moment do not deadlock', async () => {
      for (let round = 0; round < 10; round++) {
        const sim = new Simulator({ ...init, seed: round, latency: fixed(10), traceEvents: false })
        const nodes = await sim.addNodes(2, () => compose())
        const [alice, bob] = nodes as [KadNode, KadNode]
        await sim.until(Promise.all([kadOf(alice).addAddress(bob.address.text), kadOf(bob).addAddress(alice.address.text)]))
        expect(nodes.map(node => kadOf(node).table.size), `round ${round}`).to.deep.equal([1, 1])
      }
    })

    it('M1, M4, G15: servers are in the tables of clients, clients in nobody\'s and in no reply, until they become servers', async () => {
      const sim = new Simulator({ ...init, traceEvents: false })
      const servers = await sim.addNodes(10, index => compose(index === 0 ? [] : [seedOf(sim)]))
      const [client] = await sim.addNodes(1, () => ({ ...compose([seedOf(sim)]), mode: 'client' as const })) as [KadNode]
      await sim.run(MINUTE_MS)
      const knownBy = (): number => servers.filter(node => kadOf(node).table.get(client.id) !== undefined).length
      expect(kadOf(client).table.size).to.equal(10)
      expect(knownBy()).to.equal(0)
      const { peers } = await sim.until(kadOf(servers[3] as KadNode).getClosestPeers(client.id))
      expect(hexOf(peers)).to.not.include(client.id.hex)
      expect((await sim.until(kadOf(client).putRecord({ key: utf8('by a client'), value: utf8('1') }))).storedLocally).to.equal(false)

      kadOf(client).setMode('server')
      await sim.run(MINUTE_MS)
      expect(knownBy()).to.be.at.least(5)
    })

    it('G19: networks with different names never mix, also when their nodes are given each other\'s addresses', async () => {
      const sim = new Simulator({ ...init, traceEvents: false })
      const nodes = await sim.addNodes(10, index => ({ ...compose(index < 2 ? [] : [(sim.nodes[index % 2] as SimNode).address.text]), network: index % 2 === 0 ? 'even' : 'odd' }))
      await sim.run(10_000)
      expect(await sim.until(kadOf(nodes[0] as KadNode).addAddress((nodes[1] as KadNode).address.text))).to.equal('failed')
      await sim.run(MINUTE_MS)
      for (const node of nodes) {
        const known = nodes.filter(({ id }) => kadOf(node).table.get(id) !== undefined).map(({ index }) => index % 2)
        expect(known).to.deep.equal(Array(4).fill(node.index % 2))
      }
    })

    it('G20: a node whose only seed is down joins when it comes up, however late', async () => {
      const sim = new Simulator({ ...init, traceEvents: false })
      const [seed] = await sim.addNodes(1, () => compose()) as [KadNode]
      sim.crash(seed)
      const [late] = await sim.addNodes(1, () => compose([seed.address.text])) as [KadNode]
      await sim.run(45 * MINUTE_MS)
      expect(kadOf(late).table.size).to.equal(0)
      await sim.restart(seed)
      await sim.run(2 * MINUTE_MS)
      expect([kadOf(late).table.size, kadOf(seed).table.size]).to.deep.equal([1, 1])
    })

    it('the newcomers that a seed serves are in its table, or the network had one hub and no web', async () => {
      const { nodes } = await joinedNetwork(25, init)
      expect(kadOf(nodes[0] as KadNode).table.size).to.be.at.least(20)
    })

    for (const loss of [0.05, 0.15, 0.3]) {
      it(`U1: with ${loss * 100} % loss, duplicates and reordering, what is put is read`, async () => {
        const { sim, nodes } = await joinedNetwork(20, { ...init, loss, duplicate: 0.05, reorder: 0.1 }, {}, MINUTE_MS)
        const random = seededRandom(SEED)
        let read = 0
        for (let i = 0; i < 20; i++) {
          const key = utf8(`key ${i}`)
          await sim.until(Promise.allSettled([kadOf(nodes[random.below(20)] as KadNode).putRecord({ key, value: utf8('here') })]))
          if ((await sim.until(kadOf(nodes[random.below(20)] as KadNode).getRecord(key))).value !== undefined) read++
        }
        expect(read).to.equal(20)
      })
    }

    it('U3: leaves no timer behind when all nodes have stopped in the midst of their work', async () => {
      const { sim, nodes } = await joinedNetwork(15, init)
      const random = seededRandom(SEED)
      const running = nodes.map(node => kadOf(node).getClosestPeers(randomId(random)))
      await sim.run(30)
      for (const node of nodes) await sim.stop(node)
      await sim.until(Promise.allSettled(running))
      await sim.run(1000)
      expect(sim.clock.pending).to.equal(0)
    })
  })
}

function compose (seeds: readonly string[] = [], options: KadInit = {}): { behaviours: { kad: BehaviourFactory<KadBehaviour> } } {
  return { behaviours: { kad: kad({ seeds, ...options }) } }
}

function seedOf (sim: Simulator): string {
  return (sim.nodes[0] as SimNode).address.text
}
