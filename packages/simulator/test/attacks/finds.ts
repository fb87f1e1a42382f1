import { closestOf } from '../../src/oracle.ts'
import { spreadOf } from '../../src/scenario/percentiles.ts'
import { K, kadOf } from '../kad-network.ts'
import type { KadNode } from '../kad-network.ts'
import { anyOf } from './attacked-network.ts'
import type { AttackedNetwork } from './attacked-network.ts'

export interface Finds {
  /** Of the honest nodes that were looked for, those that answered, in percent. */
  readonly found: number
  /** Requests of a lookup: the mean, and the most. */
  readonly rpcs: number
  readonly mostRpcs: number
  /** Until the node that is looked for was heard of, at 99 %. */
  readonly p99Ms: number
  /** Of the k honest nodes truly nearest, those that were found. */
  readonly recall: number
}

/** Honest nodes look for honest nodes, all at once. */
export async function finds ({ sim, honest, random }: AttackedNetwork, lookups: number): Promise<Finds> {
  const sum = { found: 0, recalled: 0, wanted: 0 }
  const [rpcs, learnedMs]: [number[], number[]] = [[], []]
  const startedAt = sim.clock.now()
  await sim.until(Promise.all(Array.from({ length: lookups }, async () => {
    const from = anyOf(honest, random)
    const target = anyOf(honest.filter(node => node !== from), random)
    const query = kadOf(from).getClosestPeers(target.id)
    let learnedAt: number | undefined
    for await (const step of query) {
      if (step.type === 'asked' && step.peer.id.equals(target.id)) learnedAt ??= sim.clock.now()
    }
    const { peers, asked } = await query
    const ids = new Set(peers.map(({ id }) => id.hex))
    const truth = honestNearest(honest, from, target)
    if (ids.has(target.id.hex)) sum.found++
    sum.recalled += truth.filter(({ id }) => ids.has(id.hex)).length
    sum.wanted += truth.length
    rpcs.push(asked)
    if (learnedAt !== undefined) learnedMs.push(learnedAt - startedAt)
  })))
  const { mean, max } = spreadOf(rpcs)
  return { found: 100 * sum.found / lookups, rpcs: mean, mostRpcs: max, p99Ms: spreadOf(learnedMs).p99, recall: sum.recalled / sum.wanted }
}

function honestNearest (honest: readonly KadNode[], from: KadNode, target: KadNode): KadNode[] {
  return closestOf(honest, target.id, K + 1).filter(node => node !== from).slice(0, K)
}
