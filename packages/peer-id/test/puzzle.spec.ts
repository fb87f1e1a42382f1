import { InvalidOptionError } from '@kadmium/interface'
import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { difficultyOf, generatePrivateKey, peerIdFromKey, solvePuzzle, solvePuzzleWithin } from '../src/index.ts'
import { testRandom } from './ids.ts'

describe('puzzle', () => {
  it('counts the leading zero bits of the doubly hashed key', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const privateKey = generatePrivateKey(testRandom(seed))
      const digest = createHash('sha1').update(peerIdFromKey(privateKey).bytes).digest()
      const bits = BigInt(`0x${digest.toString('hex')}`).toString(2).padStart(160, '0')
      expect(difficultyOf(privateKey.publicKey.raw)).to.equal(bits.indexOf('1'))
    }
  })

  it('is solved by a key of at least the difficulty asked for', () => {
    for (const difficulty of [0, 1, 4, 7]) {
      expect(difficultyOf(solvePuzzle(difficulty, testRandom(21)).publicKey.raw)).to.be.at.least(difficulty)
    }
  })

  it('takes any key at difficulty 0: the first', () => {
    expect(solvePuzzle(0, testRandom(4)).equals(generatePrivateKey(testRandom(4)))).to.equal(true)
  })

  it('gives up after as many tries as it is told, and goes on where it stopped', () => {
    const random = testRandom(5)
    let drawn = 0
    const counting = { ...random, bytes: (length: number) => { drawn++; return random.bytes(length) } }
    expect(solvePuzzleWithin(100, counting, 5)).to.equal(undefined)
    expect(drawn).to.equal(5)
    let found = solvePuzzleWithin(4, counting, 1)
    while (found === undefined) found = solvePuzzleWithin(4, counting, 1)
    expect(difficultyOf(found.publicKey.raw)).to.be.at.least(4)
  })

  it('leaves the id uniform: its own leading bits are not what was solved', () => {
    const firstBits = new Set(Array.from({ length: 12 }, (_, seed) => peerIdFromKey(solvePuzzle(4, testRandom(seed + 1))).w0 >>> 31))
    expect([...firstBits].sort()).to.deep.equal([0, 1])
  })

  it('refuses a difficulty that no id can have', () => {
    for (const difficulty of [-1, 161, 1.5, NaN]) {
      expect(() => solvePuzzle(difficulty, testRandom(1))).to.throw(InvalidOptionError, 'difficulty')
    }
  })
})
