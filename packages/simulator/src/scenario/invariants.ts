/** What must hold after any run, whatever happened in it. */
import type { KadRecord } from '@kadmium/interface'
import { kadOf } from './population.ts'
import type { KadNode } from './population.ts'
import { sameBytes } from './records.ts'
import type { ScenarioRun } from './run-scenario.ts'

const DEFAULT_LIVENESS_MS = 600_000
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
  const broken = [
    ...report.records.unreadable === 0 ? [] : [`${report.records.unreadable} acknowledged records are not readable although a holder lives`],
    ...livenessIntervalMs === 'off' ? [] : deadContacts(up),
    ...leaks(up),
    ...disagreements(up, simulator.clock.now()),
    ...isolation(up)
  ]
  for (const node of up) await simulator.stop(node)
  await simulator.run(SETTLE_MS)
  if (simulator.clock.pending > 0) broken.push(`${simulator.clock.pending} timers are left after all nodes stopped`)
  return broken
}

function deadContacts (up: readonly KadNode[]): string[] {
  const living = new Set(up.map(({ id }) => id.hex))
  const dead = up.flatMap(node => kadOf(node).table.closest(node.id, Infinity).filter(({ id }) => !living.has(id.hex)))
  return dead.length === 0 ? [] : [`tables hold ${dead.length} contacts that have been dead for more than two liveness intervals`]
}

function leaks (up: readonly KadNode[]): string[] {
  const running = up.reduce((sum, node) => sum + kadOf(node).queries().filter(({ type }) => type !== 'Bootstrap').length, 0)
  const overfull = up.filter(node => [...kadOf(node).table.buckets()].some(({ entries }) => entries.length > kadOf(node).table.k))
  return [
    ...running === 0 ? [] : [`${running} queries still run after all were settled`],
    ...overfull.length === 0 ? [] : [`${overfull.length} tables have buckets of more than k`]
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
      else if (!sameBytes(other.value, record.value)) broken.push(`two nodes hold different values of one record: ${name}`)
    }
  }
  return broken
}

function isolation (up: readonly KadNode[]): string[] {
  const isolated = up.length < 2 ? [] : up.filter(node => kadOf(node).table.size === 0)
  return isolated.length === 0 ? [] : [`${isolated.length} nodes know nobody`]
}
