/**
 * A run as lines of JSON: what was run, the trace at some moments, each lookup, and the report. A run that is repeated from
 * its first line must give all the others again.
 */
import { InvalidOptionError } from '@kadmium/interface'
import type { Checkpoint, ScenarioRun } from './run-scenario.ts'
import type { ScenarioInput } from './scenario.ts'

const FORMAT = 1

/** The lines of a recording, each without its line end. */
export function recordingOf (input: ScenarioInput, checkpoints: readonly Checkpoint[], { lookups, reads, report }: ScenarioRun): string[] {
  return [
    { type: 'run', format: FORMAT, scenario: input },
    ...checkpoints.map(checkpoint => ({ type: 'checkpoint', ...checkpoint })),
    ...lookups.map(lookup => ({ type: 'lookup', ...lookup })),
    ...reads.map(read => ({ type: 'read', ...read })),
    { type: 'report', ...report }
  ].map(entry => JSON.stringify(entry))
}

/** What a recording is a run of, as it was written. Throws `InvalidOptionError` where it is none. */
export function recordedScenario (recording: string, file = 'recording'): ScenarioInput {
  const [first = ''] = recording.split('\n', 1)
  try {
    const entry = JSON.parse(first) as { type?: unknown, format?: unknown, scenario?: unknown }
    if (entry.type === 'run' && entry.format === FORMAT) return entry.scenario as ScenarioInput
  } catch {
    // said below, as for JSON that is something else
  }
  throw new InvalidOptionError(`${file}:1`, 'expected the first line of a recording: {"type":"run","format":1,"scenario":{…}}')
}

export interface Difference {
  /** Counted from 1. */
  readonly line: number
  readonly recorded: string
  readonly now: string
}

/** Where a run that was repeated first differs from its recording; `undefined` where it does not. */
export function firstDifference (recording: string, again: readonly string[]): Difference | undefined {
  const recorded = recording.split('\n').filter(line => line !== '')
  for (let i = 0; i < Math.max(recorded.length, again.length); i++) {
    if (recorded[i] !== again[i]) return { line: i + 1, recorded: recorded[i] ?? '', now: again[i] ?? '' }
  }
  return undefined
}
