import { compareDistance, distance, peerIdFromBytes, peerIdFromHex } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import { expect } from 'chai'
import fc from 'fast-check'
import { SizeEstimate, normalisedDistance } from '../../src/size-estimate.ts'
import { TestNetwork, text } from '../network.ts'
import type { PeerId, Random } from '@kadmium/interface'

const K = 20
const LIMITS = { maxSizeSamples: 150, sizeSampleMaxAgeMs: 7_200_000, minSizeSamples: 1 }
const HOUR_MS = 3_600_000

const anywhere = (random: Random): PeerId => peerIdFromBytes(random.bytes(20))

/** The first words are enough to order a random network, but for ties that never come. */
function nearestTo (target: PeerId, ids: readonly PeerId[]): PeerId[] {
  const near = ids.filter(({ w0 }) => ((w0 ^ target.w0) >>> 0) < 2 ** 32 * Math.min(1, 4 * K / ids.length))
  return near.sort((a, b) => compareDistance(target, a, b)).slice(0, K)
}

/** How far estimates from so many lookups are off, as fractions of `count`: of 200 estimates the 190th, and the mean. */
function errors (count: number, lookups: number): { readonly p95: number, readonly bias: number } {
  const random = seededRandom(count + lookups)
  const off: number[] = []
  for (let network = 0; network < 4; network++) {
    const ids = Array.from({ length: count }, () => anywhere(random))
    for (let i = 0; i < 50; i++) {
      const estimate = new SizeEstimate(LIMITS)
      for (let lookup = 0; lookup < lookups; lookup++) {
        const target = anywhere(random)
        estimate.measured(target, nearestTo(target, ids), 0)
      }
      off.push(estimate.nodes(0)! / count - 1)
    }
  }
  const sorted = off.map(Math.abs).sort((a, b) => a - b)
  return { p95: sorted[189]!, bias: off.reduce((sum, one) => sum + one, 0) / off.length }
}

describe('the estimate of the network\'s size', () => {
  for (const count of [100, 1_000, 10_000]) {
    it(`G31: at ${count} nodes 4 lookups are within 28 % and 16 within 14 %, in 95 % of 200 estimates`, function () {
      this.timeout(20_000)
      const [four, sixteen] = [errors(count, 4), errors(count, 16)]
      expect(four.p95).to.be.at.most(0.28)
      expect(sixteen.p95).to.be.at.most(0.14)
      expect(Math.abs(sixteen.bias)).to.be.at.most(0.03)
    })
  }

  it('G31: an id is at distance 0 from itself and below 1 from any other, and nearer means less', () => {
    const id = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(peerIdFromBytes)
    fc.assert(fc.property(id, id, id, (a, b, c) => {
      expect(normalisedDistance(a, a)).to.equal(0)
      expect(normalisedDistance(a, b)).to.be.within(0, 1 - 2 ** -53)
      const [first, second] = [normalisedDistance(a, b), normalisedDistance(a, c)]
      if (compareDistance(a, b, c) < 0) expect(first).to.be.at.most(second)
    }))
    const [zero, ones] = [peerIdFromHex('00'.repeat(20)), peerIdFromHex('ff'.repeat(20))]
    expect(normalisedDistance(zero, ones)).to.equal(1 - 2 ** -53)
    expect(distance(zero, ones)).to.deep.equal(ones.bytes)
  })

  it('says nothing before minSizeSamples lookups, nor of those older than sizeSampleMaxAgeMs', () => {
    const random = seededRandom(1)
    const ids = Array.from({ length: 100 }, () => anywhere(random))
    const estimate = new SizeEstimate({ ...LIMITS, sizeSampleMaxAgeMs: HOUR_MS, minSizeSamples: 5 })
    for (let i = 0; i < 5; i++) {
      expect(estimate.nodes(0)).to.equal(undefined)
      const target = anywhere(random)
      estimate.measured(target, nearestTo(target, ids), i)
    }
    expect(estimate.nodes(4)).to.be.within(50, 200)
    expect(estimate.nodes(HOUR_MS)).to.be.within(50, 200)
    expect(estimate.nodes(HOUR_MS + 1)).to.equal(undefined)
  })

  it('maxSizeSamples: the oldest lookups give way to those that saw the network as it is now', () => {
    const random = seededRandom(2)
    const [small, large] = [100, 5_000].map(count => Array.from({ length: count }, () => anywhere(random)))
    const estimate = new SizeEstimate({ ...LIMITS, maxSizeSamples: 20 })
    for (const ids of [small!, large!]) {
      for (let i = 0; i < 20; i++) {
        const target = anywhere(random)
        estimate.measured(target, nearestTo(target, ids), 0)
      }
    }
    expect(estimate.nodes(0)).to.be.within(4_000, 6_000)
  })

  it('goes by the nearest neighbours and the few lookups there are, until there are minSizeSamples', () => {
    const random = seededRandom(4)
    const ids = Array.from({ length: 1_000 }, () => anywhere(random))
    const own = anywhere(random)
    const estimate = new SizeEstimate({ ...LIMITS, minSizeSamples: 3 })
    estimate.neighbours(own, nearestTo(own, ids))
    const alone = estimate.nodes(0)
    expect(alone).to.be.within(500, 2_000)
    const places = [own, anywhere(random), anywhere(random)]
    estimate.measured(places[0]!, nearestTo(places[0]!, ids), 0)
    expect(estimate.nodes(0), 'the own place counts once').to.equal(alone)
    estimate.measured(places[1]!, nearestTo(places[1]!, ids), 0)
    expect(estimate.nodes(0)).not.to.equal(alone)
    expect(estimate.latest(0), 'no measurement').to.equal(undefined)
    estimate.measured(places[2]!, nearestTo(places[2]!, ids), 0)
    expect(estimate.latest(0)?.nodes).to.equal(estimate.nodes(0)).and.be.within(700, 1_400)
  })

  it('a crowd of neighbours counts for nothing once there are minSizeSamples, but for the age of what they say', () => {
    const random = seededRandom(5)
    const ids = Array.from({ length: 1_000 }, () => anywhere(random))
    const own = anywhere(random)
    const crowd = Array.from({ length: K }, (_, i) => { const near = own.bytes.slice(); near[10]! ^= i + 1; return peerIdFromBytes(near) })
    const estimate = new SizeEstimate({ ...LIMITS, minSizeSamples: 3 })
    for (let i = 0; i < 3; i++) {
      const target = anywhere(random)
      estimate.measured(target, nearestTo(target, ids), 0)
    }
    const measured = estimate.nodes(0)
    estimate.neighbours(own, crowd)
    expect(estimate.nodes(0)).to.equal(measured)
  })

  it('a weight makes a lookup count less, and a node at the target itself counts for nothing', () => {
    const random = seededRandom(3)
    const [small, large] = [200, 5_000].map(count => Array.from({ length: count }, () => anywhere(random)))
    const estimate = new SizeEstimate(LIMITS)
    for (let i = 0; i < 50; i++) {
      const [strange, own] = [anywhere(random), small![i]!]
      estimate.measured(own, nearestTo(own, small!), 0)
      estimate.measured(strange, nearestTo(strange, large!), 0, 2 ** -20)
    }
    expect(estimate.nodes(0)).to.be.within(170, 230)
  })

  it('networkSize: a node measures by what it looks up, and knows its own share', async function () {
    this.timeout(60_000) // 120 nodes with all their upkeep: 6 s of CPU
    const network = new TestNetwork({ seed: 5 })
    const nodes = await network.acquainted(120)
    const [{ kad }] = [nodes[0]!]
    for (let i = 0; i < 30; i++) {
      expect(kad.networkSize === undefined).to.equal(i < 3)
      await network.until(kad.getClosestPeers(text(`${i}`)))
    }
    expect(kad.networkSize).to.be.within(100, 145)
  })

  it('networkSize: is known after a join, however few lookups that took', async function () {
    this.timeout(60_000)
    const network = new TestNetwork({ seed: 6 })
    const nodes = await network.joined(40)
    await network.run(60_000)
    for (const { kad } of nodes) expect(kad.networkSize).to.be.within(20, 80)
  })

  it('networkSize: lookups that end early, and those for fewer than k nodes, measure nothing', async () => {
    const network = new TestNetwork({ seed: 5 })
    const nodes = await network.acquainted(40)
    for (let i = 0; i < 10; i++) {
      await network.until(nodes[0]!.kad.getNClosestPeers(text(`${i}`), 3))
      const query = nodes[0]!.kad.getClosestPeers(text(`${i}`))
      query.finish()
      await network.until(query)
    }
    expect(nodes[0]!.kad.networkSize).to.equal(undefined)
  })
})
