import { expect } from 'chai'
import { compareDistance, peerIdFromBytes } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import { createNode } from '../src/index.ts'
import type { KadmiumNode } from '../src/index.ts'

const SEED = 50
const NODES = 50
const LOOKUPS = 500

describe('fifty nodes on loopback sockets', function () {
  this.timeout(60_000)
  const nodes: KadmiumNode[] = []

  before(async () => {
    for (let i = 0; i < NODES; i++) {
      const node = await createNode({ host: '127.0.0.1' })
      if (i > 0) await node.join(nodes[0]!.addresses)
      nodes.push(node)
    }
  })

  after(async () => {
    await Promise.all(nodes.map(async node => { await node.stop() }))
  })

  it(`answer ${LOOKUPS} lookups with exactly the k nearest of all others (seed ${SEED})`, async () => {
    const random = seededRandom(SEED)
    for (let i = 0; i < LOOKUPS; i++) {
      const target = peerIdFromBytes(random.bytes(20))
      const asker = nodes[random.below(NODES)]!
      const { peers } = await asker.swarm.behaviours.kad.getClosestPeers(target)

      const nearest = nodes.filter(node => node !== asker).map(({ id }) => id).sort((a, b) => compareDistance(target, a, b))
      expect(peers.map(({ id }) => id.hex)).to.deep.equal(nearest.slice(0, 20).map(({ hex }) => hex))
    }
  })
})
