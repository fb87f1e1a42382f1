import { compareDistance, createIdentity, generatePrivateKey, keyId } from '@kadmium/peer-id'
import { remainingMs, signRecord, signTombstone } from '@kadmium/records'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { expect } from 'chai'
import { Churn } from '../../src/churn.ts'
import { rankOf, replicasDue, replicationPauseMs } from '../../src/replication.ts'
import { QUIET, TestNetwork, failure, progressed, text } from '../network.ts'
import { kadOptions } from '../../src/checked-options.ts'
import type { KadInit } from '../../src/index.ts'
import type { Sent, TestNode } from '../network.ts'

const KEY = text('key')
const VALUE = text('value')
const PUBLISHER = createIdentity(generatePrivateKey(seededRandom('publisher')), systemCrypto())
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const K = 4
const OPTIONS: KadInit = { ...QUIET, k: K, replacementCacheSize: 64, region: false }

const held = (nodes: readonly TestNode[], now: number, key = KEY): string[] =>
  nodes.filter(({ kad }) => kad.store.get(key, now).length > 0).map(({ id }) => id.hex).sort()
const hexes = (nodes: readonly TestNode[]): string[] => nodes.map(({ id }) => id.hex).sort()

/** The stores that are sent from now on. */
function storesIn (network: TestNetwork): Sent[] {
  const sent: Sent[] = []
  const before = network.fate
  network.fate = one => {
    if (one.envelope.kind === 'request' && (one.bytes?.length ?? 0) > 100) sent.push(one)
    return before(one)
  }
  return sent
}

describe('replication', () => {
  it('J1: a node that holds nothing has nothing to do', async () => {
    const network = new TestNetwork()
    const { kad, id } = await network.node(OPTIONS)
    const near = { localId: id, table: kad.table, store: kad.store, placingOf: (target: typeof id) => ({ target, replicationFactor: K, networkSize: undefined }), isKeeper: () => false }
    expect(replicasDue(near, 0, HOUR_MS)).to.deep.equal({ due: [], nextInMs: HOUR_MS })
  })

  it('J2, G27: yields exactly the records that live and that nobody stored lately, each once, then rests', async () => {
    const network = new TestNetwork()
    const { kad, id } = await network.node(OPTIONS)
    for (const [i, ttl] of [10_000, 10_000, 600, 10_000].entries()) {
      await network.until(kad.putRecord({ key: text(`${i}`), value: VALUE, ttl }))
    }
    const near = { localId: id, table: kad.table, store: kad.store, placingOf: (target: typeof id) => ({ target, replicationFactor: K, networkSize: undefined }), isKeeper: () => false }
    const due = (): string[] => replicasDue(near, network.clock.now(), HOUR_MS).due.map(({ record }) => new TextDecoder().decode(record.key))
    await network.run(0.74 * HOUR_MS)
    expect(due()).to.deep.equal([])
    const [again] = kad.store.get(text('3'), network.clock.now())
    kad.store.put(again!.record, remainingMs(again!, network.clock.now()), network.clock.now())
    await network.run(0.02 * HOUR_MS)
    expect(due()).to.deep.equal(['0', '1'])
    await network.run(0.75 * HOUR_MS)
    expect(due()).to.deep.equal(['0', '1', '3'])
  })

  it('the nearest to the key has the first turn, and each other its own later, all within the pause', async () => {
    const network = new TestNetwork({ seed: 3 })
    const nodes = await network.acquainted(10, OPTIONS)
    await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: VALUE }))
    const target = keyId(KEY)
    const sorted = [...nodes].sort((a, b) => compareDistance(target, a.id, b.id))
    expect(sorted.slice(0, K).map(({ id, kad }) => rankOf(id, target, kad.table, K))).to.deep.equal([0, 1, 2, 3])
    const turns = sorted.slice(0, K).map(({ kad, id }) => {
      const near = { localId: id, table: kad.table, store: kad.store, placingOf: (place: typeof id) => ({ target: place, replicationFactor: K, networkSize: undefined }), isKeeper: () => false }
      const [{ receivedAt }] = [kad.store.get(KEY, network.clock.now())[0]!]
      return Array.from({ length: 100 }, (_, i) => i / 100).find(share => replicasDue(near, receivedAt + share * HOUR_MS, HOUR_MS).due.length > 0)!
    })
    expect(turns[0]).to.equal(0.75)
    for (let i = 1; i < K; i++) expect(turns[i]! - turns[i - 1]!).to.be.within(0.05, 0.08)
    expect(turns[K - 1]).to.be.below(1)
  })

  it('R8: after the holders died but one, the record is on exactly the k nearest again; one holder acts, and no life grows', async () => {
    const network = new TestNetwork({ seed: 8 })
    const nodes = await network.acquainted(30, { ...OPTIONS, replicateIntervalMs: HOUR_MS, livenessIntervalMs: 5 * MINUTE_MS, maxFormerPeers: 0 })
    const publisher = nodes[0]!
    await network.until(publisher.kad.putRecord({ key: KEY, value: VALUE, ttl: 36_000 }))
    const dead = [publisher, ...network.closest(keyId(KEY), K - 1, nodes.slice(1))]
    network.kill(...dead)
    const living = nodes.filter(node => !dead.includes(node))
    await network.run(1.1 * HOUR_MS)
    expect(held(living, network.clock.now())).to.deep.equal(hexes(network.closest(keyId(KEY), K, living)))
    for (const { kad } of living) {
      for (const { expiresAt } of kad.store.get(KEY, network.clock.now())) expect(expiresAt).to.be.at.most(36_000_000 + 1_000)
    }
    const stores = storesIn(network)
    await network.run(HOUR_MS)
    expect(new Set(stores.map(({ from }) => from.text)).size).to.equal(1)
    expect(stores).to.have.length(K - 1)
    await network.run(9 * HOUR_MS)
    expect(held(living, network.clock.now())).to.deep.equal([])
  })

  for (const asked of [true, false]) {
    it(`keep: a node far from the key that was ${asked ? '' : 'not '}asked to ${asked ? 'stores a record as it is, for what is left of its life,' : 'rests'} when all others that had it are gone`, async () => {
      const network = new TestNetwork({ seed: 8 })
      const nodes = await network.acquainted(30, { ...OPTIONS, replicateIntervalMs: HOUR_MS, livenessIntervalMs: 5 * MINUTE_MS, maxFormerPeers: 0 })
      const [publisher, ...others] = nodes
      const keeper = network.closest(keyId(KEY), 29, others).at(-1)!
      await network.until(publisher!.kad.putRecord({ key: KEY, value: VALUE, ttl: 36_000 }, asked ? { also: [keeper.contact] } : {}))
      const [put] = publisher!.kad.store.get(KEY, network.clock.now())
      if (!asked) keeper.kad.store.put(put!.record, 36_000_000, network.clock.now())
      const living = others.filter(({ kad }) => kad === keeper.kad || kad.store.get(KEY, network.clock.now()).length === 0)
      network.kill(publisher!, ...others.filter(node => !living.includes(node)))
      await network.run(1.2 * HOUR_MS)
      expect(held(living, network.clock.now())).to.deep.equal(hexes(asked ? [...network.closest(keyId(KEY), K, living), keeper] : [keeper]))
      for (const { record, expiresAt } of living.flatMap(({ kad }) => kad.store.get(KEY, network.clock.now()))) {
        expect(record).to.deep.equal(put!.record)
        expect(expiresAt).to.be.at.most(put!.expiresAt + 1_000)
      }
      await network.run(9 * HOUR_MS)
      expect(held(living, network.clock.now()), 'and not longer').to.deep.equal([])
    })
  }

  it('maxKept: beyond it a keeper refuses, and pushes out nobody', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(4, { ...OPTIONS, maxKept: 1 })
    const put = async (key: string): Promise<readonly string[]> => {
      const { refused } = await network.until(nodes[0]!.kad.putRecord({ key: text(key), value: VALUE, ttl: 60 }, { also: [nodes[1]!.contact], quorum: 1 }))
      return refused.map(({ reason }) => reason)
    }
    expect(await put('a')).to.deep.equal([])
    expect(await put('a'), 'a newer one takes its place').to.deep.equal([])
    expect(await put('b')).to.deep.equal(['store-full'])
    await network.run(61_000)
    expect(await put('b'), 'once the first has ended').to.deep.equal([])
  })

  it('replicateIntervalMs: off means never, and the pause is as given', async () => {
    for (const [replicateIntervalMs, rounds] of [['off', 0], [HOUR_MS, 3], [HOUR_MS / 2, 6]] as const) {
      const network = new TestNetwork({ seed: 8 })
      const nodes = await network.acquainted(10, { ...OPTIONS, replicateIntervalMs })
      await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: VALUE }))
      const stores = storesIn(network)
      await network.run(2.3 * HOUR_MS)
      expect(stores.length / (K - 1)).to.be.within(rounds * 0.8, rounds * 1.3)
    }
  })

  it('a holder of an older record takes the newer one that it meets', async () => {
    const network = new TestNetwork({ seed: 8 })
    const nodes = await network.acquainted(3, { ...OPTIONS, replicateIntervalMs: HOUR_MS })
    const sorted = network.closest(keyId(KEY), 3)
    await network.until(sorted[2]!.kad.putRecord({ key: KEY, value: VALUE, seq: 5 }))
    network.kill(sorted[0]!)
    await network.until(sorted[2]!.kad.putRecord({ key: KEY, value: text('newer'), seq: 6 }))
    network.revive(...nodes)
    await network.run(1.1 * HOUR_MS)
    for (const { kad } of nodes) expect(kad.store.get(KEY, network.clock.now())[0]!.record.value).to.deep.equal(text('newer'))
  })

  for (const [what, newer] of [
    ['record', signRecord({ key: KEY, value: text('newer'), seq: 6 }, PUBLISHER)],
    ['tombstone', signTombstone({ key: KEY, seq: 6 }, PUBLISHER)]
  ] as const) {
    it(`where one holder has a newer ${what}, the first turn of one with an older gives it to all, also to those that took that`, async () => {
      const network = new TestNetwork({ seed: 8 })
      const nodes = await network.acquainted(K, { ...OPTIONS, replicateIntervalMs: HOUR_MS })
      const sorted = network.closest(keyId(KEY), K)
      const older = signRecord({ key: KEY, value: VALUE, seq: 5 }, PUBLISHER)
      for (const [i, { kad }] of sorted.entries()) kad.store.put(i === K - 1 ? newer : older, 172_800_000, network.clock.now())
      await network.run(0.8 * HOUR_MS)
      for (const { kad } of nodes) expect(kad.store.get(KEY, network.clock.now()).map(({ record }) => record)).to.deep.equal([newer])
    })
  }
})

describe('the pause between replications', () => {
  const pace = { replicateIntervalMs: HOUR_MS, minReplicateIntervalMs: 5 * MINUTE_MS, replicationFactor: 20 }

  it('follows the median session, as long as it is shorter than replicateIntervalMs, down to minReplicateIntervalMs', () => {
    expect(replicationPauseMs(pace, undefined)).to.equal(HOUR_MS)
    expect(replicationPauseMs(pace, 2 * HOUR_MS)).to.equal(HOUR_MS)
    expect(replicationPauseMs(pace, HOUR_MS / 3)).to.equal(HOUR_MS / 3)
    expect(replicationPauseMs(pace, 1_000)).to.equal(5 * MINUTE_MS)
  })

  it('is so short that k holders leave in one pause at most once in a million times', () => {
    for (let k = 4; k <= 64; k++) {
      const shareOfMedian = replicationPauseMs({ ...pace, minReplicateIntervalMs: 1, replicationFactor: k }, HOUR_MS) / HOUR_MS
      expect((1 - 2 ** -shareOfMedian) ** k, `k ${k}`).to.be.at.most(1.1e-6)
    }
  })

  for (const [medianMs, peers] of [[10 * MINUTE_MS, 60], [HOUR_MS, 60], [2 * HOUR_MS, 60]] as const) {
    it(`the median session is measured at the own table: ${medianMs / MINUTE_MS} min within a third`, () => {
      const random = seededRandom(medianMs)
      const churn = new Churn(HOUR_MS, 0)
      const session = (): number => -medianMs * Math.log2(1 - random.float())
      churn.watched(peers, 0)
      const ends = Array.from({ length: peers }, session)
      for (let now = 0; now < 6 * HOUR_MS; now += 10_000) {
        for (const [i, end] of ends.entries()) {
          if (end > now) continue
          churn.departed()
          churn.watched(peers, now)
          ends[i] = now + session()
        }
      }
      expect(churn.medianSessionMs(6 * HOUR_MS)! / medianMs).to.be.within(0.67, 1.5)
    })
  }

  it('says nothing before enough have left, and forgets what was hours ago', () => {
    const churn = new Churn(HOUR_MS, 0)
    churn.watched(20, 0)
    for (let i = 0; i < 7; i++) churn.departed()
    expect(churn.medianSessionMs(MINUTE_MS)).to.equal(undefined)
    churn.departed()
    expect(churn.medianSessionMs(MINUTE_MS)).to.be.closeTo(0.693 * 20 * MINUTE_MS / 8, 100)
    churn.watched(20, HOUR_MS)
    churn.watched(20, 2 * HOUR_MS)
    expect(churn.medianSessionMs(3 * HOUR_MS)).to.equal(undefined)
  })

  it('minReplicateIntervalMs: a node whose peers leave quickly replicates that often', async () => {
    const counts = []
    for (const minReplicateIntervalMs of [10 * MINUTE_MS, HOUR_MS]) {
      const network = new TestNetwork({ seed: 8 })
      const nodes = await network.acquainted(24, { ...OPTIONS, k: 20, replicationFactor: K, replicateIntervalMs: HOUR_MS, minReplicateIntervalMs, livenessIntervalMs: MINUTE_MS, maxFormerPeers: 0 })
      await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: VALUE }))
      const far = [...nodes].sort((a, b) => compareDistance(keyId(KEY), b.id, a.id)).filter(node => node !== nodes[0])
      network.kill(...far.slice(0, 12))
      const stores = storesIn(network)
      await network.run(0.7 * HOUR_MS)
      counts.push(stores.length)
    }
    expect(counts[1]).to.equal(0)
    expect(counts[0]).to.be.above(0)
  })
})

describe('republishing', () => {
  it('R8: the publisher puts its record anew before it ends, with the next seq: on exactly the k nearest, with a whole life', async () => {
    const network = new TestNetwork({ seed: 8 })
    const nodes = await network.acquainted(30, { ...OPTIONS, republishIntervalMs: HOUR_MS })
    await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: VALUE, ttl: 7_200, salt: text('s'), seq: 5 }))
    await network.run(10.5 * HOUR_MS)
    const nearest = network.closest(keyId(KEY), K, nodes.slice(1))
    expect(held(nodes, network.clock.now())).to.deep.equal(hexes([nodes[0]!, ...nearest]))
    const [copy] = nearest[0]!.kad.store.get(KEY, network.clock.now())
    expect(copy!.record).to.deep.include({ value: VALUE, ttl: 7_200, salt: text('s') })
    expect(copy!.record.seq).to.be.within(14, 15)
    const results = progressed(nodes[0]!).flatMap(({ result, step }) => result.type === 'RepublishRecord' && step.last ? [result.ok] : [])
    expect(results).to.deep.equal(Array(copy!.record.seq - 5).fill(true))
  })

  it('a record with a ttl no longer than republishIntervalMs ends, and so does one that was removed; off means never', async () => {
    const network = new TestNetwork({ seed: 8 })
    const nodes = await network.acquainted(6, { ...OPTIONS, republishIntervalMs: HOUR_MS })
    const never = await network.node(OPTIONS)
    network.introduce([never, ...nodes])
    for (const [node, key, ttl] of [[nodes[0]!, 'short', 3_600], [nodes[0]!, 'removed', 5_400], [never, 'never', 5_400], [nodes[0]!, 'kept', 5_400]] as const) {
      await network.until(node.kad.putRecord({ key: text(key), value: VALUE, ttl }))
    }
    nodes[0]!.kad.forgetRecord(text('removed'))
    await network.run(1.55 * HOUR_MS)
    const left = ['short', 'removed', 'never', 'kept'].filter(key => held(nodes.slice(1), network.clock.now(), text(key)).length > 0)
    expect(left).to.deep.equal(['kept'])
  })

  it('an immutable value lives on by being put again, and a put that failed is tried again soon', async () => {
    const network = new TestNetwork({ seed: 8 })
    const nodes = await network.acquainted(6, { ...OPTIONS, republishIntervalMs: HOUR_MS })
    const { key } = await network.until(nodes[0]!.kad.putImmutable(VALUE, { ttl: 7_200 }))
    await network.run(0.9 * HOUR_MS)
    network.fate = () => 'lost'
    await network.run(0.3 * HOUR_MS)
    network.fate = () => 'delivered'
    network.introduce(nodes)
    await network.run(2 * HOUR_MS)
    expect(held(nodes.slice(1), network.clock.now(), key).length).to.be.at.least(K)
  })

  it('never puts an older value over what the same publisher put elsewhere since, and then stops', async () => {
    const network = new TestNetwork({ seed: 8 })
    const nodes = await network.acquainted(6, { ...OPTIONS, republishIntervalMs: HOUR_MS })
    const publisher = createIdentity(generatePrivateKey(seededRandom('twin')), systemCrypto())
    await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: VALUE }, { publisher }))
    await network.run(MINUTE_MS)
    await network.until(nodes[1]!.kad.putRecord({ key: KEY, value: text('newer') }, { publisher }))
    await network.run(1.5 * HOUR_MS)
    const { value } = await network.until(nodes[2]!.kad.getRecord(KEY))
    expect(value).to.deep.equal(text('newer'))
  })

  it('maxPublications: the longest not put is no longer renewed', async () => {
    const network = new TestNetwork({ seed: 8 })
    const nodes = await network.acquainted(4, { ...OPTIONS, republishIntervalMs: HOUR_MS, maxPublications: 2 })
    for (const key of ['a', 'b', 'c']) await network.until(nodes[0]!.kad.putRecord({ key: text(key), value: VALUE, ttl: 5_400 }))
    await network.run(1.6 * HOUR_MS)
    expect(['a', 'b', 'c'].filter(key => held(nodes.slice(1), network.clock.now(), text(key)).length > 0)).to.deep.equal(['b', 'c'])
  })
})

describe('hand-over', () => {
  it('who comes into the region is given what it lacks, by one holder, and nothing else; with `off` it is not', async () => {
    for (const handOver of [32, 'off'] as const) {
      const network = new TestNetwork({ seed: 4 })
      const nodes = await network.acquainted(20, { ...OPTIONS, handOver })
      const keys = Array.from({ length: 40 }, (_, i) => text(`key ${i}`))
      for (const key of keys) await network.until(nodes[0]!.kad.putRecord({ key, value: VALUE, ttl: 1_000 }))
      await network.run(500_000)
      const stores = storesIn(network)
      const newcomer = await network.node(OPTIONS)
      network.introduce([...nodes, newcomer])
      await network.run(10_000)
      const now = network.clock.now()
      const its = keys.filter(key => network.closest(keyId(key), K, network.nodes).includes(newcomer))
      const given = keys.filter(key => newcomer.kad.store.get(key, now).length > 0)
      expect(its.length).to.be.above(2)
      expect(given).to.deep.equal(handOver === 'off' ? [] : its)
      expect(stores).to.have.length(given.length)
      for (const key of given) expect(newcomer.kad.store.get(key, now)[0]!.expiresAt).to.be.at.most(1_001_000)
    }
  })

  it('handOver: no more records in a second; maxNewcomers: the longest waiting give way', async () => {
    const network = new TestNetwork({ seed: 4 })
    const holder = await network.node({ ...OPTIONS, handOver: 3, maxNewcomers: 1 })
    for (let i = 0; i < 10; i++) await network.until(holder.kad.putRecord({ key: text(`${i}`), value: VALUE }))
    const newcomers = [await network.node(OPTIONS), await network.node(OPTIONS)]
    network.introduce([holder, ...newcomers])
    const stores = storesIn(network)
    await network.run(1_100)
    expect(stores.length).to.be.at.most(3)
    await network.run(20_000)
    expect(newcomers[0]!.kad.store.size).to.equal(0)
    expect(newcomers[1]!.kad.store.size).to.be.above(0)
  })
})

describe('the options of maintenance', () => {
  it('are in order: replicate before republish before the end of a life; what is not given follows what is', () => {
    for (const [init, message] of [
      [{ replicateIntervalMs: HOUR_MS, republishIntervalMs: HOUR_MS }, `replicateIntervalMs: expected less than republishIntervalMs (${HOUR_MS} ms), got ${HOUR_MS}`],
      [{ republishIntervalMs: 60_000, recordTtl: 60 }, 'republishIntervalMs: expected less than recordTtl (60000 ms), got 60000'],
      [{ replicateIntervalMs: 60_000, republishIntervalMs: 'off', recordTtl: 60 }, 'replicateIntervalMs: expected less than recordTtl (60000 ms), got 60000'],
      [{ replicateIntervalMs: 1_000, minReplicateIntervalMs: 2_000 }, 'minReplicateIntervalMs: expected at most replicateIntervalMs (1000), got 2000'],
      [{ region: 1 }, 'region: expected true or false, got 1'],
      [{ handOver: 0 }, 'handOver: expected a whole number from 1']
    ] as const) expect(() => kadOptions(init as never)).to.throw(message)
    const { replicateIntervalMs, republishIntervalMs, minReplicateIntervalMs } = kadOptions()
    expect([replicateIntervalMs, republishIntervalMs, minReplicateIntervalMs]).to.deep.equal([HOUR_MS, 22 * HOUR_MS, 300_000])
    expect(kadOptions({ recordTtl: 1 })).to.deep.include({ republishIntervalMs: 458, replicateIntervalMs: 229, minReplicateIntervalMs: 229 })
    expect(kadOptions({ republishIntervalMs: 'off' })).to.deep.include({ replicateIntervalMs: HOUR_MS })
  })

  it('every node of a network that is stopped lets go of its timers', async () => {
    const network = new TestNetwork({ seed: 4 })
    const nodes = await network.joined(5)
    await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: VALUE }))
    network.introduce([await network.node(), ...nodes])
    await network.run(100)
    await network.stop()
    await network.run(5_000)
    expect(network.clock.pending).to.equal(0)
    expect(await failure(network.until(nodes[0]!.kad.putRecord({ key: KEY, value: VALUE })))).to.include({ name: 'NotStartedError' })
  })
})
