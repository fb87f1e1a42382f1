/** The attack matrix at the size that is promised: minutes of a core. `npm run attacks`, with `--row`, `--nodes` and `--seed`. */
import { parseArgs } from 'node:util'
import { holds, rounded, thresholdText } from './row.ts'
import type { Figure, Row } from './row.ts'
import { ROWS } from './rows.ts'

const HELP = 'usage: npm run attacks -- [--row 6]… [--nodes 10000] [--seed 1] [--small]'

function whole (name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1) return value
  console.error(`--${name}: expected a whole number from 1, got ${JSON.stringify(text)}\n${HELP}`)
  process.exit(2)
}

function options (): ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'] {
  try {
    return parseArgs({ options: OPTIONS }).values
  } catch (error) {
    console.error(`${(error as Error).message}\n${HELP}`)
    process.exit(2)
  }
}

const OPTIONS = {
  row: { type: 'string', multiple: true },
  nodes: { type: 'string' },
  seed: { type: 'string' },
  small: { type: 'boolean' },
  help: { type: 'boolean' }
} as const

function line ({ row }: Row, seed: number, figure: Figure, seconds: number): string {
  return `| ${row} | ${seed} | ${figure.what} | ${rounded(figure.measured)} | ${thresholdText(figure)} | ${holds(figure) ? 'ok' : 'RED'} | ${seconds.toFixed(0)} |`
}

const { row: wanted, small = false, help, ...given } = options()
if (help === true) {
  console.log(HELP)
  process.exit(0)
}
const [nodes, seed] = [whole('nodes', given.nodes), whole('seed', given.seed)]
const rows = wanted?.map(one => whole('row', one))
const unknown = rows?.find(one => !ROWS.some(({ row }) => row === one))
if (unknown !== undefined) {
  console.error(`--row: ${unknown} needs no network and is tested where its code is; here are ${ROWS.map(({ row }) => row).join(', ')}`)
  process.exit(2)
}
console.log('| row | seed | what | measured | threshold | | CPU s |\n|---:|---:|---|---:|---|---|---:|')
for (const row of ROWS) {
  if (rows !== undefined && !rows.includes(row.row)) continue
  const size = { ...(small ? row.small : row.full), ...(nodes !== undefined && { nodes }) }
  const seeds = seed === undefined ? Array.from({ length: small ? 1 : row.seeds ?? 1 }, (_, i) => i + 1) : [seed]
  for (const one of seeds) {
    const before = process.cpuUsage()
    const figures = await row.run({ ...size, seed: one })
    const { user, system } = process.cpuUsage(before)
    for (const figure of figures) console.log(line(row, one, figure, (user + system) / 1_000_000))
    if (!figures.every(holds)) process.exitCode = 1
  }
}
