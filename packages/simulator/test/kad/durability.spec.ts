import { expect } from 'chai'
import { ATTENDED, HOUR_MS, MINUTE_MS, UNATTENDED, durability, kept, networkWithRecords } from './durability.ts'

const SEED = 1

describe('records in a network whose nodes come and go', function () {
  this.timeout(300_000)
  const run = { nodes: 60, records: 60, seed: SEED, medianSessionMs: HOUR_MS, virtualMs: 12 * HOUR_MS }

  it('are all there after 12 hours with a median session of one, by their holders alone', async () => {
    const result = await durability({ ...run, options: { k: 8, ...ATTENDED } })
    console.log(`      seed ${SEED}: ${JSON.stringify(result)}`)
    expect(result).to.include({ lost: 0, unreadable: 0 })
    expect(result.deaths).to.be.above(60)
  })

  it('are lost without replication, hand-over and correction: that test can fail', async () => {
    const result = await durability({ ...run, options: { k: 8, ...UNATTENDED } })
    console.log(`      seed ${SEED}: ${JSON.stringify(result)}`)
    expect(result.lost).to.be.above(0)
  })

  it('99 % are readable ten minutes after half of the nodes died at once', async () => {
    const network = await networkWithRecords(120, 100, SEED, {})
    network.nodes.forEach((node, i) => { if (i % 2 === 1) network.sim.crash(node) })
    await network.sim.run(10 * MINUTE_MS)
    expect((await kept(network, 100)).unreadable).to.be.at.most(1)
  })
})
