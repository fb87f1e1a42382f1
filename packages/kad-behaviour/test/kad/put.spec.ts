import { createIdentity, generatePrivateKey, keyId } from '@kadmium/peer-id'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { expect } from 'chai'
import { Quorum } from '@kadmium/interface'
import { TestNetwork, detailsOf, failure, progressed, text } from '../network.ts'
import type { PutProgress, QuorumFailedError } from '../../src/index.ts'
import type { TestNode } from '../network.ts'

const KEY = text('key')
const VALUE = text('value')

function holding (nodes: readonly TestNode[], key: Uint8Array, now: number): string[] {
  return nodes.filter(({ kad }) => kad.store.get(key, now).length > 0).map(({ id }) => id.hex).sort()
}

function hexes (nodes: readonly TestNode[]): string[] {
  return nodes.map(({ id }) => id.hex).sort()
}

describe('putting a record', () => {
  it('R8: it lands on exactly the replicationFactor nearest of all nodes, and here; the record is whole', async () => {
    const network = new TestNetwork({ seed: 8 })
    const nodes = await network.acquainted(40, { k: 20, replicationFactor: 5 })
    const publisher = nodes[0]!
    const nearest = network.closest(keyId(KEY), 5, nodes.slice(1))
    const query = publisher.kad.putRecord({ key: KEY, value: VALUE, ttl: 60, seq: 7, salt: text('salt') })
    const result = await network.until(query)
    expect(holding(nodes, KEY, network.clock.now())).to.deep.equal(hexes([publisher, ...nearest]))
    const [held] = nearest[0]!.kad.store.get(KEY, network.clock.now())
    const whole = { key: KEY, value: VALUE, ttl: 60, seq: 7, salt: text('salt'), publisher: publisher.swarm.publicKey }
    expect(held!.record).to.deep.include(whole)
    expect(held!.expiresAt - held!.receivedAt).to.equal(60_000)
    expect(result).to.deep.include({ key: KEY, storedOn: 5, storedLocally: true, refused: [], quorum: 3 })
    expect(result.keyId.hex).to.equal(keyId(KEY).hex)
    expect(result.holders.map(({ hex }) => hex).sort()).to.deep.equal(hexes(nearest))
    expect(query.stats).to.include({ numFailures: 0, numPending: 0 })
    expect(query.stats.numSuccesses).to.be.at.least(5)
  })

  it('R8: the same again after it is put again, and one event each, step 1 and last', async () => {
    const network = new TestNetwork({ seed: 8 })
    const nodes = await network.acquainted(30, { replicationFactor: 4 })
    for (let i = 0; i < 2; i++) await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: VALUE }))
    expect(holding(nodes, KEY, network.clock.now())).to.deep.equal(hexes([nodes[0]!, ...network.closest(keyId(KEY), 4, nodes.slice(1))]))
    await network.run(0)
    const events = progressed(nodes[0]!).filter(({ result }) => result.type === 'PutRecord')
    const outcomes = events.map(({ step, result }) => ({ step, ok: result.ok }))
    expect(outcomes).to.deep.equal(Array(2).fill({ step: { count: 1, last: true }, ok: true }))
  })

  it('a node alone stores here: storedOn 0, storedLocally true', async () => {
    const network = new TestNetwork()
    const { kad } = await network.node()
    const result = await network.until(kad.putRecord({ key: KEY, value: VALUE }))
    expect(result).to.deep.include({ storedOn: 0, storedLocally: true, holders: [], quorum: 0, asked: 0 })
    expect((await network.until(kad.getRecord(KEY))).value).to.deep.equal(VALUE)
  })

  it('a client keeps no copy, since nobody could read it; alone it stores nowhere, and that is a failure', async () => {
    const network = new TestNetwork()
    const alone = await network.node({}, { mode: 'client' })
    const error = await failure(network.until(alone.kad.putRecord({ key: KEY, value: VALUE }))) as QuorumFailedError
    expect(error).to.deep.include({ name: 'QuorumFailedError', success: [], quorum: 1 })
    const [server] = await network.acquainted(1)
    alone.kad.peerAnswered(server!.contact, { mode: 'server', rttMs: 1 })
    expect(await network.until(alone.kad.putRecord({ key: KEY, value: VALUE }))).to.include({ storedOn: 1, storedLocally: false })
    expect(holding(network.nodes, KEY, network.clock.now())).to.deep.equal([server!.id.hex])
  })

  it('Majority in a network of three means two', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(3)
    const put = nodes[0]!.kad.putRecord({ key: KEY, value: VALUE }, { quorum: Quorum.Majority })
    expect(await network.until(put)).to.include({ quorum: 2, storedOn: 2 })
  })

  it('a quorum is of the peers found: All in a network of five means four', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(5)
    const quorums = await network.until(Promise.all(
      [Quorum.One, Quorum.Majority, Quorum.All, 2, 100].map(quorum => nodes[0]!.kad.putRecord({ key: KEY, value: VALUE }, { quorum }))
    ))
    expect(quorums.map(({ quorum }) => quorum)).to.deep.equal([1, 3, 4, 2, 4])
  })

  it('a put that missed its quorum fails and says who refused and why; what was stored stays', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(2)
    const full = await network.acquainted(2, { store: { maxRecords: 0 } })
    network.introduce([...nodes, ...full])
    const query = nodes[0]!.kad.putRecord({ key: KEY, value: VALUE }, { quorum: 'all' })
    const steps: PutProgress[] = []
    void (async () => { for await (const step of query) steps.push(step) })().catch(() => {})
    const error = await failure(network.until(query)) as QuorumFailedError
    expect(error.success.map(({ hex }) => hex)).to.deep.equal([nodes[1]!.id.hex])
    expect(error.refused.map(({ peer, ...why }) => ({ peer: peer.hex, ...why })).sort((a, b) => a.peer < b.peer ? -1 : 1))
      .to.deep.equal(hexes(full).map(peer => ({ peer, reason: 'store-full', message: 'this node has no room' })))
    expect(error.message).to.match(/^1 of 3 needed holders stored the record: [0-9a-f]{40} store-full/)
    await network.run(0)
    const last = progressed(nodes[0]!, query.id).at(-1)!
    expect(last.result).to.deep.include({ type: 'PutRecord', ok: false, error: 'QuorumFailed', quorum: 3, success: error.success })
    expect(steps.map(({ type }) => type).sort()).to.deep.equal(['refused', 'refused', 'stored'])
    expect(holding(network.nodes, KEY, network.clock.now())).to.deep.equal(hexes(nodes))
  })

  it('refusals that the quorum survives are named in the result', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(4)
    const full = await network.acquainted(1, { store: { maxRecordsPerKey: 0 } })
    network.introduce([...nodes, ...full])
    const { storedOn, refused } = await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: VALUE }))
    expect(storedOn).to.equal(3)
    expect(refused).to.deep.equal([{ peer: full[0]!.id, reason: 'key-full', message: 'this node holds enough records under the key' }])
  })

  it('when everybody who is known is silent, it fails and names them', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(3)
    network.kill(nodes[1]!, nodes[2]!)
    const error = await failure(network.until(nodes[0]!.kad.putRecord({ key: KEY, value: VALUE }))) as QuorumFailedError
    expect(error).to.include({ name: 'QuorumFailedError', quorum: 1 })
    const refused = error.refused.map(({ peer, reason }) => `${peer.hex} ${reason}`).sort()
    expect(refused).to.deep.equal(hexes(nodes.slice(1)).map(hex => `${hex} timeout`))
  })

  it('a holder that dies between the lookup and the store is named by nobody yet, and delays the put by no more than it took', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(6)
    const { text: holder } = nodes[5]!.address
    network.fate = ({ to, envelope, bytes }) => {
      const isStore = envelope.kind === 'request' && bytes!.length > 60
      return isStore && to.text === holder ? 'lost' : 'delivered'
    }
    const result = await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: VALUE }))
    expect(result.storedOn).to.equal(4)
    // two round trips, and the timeout of the first try, twice
    expect(result.elapsedMs).to.be.within(100, 2 * (20 + 60))
  })

  it('a store that was lost once is counted all the same', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(6)
    const lost = new Set<string>()
    network.fate = ({ to, envelope, bytes }) => {
      if (envelope.kind !== 'request' || bytes!.length <= 60 || lost.size === 2 || lost.has(to.text)) return 'delivered'
      lost.add(to.text)
      return 'lost'
    }
    expect(await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: VALUE }))).to.include({ storedOn: 5 })
    expect(lost.size).to.equal(2)
  })

  it('the sequence number rises strictly, also when the clock stands', async () => {
    const network = new TestNetwork({ latencyMs: 0 })
    const { kad } = await network.node()
    const seqs: number[] = []
    for (let i = 0; i < 3; i++) {
      await network.until(kad.putRecord({ key: KEY, value: text(`${i}`) }))
      seqs.push(kad.store.get(KEY, network.clock.now())[0]!.record.seq)
    }
    expect(seqs).to.deep.equal([network.clock.wallNow(), network.clock.wallNow() + 1, network.clock.wallNow() + 2])
    await network.until(kad.putRecord({ key: KEY, value: VALUE, seq: seqs[2]! + 1000 }))
    await network.until(kad.putRecord({ key: KEY, value: VALUE }))
    expect(kad.store.get(KEY, network.clock.now())[0]!.record.seq).to.equal(seqs[2]! + 1001)
  })

  it('G3: an older record fails here and is sent to nobody; the newer stays', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(3)
    await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: VALUE, seq: 9 }))
    const sent: unknown[] = []
    network.fate = one => { sent.push(one); return 'delivered' }
    const error = await failure(network.until(nodes[0]!.kad.putRecord({ key: KEY, value: text('old'), seq: 8 }))) as QuorumFailedError
    expect(error.refused).to.deep.equal([{ peer: nodes[0]!.id, reason: 'older-seq', message: 'a newer record is held' }])
    expect(sent).to.deep.equal([])
    expect((await network.until(nodes[1]!.kad.getRecord(KEY))).value).to.deep.equal(VALUE)
  })

  it('U9: a value just over the limit is rejected before anything is stored or sent', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(2)
    const { kad } = nodes[0]!
    for (const [size, salt] of [[851, undefined], [839, text('ten bytes!')]] as const) {
      const error = await failure(network.until(kad.putRecord({ key: KEY, value: new Uint8Array(size), ...(salt && { salt }) })))
      expect(error).to.include({ name: 'ValueTooLargeError', size, limit: size - 1 })
    }
    expect((await failure(network.until(kad.putImmutable(new Uint8Array(851))))).name).to.equal('ValueTooLargeError')
    expect(holding(nodes, KEY, network.clock.now())).to.deep.equal([])
    await network.run(1000)
    expect(progressed(nodes[0]!).filter(({ result }) => result.type === 'PutRecord')).to.deep.equal([])
  })

  it('U5: a value at the limit is stored on others, with the longest key and salt', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(3)
    const key = new Uint8Array(64).fill(1)
    expect(await network.until(nodes[0]!.kad.putRecord({ key, value: new Uint8Array(850) }))).to.include({ storedOn: 2 })
    const salted = { key, value: new Uint8Array(784), salt: new Uint8Array(64) }
    expect(await network.until(nodes[0]!.kad.putRecord(salted))).to.include({ storedOn: 2 })
  })

  it('an immutable value is found under its own hash, by anyone, and needs no publisher', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(4)
    const { key } = await network.until(nodes[0]!.kad.putImmutable(VALUE))
    expect(key).to.deep.equal(new Uint8Array(keyId(VALUE).bytes))
    const { best } = await network.until(nodes[3]!.kad.getRecord(key))
    expect(best).to.deep.equal({ key, value: VALUE, seq: 0, ttl: 172_800 })
  })

  it('a publisher other than the node signs, so that a second put replaces the first, whichever node puts it', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(4)
    const publisher = createIdentity(generatePrivateKey(seededRandom('publisher')), systemCrypto())
    await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: text('first') }, { publisher }))
    await network.until(nodes[1]!.kad.putRecord({ key: KEY, value: text('second') }, { publisher }))
    const { records, value } = await network.until(nodes[2]!.kad.getRecord(KEY))
    expect(records).to.have.length(1)
    expect(value).to.deep.equal(text('second'))
  })

  it('G6: concurrent puts of one publisher end with the highest sequence number everywhere', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(6)
    const publisher = createIdentity(generatePrivateKey(seededRandom('publisher')), systemCrypto())
    const puts = [1, 7, 3, 5].map((seq, i) => nodes[i]!.kad.putRecord({ key: KEY, value: text(`${seq}`), seq }, { publisher, quorum: 1 }))
    await network.until(Promise.allSettled(puts))
    expect(nodes.map(({ kad }) => kad.store.get(KEY, network.clock.now())[0]!.record.seq)).to.deep.equal(Array(6).fill(7))
  })

  it('InboundRequest tells of a record that came, and whether it was stored', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(2)
    await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: VALUE }))
    const [event] = detailsOf(nodes[1]!, 'InboundRequest').filter(({ request }) => request.type === 'PutRecord')
    expect(event!.request).to.deep.include({ type: 'PutRecord', stored: true })
  })

  it('forgetRecord forgets the own copy alone', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(2)
    await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: VALUE }))
    expect(nodes[1]!.kad.forgetRecord(KEY)).to.equal(false)
    expect(nodes[0]!.kad.forgetRecord(KEY)).to.equal(true)
    expect(nodes[0]!.kad.forgetRecord(KEY)).to.equal(false)
    expect(holding(nodes, KEY, network.clock.now())).to.deep.equal([nodes[1]!.id.hex])
  })

  it('a quorum that is none is rejected at once', async () => {
    const network = new TestNetwork()
    const { kad } = await network.node()
    for (const quorum of [0, -1, 1.5, NaN, 'most' as 'one']) {
      const error = await failure(network.until(kad.putRecord({ key: KEY, value: VALUE }, { quorum })))
      expect(error).to.include({ name: 'InvalidOptionError', option: 'quorum' })
    }
  })
})
