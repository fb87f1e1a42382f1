import { expect } from 'chai'
import { runScenario, scenarioFrom, tableHealth } from '../src/index.ts'

const SEED = 1
const NODES = 200
const K = 20

describe('a join storm', function () {
  this.timeout(120_000)

  it(`through one seed, a lookup of the own id and three more each, makes tables by which lookups find their way (${NODES} nodes, seed ${SEED})`, async () => {
    const { report, nodes, simulator } = await runScenario(scenarioFrom({
      name: 'join storm',
      nodes: NODES,
      seed: SEED,
      joinEvery: '10ms',
      lookups: 0,
      warmUp: '30s',
      measure: '1s',
      records: 0,
      reads: 0,
      kad: { k: K, bootstrapRefreshes: 3, bootstrapIntervalMs: 'off', livenessIntervalMs: 'off' }
    }))
    const { sent } = simulator.report().traffic
    const health = tableHealth(nodes.map(({ id, swarm }) => ({ id, table: swarm.behaviours.kad.table })), K)
    console.log(`      ${(sent / NODES).toFixed(0)} datagrams a node, ${(100 * health.neighboursKnown).toFixed(1)} % of neighbours known, ` +
      `${health.emptyBuckets} of ${health.buckets} buckets empty, ${(100 * health.fill).toFixed(0)} % full`)
    expect(sent / NODES, 'datagrams a join').to.be.at.most(320)
    expect(health.isolated).to.equal(0)
    expect(health.deadEntries).to.equal(0)
    expect(health.neighboursKnown).to.be.at.least(0.99)
    expect(health.emptyBuckets / health.buckets).to.be.at.most(0.002)
    expect(report.tables.isolated).to.equal(0)
  })
})
