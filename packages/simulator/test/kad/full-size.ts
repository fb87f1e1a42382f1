/** The promises about records at the sizes that are promised: minutes of a core, those of durability many. `npm run durability`, or with the names of some parts, and `--seed 2`. */
import { parseArgs } from 'node:util'
import { ATTENDED, HOUR_MS, MINUTE_MS, UNATTENDED, durability, kept, networkWithRecords } from './durability.ts'
import { crowdedNamespace, floodedNamespace } from './namespaces.ts'
import { popularKey } from './popular-key.ts'

const { values, positionals: wanted } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string', default: '1' } } })
const SEED = Number(values.seed)
const SIZE = { nodes: 500, records: 1_000, seed: SEED, medianSessionMs: HOUR_MS, virtualMs: 24 * HOUR_MS }

/** On stderr, so that a run of an hour can be watched. */
function passed (virtualMs: number, deaths: number): void {
  const { user, system } = process.cpuUsage()
  console.error(`${(virtualMs / HOUR_MS).toFixed(1)} virtual hours, ${deaths} nodes vanished, ${Math.round((user + system) / 1e6)} s of CPU`)
}

const parts: Record<string, () => Promise<{ readonly figures: object, readonly held: boolean }>> = {
  async attended () {
    const figures = await durability({ ...SIZE, options: ATTENDED, passed })
    return { figures, held: figures.lost === 0 && figures.unreadable === 0 }
  },
  async unattended () {
    const figures = await durability({ ...SIZE, options: UNATTENDED, passed })
    return { figures, held: figures.lost > 0 }
  },
  async 'sudden-death' () {
    const network = await networkWithRecords(SIZE.nodes, SIZE.records, SEED, {})
    network.nodes.forEach((node, i) => { if (i % 2 === 1) network.sim.crash(node) })
    await network.sim.run(10 * MINUTE_MS)
    const figures = await kept(network, SIZE.records)
    return { figures, held: figures.unreadable <= SIZE.records / 100 }
  },
  async popular () {
    const figures = await popularKey({ nodes: SIZE.nodes, gets: 10_000, seed: SEED, pauseMs: 100, options: {} })
    return { figures, held: figures.failed === 0 && figures.busiest <= 0.05 }
  },
  async namespace () {
    const figures = await crowdedNamespace(10_000, SEED)
    return { figures, held: figures.requests <= 60 && figures.found >= 200 && figures.held <= 512 && figures.earlyShare > 0.47 && figures.earlyShare < 0.53 }
  },
  async 'namespace-flood' () {
    const figures = await floodedNamespace(100_000, SEED)
    return { figures, held: Math.min(...figures.listed) >= 48 }
  }
}

for (const [name, part] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const { figures, held } = await part()
  console.log(`${held ? 'ok    ' : 'not ok'} ${name}, seed ${SEED}: ${JSON.stringify(figures)}`)
  if (!held) process.exitCode = 1
}
