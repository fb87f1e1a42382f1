import type { KadInit } from '@kadmium/kad-behaviour'
import { keyId } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import type { Random } from '@kadmium/interface'
import { lognormal } from '../../src/lognormal.ts'
import type { SimNode } from '../../src/index.ts'
import { joinedNetwork, kadOf, utf8 } from '../kad-network.ts'
import type { KadNetwork, KadNode } from '../kad-network.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000

/** Nothing but the put itself keeps records alive. */
export const UNATTENDED: KadInit = { replicateIntervalMs: 'off', handOver: 'off', maxWriteBacks: 0, republishIntervalMs: 'off' }

/** The holders alone keep records alive: who published them need not come back. */
export const ATTENDED: KadInit = { republishIntervalMs: 'off' }

export interface Durability {
  readonly nodes: number
  readonly records: number
  readonly seed: number
  readonly medianSessionMs: number
  readonly virtualMs: number
  readonly options: KadInit
}

export interface Kept {
  /** Held by nobody who is up. */
  readonly lost: number
  /** Not found by a get of a random node. */
  readonly unreadable: number
  /** Nodes that vanished. */
  readonly deaths: number
  readonly datagramsPerNodeAndSecond: number
}

/** Shape of the lognormal sessions (research of the IPFS network found 1.6). */
const SIGMA = 1.6

export const keyOf = (i: number): Uint8Array => utf8(`record ${i}`)

/** A network that was put records, each by another node. */
export async function networkWithRecords (nodes: number, records: number, seed: number, options: KadInit): Promise<KadNetwork> {
  const network = await joinedNetwork(nodes, { seed, fidelity: 'lite' }, options, MINUTE_MS)
  await putRecords(network, records)
  return network
}

export async function putRecords ({ sim, nodes }: KadNetwork, records: number): Promise<void> {
  const puts = Array.from({ length: records }, (_, i) => kadOf(nodes[i % nodes.length]!).putRecord({ key: keyOf(i), value: utf8(`value ${i}`) }))
  await sim.until(Promise.all(puts))
}

export async function durability ({ nodes, records, seed, medianSessionMs, virtualMs, options }: Durability): Promise<Kept> {
  const network = await networkWithRecords(nodes, records, seed, options)
  const { sim } = network
  const deaths = churn(network, medianSessionMs, seededRandom(`churn ${seed}`))
  const before = sim.report().traffic.sent
  await sim.run(virtualMs)
  const sent = sim.report().traffic.sent - before
  return { ...await kept(network, records), deaths: deaths(), datagramsPerNodeAndSecond: sent * 1000 / nodes / virtualMs }
}

export async function kept ({ sim, nodes }: KadNetwork, records: number): Promise<Pick<Kept, 'lost' | 'unreadable'>> {
  const now = sim.clock.now()
  const live = nodes.filter(({ status }) => status === 'up')
  const random = seededRandom('readers')
  let [lost, unreadable] = [0, 0]
  for (let i = 0; i < records; i++) {
    if (!live.some(node => kadOf(node).store.get(keyOf(i), now).length > 0)) lost++
    const { records: found } = await sim.until(kadOf(live[random.below(live.length)]!).getRecord(keyOf(i)))
    if (found.length === 0) unreadable++
  }
  return { lost, unreadable }
}

/** Holders of a record that are up, nearest first. */
export function holdersOf ({ sim, nodes }: KadNetwork, key: Uint8Array): SimNode[] {
  return sim.closest(keyId(key), nodes.length).filter(node => kadOf(node as KadNode).store.get(key, sim.clock.now()).length > 0)
}

/**
 * From now on nodes vanish without a word at the end of their sessions, and come back a fifth of a session later with the same
 * key and nothing else. The first stays: others join by it. Returns how many have vanished so far.
 */
function churn ({ sim, nodes }: KadNetwork, medianMs: number, random: Random): () => number {
  let deaths = 0
  const live = (node: KadNode): void => {
    sim.clock.setTimeout(() => {
      deaths++
      sim.crash(node)
      sim.clock.setTimeout(() => { void sim.restart(node).then(() => live(node)) }, Math.floor(medianMs / 5))
    }, Math.floor(lognormal(medianMs, SIGMA, random)))
  }
  for (const node of nodes.slice(1)) live(node)
  return () => deaths
}
