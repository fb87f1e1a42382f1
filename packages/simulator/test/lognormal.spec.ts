import { expect } from 'chai'
import fc from 'fast-check'
import { seededRandom } from '@kadmium/runtime'
import { exp, log, lognormal, normalQuantile } from '../src/lognormal.ts'

describe('lognormal', () => {
  it('agrees with the engine, whose last bit may differ', () => {
    fc.assert(fc.property(fc.double({ min: -20, max: 20, noNaN: true }), x => {
      expect(exp(x) / Math.exp(x)).to.be.closeTo(1, 1e-14)
    }), { seed: 1 })
    fc.assert(fc.property(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), x => {
      expect(log(x)).to.be.closeTo(Math.log(x), 1e-13 * (1 + Math.abs(Math.log(x))))
    }), { seed: 1 })
  })

  it('has the quantiles of the normal distribution', () => {
    const table = [[0.5, 0], [0.841344746, 1], [0.977249868, 2], [0.998650102, 3], [0.001349898, -3], [0.01, -2.326347874]]
    for (const [probability, z] of table) expect(normalQuantile(probability as number)).to.be.closeTo(z as number, 1e-6)
  })

  it('draws the median and spread that are asked for (seed 1)', () => {
    const random = seededRandom(1)
    const draws = Array.from({ length: 20_000 }, () => lognormal(8, 0.7, random)).sort((a, b) => a - b)
    expect(draws[10_000]).to.be.closeTo(8, 0.2)
    expect((draws[16_827] as number) / 8).to.be.closeTo(Math.exp(0.7), 0.06)
  })

  it('U2: draws the same bits everywhere', () => {
    const random = seededRandom('golden')
    expect([exp(1.5), log(0.3), normalQuantile(0.2), lognormal(100, 0.12, random)])
      .to.deep.equal([4.481689070338065, -1.203972804325936, -0.8416212327266185, 98.81099430379282])
  })
})
