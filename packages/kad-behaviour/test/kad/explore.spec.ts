import { bucketIndex, commonPrefixLength, peerIdFromHex } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import { expect } from 'chai'
import { placesIn } from '../../src/explore.ts'
import { QUIET, TestNetwork } from '../network.ts'

const SEED = 1
const LOCAL = peerIdFromHex('5'.repeat(40))

describe('where to look around in a bucket', () => {
  it(`once in each quarter of it, the first two in different halves (seed ${SEED})`, () => {
    const random = seededRandom(SEED)
    for (let index = 0; index < 158; index++) {
      const places = placesIn(LOCAL, index, random)
      expect(places.map(place => bucketIndex(LOCAL, place)), `bucket ${index}`).to.deep.equal([index, index, index, index])
      const quarters = new Set(places.map(place => quarterOf(place.bytes, index)))
      expect(quarters.size, `quarters of bucket ${index}`).to.equal(4)
      expect(commonPrefixLength(places[0]!, places[1]!), `halves of bucket ${index}`).to.equal(index + 1)
    }
  })

  it('in one place only where there are no quarters', () => {
    for (const index of [158, 159]) {
      expect(placesIn(LOCAL, index, seededRandom(SEED)).map(place => bucketIndex(LOCAL, place))).to.deep.equal([index])
    }
  })
})

describe('a bootstrap', () => {
  it(`leaves contacts all over the farthest bucket, not around one place (seed ${SEED})`, async () => {
    const network = new TestNetwork({ seed: SEED })
    const [seed] = await network.acquainted(300, { ...QUIET, k: 20 })
    const node = await network.node({ ...QUIET, k: 20, seeds: [seed!.address.text] })
    await network.until(node.kad.bootstrap())
    const counts = new Map<string, number>()
    for (const { id } of node.kad.kbuckets().find(({ index }) => index === 0)!.peers) {
      const quarter = quarterOf(id.bytes, 0)
      counts.set(quarter, (counts.get(quarter) ?? 0) + 1)
    }
    expect(Math.min(...counts.values()), `${[...counts.values()]}`).to.be.at.least(2)
    expect(counts.size).to.equal(4)
  })
})

/** The two bits that follow those which all ids of the bucket share. */
function quarterOf (bytes: Uint8Array, index: number): string {
  return [index + 1, index + 2].map(bit => (bytes[bit >> 3]! >> (7 - (bit & 7))) & 1).join('')
}
