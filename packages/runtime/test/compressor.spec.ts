import { deflateRawSync } from 'node:zlib'
import { expect } from 'chai'
import fc from 'fast-check'
import { systemCompressor } from '../src/index.ts'

const { deflate, inflate } = systemCompressor()
const SEED = 20_260_101

describe('systemCompressor', () => {
  it('inflate ∘ deflate = identity', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2_000 }), bytes => {
      expect(inflate(deflate(bytes), Math.max(1, bytes.length))).to.deep.equal(bytes)
    }), { seed: SEED })
  })

  it('makes no byte more than it may, however much there is', () => {
    for (const size of [101, 1_000_000, 100_000_000]) expect(inflate(deflateRawSync(Buffer.alloc(size)), 100)).to.equal('too-large')
    expect(inflate(deflateRawSync(Buffer.alloc(100)), 100)).to.deep.equal(new Uint8Array(100))
  })

  it('says of anything else that it is malformed, and never throws', () => {
    const whole = deflate(new TextEncoder().encode('something that is long enough to be cut'))
    for (let end = 0; end < whole.length - 1; end++) expect(inflate(whole.subarray(0, end), 1_000)).to.equal('malformed')
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), junk => {
      const inflated = inflate(junk, 1_000)
      expect(typeof inflated === 'string' ? ['malformed', 'too-large'].includes(inflated) : inflated.length <= 1_000).to.equal(true)
    }), { seed: SEED, numRuns: 1_000 })
  })
})
