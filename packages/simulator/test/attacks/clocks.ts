/** Row 25: wall clocks that are a day off. */
import { kad } from '@kadmium/kad-behaviour'
import type { KadBehaviour } from '@kadmium/kad-behaviour'
import type { BehaviourFactory } from '@kadmium/interface'
import { seededRandom } from '@kadmium/runtime'
import { Simulator } from '../../src/index.ts'
import { K, kadOf, measure, utf8 } from '../kad-network.ts'
import { anyOf } from './attacked-network.ts'
import type { Figure, Row, Size } from './row.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** Every fifth clock is a day off, in turn ahead and behind. */
const skewOf = (index: number): number => index % 5 === 0 ? (index % 2 === 0 ? DAY_MS : -DAY_MS) : 0

async function skewed ({ nodes: count, seed, samples }: Size, skew: (index: number) => number): Promise<{ readonly recall: number, readonly read: number, readonly updated: number }> {
  const random = seededRandom(`clocks ${seed}`)
  const sim = new Simulator({ seed, fidelity: 'lite', traceEvents: false, placeOf: index => ({ clockSkewMs: skew(index) }) })
  const nodes = await sim.addNodes(count, () => ({ behaviours: { kad: kad({ k: K }) } }))
  sim.fillTables<{ kad: BehaviourFactory<KadBehaviour> }>(node => kadOf(node).table, { k: K })
  const { recall } = await measure({ sim, nodes }, samples, random)
  const key = (i: number): Uint8Array => utf8(`record ${i}`)
  const put = async (version: string): Promise<void> => {
    for (let i = 0; i < samples / 10; i++) await sim.until(kadOf(nodes[i % 10]!).putRecord({ key: key(i), value: utf8(`${version} ${i}`), ttl: 7200 }))
  }
  const reads = async (version: string): Promise<number> => {
    let right = 0
    for (let i = 0; i < samples; i++) {
      const { value } = await sim.until(kadOf(anyOf(nodes, random)).getRecord(key(i % (samples / 10))))
      if (new TextDecoder().decode(value) === `${version} ${i % (samples / 10)}`) right++
    }
    return 100 * right / samples
  }
  await put('first')
  await sim.run(HOUR_MS)
  const read = await reads('first')
  await put('second')
  return { recall, read, updated: await reads('second') }
}

async function unaffected (size: Size): Promise<Figure[]> {
  const [right, wrong] = [await skewed(size, () => 0), await skewed(size, skewOf)]
  return [
    { what: 'recall', measured: wrong.recall, atLeast: right.recall },
    { what: 'reads, after an hour %', measured: wrong.read, atLeast: right.read },
    { what: 'reads of what replaced it %', measured: wrong.updated, atLeast: right.updated }
  ]
}

export const CLOCK_ROWS: readonly Row[] = [
  {
    row: 25,
    title: 'a fifth of the wall clocks are a day ahead or behind: lookups and reads are as with right ones',
    small: { nodes: 100, samples: 50 },
    full: { nodes: 1000, samples: 500 },
    run: unaffected
  }
]
