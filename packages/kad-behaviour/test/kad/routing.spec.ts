import { bucketIndex, bucketRange, peerIdFromPublicKey } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { QUIET, TestNetwork, detailsOf, text } from '../network.ts'
import type { Contact, Endpoint } from '@kadmium/interface'
import type { TestNode } from '../network.ts'

const SERVER = { mode: 'server', rttMs: 5 } as const
const random = seededRandom('contacts')

/** Somebody who never answers. */
function stranger (address: Endpoint = endpoint('10.77.0.1', 1 + random.below(60_000))): Contact {
  const publicKey = random.bytes(32)
  return { id: peerIdFromPublicKey(publicKey), publicKey, addresses: [address] }
}

/** Somebody in the farthest bucket of `node`. */
function farFrom (node: TestNode, address?: Endpoint): Contact {
  for (;;) {
    const contact = stranger(address)
    if (bucketIndex(node.id, contact.id) === 0) return contact
  }
}

/** Follows the events of a node: whom its table must hold. */
function mirrored (node: TestNode): string[] {
  const known = new Set<string>()
  for (const { change, peer } of detailsOf(node, 'RoutingUpdated')) {
    if (change === 'added') expect(known.has(peer.hex)).to.equal(false)
    if (change === 'removed') expect(known.delete(peer.hex)).to.equal(true)
    if (change !== 'removed') known.add(peer.hex)
  }
  return [...known].sort()
}

function tableOf ({ kad }: TestNode): string[] {
  return kad.kbuckets().flatMap(({ peers }) => peers.map(({ id }) => id.hex)).sort()
}

describe('the routing table of a node', () => {
  it('addAddress pings, and who answers is in the table; who is silent is not', async () => {
    const network = new TestNetwork()
    const [a, b] = [await network.node(QUIET), await network.node(QUIET)]
    expect(await network.until(a.kad.addAddress(b.address.text))).to.equal('success')
    expect(await network.until(a.kad.addAddress('/ip4/10.9.9.9/udp/4000'))).to.equal('failed')
    expect(await network.until(a.kad.addAddress({ ...stranger(), addresses: [b.address] }))).to.equal('failed')
    expect(tableOf(a)).to.deep.equal([b.id.hex])
    await network.run(0)
    expect(detailsOf(a, 'RoutingUpdated')).to.deep.equal([{
      peer: b.id,
      change: 'added',
      isNewPeer: true,
      addresses: a.kad.getClosestLocalPeers(b.id)[0]!.addresses,
      bucketRange: bucketRange(bucketIndex(a.id, b.id)!)
    }])
  })

  it('addAddress of a client says pending: it answers, and belongs in no table', async () => {
    const network = new TestNetwork()
    const [a, client] = [await network.node(QUIET), await network.node(QUIET, { mode: 'client' })]
    expect(await network.until(a.kad.addAddress(client.address))).to.equal('pending')
    expect(tableOf(a)).to.deep.equal([])
  })

  it('M2: servers that talk enter each other\'s tables', async () => {
    const network = new TestNetwork()
    const [a, b] = [await network.node(QUIET), await network.node(QUIET)]
    await network.until(a.kad.addAddress(b.address))
    expect(tableOf(b)).to.deep.equal([a.id.hex])
  })

  it('M1, M4, G15: a client knows servers, no server knows a client, and it answers no request', async () => {
    const network = new TestNetwork()
    const servers = await network.joined(3, QUIET)
    const client = await network.node(QUIET, { mode: 'client' })
    await network.until(client.kad.addAddress(servers[0]!.address))
    await network.until(client.kad.bootstrap())
    await network.until(client.kad.getRecord(text('key')))
    expect(client.kad.table.size).to.equal(3)
    for (const server of servers) expect(tableOf(server)).to.not.include(client.id.hex)
    servers[0]!.kad.peerAnswered(client.contact, SERVER)
    const { peers } = await network.until(servers[0]!.kad.getClosestPeers(client.id))
    expect(peers.map(({ id }) => id.hex)).to.not.include(client.id.hex)
    expect(tableOf(servers[0]!)).to.not.include(client.id.hex)
  })

  it('M3, G15: the mode flips both ways, by setMode, and the others follow what they hear', async () => {
    const network = new TestNetwork()
    const [a, b] = [await network.node(QUIET), await network.node(QUIET, { mode: 'client' })]
    const ask = async (): Promise<string[]> => { await network.until(b.kad.ping(a.address)); return tableOf(a) }
    expect(await ask()).to.deep.equal([])
    b.kad.setMode('server')
    expect(b.kad.mode).to.equal('server')
    expect(await ask()).to.deep.equal([b.id.hex])
    b.kad.setMode('client')
    expect(await ask()).to.deep.equal([])
    await network.run(0)
    expect(detailsOf(b, 'ModeChanged').map(({ newMode }) => newMode)).to.deep.equal(['server', 'client'])
    expect(mirrored(a)).to.deep.equal([])
  })

  it('R15: with manual inserts, who answers is told by RoutablePeer, and only who was named enters', async () => {
    const network = new TestNetwork()
    const [a, b, c] = [await network.node({ ...QUIET, bucketInserts: 'manual' }), await network.node(QUIET), await network.node(QUIET)]
    await network.until(a.kad.ping(b.address))
    expect(tableOf(a)).to.deep.equal([])
    expect(await network.until(a.kad.addAddress(c.address))).to.equal('success')
    expect(tableOf(a)).to.deep.equal([c.id.hex])
    await network.run(0)
    const [told] = detailsOf(a, 'RoutablePeer')
    expect([told?.peer.hex, `${told?.address}`]).to.deep.equal([b.id.hex, `/ip4/${b.address.host}/udp/4000`])
  })

  it('R16: a peer that is heard from another address is found there, and the event says updated', async () => {
    const network = new TestNetwork()
    const a = await network.node(QUIET)
    const contact = stranger()
    a.kad.peerAnswered(contact, SERVER)
    const moved = { ...contact, addresses: [endpoint('10.77.0.2', 7)] }
    a.kad.peerAnswered(moved, SERVER)
    a.kad.peerAnswered(moved, SERVER)
    expect(a.kad.contactOf(contact.id)?.addresses.map(String)).to.deep.equal(['10.77.0.2:7'])
    await network.run(0)
    expect(detailsOf(a, 'RoutingUpdated').map(({ change, isNewPeer }) => ({ change, isNewPeer }))).to.deep.equal([
      { change: 'added', isNewPeer: true }, { change: 'updated', isNewPeer: false }
    ])
  })

  it('G22: membership survives one unanswered request, and ends with the second; a good query adds', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(3, QUIET)
    network.kill(nodes[1]!)
    await network.until(nodes[0]!.kad.ping(nodes[1]!.id))
    expect(tableOf(nodes[0]!)).to.include(nodes[1]!.id.hex)
    await network.until(nodes[0]!.kad.getClosestPeers(nodes[1]!.id))
    expect(tableOf(nodes[0]!)).to.deep.equal([nodes[2]!.id.hex])
    await network.run(0)
    expect(detailsOf(nodes[0]!, 'RoutingUpdated').at(-1)).to.deep.include({ peer: nodes[1]!.id, change: 'removed', isNewPeer: false })
    network.revive(nodes[1]!)
    await network.until(nodes[0]!.kad.getClosestPeers(nodes[1]!.id))
    expect(tableOf(nodes[0]!)).to.have.length(2)
  })

  it('maxFailures says how many unanswered requests a contact survives', async () => {
    const network = new TestNetwork()
    const node = await network.node({ ...QUIET, maxFailures: 3 })
    const contact = stranger()
    node.kad.peerAnswered(contact, SERVER)
    for (const size of [1, 1, 0]) {
      await network.until(node.kad.ping(contact))
      expect(node.kad.table.size).to.equal(size)
    }
  })

  it('G16: who never answered is never in the table, however often it is named', async () => {
    const network = new TestNetwork()
    const hearsay = stranger()
    const talker = await network.impostor(() => ({ type: 'found-node', contacts: [hearsay] }))
    const node = await network.node(QUIET)
    node.kad.peerAnswered(talker, SERVER)
    for (let i = 0; i < 3; i++) await network.until(node.kad.getClosestPeers(hearsay.id))
    expect(tableOf(node)).to.deep.equal([talker.id.hex])
  })

  it('a full bucket pings its least recently seen: who answers stays, and the newcomer waits', async () => {
    const network = new TestNetwork()
    const node = await network.node({ ...QUIET, k: 1, probeIdleMs: 0 })
    const others: TestNode[] = []
    while (others.length < 2) {
      const other = await network.node(QUIET)
      if (bucketIndex(node.id, other.id) === 0) others.push(other)
    }
    for (const other of others) node.kad.peerAnswered(other.contact, SERVER)
    await network.run(100)
    expect(tableOf(node)).to.deep.equal([others[0]!.id.hex])
    expect(node.kad.kbuckets()[0]).to.deep.include({ index: 0, waiting: 1 })
    expect(detailsOf(node, 'PendingRoutablePeer').map(({ peer, address }) => [peer.hex, address.toString()]))
      .to.deep.equal([[others[1]!.id.hex, `/ip4/${others[1]!.address.host}/udp/4000`]])
  })

  it('and who does not answer makes room at once: one event for who left, one for who came, naming the other', async () => {
    const network = new TestNetwork()
    const node = await network.node({ ...QUIET, k: 1, probeIdleMs: 0 })
    const [silent, newcomer, another] = [farFrom(node), farFrom(node), farFrom(node)]
    for (const contact of [silent, newcomer, another]) node.kad.peerAnswered(contact, SERVER)
    await network.run(0)
    expect(detailsOf(node, 'PendingRoutablePeer')).to.have.length(1)
    expect(detailsOf(node, 'RoutablePeer').map(({ peer }) => peer.hex)).to.deep.equal([another.id.hex])
    await network.run(5_000)
    expect(tableOf(node)).to.deep.equal([another.id.hex])
    const changes = detailsOf(node, 'RoutingUpdated').map(({ change, peer, oldPeer }) => [change, peer.hex, oldPeer?.hex])
    expect(changes).to.deep.equal([
      ['added', silent.id.hex, undefined], ['removed', silent.id.hex, undefined], ['added', another.id.hex, silent.id.hex]
    ])
  })

  it('probeIdleMs: who was seen lately keeps its place unasked', async () => {
    const network = new TestNetwork()
    const node = await network.node({ ...QUIET, k: 1, probeIdleMs: 1_000 })
    const known = farFrom(node)
    node.kad.peerAnswered(known, SERVER)
    await network.run(900)
    node.kad.peerAnswered(farFrom(node), SERVER)
    await network.run(0)
    expect(detailsOf(node, 'PendingRoutablePeer')).to.deep.equal([])
    await network.run(200)
    node.kad.peerAnswered(farFrom(node), SERVER)
    await network.run(0)
    expect(detailsOf(node, 'PendingRoutablePeer')).to.have.length(1)
  })

  it('replacementCacheSize bounds who waits', async () => {
    const network = new TestNetwork()
    const node = await network.node({ ...QUIET, k: 2, replacementCacheSize: 3 })
    for (let i = 0; i < 10; i++) node.kad.peerAnswered(farFrom(node), SERVER)
    expect(node.kad.kbuckets().map(({ peers, waiting }) => [peers.length, waiting])).to.deep.equal([[2, 3]])
  })

  it('U8: one IP group gets maxPerGroupInBucket places in a bucket and maxPerGroupInTable in all', async () => {
    const network = new TestNetwork()
    const node = await network.node({ ...QUIET, maxPerGroupInBucket: 3, maxPerGroupInTable: 5 })
    for (let i = 0; i < 200; i++) node.kad.peerAnswered(stranger(endpoint('198.51.100.1', 1 + i)), SERVER)
    expect(node.kad.kbuckets().map(({ peers }) => peers.length).sort()).to.satisfy((sizes: number[]) => Math.max(...sizes) === 3)
    expect(node.kad.table.size).to.equal(5)
    await network.run(0)
    expect(detailsOf(node, 'RoutablePeer').length).to.equal(195)
  })

  it('profile public: private addresses are used by nobody, and who has no other is unroutable', async () => {
    const network = new TestNetwork()
    const here = endpoint('203.0.113.1', 4000)
    const inside = stranger(endpoint('192.168.0.1', 4000))
    const outside = stranger(endpoint('9.51.100.1', 4000))
    const cases = [['private', false, 2], ['public', false, 1], ['auto', false, 2], ['auto', true, 1]] as const
    for (const [profile, external, entered] of cases) {
      const node = await network.node({ ...QUIET, profile }, { address: here })
      if (external) node.swarm.addExternalAddress(here.text)
      for (const contact of [inside, outside]) node.kad.peerAnswered(contact, SERVER)
      await network.run(0)
      expect(node.kad.table.size, profile).to.equal(entered)
      expect(detailsOf(node, 'UnroutablePeer').map(({ peer }) => peer.hex)).to.deep.equal(entered === 2 ? [] : [inside.id.hex])
      await network.until(node.swarm.stop())
    }
  })

  it('row 24: profile: follows the swarm where nothing is said; in public nobody lives at a documentation or protocol address', async () => {
    const network = new TestNetwork()
    const strangers = ['192.168.0.1', '203.0.113.9', '192.88.99.1', '198.18.0.1', '9.51.100.1'].map(host => stranger(endpoint(host, 4000)))
    for (const [profile, own, entered] of [['private', undefined, 5], ['public', undefined, 1], ['public', 'private', 5], ['private', 'public', 1]] as const) {
      const node = await network.node({ ...QUIET, profile: own }, { profile })
      for (const contact of strangers) node.kad.peerAnswered(contact, SERVER)
      expect(node.kad.table.size, `${profile} ${own}`).to.equal(entered)
      await network.until(node.swarm.stop())
    }
  })

  it('is never in its own table, and says nothing of it', async () => {
    const network = new TestNetwork()
    const node = await network.node(QUIET)
    node.kad.peerAnswered(node.contact, SERVER)
    await network.run(0)
    expect(tableOf(node)).to.deep.equal([])
    expect(node.events.filter(({ type }) => type !== 'NewListenAddr' && type !== 'ModeChanged')).to.deep.equal([])
  })

  it('removePeer and removeAddress: with its last address a peer leaves', async () => {
    const network = new TestNetwork()
    const node = await network.node(QUIET)
    const v6 = endpoint('2001:db8::1', 4000)
    const contact = stranger()
    const both = { ...contact, addresses: [...contact.addresses, v6] }
    node.kad.table.insert(both, 0)
    node.kad.removeAddress(contact.id, endpoint('10.1.1.1', 1))
    expect(node.kad.contactOf(contact.id)?.addresses).to.have.length(2)
    node.kad.removeAddress(contact.id, v6)
    expect(node.kad.contactOf(contact.id)?.addresses).to.deep.equal(contact.addresses)
    node.kad.removeAddress(contact.id, contact.addresses[0]!)
    expect(node.kad.contactOf(contact.id)).to.equal(undefined)
    node.kad.peerAnswered(contact, SERVER)
    expect(node.kad.removePeer(contact.id)?.id.hex).to.equal(contact.id.hex)
    expect(node.kad.removePeer(contact.id)).to.equal(undefined)
    expect(tableOf(node)).to.deep.equal([])
    await network.run(0)
    expect(detailsOf(node, 'RoutingUpdated').map(({ change }) => change)).to.deep.equal(['updated', 'removed', 'added', 'removed'])
  })

  it('P5: the events mirror the table, whatever happens', async () => {
    for (let seed = 0; seed < 5; seed++) {
      const network = new TestNetwork({ seed })
      const draw = seededRandom(seed)
      const node = await network.node({ ...QUIET, k: 3, maxFailures: 1, probeIdleMs: 0 })
      const peers = Array.from({ length: 40 }, () => stranger())
      for (let i = 0; i < 300; i++) {
        const peer = peers[draw.below(peers.length)]!
        switch (draw.below(5)) {
          case 0: node.kad.peerTimedOut(peer.id); break
          case 1: node.kad.removePeer(peer.id); break
          case 2: node.kad.peerProven(peer, 'client'); break
          default: node.kad.peerProven(peer, 'server')
        }
      }
      await network.run(0)
      expect(mirrored(node)).to.deep.equal(tableOf(node))
      await network.run(10_000)
      expect(mirrored(node)).to.deep.equal(tableOf(node))
    }
  })

  it('kbuckets are nearest first, kbucket is that of a key, and undefined for the own id', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(20, QUIET)
    const { kad, id } = nodes[0]!
    const indexes = kad.kbuckets().map(({ index }) => index)
    expect(indexes).to.deep.equal([...indexes].sort((a, b) => b - a))
    expect(kad.kbucket(id)).to.equal(undefined)
    const peer = nodes[7]!.id
    expect(kad.kbucket(peer)?.peers.map(({ id: { hex } }) => hex)).to.include(peer.hex)
    expect(kad.kbucket(peer)?.range).to.deep.equal(bucketRange(bucketIndex(id, peer)!))
    expect(kad.kbucket(peer)?.peers[0]).to.include({ rttMs: 10, failures: 0 })
  })

  it('ping: by address, by id, by id that must be looked up', async () => {
    const network = new TestNetwork()
    const nodes = await network.joined(3, QUIET)
    const [a, b, c] = nodes as [TestNode, TestNode, TestNode]
    a.kad.removePeer(c.id)
    for (const target of [b.id, b.address.text, b.contact, c.id]) {
      expect(await network.until(a.kad.ping(target))).to.include({ type: 'response', rttMs: 10 })
    }
    a.kad.removePeer(c.id)
    expect(await network.until(a.kad.ping(c.id, { timeoutMs: 15 })), 'the timeout is that of a try').to.include({ type: 'response' })
    network.kill(b)
    expect(await network.until(a.kad.ping(b.id))).to.deep.equal({ type: 'timeout' })
  })
})
