/**
 * `npm run soak -- --minutes N`: random scenarios from random seeds until time is up. Stops at the first that breaks an
 * invariant, with the line that runs it again. `--seed S` runs that one only.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { brokenInvariants, randomScenario, runScenario, scenarioFrom } from '@kadmium/simulator'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } })
const minutes = Number(values.minutes)
if (!(minutes > 0)) throw new Error(`--minutes: expected a number above 0, got ${values.minutes}`)

const end = performance.now() + minutes * 60_000
let runs = 0
let datagrams = 0
do {
  const seed = values.seed === undefined ? randomInt(2 ** 32) : Number(values.seed)
  const startedAt = performance.now()
  const scenario = randomScenario(seed)
  const { broken, sent, trace } = await tried(scenario)
  runs++
  datagrams += sent
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`seed ${String(seed).padStart(10)}  ${String(scenario.nodes).padStart(3)} nodes  ${scenario.fidelity}  ${trace}  ${seconds} s`)
  if (broken.length === 0) continue
  for (const invariant of broken) console.error(`broken: ${invariant}`)
  console.error(`scenario: ${JSON.stringify(scenario)}`)
  console.error(`again: npm run soak -- --seed ${seed}`)
  process.exitCode = 1
  break
} while (values.seed === undefined && performance.now() < end)

console.log(`${runs} scenarios, ${datagrams} datagrams, ${process.exitCode === 1 ? 'an invariant broken' : 'no invariant broken'}`)

interface Tried {
  readonly broken: readonly string[]
  readonly sent: number
  readonly trace: string
}

/** A run that throws is broken too, and is to be run again by its seed like any other. */
async function tried (scenario: ReturnType<typeof randomScenario>): Promise<Tried> {
  try {
    const run = await runScenario(scenarioFrom(scenario))
    const { traffic, traceHash } = run.report
    return { broken: await brokenInvariants(run), sent: traffic.datagrams, trace: traceHash }
  } catch (error) {
    return { broken: [`the run ended with ${error instanceof Error ? error.stack ?? error.message : String(error)}`], sent: 0, trace: 'no trace' }
  }
}
