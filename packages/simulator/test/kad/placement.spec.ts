import { distance, keyId } from '@kadmium/peer-id'
import type { PeerId } from '@kadmium/interface'
import { expect } from 'chai'
import { K, joinedNetwork, kadOf } from '../kad-network.ts'
import type { KadNetwork } from '../kad-network.ts'
import { HOUR_MS, MINUTE_MS, holdersOf, keyOf, putRecords } from './durability.ts'

const SEED = 1
const RECORDS = 20
/** How far a region reaches, in multiples of where k nodes lie on average. */
const REACH = 1.5

/** As a fraction of the key space. */
function fraction (target: PeerId, id: PeerId): number {
  return distance(target, id).slice(0, 6).reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 48
}

/** The holders of each record, nearest first, without those who put it: a publisher keeps a copy wherever it is. */
function placed (network: KadNetwork): Array<{ readonly target: PeerId, readonly held: readonly PeerId[], readonly nearest: readonly PeerId[] }> {
  return Array.from({ length: RECORDS }, (_, i) => {
    const target = keyId(keyOf(i))
    const isOther = ({ index }: { readonly index: number }): boolean => index !== i
    const held = holdersOf(network, keyOf(i)).filter(isOther).map(({ id }) => id)
    return { target, held, nearest: network.sim.closest(target, network.nodes.length).filter(isOther).map(({ id }) => id) }
  })
}

describe('where records are held, among 150 nodes', function () {
  this.timeout(120_000)

  it('R8: with region: false exactly the k nearest, after the put, after replication and after republishing', async () => {
    const options = { region: false, caching: 'off', replicateIntervalMs: HOUR_MS / 2, republishIntervalMs: 2 * HOUR_MS } as const
    const network = await joinedNetwork(150, { seed: SEED, fidelity: 'lite' }, options, MINUTE_MS)
    await putRecords(network, RECORDS)
    for (const waitMs of [0, HOUR_MS, 1.2 * HOUR_MS]) {
      await network.sim.run(waitMs)
      for (const { held, nearest } of placed(network)) expect(held.map(({ hex }) => hex)).to.deep.equal(nearest.slice(0, K).map(({ hex }) => hex))
    }
    const [copy] = kadOf(network.nodes[0]!).store.get(keyOf(0), network.sim.clock.now())
    expect(copy!.receivedAt).to.be.above(HOUR_MS)
  })

  it('with the region all of the k nearest, nobody outside of both radius and k, and at most 4k', async () => {
    const network = await joinedNetwork(150, { seed: SEED, fidelity: 'lite' }, {}, MINUTE_MS)
    const radii = (): number[] => network.nodes.map(node => REACH * K / (kadOf(node).networkSize ?? Infinity))
    const before = radii()
    await putRecords(network, RECORDS)
    const after = radii()
    let beyond = 0
    for (const [i, { target, held, nearest }] of placed(network).entries()) {
      expect(held.slice(0, K).map(({ hex }) => hex)).to.deep.equal(nearest.slice(0, K).map(({ hex }) => hex))
      expect(held.length).to.be.at.most(4 * K)
      const reach = 1.05 * Math.max(before[i]!, after[i]!, fraction(target, nearest[K - 1]!))
      for (const id of held) expect(fraction(target, id)).to.be.at.most(reach)
      beyond += held.length - K
    }
    expect(beyond).to.be.above(0)
  })
})
