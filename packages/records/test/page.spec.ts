import { createHash } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { MemoryRecordStore, signRecord, signTombstone, slotRank } from '../src/index.ts'
import type { HeldRecord, PageAsked } from '../src/index.ts'
import { credulous, publisherOf, recordOf } from './crowd.ts'
import { alice, bob, bytes } from './people.ts'

const FOREVER = 172_800_000
const key = bytes('key')
const newStore = (): MemoryRecordStore => new MemoryRecordStore({ crypto: credulous })
const publishers = (held: readonly HeldRecord[]): string[] => held.map(({ record }) => Buffer.from(record.publisher ?? []).toString('hex'))

function crowd (from: number, to: number): MemoryRecordStore {
  const store = newStore()
  for (let index = from; index < to; index++) store.put(recordOf(index, key), FOREVER, 0)
  return store
}

/** Asks on from store to store until all have no more. */
function walk (stores: readonly MemoryRecordStore[], seed: Uint8Array, limit: number): string[] {
  let asked: PageAsked = { key, seed, limit }
  const found: string[] = []
  for (const store of stores) {
    for (let more = true; more;) {
      const page = store.page(asked, 0)
      found.push(...publishers(page.records))
      const last = page.records.at(-1)
      if (last !== undefined) asked = { ...asked, after: slotRank(seed, last.record).bytes }
      more = page.more
    }
  }
  return found
}

describe('pages', () => {
  it('rank by SHA-1(seed ‖ publisher ‖ salt)', () => {
    const sha1 = (...parts: Uint8Array[]): string => createHash('sha1').update(Buffer.concat(parts)).digest('hex')
    expect(slotRank(bytes('seed'), { publisher: alice.publicKey }).hex).to.equal(sha1(bytes('seed'), alice.publicKey))
    expect(slotRank(bytes('seed'), { publisher: alice.publicKey, salt: bytes('s') }).hex).to.equal(sha1(bytes('seed'), alice.publicKey, bytes('s')))
    expect(slotRank(bytes('seed'), {}).hex).to.equal(sha1(bytes('seed')))
  })

  it('of one seed, together hold every record exactly once, whatever their size', () => {
    const store = crowd(0, 60)
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 70 }), (seed, limit) => {
      expect(walk([store], seed, limit).sort()).to.deep.equal(publishers(store.get(key, 0)).sort())
    }), { seed: 20_260_101, numRuns: 40 })
  })

  it('asked on at another holder, give no record twice, though holders have different ones', () => {
    const found = walk([crowd(0, 40), crowd(20, 60), crowd(10, 50)], bytes('seed'), 7)
    expect(new Set(found).size).to.equal(found.length)
  })

  it('of another seed have another order, and each order is the same at every holder', () => {
    const order = (store: MemoryRecordStore, seed: string): string[] => publishers(store.page({ key, seed: bytes(seed) }, 0).records)
    expect(order(crowd(0, 20), 'a')).to.not.deep.equal(order(crowd(0, 20), 'b'))
    const reversed = newStore()
    for (let index = 19; index >= 0; index--) reversed.put(recordOf(index, key), FOREVER, 0)
    expect(order(reversed, 'a')).to.deep.equal(order(crowd(0, 20), 'a'))
  })

  it('after: begin right above a rank, and need a seed', () => {
    const store = crowd(0, 5)
    const seed = bytes('seed')
    const all = store.page({ key, seed }, 0).records
    const after = slotRank(seed, all[1]!.record).bytes
    expect(store.page({ key, seed, after }, 0).records).to.deep.equal(all.slice(2))
    expect(store.page({ key, seed, after: new Uint8Array(20).fill(255) }, 0)).to.deep.equal({ records: [], more: false, total: 5 })
    expect(() => store.page({ key, after }, 0)).to.throw().with.property('name', 'InvalidOptionError')
  })

  it('limit: say whether there is more and how many there are in all', () => {
    const store = crowd(0, 5)
    const shape = (asked: Partial<PageAsked>): unknown[] => {
      const { records, more, total } = store.page({ key, ...asked }, 0)
      return [records.length, more, total]
    }
    expect([shape({}), shape({ limit: 5 }), shape({ limit: 4 }), shape({ limit: 2, seed: bytes('s') })]).to.deep.equal([[5, false, 5], [5, false, 5], [4, true, 5], [2, true, 5]])
    expect(shape({ publisher: publisherOf(3) })).to.deep.equal([1, false, 1])
    expect(shape({ publisher: alice.publicKey })).to.deep.equal([0, false, 0])
  })

  it('tombstones: are left out and not counted, unless they are wanted', () => {
    const store = newStore()
    store.put(signTombstone({ key, seq: 1 }, alice), FOREVER, 0)
    store.put(signRecord({ key, value: bytes('b'), seq: 1 }, bob), FOREVER, 0)
    expect([store.page({ key }, 0).total, store.page({ key, tombstones: true }, 0).total]).to.deep.equal([1, 2])
    expect(store.page({ key, publisher: alice.publicKey, tombstones: true }, 0).records).to.have.length(1)
  })

  it('salt: narrows to one slot; without it a publisher\'s slots are all there', () => {
    const store = newStore()
    for (const salt of ['s', 't']) store.put(signRecord({ key, value: bytes(salt), seq: 1, salt: bytes(salt) }, alice), FOREVER, 0)
    expect(store.page({ key, publisher: alice.publicKey }, 0).total).to.equal(2)
    expect(store.page({ key, publisher: alice.publicKey, salt: bytes('t') }, 0).records.map(({ record }) => record.value)).to.deep.equal([bytes('t')])
    expect(walk([store], bytes('seed'), 1), 'each slot has a rank of its own').to.have.length(2)
  })

  it('G27: never show what has expired', () => {
    const store = newStore()
    store.put(recordOf(1, key), 1000, 0)
    expect([store.page({ key }, 999).total, store.page({ key }, 1000).total]).to.deep.equal([1, 0])
  })
})
