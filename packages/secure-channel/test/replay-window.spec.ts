import { expect } from 'chai'
import fc from 'fast-check'
import { ReplayWindow } from '../src/noise/replay-window.ts'

describe('ReplayWindow', () => {
  it('row 13: opens each counter once, like a set that remembers the last `size` of them (RFC 6479)', () => {
    const step = fc.oneof(fc.integer({ min: -80, max: 40 }), fc.constantFrom(-65, -64, -63, -33, -32, 31, 32, 33, 500))
    fc.assert(fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const window = new ReplayWindow(64)
      const seen = new Set<number>()
      let highest = -1
      for (const move of steps) {
        const counter = Math.max(0, highest + move)
        const wanted = highest - counter < 64 && !seen.has(counter)
        expect(window.admits(counter), `${counter} after ${highest}`).to.equal(wanted)
        if (!wanted) continue
        window.mark(counter)
        seen.add(counter)
        highest = Math.max(highest, counter)
      }
    }), { seed: 1, numRuns: 500 })
  })

  it('is as wide as it is told', () => {
    for (const size of [32, 2048]) {
      const window = new ReplayWindow(size)
      window.mark(10_000)
      expect(window.admits(10_000 - size + 1)).to.equal(true)
      expect(window.admits(10_000 - size)).to.equal(false)
    }
  })

  it('counts beyond 32 bits', () => {
    const window = new ReplayWindow(2048)
    window.mark(2 ** 40)
    expect(window.admits(2 ** 40)).to.equal(false)
    expect(window.admits(2 ** 40 - 1)).to.equal(true)
    expect(window.admits(2 ** 40 - 2 ** 32)).to.equal(false)
  })
})
