/** What must hold after any run, whatever happened in it. */
import type { KadRecord } from '@kadmium/interface'
import { equalBytes } from '@kadmium/records'
import { kadOf } from './kad-node.ts'
import type { KadNode } from './kad-node.ts'
import type { Simulator } from '../simulator.ts'
import type { ScenarioRun } from './run-scenario.ts'
import type { Scenario } from './scenario.ts'

const DEFAULT_LIVENESS_MS = 600_000
const DEFAULT_K = 20
/** Six tries of two seconds and more: see the limits of the swarm. */
const LONGEST_REQUEST_MS = 60_000
const LOOK_MS = 100
/** A check comes up to a tenth late, and its requests take their time. */
const LATE = 1.2
const SETTLE_MS = 30_000

/**
 * Lets the network of a run go on until upkeep must have dropped what is dead, then stops it. Gives each invariant that does
 * not hold, in words; none is broken where there are none.
 */
export async function brokenInvariants (run: ScenarioRun): Promise<string[]> {
  const { simulator, scenario, report } = run
  const { livenessIntervalMs = DEFAULT_LIVENESS_MS } = scenario.kad
  if (typeof livenessIntervalMs === 'number') await simulator.run(2 * LATE * livenessIntervalMs + SETTLE_MS)
  const up = run.nodes.filter(({ status }) => status === 'up')
  const honest = up.filter(node => !run.attackers.has(node))
  const broken = [
    ...await endlessRequests(simulator, honest),
    ...report.records.unreadable === 0 ? [] : [`${report.records.unreadable} acknowledged records are not readable although a holder lives`],
    ...livenessIntervalMs === 'off' ? [] : deadContacts(up),
    ...leaks(up, cacheSizeOf(scenario)),
    ...disagreements(up, simulator.clock.now()),
    ...isolation(up)
  ]
  for (const node of up) await simulator.stop(node)
  await simulator.run(SETTLE_MS)
  if (simulator.clock.pending > 0) broken.push(`${simulator.clock.pending} timers are left after all nodes stopped`)
  return broken
}

/** No request lasts as long as this looks on, so at some moment a node waits for none that it had before. */
async function endlessRequests (simulator: Simulator, up: readonly KadNode[]): Promise<string[]> {
  const least = new Map(up.map(node => [node, Infinity]))
  for (let at = 0; at < LONGEST_REQUEST_MS; at += LOOK_MS) {
    await simulator.run(LOOK_MS)
    for (const node of up) least.set(node, Math.min(least.get(node) ?? Infinity, node.swarm.pendingRequests))
  }
  const endless = [...least.values()].filter(pending => pending > 0).length
  return endless === 0 ? [] : [`${endless} nodes wait for answers without end`]
}

function cacheSizeOf ({ kad: { k = DEFAULT_K, replacementCacheSize = k } }: Scenario): number {
  return replacementCacheSize as number
}

function deadContacts (up: readonly KadNode[]): string[] {
  const living = new Set(up.map(({ id }) => id.hex))
  const dead = up.flatMap(node => kadOf(node).table.closest(node.id, Infinity).filter(({ id }) => !living.has(id.hex)))
  return dead.length === 0 ? [] : [`tables hold ${dead.length} contacts that have been dead for more than two liveness intervals`]
}

function leaks (up: readonly KadNode[], replacementCacheSize: number): string[] {
  const running = up.reduce((sum, node) => sum + kadOf(node).queries().filter(({ type }) => type !== 'Bootstrap').length, 0)
  const overfull = up.filter(node => [...kadOf(node).table.buckets()].some(({ entries }) => entries.length > kadOf(node).table.k))
  const waiting = up.filter(node => [...kadOf(node).table.buckets()].some(({ replacements }) => replacements.length > replacementCacheSize))
  return [
    ...running === 0 ? [] : [`${running} queries still run after all were settled`],
    ...overfull.length === 0 ? [] : [`${overfull.length} tables have buckets of more than k`],
    ...waiting.length === 0 ? [] : [`${waiting.length} tables have more than ${replacementCacheSize} candidates waiting for a bucket`]
  ]
}

/** In one slot, a sequence number names one value. */
function disagreements (up: readonly KadNode[], now: number): string[] {
  const seen = new Map<string, KadRecord>()
  const broken: string[] = []
  for (const node of up) {
    for (const { record } of kadOf(node).store.entries(now)) {
      const name = [record.key, record.publisher, record.salt].map(bytes => String(bytes ?? '')).join('/') + ` seq ${record.seq}`
      const other = seen.get(name)
      if (other === undefined) seen.set(name, record)
      else if (!equalBytes(other.value, record.value)) broken.push(`two nodes hold different values of one record: ${name}`)
    }
  }
  return broken
}

function isolation (up: readonly KadNode[]): string[] {
  const isolated = up.length < 2 ? [] : up.filter(node => kadOf(node).table.size === 0)
  return isolated.length === 0 ? [] : [`${isolated.length} nodes know nobody`]
}
