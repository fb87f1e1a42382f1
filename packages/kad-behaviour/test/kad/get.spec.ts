import { createIdentity, generatePrivateKey, keyId } from '@kadmium/peer-id'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { signRecord } from '@kadmium/records'
import { expect } from 'chai'
import fc from 'fast-check'
import { cachedLifeMs } from '../../src/write-back.ts'
import { TestNetwork, detailsOf, failure, progressed, text } from '../network.ts'
import type { Contact, Identity, KadRecord, PeerRecord } from '@kadmium/interface'
import type { KadResponse } from '../../src/index.ts'
import type { TestNode } from '../network.ts'

const KEY = text('key')
const VALUE = text('value')
const HOUR_MS = 3_600_000

function publisher (name = 'publisher'): Identity {
  return createIdentity(generatePrivateKey(seededRandom(name)), systemCrypto())
}

function record (init: Partial<KadRecord> = {}, by = publisher()): KadRecord {
  return signRecord({ key: KEY, value: VALUE, seq: 1, ttl: 3600, ...init }, by)
}

/** Gives nodes a copy without any traffic. */
function hold (network: TestNetwork, nodes: readonly TestNode[], held: KadRecord, remainingMs = HOUR_MS): void {
  for (const { kad } of nodes) expect(kad.store.put(held, remainingMs, network.clock.now()).type).to.equal('stored')
}

function answering (...records: readonly KadRecord[]): () => KadResponse {
  return () => ({ type: 'found-value', records: records.map(one => ({ record: one, remainingMs: HOUR_MS })), contacts: [], more: false })
}

/** A node that knows these peers. */
async function knowing (network: TestNetwork, ...contacts: readonly Contact[]): Promise<TestNode> {
  const node = await network.node({ bootstrapThrottleMs: 'off' })
  for (const contact of contacts) node.kad.peerAnswered(contact, { mode: 'server', rttMs: 10 })
  return node
}

describe('getting records', () => {
  it('R7: an absent key is not found, by exactly the peers that were asked; that is a value', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(6)
    const query = nodes[0]!.kad.getRecord(KEY)
    const result = await network.until(query)
    expect(result).to.deep.include({ key: KEY, records: [], holders: [], asked: 5, partial: false })
    expect(result).to.not.have.any.keys('value', 'best')
    expect(result.closest.map(({ id }) => id.hex)).to.deep.equal(network.closest(keyId(KEY), 5, nodes.slice(1)).map(({ id }) => id.hex))
    await network.run(0)
    const events = progressed(nodes[0]!, query.id)
    expect(events).to.have.length(1)
    expect(events[0]).to.deep.include({ step: { count: 1, last: true } })
    expect(events[0]!.result).to.deep.equal({ type: 'GetRecord', ok: false, error: 'NotFound', key: KEY, closestPeers: result.closest })
  })

  it('R9: FoundRecord at step 1, then Finished at step 2, the last', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(6)
    hold(network, nodes.slice(3), record())
    const query = nodes[0]!.kad.getRecord(KEY)
    await network.until(query)
    await network.run(0)
    const [first, second, ...rest] = progressed(nodes[0]!, query.id)
    expect(first!.step).to.deep.equal({ count: 1, last: false })
    expect(first!.result).to.deep.include({ ok: true, found: 'FoundRecord' })
    expect(second!.step).to.deep.equal({ count: 2, last: true })
    expect(second!.result).to.deep.include({ ok: true, found: 'FinishedWithNoAdditionalRecord' })
    expect(rest).to.deep.equal([])
  })

  it('G2: what A puts, B reads, and so does who reaches it only through others', async () => {
    const network = new TestNetwork()
    const nodes: TestNode[] = []
    for (let i = 0; i < 5; i++) nodes.push(await network.node({ bootstrapThrottleMs: 'off', replicationFactor: 1 }))
    for (let i = 1; i < 5; i++) network.introduce([nodes[i - 1]!, nodes[i]!])
    await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: VALUE }))
    for (const { kad } of nodes) expect((await network.until(kad.getRecord(KEY))).value).to.deep.equal(VALUE)
  })

  it('the own copy comes first and at once, but counts towards no quorum: a newer one of others wins', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(4)
    hold(network, nodes.slice(0, 1), record({ seq: 1, value: text('old') }))
    hold(network, nodes.slice(1), record({ seq: 2, value: text('new') }))
    const seen: PeerRecord[] = []
    const query = nodes[0]!.kad.getRecord(KEY, { quorum: 1 })
    await network.until((async () => { for await (const one of query) seen.push(one) })())
    expect(seen.map(({ peer, record: { value } }) => ({ own: peer === undefined, value }))).to.deep.equal([
      { own: true, value: text('old') }, { own: false, value: text('new') }
    ])
    const { value, records, holders } = await query
    expect({ value, records: records.length, holders: holders.length }).to.deep.equal({ value: text('new'), records: 1, holders: 1 })
  })

  it('the own copy is the answer when nobody else has one', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(3)
    hold(network, nodes.slice(0, 1), record())
    expect(await network.until(nodes[0]!.kad.getRecord(KEY))).to.deep.include({ value: VALUE, holders: [] })
  })

  it('U10: two publishers under one key are both found, each once, as it is found', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(7)
    for (const i of [0, 1, 2]) await network.until(nodes[i]!.kad.putRecord({ key: KEY, value: text(`by ${i}`) }))
    const found: string[] = []
    for (const query of [nodes[6]!.kad.getRecord(KEY)]) {
      await network.until((async () => { for await (const { record: { value } } of query) found.push(new TextDecoder().decode(value)) })())
      expect((await query).records).to.have.length(3)
    }
    expect(found.sort()).to.deep.equal(['by 0', 'by 1', 'by 2'])
  })

  it('of one publisher only, or of one slot, when that is asked', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(5)
    const [a, b] = [publisher('a'), publisher('b')]
    for (const held of [record({}, a), record({ salt: text('s') }, a), record({}, b)]) hold(network, nodes.slice(1), held)
    const count = async (options = {}): Promise<number> => (await network.until(nodes[0]!.kad.getRecord(KEY, options))).records.length
    expect(await count()).to.equal(3)
    expect(await count({ publisher: a.publicKey })).to.equal(2)
    expect(await count({ publisher: a.publicKey, salt: text('s') })).to.equal(1)
    expect(await count({ publisher: publisher('c').publicKey })).to.equal(0)
  })

  it('a publisher or salt that can be nobody\'s is rejected', async () => {
    const network = new TestNetwork()
    const { kad } = await network.node()
    for (const [option, bytes] of [['publisher', 31], ['salt', 0], ['salt', 65]] as const) {
      const error = await failure(network.until(kad.getRecord(KEY, { [option]: new Uint8Array(bytes) })))
      expect(error).to.include({ name: 'InvalidOptionError', option })
    }
  })

  it('X6, G5: a record for another key, a forged one or one of another publisher than asked is not believed', async () => {
    const forged = { ...record(), value: text('forged') }
    const { signature: _, ...unsigned } = record()
    for (const bad of [record({ key: text('other') }), forged, unsigned]) {
      const network = new TestNetwork()
      const liar = await network.impostor(answering(bad))
      const { kad } = await knowing(network, liar)
      expect(await network.until(kad.getRecord(KEY))).to.deep.include({ records: [], holders: [] })
    }
    const network = new TestNetwork()
    const { kad } = await knowing(network, await network.impostor(answering(record())))
    expect(await network.until(kad.getRecord(KEY, { publisher: publisher('another').publicKey }))).to.deep.include({ records: [] })
    expect(await network.until(kad.getRecord(KEY))).to.deep.include({ value: VALUE })
  })

  it('one bad record among good ones spoils only itself', async () => {
    const network = new TestNetwork()
    const mixed = await network.impostor(answering({ ...record(), value: text('forged') }, record({}, publisher('good'))))
    const { kad } = await knowing(network, mixed)
    const { records } = await network.until(kad.getRecord(KEY))
    expect(records.map(({ record: { publisher: by } }) => by)).to.deep.equal([publisher('good').publicKey])
  })

  it('ends once the quorum of holders has answered, and asks no further', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(30, { k: 8 })
    const nearest = network.closest(keyId(KEY), 8, nodes.slice(1))
    hold(network, nearest, record())
    const result = await network.until(nodes[0]!.kad.getRecord(KEY, { quorum: 1 }))
    expect(result.asked).to.equal(3)
    expect(result.elapsedMs).to.equal(10)
    const all = await network.until(nodes[0]!.kad.getRecord(KEY, { quorum: 'all' }))
    expect(all.holders).to.have.length(8)
    const majority = await network.until(nodes[0]!.kad.getRecord(KEY, { quorum: 'majority' }))
    expect(majority.holders.length).to.be.at.least(5)
  })

  it('getQuorum says how many holders a plain get sees', async () => {
    for (const getQuorum of [1, 5] as const) {
      const network = new TestNetwork()
      const nodes = await network.acquainted(12, { getQuorum, alpha: 1, disjointPaths: 1 })
      for (const node of nodes.slice(1)) hold(network, [node], record())
      network.latencyMs = 5
      expect((await network.until(nodes[0]!.kad.getRecord(KEY))).holders.length).to.be.at.least(getQuorum)
      expect((await network.until(nodes[0]!.kad.getRecord(KEY))).holders.length).to.be.below(getQuorum + 8)
    }
  })

  it('one silent peer delays a get by no more than its first timeout, whether the key is there or not', async () => {
    for (const dead of [1, 2, 3, 4]) {
      const network = new TestNetwork({ latencyMs: 1 })
      const nodes = await network.joined(5)
      hold(network, nodes.slice(1), record())
      network.kill(nodes[dead]!)
      for (let i = 0; i < 5; i++) {
        const { value, elapsedMs } = await network.until(nodes[0]!.kad.getRecord(KEY))
        expect(value).to.deep.equal(VALUE)
        expect(elapsedMs).to.be.at.most(5)
        const absent = await network.until(nodes[0]!.kad.getRecord(text('absent')))
        expect(absent.records).to.deep.equal([])
        expect(absent.elapsedMs).to.be.at.most(i === 0 ? 60 : 5)
      }
    }
  })

  it('two of five dead: the value still comes within the first timeout', async () => {
    const network = new TestNetwork({ latencyMs: 1 })
    const nodes = await network.joined(5)
    hold(network, nodes, record())
    network.kill(nodes[1]!, nodes[2]!)
    const { value, holders, elapsedMs } = await network.until(nodes[0]!.kad.getRecord(KEY))
    expect({ value, holders: holders.length }).to.deep.equal({ value: VALUE, holders: 2 })
    expect(elapsedMs).to.be.at.most(100)
  })

  it('a quorum asked for by name waits for the slow ones too', async () => {
    const network = new TestNetwork({ latencyMs: 1 })
    const nodes = await network.joined(4)
    hold(network, nodes, record())
    network.loseNextRequestTo(nodes[3]!)
    expect((await network.until(nodes[0]!.kad.getRecord(KEY, { quorum: 3 }))).holders).to.have.length(3)
  })

  it('no is believed only when more say it than are silent: a lost packet of the one holder is no absence', async () => {
    const network = new TestNetwork({ latencyMs: 1 })
    const nodes = await network.joined(2)
    hold(network, [nodes[1]!], record())
    network.loseNextRequestTo(nodes[1]!)
    expect((await network.until(nodes[0]!.kad.getRecord(KEY))).value).to.deep.equal(VALUE)
  })

  it('one that says no and one that is silent are no absence either', async () => {
    const network = new TestNetwork({ latencyMs: 1 })
    const nodes = await network.joined(3)
    hold(network, [nodes[1]!], record())
    network.loseNextRequestTo(nodes[1]!)
    expect((await network.until(nodes[0]!.kad.getRecord(KEY))).value).to.deep.equal(VALUE)
  })

  it('every publisher\'s record is found, newest of each, where they are many times more than fit an answer', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(6)
    const people = Array.from({ length: 300 }, (_, i) => publisher(`person ${i}`))
    for (const [i, person] of people.entries()) {
      hold(network, nodes.slice(1, 4), record({ seq: 1, value: text(`old ${i}`) }, person))
      if (i % 3 === 0) hold(network, nodes.slice(4), record({ seq: 2, value: text(`new ${i}`) }, person))
    }
    const query = nodes[0]!.kad.getRecord(KEY, { quorum: 5 })
    let told = 0
    await network.until((async () => { for await (const { record: { kind } } of query) if (kind === undefined) told++ })())
    const { records, held, contested } = await query
    expect(records.map(({ record: { value } }) => new TextDecoder().decode(value)).sort())
      .to.deep.equal(people.map((_, i) => i % 3 === 0 ? `new ${i}` : `old ${i}`).sort())
    expect(told).to.be.at.least(300)
    expect(contested).to.equal(true)
    for (const { holders } of held) expect(new Set(holders.map(({ hex }) => hex)).size).to.equal(holders.length)
  }).timeout(20_000)

  it('getRequests bounds the pages of one get', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(4, { getRequests: 6, maxWriteBacks: 0 })
    for (let i = 0; i < 60; i++) hold(network, nodes.slice(1), record({}, publisher(`person ${i}`)))
    const query = nodes[0]!.kad.getRecord(KEY)
    const { records } = await network.until(query)
    expect(records.length).to.be.within(10, 59)
    expect(query.stats.numRequests).to.be.at.most(3 + 6)
  })

  it('R13: the life of a cached copy is at most half, halves with the distance, and is a number for any distance', () => {
    const life = fc.integer({ min: 0, max: 172_800_000 })
    const fraction = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(fc.property(life, fraction, fraction, (remainingMs, apart, radius) => {
      const cachedMs = cachedLifeMs(remainingMs, apart, radius)
      expect(cachedMs).to.be.within(0, remainingMs / 2)
      expect(Number.isInteger(cachedMs)).to.equal(true)
      expect(cachedLifeMs(remainingMs, Math.min(1, apart * 2), radius)).to.be.at.most(cachedMs)
    }), { numRuns: 200, seed: 3 })
    expect([0.04, 0.05, 0.1, 0.2].map(apart => cachedLifeMs(800, apart, 0.05))).to.deep.equal([400, 400, 200, 100])
  })

  it('stale holders are corrected, with at most half of what is left of the life', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(4, { caching: 'off' })
    hold(network, nodes.slice(1, 3), record({ seq: 1, value: text('old') }))
    hold(network, nodes.slice(3), record({ seq: 2 }))
    await network.until(nodes[0]!.kad.getRecord(KEY))
    await network.run(100)
    const now = network.clock.now()
    for (const { kad } of nodes.slice(1, 3)) {
      const [held] = kad.store.get(KEY, now)
      expect(held!.record.seq).to.equal(2)
      expect(held!.expiresAt - held!.receivedAt).to.be.within(HOUR_MS / 2 - 100, HOUR_MS / 2)
    }
    expect(nodes[0]!.kad.store.get(KEY, now)).to.deep.equal([])
  })

  it('caching: the nearest peer that had none is given a copy, with a shorter life the farther it is', async () => {
    for (const [caching, copies] of [['off', 0], [1, 1], [2, 2]] as const) {
      const network = new TestNetwork({ seed: 3 })
      const nodes = await network.acquainted(10, { k: 4, replicationFactor: 3, caching })
      const nearest = network.closest(keyId(KEY), 4, nodes.slice(1))
      hold(network, nearest.slice(0, 2), record())
      const query = nodes[0]!.kad.getRecord(KEY, { quorum: 'all' })
      await network.until(query)
      await network.run(100)
      const now = network.clock.now()
      const cached = nearest.slice(2).flatMap(({ kad }) => kad.store.get(KEY, now))
      expect(cached).to.have.length(copies)
      const lives = cached.map(({ expiresAt, receivedAt }) => Math.round((expiresAt - receivedAt) / HOUR_MS * 100))
      expect(lives).to.deep.equal([50, 25].slice(0, copies))
      const { result } = progressed(nodes[0]!, query.id).at(-1)!
      expect('cacheCandidates' in result && result.cacheCandidates).to.have.length(copies)
    }
  })

  it('maxWriteBacks bounds what one get writes', async () => {
    const network = new TestNetwork()
    const node = await network.node({ maxWriteBacks: 2 })
    const nodes = await network.acquainted(6)
    network.introduce([node, ...nodes])
    hold(network, nodes.slice(1), record({ seq: 1, value: text('old') }))
    hold(network, nodes.slice(0, 1), record({ seq: 2 }))
    await network.until(node.kad.getRecord(KEY, { quorum: 'all' }))
    await network.run(100)
    expect(nodes.filter(({ kad }) => kad.store.get(KEY, network.clock.now())[0]!.record.seq === 2)).to.have.length(3)
  })

  it('G27: an expired record is served to nobody', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(3)
    await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: VALUE, ttl: 10 }))
    expect((await network.until(nodes[2]!.kad.getRecord(KEY))).value).to.deep.equal(VALUE)
    await network.run(11_000)
    for (const { kad } of nodes) expect((await network.until(kad.getRecord(KEY))).records).to.deep.equal([])
  })

  it('finish ends it with what was reached, abort with the reason; each has one last event', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(4)
    hold(network, nodes.slice(0, 1), record())
    const finished = nodes[0]!.kad.getRecord(KEY)
    finished.finish()
    expect(await network.until(finished)).to.deep.include({ value: VALUE, partial: true })
    const controller = new AbortController()
    const aborted = nodes[0]!.kad.getRecord(KEY, { signal: controller.signal })
    await network.run(1)
    controller.abort(new Error('enough'))
    expect((await failure(network.until(aborted))).message).to.equal('enough')
    await network.run(0)
    expect(progressed(nodes[0]!, finished.id).at(-1)!.result).to.deep.include({ ok: true, found: 'FinishedWithNoAdditionalRecord' })
    expect(progressed(nodes[0]!, aborted.id).at(-1)!.result).to.deep.include({ ok: false, error: 'Cancelled' })
    for (const { id } of [finished, aborted]) expect(progressed(nodes[0]!, id).filter(({ step }) => step.last)).to.have.length(1)
  })

  it('R10: whoever has seen enough finishes the query from within the loop', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(6)
    for (const name of ['a', 'b', 'c', 'd']) hold(network, nodes.slice(1), record({}, publisher(name)))
    const query = nodes[0]!.kad.getRecord(KEY, { quorum: 'all' })
    const seen: PeerRecord[] = []
    await network.until((async () => { for await (const one of query) if (seen.push(one) === 2) query.finish() })())
    expect((await query).partial).to.equal(true)
  })

  it('time up: what was found is the result, and with nothing found the event says Timeout', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(3)
    network.kill(nodes[1]!, nodes[2]!)
    const nothing = nodes[0]!.kad.getRecord(KEY, { timeoutMs: 20 })
    expect(await network.until(nothing)).to.deep.include({ records: [], partial: true, elapsedMs: 20 })
    hold(network, nodes.slice(0, 1), record())
    const own = nodes[0]!.kad.getRecord(KEY, { timeoutMs: 20 })
    expect(await network.until(own)).to.deep.include({ value: VALUE, partial: true })
    await network.run(0)
    expect(progressed(nodes[0]!, nothing.id).at(-1)!.result).to.deep.equal({ type: 'GetRecord', ok: false, error: 'Timeout', key: KEY })
    expect(progressed(nodes[0]!, own.id).at(-1)!.result).to.deep.include({ ok: true })
  })

  it('InboundRequest tells whether the record was here', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(2)
    hold(network, nodes.slice(1), record())
    await network.until(nodes[0]!.kad.getRecord(KEY))
    await network.until(nodes[0]!.kad.getRecord(text('absent')))
    expect(detailsOf(nodes[1]!, 'InboundRequest').map(({ request }) => request)).to.deep.equal([
      { type: 'GetRecord', numCloserPeers: 0, presentLocally: true }, { type: 'GetRecord', numCloserPeers: 0, presentLocally: false }
    ])
  })
})
