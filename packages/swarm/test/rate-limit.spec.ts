import type { Endpoint } from '@kadmium/interface'
import { seededRandom } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import fc from 'fast-check'
import type { RateLimitInit } from '../src/rate-limit.ts'
import { RateLimit } from '../src/rate-limit.ts'

const SEED = 20_240_611
const init: RateLimitInit = {
  packetsPerSecond: 1000, packetsPerSecondPerGroup: 100, unprovenPerSecond: 50, unprovenPerSecondPerGroup: 10, burstMs: 1000, rateLimitGroups: 256, seed: 7
}
const here = endpoint('9.1.2.3', 4001)

/** How many of `count` packets that come at once are read. */
function admitted (limit: RateLimit, from: (i: number) => Endpoint, proven: boolean, now: number, count: number): number {
  let read = 0
  for (let i = 0; i < count; i++) if (limit.refusal(from(i), proven, now) === undefined) read++
  return read
}

describe('RateLimit', () => {
  it('lets a burst through, then the rate, and forgives after a pause', () => {
    const limit = new RateLimit(init)
    expect(admitted(limit, () => here, false, 5000, 100)).to.equal(10)
    expect(limit.refusal(here, false, 5000)).to.equal('too many unproven packets of a group')
    expect(admitted(limit, () => here, false, 5500, 100)).to.equal(5)
    expect(admitted(limit, () => here, false, 60_000, 100), 'no more than a burst, however long the pause').to.equal(10)
  })

  it('counts a /24 and a /56 as one, and their neighbours apart', () => {
    for (const [one, same, other] of [['9.1.2.3', '9.1.2.250', '9.1.3.3'], ['2a00:1:2:300::1', '2a00:1:2:3ff::9', '2a00:1:2:400::1']] as const) {
      const limit = new RateLimit(init)
      expect(admitted(limit, () => endpoint(one, 1), false, 0, 100)).to.equal(10)
      expect(limit.refusal(endpoint(same, 2), false, 0), same).to.equal('too many unproven packets of a group')
      expect(limit.refusal(endpoint(other, 1), false, 0), other).to.equal(undefined)
    }
  })

  it('bounds all groups together, and says so', () => {
    const limit = new RateLimit(init)
    expect(admitted(limit, i => endpoint(`9.${i}.0.1`, 1), false, 0, 200)).to.be.within(45, 50)
    expect(limit.refusal(endpoint('11.0.0.1', 1), false, 0)).to.equal('too many unproven packets')
  })

  it('a flood of the unproven leaves the proven all that is theirs, also those of its own group', () => {
    const limit = new RateLimit(init)
    const random = seededRandom(SEED)
    for (let i = 0; i < 20_000; i++) limit.refusal(endpoint(`9.${random.below(256)}.${random.below(256)}.1`, 1), false, 0)
    expect(admitted(limit, () => here, true, 0, 200)).to.equal(100)
    expect(limit.refusal(here, true, 0)).to.equal('too many packets of a group')
  })

  it('a group that is over its rate takes nothing from all others', () => {
    const limit = new RateLimit(init)
    admitted(limit, () => here, false, 0, 100_000)
    expect(admitted(limit, i => endpoint(`9.9.${i}.1`, 1), false, 0, 40)).to.equal(40)
  })

  it('which groups share a bucket depends on the seed, so nobody can choose to share', () => {
    const shared = (seed: number): string[] => {
      const limit = new RateLimit({ ...init, unprovenPerSecond: 1e9, unprovenPerSecondPerGroup: 1, seed })
      limit.refusal(here, false, 0)
      return Array.from({ length: 4096 }, (_, i) => `9.8.${i >> 4}.${i & 15}`.replace(/^9\.8\.(\d+)\.(\d+)$/, '9.$1.$2.1'))
        .filter(host => limit.refusal(endpoint(host, 1), false, 0) !== undefined)
    }
    expect(shared(1)).to.deep.equal(shared(1))
    expect(shared(1)).to.not.deep.equal(shared(2))
  })

  it('never lets more through than a burst and the rate allow, for any arrivals', () => {
    const steps = fc.array(fc.record({ after: fc.integer({ min: 0, max: 400 }), packets: fc.integer({ min: 1, max: 30 }), group: fc.integer({ min: 0, max: 3 }) }))
    fc.assert(fc.property(steps, arrivals => {
      const limit = new RateLimit(init)
      const read = [0, 0, 0, 0]
      let now = 0
      for (const { after, packets, group } of arrivals) {
        now += after
        read[group]! += admitted(limit, () => endpoint(`9.${group}.0.1`, 1), false, now, packets)
      }
      for (const count of read) expect(count).to.be.at.most(10 + Math.ceil(now / 100))
      expect(read.reduce((sum, count) => sum + count)).to.be.at.most(50 + Math.ceil(now / 20))
    }), { seed: SEED, numRuns: 200 })
  })

  it('lets one packet through at a time, even where a burst is shorter than the pause between two', () => {
    const limit = new RateLimit({ ...init, unprovenPerSecondPerGroup: 1, burstMs: 1 })
    expect(admitted(limit, () => here, false, 0, 10)).to.equal(1)
    expect(admitted(limit, () => here, false, 1000, 10)).to.equal(1)
  })
})
