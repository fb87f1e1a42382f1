import { readFile, writeFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Checkpoint, Composition, Report, RunInit, Scenario, ScenarioInput, ScenarioProgress, ScenarioRun } from '@kadmium/simulator'
import { EXIT, UsageError } from '../exit-code.ts'
import type { ExitCode } from '../exit-code.ts'
import { Printer } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'

/** As typed; what is absent is the scenario file's to say, and the simulator's. */
export interface SimulateOptions {
  readonly nodes?: number
  readonly loss?: string
  readonly churn?: string
  readonly lookups?: number
  readonly seed?: string
  readonly fidelity?: Scenario['fidelity']
  readonly scenario?: string
  readonly compose?: string
  readonly plot?: string
  readonly record?: string
  readonly replay?: string
  readonly json?: boolean
}

/** A network in virtual time: its report on stdout, twice the same for the same seed. */
export async function simulate (options: SimulateOptions, terminal: Terminal): Promise<ExitCode> {
  const printer = new Printer(terminal, options)
  return options.replay === undefined
    ? await runAnew(options, terminal, printer)
    : await runAgain(options, options.replay, terminal, printer)
}

interface Ran {
  readonly run: ScenarioRun
  readonly lines: readonly string[]
}

async function runAnew (options: SimulateOptions, terminal: Terminal, printer: Printer): Promise<ExitCode> {
  const { reportText } = await import('@kadmium/simulator')
  const { run: { report }, lines } = await runAndKeep(await inputOf(options), options, terminal)
  if (options.record !== undefined) await writeFile(options.record, `${lines.join('\n')}\n`)
  const replay = options.record === undefined ? againLine(options, report) : `kadmium simulate --replay ${shellWord(options.record)}`
  printer.result({ text: `${reportText(report)}\nagain       ${replay}`, json: { ...report, replay } })
  return EXIT.ok
}

async function runAgain (options: SimulateOptions, file: string, terminal: Terminal, printer: Printer): Promise<ExitCode> {
  const { firstDifference, recordedScenario } = await import('@kadmium/simulator')
  const recording = await readText(file)
  const { run: { report }, lines } = await runAndKeep(recordedScenario(recording, file), options, terminal)
  const difference = firstDifference(recording, lines)
  const same = difference === undefined
  const text = same ? `the same again: ${lines.length} lines, trace ${report.traceHash}` : `another run: ${file}:${difference.line}\n  recorded ${difference.recorded}\n  now      ${difference.now}`
  printer.result({ text, json: { same, ...(difference && { difference }), traceHash: report.traceHash } })
  return same ? EXIT.ok : EXIT.failed
}

async function runAndKeep (input: ScenarioInput, options: SimulateOptions, terminal: Terminal): Promise<Ran> {
  const { recordingOf, runPlots, runScenario, scenarioFrom } = await import('@kadmium/simulator')
  const composition = input.compose === undefined ? undefined : await load(input.compose)
  const checkpoints: Checkpoint[] = []
  const bar = await progressBar(terminal)
  const init: RunInit = { ...(composition && { composition }), signal: terminal.interrupted, onCheckpoint: checkpoint => { checkpoints.push(checkpoint) }, onProgress: bar.update }
  try {
    const run = await runScenario(scenarioFrom(input), init)
    if (options.plot !== undefined) await writeFile(options.plot, runPlots(run))
    return { run, lines: recordingOf(input, checkpoints, run) }
  } finally {
    bar.stop()
  }
}

/** The file first, and what was typed over it. Errors of the file name its line, so it is checked alone. */
async function inputOf (options: SimulateOptions): Promise<ScenarioInput> {
  const { readScenario } = await import('@kadmium/simulator')
  const { nodes, loss, churn, lookups, seed, fidelity, scenario, compose } = options
  const file = scenario === undefined ? {} : readScenario(await readText(scenario), scenario) as ScenarioInput
  const beside = file.compose === undefined ? undefined : relative('', resolve(dirname(scenario ?? ''), file.compose))
  const typed = {
    nodes,
    loss,
    lookups,
    fidelity,
    compose: compose ?? beside,
    seed: seed === undefined ? undefined : seedOf(seed),
    ...(churn !== undefined && { churn: { ...file.churn, median: churn }, ...(scenario === undefined && TIME_FOR_CHURN) })
  }
  return { ...file, ...Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== undefined)) }
}

/** Nodes that come and go do so seldom: it takes a while to see. */
const TIME_FOR_CHURN: ScenarioInput = { warmUp: '5m', measure: '10m' }

function seedOf (text: string): number | string {
  return /^\d{1,15}$/.test(text) ? Number(text) : text
}

/** The command that gives the same run. */
function againLine (options: SimulateOptions, { seed }: Report): string {
  const { nodes, loss, churn, lookups, fidelity, scenario, compose } = options
  const flags = Object.entries({ scenario, compose, nodes, loss, churn, lookups, fidelity, seed })
  return ['kadmium simulate', ...flags.flatMap(([name, value]) => value === undefined ? [] : [`--${name} ${shellWord(`${value}`)}`])].join(' ')
}

function shellWord (text: string): string {
  return /^[\w.,:/%@+-]+$/.test(text) ? text : `'${text.replace(/'/g, '\'\\\'\'')}'`
}

/** Modules are found from here, not from where this file lies. */
async function load (file: string): Promise<Composition> {
  const { compositionFrom } = await import('@kadmium/simulator')
  let exported: Record<string, unknown>
  try {
    exported = await import(pathToFileURL(resolve(file)).href) as Record<string, unknown>
  } catch (error) {
    throw new UsageError(`cannot load ${file}: ${(error as Error).message}`)
  }
  return compositionFrom(exported, file)
}

async function readText (file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? 'failed'}`)
  }
}

interface Bar {
  readonly update: (progress: ScenarioProgress) => void
  readonly stop: () => void
}

/** Only where somebody looks: on stderr, at a terminal. */
async function progressBar ({ stderr }: Terminal): Promise<Bar> {
  if (stderr.isTTY !== true) return { update: () => {}, stop: () => {} }
  const { SingleBar } = await import('cli-progress')
  const bar = new SingleBar({ format: '{phase} {bar} {percentage} %', stream: stderr, hideCursor: true, clearOnComplete: true, fps: 5 })
  bar.start(100, 0, { phase: PHASES.join })
  return { update: ({ phase, done }) => { bar.update(Math.floor(100 * done), { phase: PHASES[phase] }) }, stop: () => { bar.stop() } }
}

const PHASES = { join: 'nodes join   ', 'warm-up': 'warming up   ', put: 'storing      ', measure: 'measuring    ', read: 'reading again' } as const
