import { expect } from 'chai'
import { joinedNetwork, kadOf } from '../kad-network.ts'

const SEED = 1
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

describe('a network that nobody uses', function () {
  this.timeout(300_000)

  for (const count of [20, 100]) {
    it(`${count} nodes: sends at most 150 bytes a second and node to stay whole`, async () => {
      const { sim, nodes } = await joinedNetwork(count, { seed: SEED }, {}, 10 * MINUTE_MS)
      const before = sim.report().traffic
      await sim.run(HOUR_MS)
      const { bytesSent, sent } = sim.report().traffic
      const perSecond = (bytesSent - before.bytesSent) / count / (HOUR_MS / 1000)
      console.log(`      ${count} nodes, seed ${SEED}: ${perSecond.toFixed(1)} B/s and ${((sent - before.sent) / count / 3600).toFixed(2)} datagrams/s a node; size ${kadOf(nodes[0]!).networkSize?.toFixed(1)}`)
      expect(perSecond).to.be.at.most(150)
      for (const node of nodes) expect(kadOf(node).table.size).to.be.at.least(Math.min(count - 1, 40))
    })
  }
})
