import { createIdentity, generatePrivateKey, peerIdFromPublicKey } from '@kadmium/peer-id'
import { signAdvertisement, signTombstone } from '@kadmium/records'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { namespaceKey } from '../../src/index.ts'
import { QUIET, TestNetwork, detailsOf, failure, progressed, text } from '../network.ts'
import type { KadRecord } from '@kadmium/interface'
import type { DiscoveredPeer, KadInit, QueryView } from '../../src/index.ts'
import type { TestNode } from '../network.ts'

const NAME = 'chess'
const KEY = namespaceKey(NAME)
const MINUTE_MS = 60_000

const someone = (n: number | string): ReturnType<typeof createIdentity> =>
  createIdentity(generatePrivateKey(seededRandom(`someone ${n}`)), systemCrypto())

function advertisement (n: number, payload?: Uint8Array): KadRecord {
  const peer = { addresses: [endpoint(`10.9.${n >> 8}.${n & 255}`, 4000)], mode: 'server' as const, ...(payload && { payload }) }
  return signAdvertisement({ key: KEY, seq: 1, ttl: 7200, peer }, someone(n))
}

function hold (network: TestNetwork, nodes: readonly TestNode[], records: readonly KadRecord[]): void {
  for (const { kad } of nodes) for (const record of records) kad.store.put(record, record.ttl * 1000, network.clock.now())
}

const idsOf = (peers: readonly DiscoveredPeer[]): string[] => peers.map(({ id }) => id.hex).sort()
const sorted = (nodes: readonly TestNode[]): string[] => nodes.map(({ id }) => id.hex).sort()

async function network (count: number, options: KadInit = {}): Promise<{ net: TestNetwork, nodes: TestNode[] }> {
  const net = new TestNetwork()
  return { net, nodes: await net.acquainted(count, { ...QUIET, ...options }) }
}

describe('namespaces', () => {
  it('G7: five advertise, a sixth discovers all five with their addresses, as they are found', async () => {
    const { net, nodes } = await network(6)
    for (const { kad } of nodes.slice(0, 5)) expect(await net.until(kad.advertise(NAME))).to.include({ storedOn: 5, storedLocally: true })
    const found: DiscoveredPeer[] = []
    const query = nodes[5]!.kad.discover(NAME)
    await net.until((async () => { for await (const peer of query) found.push(peer) })())
    const result = await query
    expect(idsOf(found)).to.deep.equal(sorted(nodes.slice(0, 5)))
    expect(idsOf(result.peers)).to.deep.equal(idsOf(found))
    expect(result).to.deep.include({ key: KEY, total: 5, partial: false })
    for (const { id, addresses, mode } of found) {
      const node = nodes.find(one => one.id.equals(id))!
      expect(addresses.map(address => address.toString())).to.deep.equal([`/ip4/${node.address.host}/udp/4000`])
      expect(mode).to.equal('server')
    }
  })

  it('G7: every node finds every other provider, and never itself', async () => {
    const { net, nodes } = await network(12)
    for (const { kad } of nodes) await net.until(kad.advertise(NAME))
    for (const node of nodes) {
      const { peers } = await net.until(node.kad.discover(NAME))
      expect(idsOf(peers)).to.deep.equal(sorted(nodes.filter(other => other !== node)))
    }
  })

  it('nobody there is no error: nothing is found', async () => {
    const { net, nodes } = await network(4)
    expect(await net.until(nodes[0]!.kad.discover(NAME))).to.deep.include({ peers: [], total: 0, requests: 3 })
  })

  it('the payload is the application\'s, up to 200 bytes; more is refused before anything is sent', async () => {
    const { net, nodes } = await network(3)
    const payload = new Uint8Array(200).fill(7)
    await net.until(nodes[0]!.kad.advertise(NAME, { payload }))
    const { peers } = await net.until(nodes[1]!.kad.discover(NAME))
    expect(peers[0]!.payload).to.deep.equal(payload)
    const error = await failure(nodes[0]!.kad.advertise('other', { payload: new Uint8Array(201) }))
    expect(error.name).to.equal('InvalidOptionError')
    expect(nodes[0]!.kad.provided()).to.deep.equal([KEY])
  })

  it('an advertisement that is not renewed is gone after its ttl; one that is renewed stays, by a third of it', async () => {
    const { net, nodes } = await network(4)
    for (const { kad } of nodes.slice(0, 2)) await net.until(kad.advertise(NAME, { ttl: 60 }))
    net.kill(nodes[0]!)
    await net.run(MINUTE_MS + 10)
    const { peers } = await net.until(nodes[3]!.kad.discover(NAME))
    expect(idsOf(peers)).to.deep.equal([nodes[1]!.id.hex])
    const puts = detailsOf(nodes[3]!, 'InboundRequest').filter(({ peer, request }) => request.type === 'AddProvider' && peer.equals(nodes[1]!.id))
    expect(puts.length).to.be.within(4, 5)
  })

  it('advertisementTtl and providerTtl are the lives that are taken where none is given', async () => {
    const { net, nodes } = await network(2, { advertisementTtl: 100, providerTtl: 200 })
    await net.until(nodes[0]!.kad.advertise(NAME))
    await net.until(nodes[0]!.kad.startProviding(text('key')))
    const ttlOf = (key: Uint8Array): number => nodes[1]!.kad.store.get(key, net.clock.now())[0]!.record.ttl
    expect([ttlOf(KEY), ttlOf(text('key'))]).to.deep.equal([100, 200])
  })

  it('an aborted signal ends the renewing, and nothing else', async () => {
    const { net, nodes } = await network(3)
    const ended = new AbortController()
    await net.until(nodes[0]!.kad.advertise(NAME, { ttl: 60, signal: ended.signal }))
    ended.abort()
    expect(nodes[0]!.kad.provided()).to.deep.equal([])
    expect((await net.until(nodes[1]!.kad.discover(NAME))).peers).to.have.length(1)
    await net.run(MINUTE_MS)
    expect((await net.until(nodes[1]!.kad.discover(NAME))).peers).to.deep.equal([])
  })

  it('withdraw takes the advertisement back at once', async () => {
    const { net, nodes } = await network(3)
    await net.until(nodes[0]!.kad.advertise(NAME))
    expect(await net.until(nodes[0]!.kad.withdraw(NAME))).to.include({ storedOn: 2 })
    expect((await net.until(nodes[1]!.kad.discover(NAME))).peers).to.deep.equal([])
    expect(nodes[0]!.kad.provided()).to.deep.equal([])
  })

  it('a node that advertised before it knew anybody is found soon after: advertiseRetryMs', async () => {
    const net = new TestNetwork()
    const nodes = []
    for (let i = 0; i < 3; i++) nodes.push(await net.node({ ...QUIET, advertiseRetryMs: 500 }))
    const [lone, other, reader] = nodes
    expect(await net.until(lone!.kad.advertise(NAME))).to.include({ storedOn: 0, storedLocally: true })
    net.introduce([lone!, other!])
    net.introduce([other!, reader!])
    await net.run(600)
    net.kill(lone!)
    expect(idsOf((await net.until(reader!.kad.discover(NAME))).peers)).to.deep.equal([lone!.id.hex])
  })

  it('what changes about this node is advertised anew within addressCheckMs', async () => {
    const { net, nodes } = await network(3, { addressCheckMs: 1_000 })
    await net.until(nodes[0]!.kad.advertise(NAME))
    nodes[0]!.swarm.addExternalAddress('/ip4/203.0.113.9/udp/9')
    await net.run(1_100)
    const { peers } = await net.until(nodes[1]!.kad.discover(NAME))
    expect(peers[0]!.addresses[0]!.toString()).to.equal('/ip4/203.0.113.9/udp/9')
  })

  it('addresses that are given are those that are advertised', async () => {
    const { net, nodes } = await network(2)
    await net.until(nodes[0]!.kad.advertise(NAME, { addresses: ['10.1.2.3:45', '0.0.0.0:1'] }))
    const { peers } = await net.until(nodes[1]!.kad.discover(NAME))
    expect(peers[0]!.addresses.map(address => address.toString())).to.deep.equal(['/ip4/10.1.2.3/udp/45'])
  })

  it('maxAdvertised bounds the keys; a stopped swarm renews nothing, a started one renews at once', async () => {
    const { net, nodes } = await network(3, { maxAdvertised: 1 })
    await net.until(nodes[0]!.kad.advertise(NAME, { ttl: 60 }))
    expect((await failure(nodes[0]!.kad.advertise('other'))).message).to.match(/^maxAdvertised: 1 keys/)
    await net.until(nodes[0]!.swarm.stop())
    await net.run(2 * MINUTE_MS)
    expect((await net.until(nodes[1]!.kad.discover(NAME))).peers).to.deep.equal([])
    await net.until(nodes[0]!.swarm.start())
    await net.run(1_000)
    expect((await net.until(nodes[1]!.kad.discover(NAME))).peers).to.have.length(1)
  })

  it('more than a page is read page by page, each publisher once; values under the key are passed over', async () => {
    const { net, nodes } = await network(5)
    const records = Array.from({ length: 60 }, (_, n) => advertisement(n))
    hold(net, nodes.slice(1), records)
    for (let i = 0; i < 10; i++) await net.until(nodes[1]!.kad.putRecord({ key: KEY, value: new Uint8Array(300), salt: text(`${i}`) }))
    const seen: DiscoveredPeer[] = []
    const query = nodes[0]!.kad.discover(NAME)
    await net.until((async () => { for await (const peer of query) seen.push(peer) })())
    expect(new Set(idsOf(seen)).size).to.equal(60)
    expect(seen).to.have.length(60)
    const { total, requests, peers } = await query
    expect(total).to.equal(60)
    expect(requests).to.be.at.most(60)
    expect(Math.min(...peers.map(({ holders }) => holders.length)), 'each part is read at three holders').to.be.at.least(3)
  })

  it('discoverHolders: one holder that keeps a publisher back hides it from nobody who asks three', async () => {
    const hidden = advertisement(1)
    const run = async (discoverHolders: number): Promise<number> => {
      const { net, nodes } = await network(5, { discoverHolders })
      hold(net, nodes.slice(1), Array.from({ length: 40 }, (_, n) => advertisement(n)))
      for (const { kad } of nodes.slice(1, 3)) kad.store.remove({ key: KEY, publisher: hidden.publisher! })
      const { requests, peers } = await net.until(nodes[0]!.kad.discover(NAME))
      expect(peers).to.have.length.within(39, 40)
      if (discoverHolders === 3) expect(idsOf(peers)).to.include(peerIdFromPublicKey(hidden.publisher!).hex)
      return requests
    }
    expect(await run(1)).to.be.below(await run(3) - 8)
  })

  it('discoverRequests ends a walk, and so does limit', async () => {
    const { net, nodes } = await network(5, { discoverRequests: 6 })
    hold(net, nodes.slice(1), Array.from({ length: 60 }, (_, n) => advertisement(n)))
    expect(await net.until(nodes[0]!.kad.discover(NAME))).to.include({ requests: 6 })
    expect((await net.until(nodes[0]!.kad.discover(NAME, { limit: 7 }))).peers).to.have.length(7)
    expect((await failure(nodes[0]!.kad.discover(NAME, { limit: 0 }))).name).to.equal('InvalidOptionError')
  })

  it('a forged advertisement is believed by nobody, and refused with the reason at its sender', async () => {
    const { net, nodes } = await network(4)
    const victim = nodes[1]!
    await net.until(victim.kad.advertise(NAME))
    const mine = victim.kad.store.get(KEY, net.clock.now())[0]!.record
    const forged = { ...advertisement(5), publisher: mine.publisher!, seq: mine.seq + 1 }
    for (const { kad } of nodes) {
      expect(kad.store.put(forged, 1000, net.clock.now())).to.include({ reason: 'bad-signature' })
      expect(kad.store.put(signTombstone({ key: KEY, seq: mine.seq + 9 }, someone('else')), 1000, net.clock.now()).type).to.equal('stored')
    }
    const liar = await net.impostor(request => request.type === 'find-value'
      ? { type: 'found-value', records: [{ record: forged, remainingMs: 1000 }], contacts: [], more: true, total: 1e6 }
      : { type: 'found-node', contacts: [] })
    nodes[0]!.kad.peerAnswered(liar, { mode: 'server', rttMs: 1 })
    const { peers } = await net.until(nodes[0]!.kad.discover(NAME))
    expect(idsOf(peers)).to.deep.equal([victim.id.hex])
    expect(peers[0]!.addresses.map(address => address.toString())).to.deep.equal([`/ip4/${victim.address.host}/udp/4000`])
  })

  it('policies: what the application refuses is listed by nobody, whoever holds it', async () => {
    const [taken, refused] = [advertisement(1), advertisement(2)]
    const { net, nodes } = await network(4, { policies: { '': { validate: ({ publisher }) => Buffer.from(publisher!).equals(refused.publisher!) ? 'unwanted' : undefined } } })
    const liar = await net.impostor(request => request.type === 'find-value'
      ? { type: 'found-value', records: [taken, refused].map(record => ({ record, remainingMs: 1000 })), contacts: [], more: false, total: 2 }
      : { type: 'found-node', contacts: [] })
    nodes[0]!.kad.peerAnswered(liar, { mode: 'server', rttMs: 1 })
    const { peers } = await net.until(nodes[0]!.kad.discover(NAME))
    expect(peers.map(({ publicKey }) => publicKey)).to.deep.equal([taken.publisher])
  })

  it('R11: startProviding stores at the holders, twice; stopProviding empties provided()', async () => {
    const { net, nodes } = await network(6, { replicationFactor: 3, k: 3 })
    const key = text('a file')
    await net.until(nodes[0]!.kad.startProviding(key, { ttl: 60 }))
    const holders = (): string[] => sorted(nodes.filter(node => node !== nodes[0] && node.kad.store.get(key, net.clock.now()).length > 0))
    const first = holders()
    expect(first).to.have.length(3)
    const seqs = (): number[] => nodes.slice(1).flatMap(({ kad }) => kad.store.get(key, net.clock.now()).map(({ record }) => record.seq))
    const before = Math.max(...seqs())
    await net.run(20_000)
    expect(holders()).to.deep.equal(first)
    expect(Math.min(...seqs())).to.be.above(before)
    const results = progressed(nodes[0]!).map(({ result }) => result.type)
    expect(results).to.deep.equal(['StartProviding', 'RepublishProvider'])
    expect(nodes[0]!.kad.provided()).to.deep.equal([key])
    nodes[0]!.kad.stopProviding(key)
    expect(nodes[0]!.kad.provided()).to.deep.equal([])
    await net.run(MINUTE_MS)
    expect(holders()).to.deep.equal([])
  })

  it('R17: a lone provider finds itself locally, then Finished', async () => {
    const { net, nodes } = await network(1)
    await net.until(nodes[0]!.kad.startProviding(text('key')))
    const query = nodes[0]!.kad.getProviders(text('key'))
    expect(idsOf((await net.until(query)).peers)).to.deep.equal([nodes[0]!.id.hex])
    await net.run(0)
    const events = progressed(nodes[0]!, query.id)
    expect(events.map(({ result }) => result.type === 'GetProviders' && result.ok && result.found)).to.deep.equal(['FoundProviders', 'FinishedWithNoAdditionalRecord'])
    expect(events.map(({ step }) => step.last)).to.deep.equal([false, true])
  })

  it('R18: getProviders is cut after n by its limit, and with n providers it gives n', async () => {
    const { net, nodes } = await network(9)
    for (const { kad } of nodes.slice(1)) await net.until(kad.startProviding(text('key')))
    for (const limit of [1, 5, 8]) {
      const { peers, partial } = await net.until(nodes[0]!.kad.getProviders(text('key'), { limit }))
      expect(peers).to.have.length(limit)
      expect(partial).to.equal(false)
    }
  })

  it('G18: empty and oversized keys are refused by every operation', async () => {
    const { kad } = (await network(1)).nodes[0]!
    for (const key of [new Uint8Array(0), new Uint8Array(65)]) {
      const queries = [kad.getRecord(key), kad.startProviding(key), kad.getProviders(key), kad.removeRecord(key), kad.putRecord({ key, value: key }), kad.getClosestPeers(key)]
      for (const query of queries) expect((await failure(query)).name).to.equal('InvalidOptionError')
      expect(() => kad.watch(key)).to.throw('key: expected 1 to 64 bytes')
    }
    for (const query of [kad.advertise(''), kad.discover(''), kad.withdraw('')]) expect((await failure(query)).name).to.equal('InvalidOptionError')
  })

  it('a holder\'s sample acknowledges as sampled', async () => {
    const { net, nodes } = await network(4, { store: { maxAdvertisementsPerKey: 1 } })
    await net.until(nodes[0]!.kad.advertise(NAME))
    const { sampled = [], storedOn } = await net.until(nodes[1]!.kad.advertise(NAME))
    expect([storedOn, sampled.length]).to.deep.equal([3, 3])
    const progress = nodes[2]!.kad.advertise(NAME)
    const steps: unknown[] = []
    await net.until((async () => { for await (const { type, ...rest } of progress) if ('sampled' in rest) steps.push(type) })())
    expect(steps).to.have.length(3)
  })

  it('a running walk is seen among the queries, and finish() ends it with what it has', async () => {
    const { net, nodes } = await network(5)
    const query = nodes[0]!.kad.discover(NAME)
    const views: QueryView[] = nodes[0]!.kad.queries()
    expect(views.map(({ type }) => type)).to.deep.equal(['GetProviders'])
    query.finish()
    expect((await net.until(query)).partial).to.equal(true)
  })
})

describe('watching', () => {
  async function next<T> (net: TestNetwork, watching: AsyncGenerator<T, void>): Promise<T | undefined> {
    return (await net.until(watching.next())).value ?? undefined
  }

  it('yields who is there, later who comes, and who changes; nobody twice', async () => {
    const { net, nodes } = await network(4, { watchIntervalMs: 5_000 })
    await net.until(nodes[0]!.kad.advertise(NAME))
    const watching = nodes[3]!.kad.watch(NAME)
    expect((await next(net, watching))!.id.hex).to.equal(nodes[0]!.id.hex)
    const coming = watching.next()
    await net.run(20_000)
    await net.until(nodes[1]!.kad.advertise(NAME))
    const startedAt = net.clock.now()
    const { value } = await net.until(coming)
    expect((value as DiscoveredPeer).id.hex).to.equal(nodes[1]!.id.hex)
    expect(net.clock.now() - startedAt).to.be.at.most(5_600)
    await net.until(nodes[0]!.kad.advertise(NAME, { payload: text('new') }))
    expect((await next(net, watching))!.payload).to.deep.equal(text('new'))
    await watching.return()
  })

  it('the pause is intervalMs, a tenth shorter or longer at most, and never twice the same', async () => {
    const { net, nodes } = await network(2)
    const signal = new AbortController()
    const watching = nodes[0]!.kad.watch(NAME, { intervalMs: 1_000, signal: signal.signal })
    const done = watching.next()
    await net.run(10_000)
    const asked = detailsOf(nodes[1]!, 'InboundRequest').filter(({ request }) => request.type === 'GetProvider').length
    expect(asked).to.be.within(9, 11)
    signal.abort()
    expect(await net.until(done)).to.deep.equal({ value: undefined, done: true })
  })

  it('a key: the records under it as they become newer', async () => {
    const { net, nodes } = await network(3, { watchIntervalMs: 1_000 })
    const key = text('key')
    await net.until(nodes[0]!.kad.putRecord({ key, value: text('1') }))
    const watching = nodes[2]!.kad.watch(key)
    expect((await next(net, watching))!.record.value).to.deep.equal(text('1'))
    await net.until(nodes[0]!.kad.putRecord({ key, value: text('2') }))
    expect((await next(net, watching))!.record.value).to.deep.equal(text('2'))
    await watching.return()
  })

  it('ends when the swarm stops; maxWatched bounds what is remembered', async () => {
    const { net, nodes } = await network(4, { watchIntervalMs: 1_000, maxWatched: 1 })
    for (const { kad } of nodes.slice(0, 2)) await net.until(kad.advertise(NAME))
    const watching = nodes[3]!.kad.watch(NAME)
    for (let i = 0; i < 4; i++) expect(await next(net, watching)).to.not.equal(undefined)
    const last = watching.next()
    const unread = nodes[3]!.kad.watch(NAME)
    await net.until(nodes[3]!.swarm.stop())
    expect((await net.until(unread.next())).done).to.equal(true)
    for (let i = 0; i < 3 && !(await net.until(last)).done; i++) await net.until(watching.next())
    expect((await net.until(watching.next())).done).to.equal(true)
  })
})
