/**
 * `npm run join-storm -- --nodes 10000 [--lookups 1000] [--seed 1]`: nodes join one after another through one seed, each with
 * the lookups of its bootstrap; then lookups. Says how long it took, what it weighs, and whether the tables are right.
 */
import { parseArgs } from 'node:util'
import { reportText, runScenario, scenarioFrom } from '@kadmium/simulator'

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '10000' },
    lookups: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    every: { type: 'string', default: '10ms' }
  }
})
const startedAt = performance.now()
let joinedAfterMs = 0
const scenario = scenarioFrom({
  name: 'join storm',
  nodes: Number(values.nodes),
  seed: Number(values.seed),
  joinEvery: values.every,
  lookups: Number(values.lookups),
  warmUp: '30s',
  measure: '60s',
  records: 0,
  reads: 0,
  // What a node remembers of peers that are not in its table: little, so that many nodes fit.
  limits: { connections: 32, roundTrips: 64, unprovenEndpoints: 32 },
  // Upkeep is measured elsewhere; here it would be most of the work.
  kad: { bootstrapIntervalMs: 'off', livenessIntervalMs: 'off', maxSilentPeers: 64 }
})
const { report, nodes } = await runScenario(scenario, {
  onCheckpoint: ({ phase }) => { if (phase === 'join') joinedAfterMs = performance.now() - startedAt }
})
const { rss, heapUsed } = process.memoryUsage()
const seconds = (performance.now() - startedAt) / 1000
console.log(reportText(report))
console.log([
  `join        ${(joinedAfterMs / 1000).toFixed(1)} s, ${(report.traffic.datagrams / nodes.length).toFixed(0)} datagrams a node`,
  `all         ${seconds.toFixed(1)} s, ${Math.round(report.traffic.datagrams / seconds)} datagrams/s`,
  `memory      ${Math.round(rss / 1e6)} MB, heap ${(heapUsed / nodes.length / 1000).toFixed(1)} kB a node`
].join('\n'))
if (report.tables.isolated > 0 || report.lookups.success < 0.999) process.exitCode = 1
