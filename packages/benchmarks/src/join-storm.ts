/**
 * `npm run join-storm -- --nodes 10000 [--lookups 1000] [--refreshes 3] [--every 10ms] [--seed 1] [--fidelity lite|wire|full]`:
 * nodes join one after another through one seed, each by a lookup of its own id and of `refreshes` random ids; then lookups. Says
 * how long it took, what it weighs (`node --expose-gc`: without garbage), and whether the tables are right.
 */
import { parseArgs } from 'node:util'
import { reportText, runScenario, scenarioFrom, tableHealth } from '@kadmium/simulator'
import type { TableHealth } from '@kadmium/simulator'
import { ProgressLine } from './progress-line.ts'

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '10000' },
    lookups: { type: 'string', default: '1000' },
    refreshes: { type: 'string', default: '3' },
    every: { type: 'string', default: '10ms' },
    seed: { type: 'string', default: '1' },
    fidelity: { type: 'string', default: 'lite' }
  }
})
const K = 20
const FOR_EVER_MS = 86_400_000

const scenario = scenarioFrom({
  name: 'join storm',
  nodes: Number(values.nodes),
  seed: Number(values.seed),
  fidelity: values.fidelity,
  joinEvery: values.every,
  lookups: Number(values.lookups),
  warmUp: '30s',
  measure: '60s',
  records: 0,
  reads: 0,
  // What a node remembers of peers that are not in its table: little, so that many nodes fit.
  limits: { connections: 4, roundTrips: 4, unprovenEndpoints: 16 },
  kad: {
    k: K,
    bootstrapRefreshes: Number(values.refreshes),
    replacementCacheSize: 4,
    maxSilentPeers: 4,
    maxSizeSamples: 1,
    // Upkeep is measured elsewhere; here it would be most of the work. `region` measures the network as it grows, for records that nobody puts.
    region: false,
    bootstrapIntervalMs: 'off',
    refreshIntervalMs: 'off',
    livenessIntervalMs: 'off',
    probeIdleMs: FOR_EVER_MS, // a newcomer to a full bucket has its oldest pinged: 110 datagrams a node, and nobody dies here
    replicateIntervalMs: 'off',
    republishIntervalMs: 'off',
    expireIntervalMs: FOR_EVER_MS,
    formerRetryMs: FOR_EVER_MS,
    formerRetryMaxMs: FOR_EVER_MS
  }
})

const line = new ProgressLine()
let joined = spent()
const { report, nodes, simulator } = await runScenario(scenario, {
  onProgress: ({ phase, done }) => { line.tell(phase, done) },
  onCheckpoint: ({ phase }) => { if (phase === 'join') joined = spent() }
})
line.end()
const all = spent()
globalThis.gc?.()
const { rss, heapUsed } = process.memoryUsage()
const { traffic: { sent, received } } = simulator.report()
const { fired } = simulator.clock
const health = tableHealth(nodes.map(({ id, swarm }) => ({ id, table: swarm.behaviours.kad.table })), K)

console.log(reportText(report))
console.log([
  `join        ${joined.wallS.toFixed(1)} s (${joined.cpuS.toFixed(1)} s of CPU), ${(sent / nodes.length).toFixed(0)} datagrams a node, lookups included`,
  `all         ${all.wallS.toFixed(1)} s (${all.cpuS.toFixed(1)} s of CPU)`,
  `events      ${fired} timers fired, ${received} of them datagrams that arrived: ${perSecond(fired, all.wallS)} a second, ${perSecond(fired, all.cpuS)} a second of CPU`,
  `memory      ${Math.round(rss / 1e6)} MB, at most ${Math.round(process.resourceUsage().maxRSS / 1e3)} MB; heap ${(heapUsed / nodes.length / 1000).toFixed(1)} kB a node${globalThis.gc === undefined ? ', garbage included' : ''}`,
  `tables      ${healthText(health)}`
].join('\n'))
if (health.isolated > 0 || health.deadEntries > 0 || report.lookups.success < 0.999) process.exitCode = 1

function spent (): { readonly wallS: number, readonly cpuS: number } {
  const { user, system } = process.cpuUsage()
  return { wallS: performance.now() / 1000, cpuS: (user + system) / 1e6 }
}

function perSecond (count: number, seconds: number): number {
  return Math.round(count / seconds)
}

function healthText ({ fill, neighboursKnown, neighboursCrowdedOut, wholeNeighbourhoods, buckets, emptyBuckets, deadEntries, isolated }: TableHealth): string {
  return [
    `${percent(neighboursKnown)} of the ${K} nearest known, ${percent(neighboursCrowdedOut)} in buckets that are full of others, all of them by ${percent(wholeNeighbourhoods / nodes.length)} of the nodes`,
    `${emptyBuckets} of ${buckets} buckets empty`,
    `${percent(fill)} full`,
    `${deadEntries} dead entries`,
    `${isolated} nodes isolated`
  ].join('; ')
}

function percent (share: number): string {
  return `${(100 * share).toFixed(2)} %`
}
