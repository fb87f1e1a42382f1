import { expect } from 'chai'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import type { Fidelity } from '../src/index.ts'
import { internet } from '../src/index.ts'
import { joinedNetwork, kadOf, measure, oracleNetwork, utf8 } from './kad-network.ts'
import type { Measured } from './kad-network.ts'

const SEED = 4

/** A second request to a stranger waits for the session that the first begins: lookups that run at once would be in each other's way. */
async function oneByOne (fidelity: Fidelity, lookups: number): Promise<Pick<Measured, 'p50Ms' | 'p99Ms' | 'recall'>> {
  const network = await oracleNetwork(300, { seed: SEED, fidelity, latency: internet() })
  const random = seededRandom(SEED)
  const each: Measured[] = []
  for (let i = 0; i < lookups; i++) each.push(await measure(network, 1, random))
  const elapsed = each.map(({ p50Ms }) => p50Ms).sort((a, b) => a - b)
  const recall = each.reduce((sum, one) => sum + one.recall, 0) / lookups
  return { p50Ms: elapsed[Math.floor(lookups / 2)] as number, p99Ms: elapsed[Math.floor(lookups * 0.99)] as number, recall }
}

describe('full fidelity: what encryption costs', function () {
  this.timeout(120_000)

  it(`lookups among strangers take as long encrypted as in clear: no round trip is added (seed ${SEED})`, async () => {
    const [clear, encrypted] = [await oneByOne('wire', 100), await oneByOne('full', 100)]
    for (const [name, { p50Ms, p99Ms, recall }] of Object.entries({ clear, encrypted })) {
      console.log(`      ${name}: p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms, recall ${recall.toFixed(3)}`)
    }
    expect(encrypted.p50Ms).to.be.at.most(clear.p50Ms * 1.05)
    expect(encrypted.p99Ms).to.be.at.most(clear.p99Ms * 1.1)
    expect(encrypted.recall).to.be.at.least(0.999)
  })

  it(`idle upkeep takes little of a line, encrypted as in clear (seed ${SEED})`, async () => {
    const perSecond: Record<string, number> = {}
    for (const fidelity of ['wire', 'full'] as const) {
      const { sim, nodes } = await joinedNetwork(25, { seed: SEED, fidelity, latency: internet() }, {}, 600_000)
      const before = sim.report().traffic
      await sim.run(3_600_000)
      const { sent, bytesSent } = sim.report().traffic
      const [packets, bytes] = [(sent - before.sent) / nodes.length, (bytesSent - before.bytesSent) / nodes.length]
      perSecond[fidelity] = bytes / 3600
      console.log(`      ${fidelity}: ${perSecond[fidelity].toFixed(1)} B/s and ${(packets / 60).toFixed(1)} datagrams a minute sent by each of ${nodes.length} idle nodes`)
    }
    expect(perSecond['full']).to.be.within(1, 500)
    expect(perSecond['full']! / perSecond['wire']!).to.be.at.most(1.1)
  })

  it('sessions with those in the table outlive the minutes that others have, until they leave it', async () => {
    const quiet = { livenessIntervalMs: 'off', refreshIntervalMs: 'off', bootstrapIntervalMs: 'off' } as const
    const { sim, nodes: [first, second, third] } = await joinedNetwork(3, { seed: SEED, fidelity: 'full' }, quiet)
    await sim.run(3_600_000)
    expect(first!.swarm.connectedPeers().map(String)).to.have.members([second!.id.hex, third!.id.hex])
    kadOf(first!).removePeer(second!.id)
    await sim.run(600_000)
    expect(first!.swarm.connectedPeers().map(String)).to.deep.equal([third!.id.hex])
    expect(second!.swarm.connectedPeers().map(String), 'the other side kept it').to.have.members([first!.id.hex, third!.id.hex])
  })

  it('the same seed gives the same trace with either crypto library, large values by connections included', async () => {
    const traces = []
    for (const cryptoProvider of ['node', 'auto'] as const) {
      const { sim, nodes } = await joinedNetwork(6, { seed: SEED, fidelity: 'full', crypto: systemCrypto({ cryptoProvider }), traceEvents: true })
      const value = seededRandom(SEED).bytes(40_000)
      await sim.until(kadOf(nodes[1]!).putRecord({ key: utf8('large'), value }))
      const found = await sim.until(kadOf(nodes[4]!).getRecord(utf8('large')))
      expect(found.value).to.deep.equal(value)
      traces.push(sim.trace())
    }
    expect(traces[0]).to.equal(traces[1])
  })
})
