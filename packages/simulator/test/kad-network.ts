import type { BehaviourFactory, PeerId, Random } from '@kadmium/interface'
import { kad } from '@kadmium/kad-behaviour'
import type { KadBehaviour, KadInit } from '@kadmium/kad-behaviour'
import { peerIdFromBytes } from '@kadmium/peer-id'
import { Simulator } from '../src/index.ts'
import type { SimNode, SimulatorInit } from '../src/index.ts'

export type KadNode = SimNode<{ kad: BehaviourFactory<KadBehaviour> }>

export interface KadNetwork {
  readonly sim: Simulator
  readonly nodes: readonly KadNode[]
}

export const K = 20
export const ALPHA = 3

export const kadOf = (node: KadNode): KadBehaviour => node.swarm.behaviours.kad

/** Nodes whose tables an oracle filled. */
export async function oracleNetwork (count: number, init: SimulatorInit, options: KadInit = {}): Promise<KadNetwork> {
  const sim = new Simulator({ traceEvents: false, ...init })
  const nodes = await sim.addNodes(count, () => ({ behaviours: { kad: kad({ k: K, alpha: ALPHA, ...options }) } }))
  sim.fillTables<{ kad: BehaviourFactory<KadBehaviour> }>(node => kadOf(node).table, { k: K })
  return { sim, nodes }
}

/** Nodes that joined through the first one, one every 100 ms; then all rest for a while. */
export async function joinedNetwork (count: number, init: SimulatorInit, options: KadInit = {}, restMs = 10_000): Promise<KadNetwork> {
  const sim = new Simulator({ traceEvents: false, ...init })
  const nodes: KadNode[] = []
  for (let i = 0; i < count; i++) {
    const seeds = nodes.slice(0, 1).map(({ address }) => address.text)
    nodes.push(...await sim.addNodes(1, () => ({ behaviours: { kad: kad({ k: K, alpha: ALPHA, seeds, ...options }) } })))
    await sim.run(100)
  }
  await sim.run(restMs)
  return { sim, nodes }
}

export interface Measured {
  readonly lookups: number
  readonly hops: number
  readonly rpcs: number
  /** Of the true k closest nodes, how many were found. */
  readonly recall: number
  /** In how many lookups the first node found is the truly nearest. */
  readonly exactNearest: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** So many lookups of random ids by random nodes, all at once. */
export async function measure ({ sim, nodes }: KadNetwork, lookups: number, random: Random): Promise<Measured> {
  const sum = { hops: 0, rpcs: 0, found: 0, wanted: 0, exact: 0 }
  const elapsed: number[] = []
  await sim.until(Promise.all(Array.from({ length: lookups }, async () => {
    const from = nodes[random.below(nodes.length)] as KadNode
    const target = randomId(random)
    const found = await kadOf(from).getClosestPeers(target)
    const truth = sim.closest(target, K + 1).filter(node => node !== from).slice(0, K)
    const ids = new Set(found.peers.map(({ id }) => id.hex))
    sum.hops += found.hops
    sum.rpcs += found.asked
    sum.found += truth.filter(({ id }) => ids.has(id.hex)).length
    sum.wanted += truth.length
    if (truth[0]?.id.hex === found.peers[0]?.id.hex) sum.exact++
    elapsed.push(found.elapsedMs)
  })))
  elapsed.sort((a, b) => a - b)
  return {
    lookups,
    hops: sum.hops / lookups,
    rpcs: sum.rpcs / lookups,
    recall: sum.found / sum.wanted,
    exactNearest: sum.exact / lookups,
    p50Ms: elapsed[Math.floor(lookups / 2)] as number,
    p99Ms: elapsed[Math.floor(lookups * 0.99)] as number
  }
}

export function randomId (random: Random): PeerId {
  return peerIdFromBytes(random.bytes(20))
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
