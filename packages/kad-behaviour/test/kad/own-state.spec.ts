import { createIdentity, generatePrivateKey, keyId } from '@kadmium/peer-id'
import { NodeStateStore } from '@kadmium/records'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { expect } from 'chai'
import { MemoryDatastore } from 'datastore-core'
import { QUIET, TestNetwork, text } from '../network.ts'
import type { KadInit, OwnState } from '../../src/index.ts'
import type { TestNode } from '../network.ts'

const HOUR_MS = 3_600_000
const KEY = text('key')
const VALUE = text('value')
const OPTIONS: KadInit = { ...QUIET, k: 4, region: false, republishIntervalMs: 22 * HOUR_MS }
const privateKey = generatePrivateKey(seededRandom('publisher'))
const other = createIdentity(generatePrivateKey(seededRandom('other')), systemCrypto())

/** A node's runs: all with one key and one datastore. */
class Runs {
  readonly datastore = new MemoryDatastore()
  readonly errors: unknown[] = []
  readonly network: TestNetwork

  constructor (network: TestNetwork) {
    this.network = network
  }

  async begin (options: KadInit = {}, signers: OwnState['earlier']['signers'] = []): Promise<TestNode> {
    const store = new NodeStateStore(this.datastore)
    const { items: publications } = await store.loadPublications()
    const { items: kept } = await store.loadKept()
    const [sequence, networkSize] = [await store.loadSequence(), await store.loadNetworkSize()]
    const earlier = { publications, kept, signers, ...(sequence !== undefined && { sequence }), ...(networkSize && { networkSize }) }
    return await this.network.node({ ...OPTIONS, ...options, state: { earlier, store, onWriteError: error => { this.errors.push(error) } } }, { privateKey })
  }

  async end (node: TestNode): Promise<void> {
    await this.network.until(node.swarm.stop())
  }
}

/** A key to which the node is the farthest of all. */
function farFrom (node: TestNode, network: TestNetwork, others: readonly TestNode[]): Uint8Array {
  for (let i = 0; ; i++) {
    const key = text(`key ${i}`)
    if (network.closest(keyId(key), others.length + 1, [node, ...others]).at(-1) === node) return key
  }
}

describe('a node that comes back', () => {
  it('J5: puts anew what it published, at the time when that is due, with its ttl and the next seq', async () => {
    const network = new TestNetwork({ seed: 2 })
    const others = await network.acquainted(4, OPTIONS)
    const runs = new Runs(network)
    const before = await runs.begin()
    network.introduce([before, ...others])
    await network.until(before.kad.putRecord({ key: KEY, value: VALUE, ttl: 100_000 }))
    const [first] = others[0]!.kad.store.get(KEY, network.clock.now())
    await network.run(10 * HOUR_MS)
    await runs.end(before)

    await network.run(HOUR_MS)
    const after = await runs.begin()
    network.introduce([after, ...others])
    await network.run(9 * HOUR_MS)
    expect(others[0]!.kad.store.get(KEY, network.clock.now())[0]!.record.seq).to.equal(first!.record.seq)
    await network.run(5 * HOUR_MS)
    const [again] = others[0]!.kad.store.get(KEY, network.clock.now())
    expect(again!.record).to.deep.include({ value: VALUE, ttl: 100_000, seq: first!.record.seq + 1 })
    await network.run(23 * HOUR_MS)
    expect(others[0]!.kad.store.get(KEY, network.clock.now())[0]!.record.seq).to.equal(first!.record.seq + 2)
  })

  for (const survives of [true, false]) {
    it(`${survives ? 'still keeps alive what others asked it to keep' : 'rests when what it was asked to keep was not written down'}, when all others that had it are gone`, async () => {
      const options: KadInit = { ...OPTIONS, replicateIntervalMs: HOUR_MS, livenessIntervalMs: 300_000, maxFormerPeers: 0 }
      const network = new TestNetwork({ seed: 4 })
      const others = await network.acquainted(20, options)
      const runs = new Runs(network)
      const before = await runs.begin(options)
      network.introduce([before, ...others])
      const key = farFrom(before, network, others)
      await network.until(others[0]!.kad.putRecord({ key, value: VALUE, ttl: 36_000 }, { also: [before.contact] }))
      await runs.end(before)

      if (!survives) await new NodeStateStore(runs.datastore).removeKept(before.kad.store.get(key, network.clock.now())[0]!.record)
      const after = await runs.begin({ ...options, store: before.kad.store })
      network.introduce([after, ...others])
      const holds = ({ kad }: TestNode): boolean => kad.store.get(key, network.clock.now()).length > 0
      const [holders, living] = [others.filter(holds), others.filter(node => !holds(node))]
      network.kill(...holders)
      await network.run(1.2 * HOUR_MS)
      expect(living.filter(holds)).to.have.length(survives ? 4 : 0)
      await network.run(9 * HOUR_MS)
      const { items } = await new NodeStateStore(runs.datastore).loadKept()
      expect(items.filter(({ endsAt }) => endsAt > network.clock.wallNow()), 'and not longer').to.deep.equal([])
    })
  }

  it('puts soon what fell due while it was away, but not before it knows anybody', async () => {
    const network = new TestNetwork({ seed: 2 })
    const others = await network.acquainted(4, OPTIONS)
    const runs = new Runs(network)
    const before = await runs.begin()
    network.introduce([before, ...others])
    await network.until(before.kad.putRecord({ key: KEY, value: VALUE }))
    await runs.end(before)
    await network.run(60 * HOUR_MS)
    expect(others[0]!.kad.store.get(KEY, network.clock.now())).to.deep.equal([])

    const after = await runs.begin()
    await network.run(60_000)
    network.introduce([after, ...others])
    await network.run(60_000)
    expect(others[0]!.kad.store.get(KEY, network.clock.now())[0]!.record.value).to.deep.equal(VALUE)
  })

  it('signs for another publisher only with that one\'s key, and forgets what has ended without it', async () => {
    const network = new TestNetwork({ seed: 2 })
    const others = await network.acquainted(4, OPTIONS)
    const runs = new Runs(network)
    const before = await runs.begin()
    network.introduce([before, ...others])
    await network.until(before.kad.putRecord({ key: KEY, value: VALUE }, { publisher: other }))
    await runs.end(before)
    await network.run(30 * HOUR_MS)

    const stranger = await runs.begin()
    network.introduce([stranger, ...others])
    await network.run(HOUR_MS)
    const [{ record: { seq } }] = [others[0]!.kad.store.get(KEY, network.clock.now())[0]!]
    await runs.end(stranger)
    const signer = await runs.begin({}, [other])
    network.introduce([signer, ...others])
    await network.run(HOUR_MS)
    expect(others[0]!.kad.store.get(KEY, network.clock.now())[0]!.record.seq).to.equal(seq + 1)
    await runs.end(signer)

    await network.run(50 * HOUR_MS)
    await runs.end(await runs.begin())
    expect((await new NodeStateStore(runs.datastore).loadPublications()).items).to.deep.equal([])
  })

  it('does not go on with what it removed, forgot, or was told to keep no longer', async () => {
    const network = new TestNetwork({ seed: 2 })
    const others = await network.acquainted(4, OPTIONS)
    const runs = new Runs(network)
    const before = await runs.begin({ maxPublications: 3 })
    network.introduce([before, ...others])
    for (const key of ['removed', 'forgotten', 'short', 'a', 'b', 'c', 'd']) {
      await network.until(before.kad.putRecord({ key: text(key), value: VALUE, ...(key === 'short' && { ttl: 60 }) }))
      if (key === 'removed') await network.until(before.kad.removeRecord(text(key)))
      if (key === 'forgotten') before.kad.forgetRecord(text(key))
    }
    await runs.end(before)
    const { items } = await new NodeStateStore(runs.datastore).loadPublications()
    expect(items.map(({ record }) => new TextDecoder().decode(record.key)).sort()).to.deep.equal(['b', 'c', 'd'])
  })

  it('its sequence numbers go on although its clock has gone back, whatever it signs', async () => {
    const seqs: number[] = []
    const datastore = new MemoryDatastore()
    for (const [seed, startHours] of [[1, 40], [2, 0]] as const) {
      const network = new TestNetwork({ seed })
      await network.run(startHours * HOUR_MS)
      const others = await network.acquainted(4, OPTIONS)
      const runs = Object.assign(new Runs(network), { datastore })
      const node = await runs.begin()
      network.introduce([node, ...others])
      await network.until(node.kad.putRecord({ key: KEY, value: VALUE, ttl: 60 }))
      await network.until(node.kad.removeRecord(KEY))
      await network.until(node.kad.advertise('namespace'))
      seqs.push(...others[0]!.kad.store.get(KEY, network.clock.now()).map(({ record }) => record.seq))
      await runs.end(node)
    }
    expect(seqs).to.have.length(2)
    expect(seqs[1]).to.be.above(seqs[0]! + 2)
  })

  it('believes its last estimate of the network\'s size until that is too old, or it has one of its own', async () => {
    const network = new TestNetwork({ seed: 2 })
    const runs = new Runs(network)
    await new NodeStateStore(runs.datastore).saveNetworkSize({ size: 1_000, measuredAt: network.clock.wallNow() - HOUR_MS })
    const node = await runs.begin({ sizeSampleMaxAgeMs: 2 * HOUR_MS })
    expect(node.kad.networkSize).to.equal(1_000)
    expect(node.kad.measuredNetworkSize).to.deep.equal({ nodes: 1_000, measuredAt: network.clock.now() - HOUR_MS })
    await network.run(HOUR_MS + 1)
    expect(node.kad.networkSize).to.equal(undefined)
  })

  it('a put is told of as done when it is written what is to be put anew; a disk that fails is told of and stops no put', async () => {
    const network = new TestNetwork({ seed: 2 })
    const others = await network.acquainted(4, OPTIONS)
    const runs = new Runs(network)
    const node = await runs.begin()
    network.introduce([node, ...others])
    await network.until(node.kad.putRecord({ key: KEY, value: VALUE }))
    const { items } = await new NodeStateStore(runs.datastore).loadPublications()
    expect(items.map(({ record, publishedAt }) => [record.key, publishedAt])).to.deep.equal([[KEY, network.clock.wallNow()]])

    runs.datastore.put = () => { throw new Error('disk full') }
    const { storedOn } = await network.until(node.kad.putRecord({ key: text('other'), value: VALUE }))
    expect(storedOn).to.equal(4)
    expect(runs.errors.map(String)).to.deep.equal(['Error: disk full', 'Error: disk full'])
  })
})
