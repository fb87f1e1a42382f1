import { keyId } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import { expect } from 'chai'
import { K, joinedNetwork, kadOf, utf8 } from '../kad-network.ts'
import type { KadNetwork, KadNode } from '../kad-network.ts'
import { HOUR_MS, MINUTE_MS } from './durability.ts'

const NODES = 80
const KEY = utf8('popular')
const [OLD, NEW] = ['old', 'new']
const READS = 300

interface Overtaken extends KadNetwork {
  /** Members of the region that have the old value, since they were cut off while the new one was put. */
  readonly missed: readonly KadNode[]
}

/** Everybody has read a key, so copies lie everywhere; then `share` of its holders miss that its publisher puts a newer value. */
async function overtaken (seed: number, share: number): Promise<Overtaken> {
  const network = await joinedNetwork(NODES, { seed, fidelity: 'lite' }, {}, MINUTE_MS)
  const { sim, nodes } = network
  const random = seededRandom(`missed ${seed}`)
  const publisher = kadOf(nodes[0]!)
  await sim.until(publisher.putRecord({ key: KEY, value: utf8(OLD) }))
  const region = sim.closest(keyId(KEY), 1.5 * K)
  const members = holdersOf(network, OLD).filter(node => node.index !== 0 && region.some(({ id }) => id.equals(node.id)))
  await readMany(network, 4 * NODES, 100, seed)
  expect(holdersOf(network, OLD).length).to.be.above(0.9 * NODES)
  const missed: KadNode[] = []
  while (missed.length < share * members.length) missed.push(...members.splice(random.below(members.length), 1))
  sim.partition([missed, nodes.filter(node => !missed.includes(node))])
  await sim.until(publisher.putRecord({ key: KEY, value: utf8(NEW) }))
  sim.heal()
  return { sim, nodes, missed }
}

function holdersOf ({ sim, nodes }: KadNetwork, value: string): KadNode[] {
  return nodes.filter(node => kadOf(node).store.get(KEY, sim.clock.now()).some(({ record }) => textOf(record.value) === value))
}

/** Gets by random nodes; what each found, in the order in which they began. */
async function readMany ({ sim, nodes }: KadNetwork, reads: number, pauseMs: number, seed: number): Promise<Array<string | undefined>> {
  const random = seededRandom(`readers ${seed}`)
  const found: Array<string | undefined> = []
  for (let i = 0; i < reads; i++) {
    void kadOf(nodes[random.below(nodes.length)]!).getRecord(KEY).then(({ value }) => { found[i] = value && textOf(value) })
    await sim.run(pauseMs)
  }
  await sim.run(5_000)
  return found
}

function textOf (bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

describe('old copies of a popular key, among 80 nodes', function () {
  this.timeout(60_000)

  for (const seed of [1, 5, 8]) {
    it(`of its readers few are shown one, and none for long, where 45 % of the members missed the newer record (seed ${seed})`, async () => {
      const network = await overtaken(seed, 0.45)
      const old = (await readMany(network, READS, 1_000, seed)).flatMap((value, i) => value === NEW ? [] : [i])
      expect(old.length, `old: ${old}`).to.be.at.most(network.missed.length)
      expect(old.at(-1) ?? 0, `old: ${old}`).to.be.below(60)
      expect(holdersOf(network, OLD).filter(node => network.missed.includes(node))).to.deep.equal([])
    })
  }

  it('unread, its members are brought up to date by replication, within one of its pauses (seed 2)', async () => {
    const network = await overtaken(2, 0.45)
    const oldMembers = (): number => holdersOf(network, OLD).filter(node => network.missed.includes(node)).length
    expect(oldMembers()).to.equal(network.missed.length)
    await network.sim.run(HOUR_MS)
    expect(oldMembers()).to.equal(0)
    expect(holdersOf(network, OLD).length, 'copies of readers').to.be.above(0)
    expect((await readMany(network, 40, 1_000, 2)).filter(value => value !== NEW)).to.deep.equal([])
  })
})
