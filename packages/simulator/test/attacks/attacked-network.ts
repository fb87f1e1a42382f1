/** Networks in which part of the nodes attack: perfect tables, in which attackers have their share, as after endless time. */
import type { BehaviourFactory } from '@kadmium/interface'
import { kad } from '@kadmium/kad-behaviour'
import type { KadBehaviour, KadInit } from '@kadmium/kad-behaviour'
import { seededRandom } from '@kadmium/runtime'
import type { Random } from '@kadmium/interface'
import { Simulator } from '../../src/index.ts'
import type { SimulatorInit } from '../../src/index.ts'
import { ALPHA, K, kadOf, randomId } from '../kad-network.ts'
import type { KadNetwork, KadNode } from '../kad-network.ts'

type KadFactory = BehaviourFactory<KadBehaviour>

export interface AttackedNetwork extends KadNetwork {
  readonly honest: readonly KadNode[]
  readonly attackers: readonly KadNode[]
  readonly random: Random
}

export interface AttackInit {
  readonly nodes: number
  readonly seed: number
  /** Of all nodes. */
  readonly share: number
  /** What an attacker is, given all of them, the later ones too. */
  readonly attacker: (inner: KadFactory, attackers: readonly KadNode[]) => KadFactory
  readonly options?: KadInit
  readonly sim?: Partial<SimulatorInit>
}

/** Longer than requests that go unanswered are repeated. */
const SETTLE_MS = 10_000

/** Requests that a silent node holds open. */
export const ENDLESS = 1_048_576

/** Nodes that look after no table: attackers, and all where only lookups matter. */
export const QUIET: KadInit = {
  bootstrapIntervalMs: 'off', bootstrapThrottleMs: 'off', refreshIntervalMs: 'off', livenessIntervalMs: 'off', replicateIntervalMs: 'off', handOver: 'off'
}

export async function attackedNetwork ({ nodes: count, seed, share, attacker, options, sim: init }: AttackInit): Promise<AttackedNetwork> {
  const sim = new Simulator({ seed, fidelity: 'lite', traceEvents: false, ...init })
  const [honest, attackers]: [KadNode[], KadNode[]] = [[], []]
  const [inner, hostile] = [kad({ k: K, alpha: ALPHA, ...options }), kad({ k: K, ...QUIET })]
  for (let i = 0; i < count; i++) {
    const attacks = Math.floor((i + 1) * share) > Math.floor(i * share)
    const behaviours = { kad: attacks ? attacker(hostile, attackers) : inner }
    const nodes = await sim.addNodes(1, () => ({ behaviours, ...(attacks && { limits: { inboundRequests: ENDLESS } }) }))
    ;(attacks ? attackers : honest).push(...nodes)
  }
  sim.fillTables<{ kad: KadFactory }>(node => kadOf(node).table, { k: options?.k ?? K })
  return { sim, nodes: [...honest, ...attackers], honest, attackers, random: seededRandom(`attack ${seed}`) }
}

/** So many lookups teach each of these how large the network is, as its upkeep would in time. */
export async function learnSize ({ sim, random }: Pick<AttackedNetwork, 'sim' | 'random'>, nodes: readonly KadNode[], lookups = 6): Promise<void> {
  for (let i = 0; i < lookups; i++) {
    await sim.until(Promise.all(nodes.map(async node => await kadOf(node).getClosestPeers(randomId(random)))))
  }
}

/** So often each honest node looks for its neighbours, as in bootstraps: who leaves that unanswered leaves its table. */
export async function findNeighbours ({ sim, honest }: Pick<AttackedNetwork, 'sim' | 'honest'>, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await sim.until(Promise.all(honest.map(async node => await kadOf(node).getClosestPeers(node.id))))
    await sim.run(SETTLE_MS)
  }
}

export function anyOf<T> (items: readonly T[], random: Random): T {
  return items[random.below(items.length)] as T
}
