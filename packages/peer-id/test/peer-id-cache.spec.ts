import { InvalidOptionError } from '@kadmium/interface'
import { expect } from 'chai'
import fc from 'fast-check'
import { PeerIdCache, peerIdFromPublicKey } from '../src/index.ts'
import { runs, testRandom } from './ids.ts'

describe('PeerIdCache', () => {
  const keys = Array.from({ length: 200 }, (_, i) => testRandom(i + 1).bytes(32))

  it('always gives the id that hashing gives, also when slots are shared', () => {
    fc.assert(fc.property(fc.constantFrom(1, 2, 16, 1024), fc.array(fc.nat(keys.length - 1), { maxLength: 300 }), (capacity, accesses) => {
      const cache = new PeerIdCache({ capacity })
      for (const i of accesses) expect(cache.get(keys[i]!).hex).to.equal(peerIdFromPublicKey(keys[i]!).hex)
      expect(cache.size).to.be.at.most(capacity)
    }), { ...runs, numRuns: 40 })
  })

  it('gives the same object as long as it remembers', () => {
    const cache = new PeerIdCache()
    expect(cache.get(keys[0]!)).to.equal(cache.get(keys[0]!.slice()))
  })

  it('tells keys apart that share a slot and differ in the last byte', () => {
    const cache = new PeerIdCache()
    const other = keys[0]!.slice()
    other[31]! ^= 1
    expect(cache.get(keys[0]!).equals(cache.get(other))).to.equal(false)
  })

  it('keeps no view of the bytes it was given', () => {
    const cache = new PeerIdCache()
    const view = keys[0]!.slice()
    cache.get(view)
    view.fill(0, 3)
    expect(cache.get(view).hex, 'in the same slot').to.equal(peerIdFromPublicKey(view).hex)
    expect(cache.get(keys[0]!).hex).to.equal(peerIdFromPublicKey(keys[0]!).hex)
  })

  it('holds its capacity and no more, 1,024 by default', () => {
    const filled = (cache: PeerIdCache): number => {
      const random = testRandom(99)
      for (let i = 0; i < 8000; i++) cache.get(random.bytes(32))
      return cache.size
    }
    expect(filled(new PeerIdCache({ capacity: 8 }))).to.equal(8)
    expect(filled(new PeerIdCache())).to.be.within(1000, 1024)
  })

  it('refuses capacities that are no power of two, and keys that are none', () => {
    for (const capacity of [0, -1, 3, 1.5, 2 ** 25, NaN]) {
      expect(() => new PeerIdCache({ capacity })).to.throw(InvalidOptionError, 'capacity')
    }
    expect(() => new PeerIdCache().get(new Uint8Array(31))).to.throw(InvalidOptionError, 'expected 32 bytes, got 31')
  })
})
