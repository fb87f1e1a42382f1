/** The crash test at the size that is promised. `npm run crashes -w @kadmium/cli -- [kills [seed]]` */
import { crashes } from './crashes.ts'
import { Processes } from './processes.ts'

const [kills = 100, seed = Math.floor(Date.now() / 1000)] = process.argv.slice(2).map(Number)
const processes = await Processes.begin()
try {
  console.log(`killing a node ${kills} times, seed ${seed}`)
  const { lost, ...figures } = await crashes(processes, kills, seed)
  console.log(JSON.stringify({ ...figures, lost: lost.length }))
  for (const line of lost) console.log(line)
  if (lost.length > 0 || figures.rejoined < kills) process.exitCode = 1
} finally {
  await processes.end()
}
