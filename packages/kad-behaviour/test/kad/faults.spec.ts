import { keyId } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import { expect } from 'chai'
import { TestNetwork, progressed, text } from '../network.ts'
import type { TestNode } from '../network.ts'

/** Everything that every node told, in order. */
async function run (seed: number): Promise<string> {
  const network = new TestNetwork({ seed })
  const losses = seededRandom(seed)
  network.fate = () => losses.float() < 0.1 ? 'lost' : 'delivered'
  const first = await network.node()
  for (let i = 0; i < 7; i++) await network.node({ seeds: [first.address.text] })
  await network.run(20_000)
  await network.until(network.nodes[2]!.kad.putRecord({ key: text('key'), value: text('value') }))
  await network.until(network.nodes[5]!.kad.getRecord(text('key')))
  await network.run(1_000)
  return JSON.stringify([network.clock.now(), ...network.nodes.map(({ events }) => events)])
}

function lossy (network: TestNetwork, share: number, seed: number): void {
  const losses = seededRandom(`losses ${seed}`)
  network.fate = () => losses.float() < share ? 'lost' : 'delivered'
}

describe('faults', () => {
  it('U2: the same seed gives the same events, byte for byte; another seed others', async () => {
    const [first, again, other] = [await run(1), await run(1), await run(2)]
    expect(again).to.equal(first)
    expect(other).to.not.equal(first)
  })

  for (const share of [0.05, 0.15, 0.3]) {
    it(`U1: with ${share * 100} % of all packets lost, puts, gets and lookups still do what they say`, async () => {
      const network = new TestNetwork({ seed: share * 100 })
      const nodes = await network.joined(12)
      lossy(network, share, 7)
      let [exact, missed] = [0, 0]
      for (let i = 0; i < 20; i++) {
        const key = text(`key ${i}`)
        await network.until(nodes[i % 12]!.kad.putRecord({ key, value: key }).catch(() => { missed++ }))
        const { value } = await network.until(nodes[(i + 5) % 12]!.kad.getRecord(key))
        expect(value).to.deep.equal(key)
        const asker = nodes[(i + 7) % 12]!
        const { peers } = await network.until(asker.kad.getNClosestPeers(key, 1))
        if (peers[0]!.id.equals(network.closest(keyId(key), 1, nodes.filter(node => node !== asker))[0]!.id)) exact++
      }
      expect(missed).to.be.at.most(share < 0.2 ? 0 : 4)
      expect(exact).to.be.at.least(share < 0.1 ? 20 : share < 0.2 ? 17 : 10)
    })
  }

  it('U1: one last event a query, and steps without gaps, whatever is lost', async () => {
    const network = new TestNetwork({ seed: 5 })
    const nodes = await network.joined(6)
    lossy(network, 0.3, 1)
    const settled = (query: PromiseLike<unknown>): PromiseLike<unknown> => query.then(() => {}, () => {})
    for (let i = 0; i < 10; i++) {
      const { kad } = nodes[i % 6]!
      const key = text(`${i}`)
      const queries = [kad.putRecord({ key, value: key }), kad.getRecord(key), kad.getClosestPeers(key), kad.bootstrap()]
      await network.until(Promise.all(queries.map(settled)))
    }
    for (const { swarm } of nodes) await network.until(swarm.stop())
    for (const node of nodes) expectWholeQueries(node)
  })

  it('half of the nodes dead: what was stored is still found, and the dead leave the tables by being asked', async () => {
    const network = new TestNetwork({ seed: 2 })
    const nodes = await network.joined(20)
    const keys = Array.from({ length: 10 }, (_, i) => text(`key ${i}`))
    for (const [i, key] of keys.entries()) await network.until(nodes[i]!.kad.putRecord({ key, value: key }))
    network.kill(...nodes.slice(0, 10))
    for (const [i, key] of keys.entries()) {
      const { value, elapsedMs } = await network.until(nodes[10 + i]!.kad.getRecord(key))
      expect(value).to.deep.equal(key)
      expect(elapsedMs).to.be.at.most(200)
    }
  })

  it('a quarter of the nodes dead: no get of what is stored takes more than 100 ms, the first as the last', async () => {
    const network = new TestNetwork({ seed: 2, latencyMs: 1 })
    const nodes = await network.joined(20)
    const keys = Array.from({ length: 20 }, (_, i) => text(`key ${i}`))
    for (const key of keys) await network.until(nodes[0]!.kad.putRecord({ key, value: key }))
    network.kill(...nodes.slice(15))
    for (const key of keys) {
      const { value, elapsedMs } = await network.until(nodes[3]!.kad.getRecord(key))
      expect(value).to.deep.equal(key)
      expect(elapsedMs).to.be.at.most(100)
    }
  })
})

function expectWholeQueries (node: TestNode): void {
  const byId = grouped(node)
  for (const events of byId.values()) {
    expect(events.map(({ step: { count } }) => count)).to.deep.equal(events.map((_, i) => i + 1))
    expect(events.map(({ step: { last } }) => last)).to.deep.equal(events.map((_, i) => i === events.length - 1))
    for (const { stats } of events) expect(stats.numPending).to.equal(stats.numRequests - stats.numSuccesses - stats.numFailures)
  }
}

function grouped (node: TestNode): Map<number, ReturnType<typeof progressed>> {
  const groups = new Map<number, ReturnType<typeof progressed>>()
  for (const event of progressed(node)) groups.set(event.id, [...groups.get(event.id) ?? [], event])
  return groups
}
