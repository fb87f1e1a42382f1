import { seededRandom } from '@kadmium/runtime'
import { expect } from 'chai'
import { MemoryRecordStore, RECORD_OVERHEAD_BYTES } from '../src/index.ts'
import type { MemoryRecordStoreOptions } from '../src/index.ts'
import { addressIn, advertisementOf, credulous, publisherOf, recordOf } from './crowd.ts'
import { bytes } from './people.ts'

const TTL_MS = 7_200_000
const key = bytes('namespace')
const newStore = (seed: number, options: MemoryRecordStoreOptions = {}): MemoryRecordStore =>
  new MemoryRecordStore({ crypto: credulous, random: seededRandom(seed), ...options })
const numbers = new Map(Array.from({ length: 10_050 }, (_, index) => [Buffer.from(publisherOf(index)).toString('hex'), index]))
const held = (store: MemoryRecordStore, now = 0): number[] =>
  store.get(key, now).map(({ record }) => numbers.get(Buffer.from(record.publisher ?? []).toString('hex')) ?? -1).sort((a, b) => a - b)
const advertise = (store: MemoryRecordStore, index: number, now = 0, group = index, seq = 1): string =>
  store.put(advertisementOf(index, key, seq), TTL_MS, now, { from: addressIn(group) }).type

describe('a sample of advertisements', () => {
  it('maxAdvertisementsPerKey: 10,000 publishers take the room of 512, and each is acknowledged', () => {
    const store = newStore(1)
    const outcomes = Array.from({ length: 10_000 }, (_, index) => advertise(store, index))
    expect(outcomes.slice(0, 512).every(type => type === 'stored')).to.equal(true)
    expect(outcomes.slice(512).every(type => type === 'sampled')).to.equal(true)
    expect([store.size, store.advertisementCount]).to.deep.equal([512, 512])
    expect(store.bytes).to.be.below(512 * (RECORD_OVERHEAD_BYTES + 200))
  })

  it('is uniform: early or late, each publisher is in it as often', () => {
    const seen = Array.from({ length: 40 }, () => 0)
    const rounds = 600
    for (let seed = 1; seed <= rounds; seed++) {
      const store = newStore(seed, { maxAdvertisementsPerKey: 10 })
      for (let index = 0; index < 40; index++) advertise(store, index)
      for (const index of held(store)) seen[index] = (seen[index] ?? 0) + 1
    }
    const expected = rounds / 4
    const chiSquare = seen.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    expect(seen.reduce((sum, count) => sum + count)).to.equal(rounds * 10)
    expect(chiSquare, '39 degrees of freedom: 72 is one in a thousand').to.be.below(72)
  })

  it('is the same however often one tries: no publisher is seen more for putting more', () => {
    const [once, often] = [newStore(1, { maxAdvertisementsPerKey: 20 }), newStore(1, { maxAdvertisementsPerKey: 20 })]
    for (let index = 0; index < 200; index++) advertise(once, index)
    for (let round = 0; round < 5; round++) for (let index = 199; index >= 0; index--) advertise(often, index, round, index, round + 1)
    expect(held(often)).to.deep.equal(held(once))
  })

  it('differs between holders, and nobody without the secret knows who is in it', () => {
    const samples = [1, 2, 3].map(seed => {
      const store = newStore(seed, { maxAdvertisementsPerKey: 20 })
      for (let index = 0; index < 200; index++) advertise(store, index)
      return held(store)
    })
    expect(samples[0]).to.not.deep.equal(samples[1])
    expect(samples[1]).to.not.deep.equal(samples[2])
  })

  it('draws lots for each key: who is out of one namespace is not out of all', () => {
    const store = newStore(1, { maxAdvertisementsPerKey: 20 })
    const names = ['one', 'two'].map(bytes)
    for (const name of names) for (let index = 0; index < 200; index++) store.put(advertisementOf(index, name), TTL_MS, 0, { from: addressIn(index) })
    const [one, two] = names.map(name => store.get(name, 0).map(({ record }) => Buffer.from(record.publisher ?? []).toString('hex')).sort())
    expect(one).to.not.deep.equal(two)
  })

  it('keeps its members when they renew, and lets others in when some expire', () => {
    const store = newStore(1, { maxAdvertisementsPerKey: 20 })
    for (let index = 0; index < 100; index++) advertise(store, index)
    const members = held(store)
    for (const index of members.slice(0, 10)) expect(advertise(store, index, TTL_MS / 2, index, 2), 'renewed').to.equal('sampled')
    expect(held(store, TTL_MS / 2)).to.deep.equal(members)
    expect(held(store, TTL_MS)).to.deep.equal(members.slice(0, 10))
    for (let index = 200; index < 210; index++) expect(advertise(store, index, TTL_MS)).to.equal('stored')
    expect(held(store, TTL_MS)).to.have.length(20)
  })

  it('maxAdvertisementsPerKeyAndGroup: a /24 has 8 places under a key, whoever comes first (attack 20)', () => {
    const store = newStore(1)
    for (let index = 0; index < 10_000; index++) advertise(store, index, 0, 9000 + index % 3)
    for (let index = 10_000; index < 10_050; index++) advertise(store, index)
    expect(held(store).filter(index => index >= 10_000), 'every honest publisher').to.have.length(50)
    expect(held(store).filter(index => index < 10_000), 'the attacker\'s three /24s').to.have.length(24)
    const narrow = newStore(1, { maxAdvertisementsPerKeyAndGroup: 2 })
    for (let index = 0; index < 10; index++) advertise(narrow, index, 0, 7)
    expect(held(narrow)).to.have.length(2)
    const samples = new Set([1, 2, 3, 4, 5].map(seed => {
      const one = newStore(seed, { maxAdvertisementsPerKeyAndGroup: 2 })
      for (let index = 0; index < 10; index++) advertise(one, index, 0, 7)
      return held(one).join()
    }))
    expect(samples.size, 'others of the /24 are seen at other holders').to.be.above(1)
  })

  it('never touches another publisher\'s record, and no value is displaced by any number of advertisements', () => {
    const store = newStore(1, { maxAdvertisementsPerKey: 5, maxRecordsPerKey: 5 })
    for (let index = 0; index < 5; index++) store.put(recordOf(index, key), TTL_MS, 0)
    for (let index = 100; index < 400; index++) advertise(store, index)
    expect(held(store).filter(index => index < 100)).to.deep.equal([0, 1, 2, 3, 4])
    expect(store.put(recordOf(6, key), TTL_MS, 0), 'nor do they fill the key').to.include({ type: 'refused', reason: 'key-full' })
    expect(store.size).to.equal(10)
  })

  it('a value that its publisher turns into an advertisement is superseded, in the sample or not', () => {
    for (const index of [0, 1, 2, 3, 4, 5, 6, 7]) {
      const store = newStore(1, { maxAdvertisementsPerKey: 1 })
      store.put(recordOf(index, key), TTL_MS, 0)
      advertise(store, 100)
      expect(advertise(store, index, 0, index, 2)).to.equal('sampled')
      expect([store.size, store.advertisementCount]).to.deep.equal([1, 1])
    }
  })

  it('an unproven advertisement is refused even where it would not be kept', () => {
    const store = new MemoryRecordStore({ crypto: { ...credulous, verify: publisher => publisher[0] !== publisherOf(7)[0] }, maxAdvertisementsPerKey: 1 })
    for (let index = 0; index < 7; index++) advertise(store, index)
    expect(advertise(store, 7)).to.equal('refused')
  })
})
