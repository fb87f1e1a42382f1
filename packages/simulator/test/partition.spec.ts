import { expect } from 'chai'
import { Quorum } from '@kadmium/interface'
import { seededRandom } from '@kadmium/runtime'
import { joinedNetwork, kadOf, utf8 } from './kad-network.ts'
import type { KadNetwork, KadNode } from './kad-network.ts'

const SEED = 3
const MINUTE_MS = 60_000

describe(`partition and crash (seed ${SEED})`, function () {
  this.timeout(180_000)

  const readers = (side: readonly KadNode[]): KadNode[] => {
    const random = seededRandom(SEED)
    return Array.from({ length: 3 }, () => side[random.below(side.length)] as KadNode)
  }

  async function put ({ sim }: KadNetwork, side: readonly KadNode[], name: string, count: number): Promise<string[]> {
    const keys = Array.from({ length: count }, (_, i) => `${name} ${i}`)
    await sim.until(Promise.all(keys.map(async (key, i) => {
      const { storedOn } = await kadOf(side[i % side.length] as KadNode).putRecord({ key: utf8(key), value: utf8(`value of ${key}`) })
      expect(storedOn, key).to.be.at.least(1)
    })))
    return keys
  }

  async function unreadable ({ sim }: KadNetwork, keys: readonly string[], from: readonly KadNode[]): Promise<string[]> {
    const lost: string[] = []
    await sim.until(Promise.all(from.flatMap(node => keys.map(async key => {
      const { value } = await kadOf(node).getRecord(utf8(key))
      if (value === undefined || Buffer.compare(value, utf8(`value of ${key}`)) !== 0) lost.push(`${key} by ${node.index}`)
    }))))
    return lost
  }

  for (const [size, apartMs, healedMs] of [[4, 2 * MINUTE_MS, 10 * MINUTE_MS], [40, 5 * MINUTE_MS, 10 * MINUTE_MS], [40, 120 * MINUTE_MS, 60 * MINUTE_MS]] as const) {
    it(`${size} nodes, ${apartMs / MINUTE_MS} min apart: what was written on either side is read from both after it healed`, async () => {
      const network = await joinedNetwork(size, { seed: SEED, fidelity: size === 4 ? 'wire' : 'lite' })
      const { sim, nodes } = network
      const [left, right] = [nodes.filter((_, i) => i % 2 === 0), nodes.filter((_, i) => i % 2 === 1)]
      const before = await put(network, nodes, 'before', 8)
      sim.partition([left, right])
      await sim.run(apartMs / 2)
      const [onLeft, onRight] = [await put(network, left, 'left', 8), await put(network, right, 'right', 8)]
      expect(await unreadable(network, onLeft, readers(left)), 'on its own side').to.deep.equal([])
      expect(await unreadable(network, onLeft, readers(right)), 'across the cut').to.have.length(24)
      await sim.run(apartMs / 2)
      sim.heal()
      await sim.run(healedMs)
      for (const side of [left, right]) expect(await unreadable(network, [...before, ...onLeft, ...onRight], readers(side))).to.deep.equal([])
    })
  }

  it('five nodes, any two of which crash: what was put before is still read', async () => {
    for (const [a, b] of [[0, 1], [1, 2], [3, 4], [0, 4]] as const) {
      const network = await joinedNetwork(5, { seed: SEED })
      const { sim, nodes } = network
      await sim.until(kadOf(nodes[2] as KadNode).putRecord({ key: utf8('key 0'), value: utf8('value of key 0') }, { quorum: Quorum.All }))
      sim.crash(nodes[a] as KadNode)
      sim.crash(nodes[b] as KadNode)
      expect(await unreadable(network, ['key 0'], nodes.filter(({ status }) => status === 'up'))).to.deep.equal([])
    }
  })

  it('G22: crashed nodes leave the tables of those that ask them, and come back when they are restarted', async () => {
    const { sim, nodes } = await joinedNetwork(30, { seed: SEED, fidelity: 'lite' })
    const [crashed, ...others] = nodes as [KadNode, ...KadNode[]]
    const knownBy = (): number => others.filter(node => kadOf(node).table.get(crashed.id) !== undefined).length
    expect(knownBy()).to.be.at.least(15)
    sim.crash(crashed)
    await sim.run(30 * MINUTE_MS)
    expect(knownBy()).to.equal(0)
    await sim.restart(crashed)
    await sim.until(kadOf(crashed).addAddress(others[0]?.address.text as string))
    await sim.until(kadOf(crashed).bootstrap())
    await sim.run(MINUTE_MS)
    expect(knownBy()).to.be.at.least(15)
  })
})
