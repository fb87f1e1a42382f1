import { InvalidOptionError } from '@kadmium/interface'
import { expect } from 'chai'
import fc from 'fast-check'
import { ID_BITS, bucketIndex, bucketRange, randomIdInBucket, xor } from '../src/index.ts'
import { anyBucket, anyId, fromBigInt, runs, testRandom, toBigInt } from './ids.ts'

const all = Array.from({ length: ID_BITS }, (_, index) => index)

describe('buckets', () => {
  it('K5: cover every distance but 0 once, without a gap', () => {
    const ranges = all.toReversed().map(bucketRange)
    expect(toBigInt(ranges[0]![0])).to.equal(1n)
    expect(toBigInt(ranges.at(-1)![1])).to.equal((1n << 160n) - 1n)
    ranges.slice(1).forEach(([smallest], i) => expect(toBigInt(smallest)).to.equal(toBigInt(ranges[i]![1]) + 1n))
  })

  it('K6: hold the ids at both ends of their range, and not the ones beyond', () => {
    fc.assert(fc.property(anyId, anyBucket, (local, index) => {
      const [smallest, largest] = bucketRange(index)
      expect(bucketIndex(local, xor(local, smallest))).to.equal(index)
      expect(bucketIndex(local, xor(local, largest))).to.equal(index)
      expect(bucketIndex(local, xor(local, fromBigInt(toBigInt(smallest) - 1n)))).to.not.equal(index)
      if (index > 0) expect(bucketIndex(local, xor(local, fromBigInt(toBigInt(largest) + 1n)))).to.equal(index - 1)
    }), runs)
  })

  it('K7: random ids of a bucket have a distance between 2^i and 2^(i+1) - 1, for every i', () => {
    const random = testRandom(7)
    const local = fromBigInt(0x1234567890abcdefn << 64n)
    for (const i of all) {
      const d = toBigInt(xor(local, randomIdInBucket(local, 159 - i, random)))
      expect(d >= 1n << BigInt(i) && d < 1n << BigInt(i + 1), `2^${i}`).to.equal(true)
    }
  })

  it('P11: random ids share exactly the prefix asked for, and differ from each other behind it', () => {
    fc.assert(fc.property(anyId, anyBucket, fc.integer({ min: 1 }), (local, index, seed) => {
      const random = testRandom(seed)
      const ids = Array.from({ length: 8 }, () => randomIdInBucket(local, index, random))
      for (const id of ids) expect(bucketIndex(local, id)).to.equal(index)
      if (index < 100) expect(new Set(ids.map(id => id.hex)).size).to.equal(ids.length)
    }), runs)
  })

  it('P11: random ids use every bit behind the prefix', () => {
    const random = testRandom(11)
    const local = fromBigInt(0n)
    for (const index of [0, 7, 8, 31, 32, 100]) {
      const ids = Array.from({ length: 64 }, () => toBigInt(randomIdInBucket(local, index, random)))
      const free = (1n << BigInt(159 - index)) - 1n
      expect(ids.reduce((a, b) => a | b) & free, 'never set').to.equal(free)
      expect(ids.reduce((a, b) => a & b) & free, 'never unset').to.equal(0n)
    }
  })

  it('P11: there is no bucket beyond the last bit', () => {
    for (const index of [-1, 160, 0.5, NaN]) {
      expect(() => randomIdInBucket(fromBigInt(0n), index, testRandom(1))).to.throw(InvalidOptionError, 'index')
      expect(() => bucketRange(index)).to.throw(InvalidOptionError, 'index')
    }
  })
})
