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
  /** Hears each time another twentieth of the time is over. */
  readonly passed?: (virtualMs: number, deaths: number) => void
}

export interface Kept {
  /** Held by nobody who is up. */
  readonly lost: number
  /** Not found by a get of a random node that stayed until the get ended. */
  readonly unreadable: number
  /** Gets whose reader vanished meanwhile: another node read in its place. */
  readonly abandoned: number
  /** Nodes that vanished. */
  readonly deaths: number
  readonly datagramsPerNodeAndSecond: number
}

/** Shape of the lognormal sessions (research of the IPFS network found 1.6). */
const SIGMA = 1.6

const PARTS = 20
const CHECK_MS = 100

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

export async function durability ({ nodes, records, seed, medianSessionMs, virtualMs, options, passed }: Durability): Promise<Kept> {
  const network = await networkWithRecords(nodes, records, seed, options)
  const { sim } = network
  const deaths = churn(network, medianSessionMs, seededRandom(`churn ${seed}`))
  const before = sim.report().traffic.sent
  for (let part = 1; part <= PARTS; part++) {
    await sim.run(virtualMs / PARTS)
    passed?.(part * virtualMs / PARTS, deaths())
  }
  const sent = sim.report().traffic.sent - before
  return { ...await kept(network, records), deaths: deaths(), datagramsPerNodeAndSecond: sent * 1000 / nodes / virtualMs }
}

/** Whether each record is held now, and then, while nodes go on to come and go, whether it is read. */
export async function kept (network: KadNetwork, records: number): Promise<Pick<Kept, 'lost' | 'unreadable' | 'abandoned'>> {
  const keys = Array.from({ length: records }, (_, i) => keyOf(i))
  const lost = keys.filter(key => holdersOf(network, key).length === 0).length
  const random = seededRandom('readers')
  let [unreadable, abandoned] = [0, 0]
  for (const key of keys) {
    let found = await readBy(liveNode(network, random), key, network)
    for (; found === 'vanished'; abandoned++) found = await readBy(liveNode(network, random), key, network)
    if (found !== 'found') unreadable++
  }
  return { lost, unreadable, abandoned }
}

function liveNode ({ nodes }: KadNetwork, random: Random): KadNode {
  const live = nodes.filter(({ status }) => status === 'up')
  return live[random.below(live.length)]!
}

type Reading = 'found' | 'missing' | 'vanished'

/** The get of a node that vanishes never ends, for time stands still there. */
async function readBy (reader: KadNode, key: Uint8Array, { sim }: KadNetwork): Promise<Reading> {
  const { swarm } = reader
  const hasVanished = (): boolean => reader.status !== 'up' || reader.swarm !== swarm
  const reading = kadOf(reader).getRecord(key).then(({ records }): Reading => records.length > 0 ? 'found' : 'missing', (): Reading => 'missing')
  return await sim.until(new Promise<Reading>(resolve => {
    let timer = sim.clock.setTimeout(watch, CHECK_MS)
    function watch (): void {
      if (hasVanished()) resolve('vanished')
      else timer = sim.clock.setTimeout(watch, CHECK_MS)
    }
    void reading.then(result => {
      sim.clock.clearTimeout(timer)
      resolve(result)
    })
  }))
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
