import type { KadRecord } from '@kadmium/interface'
import { compareDistance, keyId } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import fc from 'fast-check'
import { MemoryRecordStore, RECORD_OVERHEAD_BYTES } from '../src/index.ts'
import type { MemoryRecordStoreOptions, PutOutcome } from '../src/index.ts'
import { addressIn, advertisementOf, credulous, recordOf } from './crowd.ts'
import { bytes } from './people.ts'

const HOUR = 3_600_000
const FOREVER = 48 * HOUR
const localId = keyId(bytes('this node'))
const newStore = (options: MemoryRecordStoreOptions = {}): MemoryRecordStore =>
  new MemoryRecordStore({ crypto: credulous, localId, random: seededRandom(1), ...options })
const reason = (outcome: PutOutcome): string => outcome.type === 'refused' ? outcome.reason : outcome.type
/** Keys, nearest to this node first. */
const keys = (count: number): Uint8Array[] => Array.from({ length: count }, (_, index) => bytes(`key ${index}`))
  .sort((a, b) => compareDistance(localId, keyId(a), keyId(b)))

describe('limits by publisher and IP group', () => {
  const key = (index: number): Uint8Array => bytes(`${index}`)
  const size = RECORD_OVERHEAD_BYTES + 1 + 32 + 64

  it('maxRecordsPerPublisher: takes so many and refuses one more, advertisements too; others go on', () => {
    const store = newStore({ maxRecordsPerPublisher: 2 })
    store.put(recordOf(1, key(1)), FOREVER, 0)
    store.put(advertisementOf(1, key(2)), 1000, 0)
    expect(reason(store.put(recordOf(1, key(3)), FOREVER, 0))).to.equal('publisher-quota')
    expect(reason(store.put(advertisementOf(1, key(3)), FOREVER, 0))).to.equal('publisher-quota')
    expect(reason(store.put({ ...recordOf(1, key(1)), seq: 2 }, FOREVER, 0)), 'a newer one needs no room').to.equal('stored')
    expect(reason(store.put(recordOf(2, key(3)), FOREVER, 0))).to.equal('stored')
    expect(reason(store.put(recordOf(1, key(3)), FOREVER, 1000)), 'after one expired').to.equal('stored')
  })

  it('maxBytesPerPublisher: counts to the byte', () => {
    const store = newStore({ maxBytesPerPublisher: 2 * size + 100 })
    store.put(recordOf(1, key(1), 40), FOREVER, 0)
    expect(reason(store.put(recordOf(1, key(2), 61), FOREVER, 0))).to.equal('publisher-quota')
    expect(reason(store.put(recordOf(1, key(2), 60), FOREVER, 0))).to.equal('stored')
    expect(reason(store.put({ ...recordOf(1, key(1), 41), seq: 2 }, FOREVER, 0))).to.equal('publisher-quota')
    expect(reason(store.put({ ...recordOf(1, key(1), 39), seq: 2 }, FOREVER, 0))).to.equal('stored')
  })

  it('maxRecordsPerGroup: counts where records came from, by /24 and /56, whoever signed them', () => {
    const store = newStore({ maxRecordsPerGroup: 2 })
    store.put(recordOf(1, key(1)), FOREVER, 0, { from: addressIn(7, 1) })
    store.put(recordOf(2, key(2)), FOREVER, 0, { from: addressIn(7, 2) })
    expect(reason(store.put(recordOf(3, key(3)), FOREVER, 0, { from: addressIn(7, 3) }))).to.equal('group-quota')
    expect(reason(store.put(recordOf(3, key(3)), FOREVER, 0, { from: addressIn(8) }))).to.equal('stored')
    expect(reason(store.put({ ...recordOf(3, key(3)), seq: 2 }, FOREVER, 0, { from: addressIn(7) })), 'whose room it is stays').to.equal('stored')
    expect(reason(store.put(recordOf(4, key(4)), FOREVER, 0, { from: addressIn(8, 2) }))).to.equal('stored')
    expect(reason(store.put(recordOf(5, key(5)), FOREVER, 0, { from: addressIn(8, 2) }))).to.equal('group-quota')
    expect(reason(store.put(recordOf(5, key(5)), FOREVER, 0)), 'this node\'s own count for nobody').to.equal('stored')
    expect(reason(store.put(recordOf(6, key(6)), FOREVER, 0, { from: endpoint('2001:db8:1::1', 1) }))).to.equal('stored')
    expect(reason(store.put(recordOf(7, key(7)), FOREVER, 0, { from: endpoint('2001:db8:1:ff::1', 1) }))).to.equal('stored')
    expect(reason(store.put(recordOf(8, key(8)), FOREVER, 0, { from: endpoint('2001:db8:1:1::1', 1) }))).to.equal('group-quota')
    expect(store.remove(recordOf(1, key(1)))).to.equal(true)
    expect(reason(store.put(recordOf(9, key(9)), FOREVER, 0, { from: addressIn(7) })), 'what is removed makes room').to.equal('stored')
  })

  it('maxBytesPerGroup: counts to the byte', () => {
    const store = newStore({ maxBytesPerGroup: 2 * size + 10 })
    const from = addressIn(7)
    store.put(recordOf(1, key(1), 5), FOREVER, 0, { from })
    expect(reason(store.put(recordOf(2, key(2), 6), FOREVER, 0, { from }))).to.equal('group-quota')
    expect(reason(store.put(recordOf(2, key(2), 5), FOREVER, 0, { from }))).to.equal('stored')
    expect(reason(store.put({ ...recordOf(2, key(2), 6), seq: 2 }, FOREVER, 0, { from }))).to.equal('group-quota')
    expect(reason(store.put(advertisementOf(3, key(3)), FOREVER, 0, { from })), 'advertisements have a quota of their own').to.equal('stored')
  })

  it('bytes of advertisements do not count for a group, and what becomes a value counts as one', () => {
    const from = addressIn(7)
    const store = newStore({ maxBytesPerGroup: size, maxRecordsPerGroup: 1, maxRecordsPerKey: 1 })
    store.put(advertisementOf(1, key(1)), FOREVER, 0, { from })
    expect(reason(store.put(recordOf(2, key(2)), FOREVER, 0, { from }))).to.equal('stored')
    expect(reason(store.put({ ...recordOf(1, key(1)), seq: 2 }, FOREVER, 0, { from }))).to.equal('group-quota')
    store.put(recordOf(3, key(1)), FOREVER, 0)
    expect(reason(store.put({ ...recordOf(1, key(1)), seq: 2 }, FOREVER, 0))).to.equal('key-full')
    expect(store.getSlot(advertisementOf(1, key(1)), 0)?.record.kind, 'refused, it changes nothing').to.equal('advertisement')
  })

  it('exemptPrivate: loopback and private addresses are one network, not one neighbour', () => {
    for (const host of ['127.0.0.1', '10.1.2.3', '192.168.1.1', '::1', 'fd00::1']) {
      const from = endpoint(host, 1)
      const exempt = newStore({ maxRecordsPerGroup: 1 })
      const strict = newStore({ maxRecordsPerGroup: 1, exemptPrivate: false })
      for (const store of [exempt, strict]) store.put(recordOf(1, key(1)), FOREVER, 0, { from })
      expect([exempt, strict].map(store => reason(store.put(recordOf(2, key(2)), FOREVER, 0, { from }))), host).to.deep.equal(['stored', 'group-quota'])
    }
  })

  it('maxAdvertisementsPerGroup: refuses under more and more keys; a renewal needs no room', () => {
    const store = newStore({ maxAdvertisementsPerGroup: 2 })
    const from = addressIn(7)
    for (const index of [1, 2]) store.put(advertisementOf(1, key(index)), FOREVER, 0, { from })
    expect(reason(store.put(advertisementOf(1, key(3)), FOREVER, 0, { from }))).to.equal('group-quota')
    expect(reason(store.put(advertisementOf(1, key(2), 2), FOREVER, 0, { from }))).to.equal('stored')
    expect(reason(store.put(recordOf(1, key(4)), FOREVER, 0, { from })), 'records have a quota of their own').to.equal('stored')
    expect(reason(store.put(advertisementOf(1, key(3)), FOREVER, 0, { from: addressIn(8) }))).to.equal('stored')
    const changed = newStore({ maxAdvertisementsPerGroup: 1 })
    changed.put(recordOf(1, key(1)), FOREVER, 0, { from: addressIn(7) })
    changed.put(advertisementOf(2, key(2)), FOREVER, 0, { from: addressIn(8) })
    expect(reason(changed.put(advertisementOf(1, key(1), 2), FOREVER, 0, { from: addressIn(8) })), 'an advertisement in the place of a value').to.equal('group-quota')
  })

  it('are 16,384 records and 16 MiB a publisher and a group, 1,024 advertisements a group, by default', () => {
    const from = addressIn(7)
    const [records, large, soft] = [newStore({ maxBytes: 1_000_000_000 }), newStore(), newStore()]
    const first = (store: MemoryRecordStore, put: (index: number) => PutOutcome): number => {
      for (let index = 0; ; index++) if (put(index).type === 'refused') return store.size
    }
    expect(first(records, index => records.put(recordOf(index, key(index)), FOREVER, 0, { from }))).to.equal(16_384)
    expect(first(large, index => large.put(recordOf(index, bytes(String(index).padStart(4)), 60_000), FOREVER, 0, { from }))).to.equal(Math.floor(16_777_216 / (size + 3 + 60_000)))
    expect(first(soft, index => soft.put(advertisementOf(1, key(index)), FOREVER, 0, { from }))).to.equal(1024)
    const publisher = newStore({ maxBytes: 1_000_000_000 })
    expect(first(publisher, index => publisher.put(recordOf(1, key(index)), FOREVER, 0))).to.equal(16_384)
    const publisherBytes = newStore()
    expect(first(publisherBytes, index => publisherBytes.put(recordOf(1, bytes(String(index).padStart(4)), 60_000), FOREVER, 0))).to.equal(Math.floor(16_777_216 / (size + 3 + 60_000)))
    const small = newStore({ maxRecords: 10, maxBytes: 100_000, localId: undefined } as MemoryRecordStoreOptions)
    expect(first(small, index => small.put(recordOf(1, keys(20).at(index) ?? key(index)), FOREVER, 0, { from })), 'at least 1,024 each').to.equal(10)
  })
})

describe('a full store', () => {
  it('gives up the farthest for what is nearer, and refuses what is not', () => {
    const near = keys(10)
    const store = newStore({ maxRecords: 3 })
    for (const index of [2, 5, 8]) store.put(recordOf(index, near[index]!), FOREVER, 0)
    expect(reason(store.put(recordOf(9, near[9]!), FOREVER, 0))).to.equal('store-full')
    expect(reason(store.put(recordOf(1, near[8]!), FOREVER, 0)), 'as far is not nearer').to.equal('store-full')
    expect(reason(store.put(recordOf(6, near[6]!), FOREVER, 0))).to.equal('stored')
    expect([2, 5, 6, 8].map(index => store.get(near[index]!, 0).length)).to.deep.equal([1, 1, 1, 0])
    expect(store.size).to.equal(3)
  })

  it('of one key gives up the longest held first', () => {
    const [nearest, far] = [keys(10)[0]!, keys(10)[9]!]
    const store = newStore({ maxRecords: 3 })
    for (const [index, at] of [[1, 20], [2, 10], [3, 30]] as const) store.put(recordOf(index, far), FOREVER, at)
    store.put(recordOf(4, nearest), FOREVER, 40)
    expect(store.get(far, 40).map(({ firstReceivedAt }) => firstReceivedAt)).to.deep.equal([20, 30])
  })

  it('gives up as many as the bytes of the newcomer need, and none when that is not enough', () => {
    const near = keys(10)
    const size = RECORD_OVERHEAD_BYTES + 5 + 32 + 64 + 100
    const store = newStore({ maxBytes: 4 * size })
    for (const index of [1, 6, 7, 8]) store.put(recordOf(index, near[index]!, 100), FOREVER, 0)
    expect(reason(store.put(recordOf(5, near[5]!, 100 + 3 * size), FOREVER, 0))).to.equal('store-full')
    expect(store.size).to.equal(4)
    expect(reason(store.put(recordOf(5, near[5]!, 100 + size), FOREVER, 0))).to.equal('stored')
    expect([1, 5, 6, 7, 8].map(index => store.get(near[index]!, 0).length)).to.deep.equal([1, 1, 1, 0, 0])
    expect(store.bytes).to.equal(4 * size)
  })

  it('gives up nothing for what turns out to be forged', () => {
    const near = keys(4)
    const store = new MemoryRecordStore({ crypto: { ...credulous, verify: publisher => publisher[0] !== recordOf(1, near[0]!).publisher?.[0] }, localId, maxRecords: 1 })
    store.put(recordOf(2, near[3]!), FOREVER, 0)
    expect(reason(store.put(recordOf(1, near[0]!), FOREVER, 0))).to.equal('bad-signature')
    expect(store.get(near[3]!, 0)).to.have.length(1)
  })

  it('refuses everything where it does not know its own id', () => {
    const store = new MemoryRecordStore({ crypto: credulous, maxRecords: 1 })
    store.put(recordOf(1, keys(2)[0]!), FOREVER, 0)
    store.put(recordOf(1, keys(2)[1]!), FOREVER, 0)
    expect(store.size).to.equal(1)
    expect(keys(9).map(key => reason(store.put(recordOf(2, key), FOREVER, 0)))).to.deep.equal(Array.from({ length: 9 }, () => 'store-full'))
  })

  it('gives up advertisements before records, and no record for an advertisement', () => {
    const near = keys(10)
    const store = newStore({ maxRecords: 3 })
    store.put(advertisementOf(1, near[4]!), FOREVER, 0)
    store.put(recordOf(2, near[9]!), FOREVER, 0)
    store.put(recordOf(3, near[3]!), FOREVER, 0)
    expect(reason(store.put(advertisementOf(9, near[5]!), FOREVER, 0))).to.equal('store-full')
    expect(reason(store.put(advertisementOf(9, near[0]!), FOREVER, 0)), 'the farther advertisement goes').to.equal('stored')
    expect([store.get(near[4]!, 0).length, store.get(near[9]!, 0).length]).to.deep.equal([0, 1])
    expect(reason(store.put(recordOf(4, near[2]!), FOREVER, 0)), 'the only farther thing is a record').to.equal('stored')
    expect([store.get(near[0]!, 0).length, store.get(near[9]!, 0).length]).to.deep.equal([1, 0])
  })

  it('maxAdvertisements: keeps the nearest keys\' so many', () => {
    const near = keys(10)
    const store = newStore({ maxAdvertisements: 2 })
    for (const index of [3, 7]) store.put(advertisementOf(index, near[index]!), FOREVER, 0)
    expect(reason(store.put(advertisementOf(8, near[8]!), FOREVER, 0))).to.equal('store-full')
    expect(reason(store.put(advertisementOf(5, near[5]!), FOREVER, 0))).to.equal('stored')
    expect([3, 5, 7].map(index => store.get(near[index]!, 0).length)).to.deep.equal([1, 1, 0])
    expect(reason(store.put(recordOf(9, near[9]!), FOREVER, 0)), 'records are not limited by it').to.equal('stored')
  })

  it('never exceeds a limit, gives up only what is farther or soft, and counts for nobody what is gone', () => {
    const near = keys(6)
    const put = fc.record({ publisher: fc.nat(3), key: fc.nat(5), seq: fc.integer({ min: 1, max: 3 }), valueBytes: fc.nat(200), group: fc.nat(2), soft: fc.boolean(), life: fc.integer({ min: 1, max: 5000 }), wait: fc.nat(800) })
    const limits = { maxRecords: 8, maxBytes: 15_000, maxRecordsPerKey: 2, maxRecordsPerPublisher: 5, maxRecordsPerGroup: 5, maxBytesPerGroup: 12_000, maxBytesPerPublisher: 10_000, maxAdvertisements: 4, maxAdvertisementsPerKey: 2, maxAdvertisementsPerKeyAndGroup: 1, maxAdvertisementsPerGroup: 3 }
    fc.assert(fc.property(fc.array(put, { maxLength: 60 }), puts => {
      const store = newStore(limits)
      let now = 0
      for (const { publisher, key, seq, valueBytes, group, soft, life, wait } of puts) {
        now += wait
        const record: KadRecord = soft ? advertisementOf(publisher, near[key]!, seq) : { ...recordOf(publisher, near[key]!, valueBytes), seq }
        const before = [...store.entries(now)]
        const outcome = store.put(record, life, now, { from: addressIn(group) })
        const held = [...store.entries(now)]
        if (outcome.type === 'refused') expect(held).to.deep.equal(before)
        if (outcome.type === 'stored') expect(held.some(({ record: one }) => one === record)).to.equal(true)
        const gone = before.filter(({ record: one }) => !held.some(other => other.record === one || sameSlot(other.record, one)))
        const farther = gone.every(({ record: one }) => sameSlot(one, record) || one.kind === 'advertisement' || compareDistance(localId, keyId(one.key), keyId(record.key)) > 0)
        expect(farther, 'only what is farther, or soft, goes for another').to.equal(true)
        expect([held.length <= 8, store.bytes <= 15_000, held.filter(isAdvertisement).length <= 4]).to.deep.equal([true, true, true])
        expect([store.size, store.advertisementCount, store.keyCount]).to.deep.equal([
          [...store.entries(-Infinity)].length, [...store.entries(-Infinity)].filter(isAdvertisement).length, new Set([...store.entries(-Infinity)].map(({ keyId }) => keyId.hex)).size
        ])
        expect(held).to.have.deep.members(store.near(localId, 0, now))
      }
      for (const { record } of store.entries(-Infinity)) store.remove(record)
      expect([store.size, store.bytes, store.keyCount, store.advertisementCount]).to.deep.equal([0, 0, 0, 0])
      expect(near.map((key, index) => reason(store.put(recordOf(index, key), 1, now, { from: addressIn(1) }))).slice(0, 5), 'no quota remembers what is gone').to.deep.equal(['stored', 'stored', 'stored', 'stored', 'stored'])
    }), { seed: 20_260_101, numRuns: 150 })
  })
})

function sameSlot (a: KadRecord, b: KadRecord): boolean {
  return Buffer.from(a.key).equals(b.key) && Buffer.from(a.publisher ?? []).equals(b.publisher ?? Buffer.alloc(0))
}

function isAdvertisement ({ record }: { record: KadRecord }): boolean {
  return record.kind === 'advertisement'
}

describe('row 21: store exhaustion', function () {
  this.timeout(20_000)
  const BUDGET = 2_097_152
  const VALUE_BYTES = 1000
  const FLOOD = Math.ceil(10 * BUDGET / (VALUE_BYTES + RECORD_OVERHEAD_BYTES + 110))
  const NEAR = 100

  for (const [groups, what] of [[1, 'one /24'], [1000, '1,000 /24s']] as const) {
    it(`ten times the budget from ${what}: the budget holds, near keys stay, and near writes of others are taken meanwhile`, () => {
      const store = newStore({ maxBytes: BUDGET })
      const near = keys(20_000).slice(0, 3 * NEAR)
      const put = (index: number, at: number): PutOutcome => store.put(recordOf(index, near[index]!, VALUE_BYTES), FOREVER, at, { from: addressIn(5000 + index) })
      for (let index = 0; index < NEAR; index++) put(index, 0)
      let [most, taken] = [0, 0]
      for (let index = 0; index < FLOOD; index++) {
        store.put(recordOf(1000 + index, bytes(`flood ${index}`), VALUE_BYTES), FOREVER, index, { from: addressIn(index % groups) })
        const honest = Math.floor(index * 2 * NEAR / FLOOD)
        if (honest < Math.floor((index + 1) * 2 * NEAR / FLOOD) && put(NEAR + honest, index).type === 'stored') taken++
        most = Math.max(most, store.bytes)
      }
      expect(most, 'as the store counts').to.be.within(BUDGET / 4, BUDGET)
      const held = [...store.entries(FLOOD)].map(({ record }) => contentBytes(record) + RECORD_OVERHEAD_BYTES).reduce((sum, size) => sum + size, 0)
      expect(held, 'as counted by what it holds').to.be.within(BUDGET / 4, 1.1 * BUDGET)
      expect(taken, 'of 200').to.be.at.least(198)
      expect(near.filter(key => store.get(key, FLOOD).length === 1).length, 'of 300').to.be.at.least(298)
      expect(near.slice(0, NEAR).filter(key => store.get(key, FLOOD).length === 1)).to.have.length(NEAR)
    })
  }
})

function contentBytes ({ key, value, publisher, signature, salt }: KadRecord): number {
  return [key, value, publisher, signature, salt].reduce((sum, part) => sum + (part?.length ?? 0), 0)
}
