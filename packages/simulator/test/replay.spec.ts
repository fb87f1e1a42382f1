import { expect } from 'chai'
import { readFileSync, writeFileSync } from 'node:fs'
import { kad } from '@kadmium/kad-behaviour'
import { seededRandom } from '@kadmium/runtime'
import { Simulator, internet } from '../src/index.ts'
import type { Fidelity } from '../src/index.ts'
import { kadOf, randomId, utf8 } from './kad-network.ts'
import type { KadNode } from './kad-network.ts'

/**
 * The traces that every machine and every supported version of Node must have, read from the source folder. What changes
 * any datagram or event of a node changes them too: then `UPDATE_TRACES=1 npm test -w @kadmium/simulator` writes the new
 * ones, and a reviewer sees that they changed.
 */
const GOLDEN = new URL('../../test/golden-traces.json', import.meta.url)
const golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Record<string, string>

/** A bit of everything: joins, lookups, puts and gets under loss, duplicates and reordering; a partition, a crash, a goodbye. */
async function story (fidelity: Fidelity, seed: number): Promise<Simulator> {
  const sim = new Simulator({ seed, fidelity, latency: internet(), loss: 0.03, duplicate: 0.02, reorder: 0.05 })
  const random = seededRandom(seed)
  const nodes: KadNode[] = []
  for (let i = 0; i < 25; i++) {
    const seeds = nodes.slice(0, 1).map(({ address }) => address.text)
    nodes.push(...await sim.addNodes(1, () => ({ behaviours: { kad: kad({ seeds }) } })))
    await sim.run(50)
  }
  const some = (): KadNode => nodes[5 + random.below(20)] as KadNode
  const work = (): Promise<unknown> => sim.until(Promise.allSettled(Array.from({ length: 10 }, (_, i) => [
    kadOf(some()).getClosestPeers(randomId(random)),
    kadOf(some()).putRecord({ key: utf8(`key ${i}`), value: random.bytes(100) }),
    kadOf(some()).getRecord(utf8(`key ${i}`))
  ]).flat()))
  await work()
  sim.partition([nodes.slice(0, 12), nodes.slice(12)])
  await work()
  sim.heal()
  sim.crash(nodes[0] as KadNode)
  await sim.stop(nodes[1] as KadNode)
  await sim.run(60_000)
  await sim.restart(nodes[0] as KadNode)
  await work()
  return sim
}

for (const fidelity of ['wire', 'lite', 'full'] as const) {
  describe(`replay (${fidelity})`, function () {
    this.timeout(180_000)

    it('U2: the same seed gives the same trace, here, again and on every version of Node; another seed another one', async () => {
      const first = await story(fidelity, 1)
      const again = await story(fidelity, 1)
      const other = await story(fidelity, 2)
      console.log(`      seed 1: ${first.trace()}, ${first.report().traffic.sent} datagrams in ${first.report().virtualMs / 1000} virtual s`)
      expect(again.trace()).to.equal(first.trace())
      expect(again.report()).to.deep.equal(first.report())
      expect(other.trace()).to.not.equal(first.trace())
      if (process.env['UPDATE_TRACES'] !== undefined) {
        golden[fidelity] = first.trace()
        writeFileSync(GOLDEN, JSON.stringify(golden, undefined, 2) + '\n')
      }
      expect(first.trace(), 'the committed trace of seed 1').to.equal(golden[fidelity])
    })
  })
}
