import { parseArgs } from 'node:util'
import { slowestRefusalMs } from './bombs.ts'
import { Find, fuzz, targetsNamed } from './campaign.ts'
import { Corpus } from './corpus.ts'
import { fromHex, toHex } from './golden.ts'
import { rejectedPerSecond } from './throughput.ts'

const HEAP_LIMIT_BYTES = 2 * 1024 * 1024
const REJECTED_PER_SECOND = 50_000
const BOMB_MS = 1

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    count: { type: 'string' },
    seed: { type: 'string', default: String(process.hrtime.bigint() % 1_000_000n) },
    target: { type: 'string', multiple: true },
    input: { type: 'string' },
    add: { type: 'boolean', default: false }
  }
})

process.on('unhandledRejection', error => {
  console.error('an exception escaped:', error)
  process.exit(1)
})

if (values.input === undefined) await campaign()
else await replay(fromHex(values.input))

async function campaign (): Promise<void> {
  const { seed, count, target, add } = values
  console.log(`seed ${seed}`)
  const end = count === undefined ? { ms: Number(values.seconds) * 1000, now: () => performance.now() } : { count: Number(count) }
  try {
    const report = await fuzz({ seed, ...end, targets: await targetsNamed(target), corpus: new Corpus(), add, heap: true })
    for (const [name, { inputs, outcomes }] of report.targets) {
      console.log(`${name.padEnd(24)}${inputs.toLocaleString('en').padStart(12)} inputs${String(outcomes).padStart(6)} outcomes`)
    }
    console.log(`${report.inputs.toLocaleString('en')} inputs, 0 finds${add ? `, ${report.added} added to the corpus` : ''}`)
    expectAtMost('heap growth after collection, bytes', report.heapGrowthBytes ?? 0, HEAP_LIMIT_BYTES)
    expectAtMost('slowest refusal of a protobuf bomb, ms', slowestRefusalMs(), BOMB_MS)
    for (const [name, rate] of await rejectedPerSecond(seed)) expectAtLeast(`${name}, rejected per second of CPU time`, rate, REJECTED_PER_SECOND)
  } catch (error) {
    if (!(error instanceof Find)) throw error
    tell(error)
  }
}

function tell ({ message, target, input, index }: Find): void {
  console.error(`\n${message}\n\nseed ${values.seed}, input ${index} of ${target}: ${toHex(input)}`)
  console.error(`again: npm run fuzz -- --target ${target} --input ${toHex(input)}`)
  console.error(`with all that went before: npm run fuzz -- --target ${target} --seed ${values.seed} --count ${Math.ceil(index / 128) * 128}`)
  process.exitCode = 1
}

async function replay (input: Uint8Array): Promise<void> {
  for (const target of await targetsNamed(values.target)) {
    try {
      const outcome = await target.run(input.slice())
      await target.check?.()
      console.log(`${target.name.padEnd(24)}${outcome}`)
    } catch (error) {
      console.error(`${target.name.padEnd(24)}${error instanceof Error ? error.stack : String(error)}`)
      process.exitCode = 1
    }
    await target.stop?.()
  }
}

function expectAtMost (what: string, value: number, limit: number): void {
  console.log(`${what}: ${value.toLocaleString('en', { maximumSignificantDigits: value < 10 ? 2 : 21 })} (at most ${limit.toLocaleString('en')})`)
  if (value > limit) process.exitCode = 1
}

function expectAtLeast (what: string, value: number, limit: number): void {
  console.log(`${what}: ${Math.round(value).toLocaleString('en')} (at least ${limit.toLocaleString('en')})`)
  if (value < limit) process.exitCode = 1
}
