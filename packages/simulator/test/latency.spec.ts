import { expect } from 'chai'
import { seededRandom } from '@kadmium/runtime'
import { fixed, internet, regions } from '../src/latency.ts'
import type { Latency, LatencyFactory } from '../src/latency.ts'

const SEED = 7

function withNodes (factory: LatencyFactory, count: number, seed = SEED): Latency {
  const latency = factory(seededRandom(seed))
  for (let i = 0; i < count; i++) latency.addNode()
  return latency
}

/** Sorted round trips between random pairs of 1,000 nodes. */
function roundTrips (factory: LatencyFactory): number[] {
  const latency = withNodes(factory, 1000)
  const random = seededRandom(SEED)
  return Array.from({ length: 20_000 }, () => {
    const [a, b] = [random.below(1000), random.below(1000)]
    return latency.delayMs(a, b) + latency.delayMs(b, a)
  }).sort((a, b) => a - b)
}

const percentile = (sorted: number[], percent: number): number => sorted[Math.floor(sorted.length * percent / 100)] as number

describe('internet', () => {
  it(`has round trips of 69, 143, 230 and 300 ms at the 10th, 50th, 90th and 99th percentile (seed ${SEED})`, () => {
    const sorted = roundTrips(internet())
    for (const [percent, ms] of [[10, 69], [50, 143], [90, 230], [99, 300]] as const) {
      expect(percentile(sorted, percent), `${percent}th percentile`).to.be.closeTo(ms, ms * 0.05)
    }
  })

  it('varies the round trip between two nodes by its jitter', () => {
    const latency = withNodes(internet(), 2)
    const trips = Array.from({ length: 20_000 }, () => latency.delayMs(0, 1) + latency.delayMs(1, 0)).sort((a, b) => a - b)
    expect(Math.log(percentile(trips, 84.134) / percentile(trips, 50))).to.be.closeTo(0.12, 0.01)
  })

  it('heeds each of its options', () => {
    const still = { accessMs: 0, baseMs: 0, jitterSigma: 0 }
    const median = (init: object): number => percentile(roundTrips(internet(init)), 50)
    expect(median({ ...still, scaleMs: 115 }) / median(still)).to.be.closeTo(0.5, 1e-9)
    expect(median({ ...still, scaleMs: 0, baseMs: 6 })).to.be.closeTo(6, 1e-9)
    expect(median({ ...still, scaleMs: 0, accessMs: 8, accessSigma: 0 })).to.be.closeTo(16, 1e-9)
    expect(median({ ...still, scaleMs: 0, accessMs: 8, accessSigma: 0.7 })).to.be.greaterThan(17)
    const jittery = roundTrips(internet({ scaleMs: 0, accessMs: 0, baseMs: 100, jitterSigma: 0.5 }))
    expect(percentile(jittery, 90)).to.be.greaterThan(150)
  })

  it('gives the same places and delays for a seed, and others for another', () => {
    const delays = (seed: number): number[] => {
      const latency = withNodes(internet(), 10, seed)
      return Array.from({ length: 9 }, (_, i) => latency.delayMs(i, i + 1))
    }
    expect(delays(1)).to.deep.equal(delays(1))
    expect(delays(1)).to.not.deep.equal(delays(2))
  })
})

describe('fixed', () => {
  it('is what it says', () => {
    expect(withNodes(fixed(25), 2).delayMs(0, 1)).to.equal(25)
    expect(() => fixed(-1)).to.throw('delayMs: expected milliseconds, 0 or more')
  })
})

describe('regions', () => {
  const roundTripsMs = [[2, 100], [100, 4]]

  it('takes the round trips of its table', () => {
    const latency = withNodes(regions({ roundTripsMs, jitterSigma: 0 }), 50)
    const seen = new Set<number>()
    for (let a = 0; a < 50; a++) for (let b = 0; b < 50; b++) seen.add(Math.round(latency.delayMs(a, b)))
    expect([...seen].sort((a, b) => a - b)).to.deep.equal([1, 2, 50])
  })

  it('places nodes by weight', () => {
    const latency = withNodes(regions({ roundTripsMs, weights: [0, 1], jitterSigma: 0 }), 20)
    for (let node = 1; node < 20; node++) expect(latency.delayMs(0, node)).to.be.closeTo(2, 1e-9)
  })

  it('jitters only as far as asked', () => {
    const spread = (jitterSigma: number): number => {
      const latency = withNodes(regions({ roundTripsMs: [[100]], jitterSigma }), 2)
      const trips = Array.from({ length: 1000 }, () => latency.delayMs(0, 1)).sort((a, b) => a - b)
      return percentile(trips, 90) - percentile(trips, 10)
    }
    expect(spread(0.3)).to.be.greaterThan(4 * spread(0.05))
  })

  it('has a table of ten regions whose round trips are the same both ways', () => {
    const latency = withNodes(regions({ jitterSigma: 0 }), 200)
    const seen = new Set<number>()
    for (let a = 0; a < 200; a++) {
      seen.add(Math.round(latency.delayMs(0, a) * 2))
      expect(latency.delayMs(a, 0)).to.equal(latency.delayMs(0, a))
    }
    expect(seen.size).to.equal(10)
  })

  it('refuses tables that are not square and weights that do not match', () => {
    expect(() => regions({ roundTripsMs: [[1, 2]] })).to.throw('roundTripsMs: expected a square matrix')
    expect(() => regions({ weights: [1] })).to.throw('weights: expected 10 numbers, got 1')
  })
})
