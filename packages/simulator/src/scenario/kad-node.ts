import type { BehaviourFactory } from '@kadmium/interface'
import type { KadBehaviour } from '@kadmium/kad-behaviour'
import type { SimNode } from '../sim-node.ts'

/** What every node of a scenario runs, whatever else it runs. */
export type KadFactories = { kad: BehaviourFactory<KadBehaviour> }
export type KadNode = SimNode<KadFactories>

export const kadOf = (node: KadNode): KadBehaviour => node.swarm.behaviours.kad
