import { keyId, peerIdFromHex } from '@kadmium/peer-id'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { TestNetwork, detailsOf, failure, progressed, text } from '../network.ts'
import type { PeerId } from '@kadmium/interface'
import type { LookupProgress } from '../../src/index.ts'
import type { TestNode } from '../network.ts'

const TARGET = peerIdFromHex('00112233445566778899aabbccddeeff00112233')

function ids (peers: readonly { readonly id: PeerId }[]): string[] {
  return peers.map(({ id }) => id.hex)
}

/** Nodes in a row, each of which knows only its neighbours. */
async function chain (network: TestNetwork, count: number): Promise<TestNode[]> {
  const nodes: TestNode[] = []
  for (let i = 0; i < count; i++) nodes.push(await network.node({ bootstrapThrottleMs: 'off' }))
  for (let i = 1; i < count; i++) network.introduce([nodes[i - 1]!, nodes[i]!])
  return nodes
}

describe('finding nodes', () => {
  it('R2: on a chain, getClosestPeers comes to all nodes, sorted, and is visible while it runs', async () => {
    const network = new TestNetwork()
    const nodes = await chain(network, 8)
    const query = nodes[0]!.kad.getClosestPeers(TARGET)
    expect(nodes[0]!.kad.query(query.id)?.type).to.equal('GetClosestPeers')
    expect(nodes[0]!.kad.queries().map(({ id }) => id)).to.deep.equal([query.id])
    const { peers } = await network.until(query)
    expect(ids(peers)).to.deep.equal(ids(network.closest(TARGET, 8, nodes.slice(1))))
    expect(nodes[0]!.kad.query(query.id)).to.equal(undefined)
    await network.run(0)
    expect(progressed(nodes[0]!, query.id).map(({ step }) => step)).to.deep.equal([{ count: 1, last: true }])
  })

  it('R3, R4: who does not exist is in no result, whoever names him', async () => {
    const network = new TestNetwork()
    const ghost = { id: TARGET, publicKey: new Uint8Array(32).fill(7), addresses: [(await network.node()).address] }
    network.kill(network.nodes[0]!)
    const liar = await network.impostor(() => ({ type: 'found-node', contacts: [ghost] }))
    const node = await network.node()
    node.kad.peerAnswered(liar, { mode: 'server', rttMs: 1 })
    const { peers } = await network.until(node.kad.getClosestPeers(TARGET))
    expect(ids(peers)).to.deep.equal([liar.id.hex])
    expect(node.kad.table.size).to.equal(1)
  })

  it('R5: getNClosestPeers gives min(n, k), whatever the replication factor', async () => {
    for (const replicationFactor of [5, 10, 20]) {
      const network = new TestNetwork()
      const nodes = await network.acquainted(60, { replicationFactor })
      for (const n of [1, 5, 20, 30]) {
        const { peers } = await network.until(nodes[0]!.kad.getNClosestPeers(TARGET, n))
        expect(ids(peers)).to.deep.equal(ids(network.closest(TARGET, Math.min(n, 20), nodes.slice(1))))
      }
    }
  })

  it('R6, G13: getClosestPeers gives the true k nearest, sorted, whatever the replication factor', async () => {
    const network = new TestNetwork({ seed: 4 })
    const nodes = await network.acquainted(50, { replicationFactor: 3, k: 8 })
    for (let i = 0; i < 10; i++) {
      const target = keyId(text(`target ${i}`))
      const { peers, key } = await network.until(nodes[i]!.kad.getClosestPeers(text(`target ${i}`)))
      expect(key.hex).to.equal(target.hex)
      expect(ids(peers)).to.deep.equal(ids(network.closest(target, 8, nodes.filter(node => node !== nodes[i]))))
    }
  })

  it('hashes a record key once, and an id never', async () => {
    const network = new TestNetwork()
    const [node] = await network.acquainted(3)
    const bytes = new Uint8Array(TARGET.bytes)
    expect((await network.until(node!.kad.getClosestPeers(bytes))).key.hex).to.equal(keyId(bytes).hex)
    expect((await network.until(node!.kad.getClosestPeers(TARGET))).key.hex).to.equal(TARGET.hex)
  })

  it('a lookup of the own id gives neighbours, never oneself', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(5)
    const { peers } = await network.until(nodes[0]!.kad.getClosestPeers(nodes[0]!.id))
    expect(ids(peers)).to.deep.equal(ids(network.closest(nodes[0]!.id, 4, nodes.slice(1))))
  })

  it('X20: every peer found has an address, also who was known already and named by nobody', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(2)
    const { peers } = await network.until(nodes[0]!.kad.getClosestPeers(TARGET))
    expect(peers.map(({ addresses }) => addresses.map(String))).to.deep.equal([['/ip4/10.0.0.2/udp/4000']])
  })

  it('G12: findPeer finds through others, and its answer is the peer itself', async () => {
    const network = new TestNetwork()
    const nodes = await chain(network, 5)
    const found = await network.until(nodes[0]!.kad.findPeer(nodes[4]!.id))
    expect(found?.addresses.map(String)).to.deep.equal([`/ip4/${nodes[4]!.address.host}/udp/4000`])
    expect(await network.until(nodes[0]!.kad.findContact(nodes[4]!.id))).to.deep.include({ id: nodes[4]!.id })
    const dialled = await network.until(nodes[0]!.swarm.dial(nodes[4]!.id))
    expect(dialled.peer.hex).to.equal(nodes[4]!.id.hex)
  })

  it('findPeer ends with the answer of that peer, and asks no further', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(20)
    const query = nodes[0]!.kad.findPeer(nodes[7]!.id)
    await network.until(query)
    expect(query.stats.numRequests).to.equal(3)
  })

  it('G12: who cannot be found is undefined long before the deadline', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(5)
    const startedAt = network.clock.now()
    expect(await network.until(nodes[0]!.kad.findPeer(TARGET))).to.equal(undefined)
    expect(network.clock.now() - startedAt).to.be.below(100)
  })

  it('G12: a peer that is silent is not found, although others name it', async () => {
    const network = new TestNetwork()
    const nodes = await chain(network, 4)
    network.kill(nodes[3]!)
    expect(await network.until(nodes[0]!.kad.findPeer(nodes[3]!.id))).to.equal(undefined)
  })

  it('G11: a node that knows nobody finds nobody, and says so', async () => {
    const network = new TestNetwork()
    const { kad } = await network.node()
    expect(await network.until(kad.getClosestPeers(TARGET))).to.deep.include({ peers: [], asked: 0, hops: 0, partial: false })
    expect(await network.until(kad.findPeer(TARGET))).to.equal(undefined)
    expect((await network.until(kad.getRecord(text('key')))).records).to.deep.equal([])
    expect(await network.until(kad.ping(TARGET))).to.deep.equal({ type: 'unsent', reason: 'no-address' })
    expect((await failure(network.until(kad.bootstrap()))).name).to.equal('NoKnownPeersError')
  })

  it('R12: 101 queries at once all complete, 64 of them at a time', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(4)
    const queries = Array.from({ length: 101 }, (_, i) => nodes[0]!.kad.getClosestPeers(text(`${i}`)))
    expect(nodes[0]!.kad.queries()).to.have.length(101)
    await network.run(1)
    expect(queries.filter(({ stats }) => stats.numRequests > 0)).to.have.length(64)
    const results = await network.until(Promise.all(queries))
    expect(results.every(({ peers }) => peers.length === 3)).to.equal(true)
    expect(nodes[0]!.kad.queries()).to.deep.equal([])
  })

  it('tells each request as it happens, for whoever iterates', async () => {
    const network = new TestNetwork()
    const nodes = await chain(network, 3)
    const steps: LookupProgress[] = []
    const query = nodes[0]!.kad.getClosestPeers(TARGET)
    await network.until((async () => { for await (const step of query) steps.push(step) })())
    expect(steps.map(({ type, hops }) => ({ type, hops }))).to.deep.equal([
      { type: 'asked', hops: 0 }, { type: 'answered', hops: 0 }, { type: 'asked', hops: 1 }, { type: 'answered', hops: 1 }
    ])
    const details = steps.map(step => step.type === 'asked' ? step.heardFrom?.hex : step.elapsedMs)
    expect(details).to.deep.equal([undefined, 10, nodes[1]!.id.hex, 10])
    expect((await query).hops).to.be.oneOf([0, 1])
  })

  it('getClosestLocalPeers reads the own table and asks nobody', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(6)
    network.fate = () => { throw new Error('a message was sent') }
    expect(ids(nodes[0]!.kad.getClosestLocalPeers(TARGET))).to.deep.equal(ids(network.closest(TARGET, 5, nodes.slice(1))))
    expect(nodes[0]!.kad.getClosestLocalPeers(TARGET, 2)).to.have.length(2)
  })

  it('G18: keys of no or too many bytes are rejected by every operation', async () => {
    const network = new TestNetwork()
    const [{ kad }] = await network.acquainted(2) as [TestNode]
    for (const key of [new Uint8Array(0), new Uint8Array(65)]) {
      for (const query of [kad.getClosestPeers(key), kad.getRecord(key), kad.putRecord({ key, value: text('v') })]) {
        expect(await failure(network.until<unknown>(query))).to.include({ name: 'InvalidOptionError', option: 'key' })
      }
      expect(() => kad.getClosestLocalPeers(key)).to.throw('key: expected 1 to 64 bytes')
    }
    expect(await failure(network.until(kad.getNClosestPeers(TARGET, 0)))).to.include({ option: 'count' })
  })

  it('G19: networks with other protocol names never mix', async () => {
    const network = new TestNetwork()
    const kadNode = await network.node()
    const other = await network.impostor(() => ({ type: 'stored' }))
    const answer = await network.until(kadNode.swarm.dial(`${other.addresses[0]!.text}`))
    expect(answer.peer.hex).to.equal(other.id.hex)
    expect(ids((await network.until(kadNode.kad.getClosestPeers(TARGET))).peers)).to.deep.equal([])
  })

  it('reads at most maxContactsPerReply contacts of a reply, and nobody twice', async () => {
    const network = new TestNetwork()
    const nodes: TestNode[] = []
    for (let i = 0; i < 10; i++) nodes.push(await network.node())
    const named = [...nodes, ...nodes].map(({ contact }) => contact)
    const talker = await network.impostor(() => ({ type: 'found-node', contacts: named }))
    const asker = await network.node({ maxContactsPerReply: 4 })
    asker.kad.peerAnswered(talker, { mode: 'server', rttMs: 1 })
    const { peers } = await network.until(asker.kad.getClosestPeers(TARGET))
    expect(ids(peers).sort()).to.deep.equal(ids([talker, ...nodes.slice(0, 4)]).sort())
  })

  it('an answer to another question counts as none', async () => {
    const network = new TestNetwork()
    const confused = await network.impostor(() => ({ type: 'stored' }))
    const node = await network.node()
    node.kad.peerAnswered(confused, { mode: 'server', rttMs: 1 })
    const query = node.kad.getClosestPeers(TARGET)
    const { peers } = await network.until(query)
    expect({ peers, failures: query.stats.numFailures }).to.deep.equal({ peers: [], failures: 1 })
  })

  it('asks nobody at an address that it cannot send to, or that nobody has', async () => {
    const network = new TestNetwork()
    const addresses = [endpoint('2001:db8::1', 4000), endpoint('10.1.1.1', 0), endpoint('224.0.0.1', 4000), endpoint('0.0.0.0', 4000)]
    const nobody = addresses.map((address, n) => ({ id: TARGET, publicKey: new Uint8Array(32).fill(n), addresses: [address] }))
    const talker = await network.impostor(() => ({ type: 'found-node', contacts: nobody }))
    const node = await network.node()
    node.kad.peerAnswered(talker, { mode: 'server', rttMs: 1 })
    const { asked } = await network.until(node.kad.getClosestPeers(TARGET))
    expect(asked).to.equal(1)
  })

  it('InboundRequest tells what was asked of this node', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(3)
    await network.until(nodes[0]!.kad.getClosestPeers(TARGET))
    expect(detailsOf(nodes[1]!, 'InboundRequest')).to.deep.equal([{ peer: nodes[0]!.id, request: { type: 'FindNode', numCloserPeers: 1 } }])
  })
})
