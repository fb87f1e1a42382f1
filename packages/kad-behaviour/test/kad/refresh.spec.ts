import { peerIdFromHex, randomIdInBucket } from '@kadmium/peer-id'
import { RoutingTable } from '@kadmium/routing-table'
import { seededRandom } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { isKnown, refreshDue } from '../../src/refresh.ts'
import { QUIET, TestNetwork, progressed } from '../network.ts'
import type { TestNode } from '../network.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** A table with so many contacts in each bucket. */
function tableWith (sizes: readonly number[], k: number): RoutingTable {
  const localId = peerIdFromHex('5'.repeat(40))
  const random = seededRandom(1)
  const table = new RoutingTable({ localId, k })
  let n = 0
  for (const [index, size] of sizes.entries()) {
    for (let i = 0; i < size; i++) {
      n++
      table.insert({ id: randomIdInBucket(localId, index, random), addresses: [endpoint(`10.0.${n >> 8}.${n & 255}`, 4000)] }, 0)
    }
  }
  return table
}

describe('which lookups keep a table fresh', () => {
  it('one in each far bucket, and one of the own id for all where the k nearest are', () => {
    const table = tableWith([4, 4, 4, 3, 1], 4)
    expect(refreshDue(table, 0, HOUR_MS)).to.deep.equal({ buckets: [0, 1, 2, 3], neighbourhood: [4] })
    expect(refreshDue(tableWith([2, 1], 4), 0, HOUR_MS)).to.deep.equal({ buckets: [], neighbourhood: [0, 1] })
    expect(refreshDue(tableWith([], 4), 0, HOUR_MS)).to.deep.equal({ buckets: [], neighbourhood: [] })
  })

  it('only those through which no lookup went for the interval, or for two where there is no room', () => {
    const table = tableWith([4, 4, 4, 3, 1], 4)
    for (const index of [0, 2, 4]) table.touchBucket(index, 0)
    expect(refreshDue(table, HOUR_MS - 1, HOUR_MS)).to.deep.equal({ buckets: [1, 3], neighbourhood: [] })
    for (const index of [1, 3]) table.touchBucket(index, 0)
    expect(refreshDue(table, HOUR_MS - 1, HOUR_MS)).to.deep.equal({ buckets: [], neighbourhood: [] })
    expect(refreshDue(table, HOUR_MS, HOUR_MS)).to.deep.equal({ buckets: [3], neighbourhood: [4] })
    expect(refreshDue(table, 2 * HOUR_MS, HOUR_MS)).to.deep.equal({ buckets: [0, 1, 2, 3], neighbourhood: [4] })
  })

  it('a bootstrap need not look through a full bucket, nor through the neighbourhood again; of few nodes it takes nothing for granted', () => {
    const known = (sizes: readonly number[]): boolean[] => sizes.map((_, index) => isKnown(tableWith(sizes, 4), index))
    expect(known([4, 2, 3, 3, 1])).to.deep.equal([true, false, false, false, true])
    expect(known([3, 2, 2, 1, 1])).to.deep.equal([false, false, false, true, true])
    expect(known([2, 1])).to.deep.equal([false, false])
  })

  it('G28: with nobody in bucket g only as far as bucket 2(g + 1)', () => {
    expect(refreshDue(tableWith([4, 0, 0, 0, 0, 1, 4], 4), 0, HOUR_MS)).to.deep.equal({ buckets: [0, 1, 2, 3, 4], neighbourhood: [] })
    expect(refreshDue(tableWith([0, 0, 0, 0, 4], 4), 0, HOUR_MS)).to.deep.equal({ buckets: [0, 1, 2], neighbourhood: [] })
    expect(refreshDue(tableWith([4, 4, 4, 4, 4, 4, 4], 4), 0, HOUR_MS).buckets).to.deep.equal([0, 1, 2, 3, 4, 5, 6])
  })
})

function bootstraps (node: TestNode): number {
  return progressed(node).filter(({ result, step }) => result.type === 'Bootstrap' && step.last).length
}

describe('the periodic bootstrap', () => {
  it('is left out while every bucket is fresh and the table keeps its size', async () => {
    for (const [refreshIntervalMs, runs] of [[HOUR_MS, 1], ['off', 30]] as const) {
      const network = new TestNetwork()
      const nodes = await network.acquainted(8, QUIET)
      const node = await network.node({ ...QUIET, refreshIntervalMs, bootstrapIntervalMs: MINUTE_MS })
      network.introduce([node, ...nodes])
      await network.until(node.kad.bootstrap())
      await network.run(30 * MINUTE_MS)
      expect(bootstraps(node)).to.be.within(runs * 0.8, runs * 1.1)
    }
  })

  it('comes when half of the table has gone', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(12, QUIET)
    const node = await network.node({ ...QUIET, refreshIntervalMs: HOUR_MS, bootstrapIntervalMs: MINUTE_MS })
    network.introduce([node, ...nodes])
    await network.until(node.kad.bootstrap())
    for (const { id } of nodes.slice(0, 5)) node.kad.removePeer(id)
    await network.run(2 * MINUTE_MS)
    expect(bootstraps(node)).to.equal(1)
    for (const { id } of nodes.slice(5, 8)) node.kad.removePeer(id)
    await network.run(2 * MINUTE_MS)
    expect(bootstraps(node)).to.equal(2)
  })
})

describe('a node that knows only its seed', () => {
  it('asks it again within seconds, ever more rarely, until it has met others', async () => {
    const network = new TestNetwork()
    const others = await network.acquainted(6, QUIET)
    const seed = await network.node(QUIET)
    const node = await network.node({ ...QUIET, seeds: [seed.address.text], bootstrapRetryMs: 1_000, bootstrapRetryMaxMs: 8_000 })
    await network.run(60_000)
    expect(node.kad.table.size).to.equal(1)
    expect(bootstraps(node)).to.be.within(8, 12) // at 0, 1, 3, 7, 15, then every 8 s
    network.introduce([seed, ...others])
    await network.run(10_000)
    expect(node.kad.table.size).to.equal(7)
    const done = bootstraps(node)
    await network.run(60_000)
    expect(bootstraps(node)).to.equal(done)
  })

  it('with 30 % loss 12 nodes that join at once know each other a minute later, in 20 networks', async function () {
    this.timeout(120_000)
    for (let seed = 1; seed <= 20; seed++) {
      const network = new TestNetwork({ seed })
      const first = await network.node()
      network.fate = () => network.random.float() < 0.3 ? 'lost' : 'delivered'
      const nodes = []
      for (let i = 0; i < 11; i++) nodes.push(await network.node({ seeds: [first.address.text] }))
      await network.run(60_000)
      for (const { kad } of nodes) expect(kad.table.size).to.be.at.least(6)
    }
  })
})
