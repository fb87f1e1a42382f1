import { expect } from 'chai'
import fc from 'fast-check'
import type { Random } from '@kadmium/interface'
import { fork, seededRandom, systemRandom } from '../src/index.ts'

describe('seededRandom', () => {
  it('U2: draws the same numbers on every machine and version of Node', () => {
    const random = seededRandom('golden')
    const drawn = [Buffer.from(random.bytes(7)).toString('hex'), random.below(1000), random.below(2 ** 32), random.float()]
    expect(drawn).to.deep.equal(GOLDEN)
  })

  it('repeats itself for an equal seed and differs for another, also between 1 and "1"', () => {
    const hex = (seed: number | string): string => Buffer.from(seededRandom(seed).bytes(16)).toString('hex')
    expect(hex(7)).to.equal(hex(7))
    expect(new Set([hex(1), hex('1'), hex(2), hex('')]).size).to.equal(4)
  })

  it('forks streams that differ by label and do not depend on how far the other ones were read', () => {
    const children = (read: number): string[] => {
      const parent = seededRandom(1)
      const first = fork(parent, 'network')
      first.bytes(read)
      return [first, fork(parent, 'network'), fork(parent, 'nodes')].slice(1).map(child => Buffer.from(child.bytes(8)).toString('hex'))
    }
    expect(children(0)).to.deep.equal(children(100))
    expect(Buffer.from(fork(seededRandom(1), 'a').bytes(8))).to.not.deep.equal(Buffer.from(fork(seededRandom(1), 'b').bytes(8)))
  })
})

const GOLDEN = ['133bd6758293d0', 107, 911969475, 0.25562098529189825]

for (const [name, make] of Object.entries<() => Random>({ seededRandom: () => seededRandom(42), systemRandom })) {
  describe(`${name} as a Random`, () => {
    it('gives fresh arrays of the length asked for', () => {
      fc.assert(fc.property(fc.integer({ min: 0, max: 300 }), length => {
        const random = make()
        const bytes = random.bytes(length)
        expect(bytes).to.have.length(length)
        if (length >= 16) expect(Buffer.from(random.bytes(length))).to.not.deep.equal(Buffer.from(bytes))
      }), { numRuns: 50, seed: 1 })
    })

    it('stays within its bounds, also at 1 and 2^32', () => {
      const random = make()
      fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 32 }), limit => {
        expect(random.below(limit)).to.be.within(0, limit - 1)
        expect(random.float()).to.be.within(0, 1 - 2 ** -32)
      }), { numRuns: 300, seed: 1 })
      expect(random.below(1)).to.equal(0)
      for (const limit of [0, -1, 1.5, 2 ** 32 + 1, NaN]) expect(() => random.below(limit), String(limit)).to.throw('limit: expected an integer')
    })

    it('is uniform: all bits and all residues are equally likely, also for limits beyond 2^31', () => {
      const random = make()
      const draws = 20_000
      const ones = new Array<number>(8).fill(0)
      for (const byte of random.bytes(draws)) ones.forEach((_, bit) => { ones[bit] = (ones[bit] as number) + ((byte >> bit) & 1) })
      for (const count of ones) expect(count).to.be.closeTo(draws / 2, 6 * Math.sqrt(draws) / 2)

      const third = 3 * 2 ** 30
      let low = 0
      for (let i = 0; i < draws; i++) if (random.below(third) < 2 ** 30) low++
      expect(low).to.be.closeTo(draws / 3, 6 * Math.sqrt(draws * 2 / 9))
    })
  })
}
