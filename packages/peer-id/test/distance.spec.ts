import { expect } from 'chai'
import fc from 'fast-check'
import { bucketIndex, commonPrefixLength, compareDistance, distance, isCloser, peerIdFromBytes, peerIdFromHex, xor } from '../src/index.ts'
import { anyId, idAndNeighbours, runs, toBigInt } from './ids.ts'

describe('distance', () => {
  it('K1: is zero between an id and itself, and only there', () => {
    fc.assert(fc.property(idAndNeighbours(1), ([a, [b]]) => {
      expect(toBigInt(xor(a, a))).to.equal(0n)
      expect(toBigInt(xor(a, b!)) === 0n).to.equal(a.equals(b!))
    }), runs)
  })

  it('K2: is the same in both directions', () => {
    fc.assert(fc.property(anyId, anyId, (a, b) => { expect(distance(a, b)).to.deep.equal(distance(b, a)) }), runs)
  })

  it('K3: obeys the triangle inequality', () => {
    fc.assert(fc.property(idAndNeighbours(2), ([a, [b, c]]) => {
      expect(toBigInt(xor(a, c!)) <= toBigInt(xor(a, b!)) + toBigInt(xor(b!, c!))).to.equal(true)
    }), runs)
  })

  it('K4: has exactly one id at each distance from an id', () => {
    fc.assert(fc.property(anyId, anyId, (a, d) => {
      const b = peerIdFromBytes(distance(a, d))
      expect(xor(a, b).equals(d)).to.equal(true)
    }), runs)
  })

  it('is the XOR of the bytes', () => {
    fc.assert(fc.property(anyId, anyId, (a, b) => {
      const [x, y] = [a.bytes, b.bytes]
      expect(distance(a, b)).to.deep.equal(x.map((byte, i) => byte ^ y[i]!))
    }), runs)
  })

  it('compares all 160 bits, however late two ids differ', () => {
    fc.assert(fc.property(idAndNeighbours(2), ([target, [a, b]]) => {
      const difference = toBigInt(xor(target, a!)) - toBigInt(xor(target, b!))
      expect(Math.sign(compareDistance(target, a!, b!))).to.equal(difference < 0n ? -1 : difference > 0n ? 1 : 0)
      expect(isCloser(target, a!, b!)).to.equal(difference < 0n)
    }), { ...runs, numRuns: 1000 })
  })

  it('compares where words would be negative numbers', () => {
    const zero = peerIdFromHex('0'.repeat(40))
    const one = peerIdFromHex('7fffffff' + '0'.repeat(32))
    const other = peerIdFromHex('80000000' + '0'.repeat(32))
    expect(compareDistance(zero, one, other)).to.be.below(0)
    expect(compareDistance(other, one, other)).to.be.above(0)
  })

  it('P13: sorts like big integers, and leaves its input alone', () => {
    fc.assert(fc.property(idAndNeighbours(30), ([target, ids]) => {
      const before = ids.map(id => id.hex)
      const sorted = ids.toSorted((a, b) => compareDistance(target, a, b)).map(id => toBigInt(xor(target, id)))
      expect(sorted).to.deep.equal(ids.map(id => toBigInt(xor(target, id))).sort((a, b) => a < b ? -1 : a > b ? 1 : 0))
      expect(ids.map(id => id.hex)).to.deep.equal(before)
    }), { ...runs, numRuns: 50 })
  })

  it('shares a prefix as long as the leading zeros of the distance', () => {
    fc.assert(fc.property(idAndNeighbours(1), ([a, [b]]) => {
      const bits = toBigInt(xor(a, b!)).toString(2).padStart(160, '0')
      const zeros = bits.includes('1') ? bits.indexOf('1') : 160
      expect(commonPrefixLength(a, b!)).to.equal(zeros)
      expect(bucketIndex(a, b!)).to.equal(zeros === 160 ? undefined : zeros)
    }), { ...runs, numRuns: 1000 })
  })
})
