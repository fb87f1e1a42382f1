import { expect } from 'chai'
import { seededRandom } from '@kadmium/runtime'
import { ALPHA, K, joinedNetwork, measure, oracleNetwork } from './kad-network.ts'
import type { KadNetwork, Measured } from './kad-network.ts'

const SEED = 1
const LOOKUPS = 1000
const RTT_50_MS = 143

/**
 * Hops until the nearest of N nodes is known, when a k-bucket gains 1.333 + log2 k bits a hop (Stutzbach and Rejaie,
 * "Improving lookup performance over a widely-deployed DHT", 2006).
 */
const hopLimit = (nodes: number): number => Math.log2(nodes / K) / (1.333 + Math.log2(K))
const rpcLimit = (nodes: number): number => K + 0.75 * ALPHA * hopLimit(nodes) + 1

describe('lookups against the analytical limits', function () {
  this.timeout(180_000)
  const measured = async (name: string, network: KadNetwork): Promise<Measured> => {
    const result = await measure(network, LOOKUPS, seededRandom(SEED))
    const { hops, rpcs, recall, exactNearest, p50Ms, p99Ms } = result
    console.log(`      ${name}, seed ${SEED}: hops ${hops.toFixed(3)}, RPCs ${rpcs.toFixed(2)}, recall ${recall.toFixed(5)}, ` +
      `exact nearest ${(exactNearest * 100).toFixed(2)} %, p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms`)
    return result
  }

  it('with perfect tables, 1,000 nodes and one path: hops, RPCs and time within the limits, recall of 0.999', async () => {
    const { hops, rpcs, recall, exactNearest, p50Ms } = await measured('oracle, 1,000 nodes', await oracleNetwork(1000, { seed: SEED }, { disjointPaths: 1 }))
    expect(hops).to.be.at.most(hopLimit(1000))
    expect(rpcs).to.be.at.most(rpcLimit(1000))
    expect(recall).to.be.at.least(0.999)
    expect(exactNearest).to.be.at.least(0.998)
    expect(p50Ms).to.be.at.most((hopLimit(1000) + 2.4) * RTT_50_MS * 1.1)
  })

  it('on four disjoint paths, as large networks have them: the same limits but for requests, of which they need at most 15 % more', async () => {
    const { hops, rpcs, recall, p50Ms } = await measured('four paths, 1,000 nodes', await oracleNetwork(1000, { seed: SEED, fidelity: 'lite' }, { disjointPaths: 4 }))
    expect(hops).to.be.at.most(hopLimit(1000))
    expect(rpcs).to.be.at.most(1.15 * rpcLimit(1000))
    expect(recall).to.be.at.least(0.999)
    expect(p50Ms).to.be.at.most((hopLimit(1000) + 2.4) * RTT_50_MS * 1.1)
  })

  it('after 500 nodes joined one after the other: hops and requests within 15 % of that', async () => {
    const { hops, rpcs, recall } = await measured('joined, 500 nodes', await joinedNetwork(500, { seed: SEED, fidelity: 'lite' }, { disjointPaths: 1 }))
    expect(hops).to.be.at.most(1.15 * hopLimit(500))
    expect(rpcs).to.be.at.most(1.15 * rpcLimit(500))
    expect(recall).to.be.at.least(0.999)
  })

  it('U1: with 5 % loss finds the nearest node in 99.5 % of the lookups', async () => {
    const { exactNearest } = await measured('oracle, 1,000 nodes, 5 % loss', await oracleNetwork(1000, { seed: SEED, fidelity: 'lite', loss: 0.05 }, { disjointPaths: 1 }))
    expect(exactNearest).to.be.at.least(0.995)
  })

  it('in lite fidelity the same code has the same figures', async () => {
    const { hops, rpcs, recall } = await measured('lite, 1,000 nodes', await oracleNetwork(1000, { seed: SEED, fidelity: 'lite' }, { disjointPaths: 1 }))
    expect(hops).to.be.at.most(hopLimit(1000))
    expect(rpcs).to.be.at.most(rpcLimit(1000))
    expect(recall).to.be.at.least(0.999)
  })
})
