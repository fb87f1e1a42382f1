import type { BehaviourFactory, Swarm } from '@kadmium/interface'
import type { KadBehaviour } from '@kadmium/kad-behaviour'

/** What runs below a node: one swarm, one behaviour. */
export type NodeSwarm = Swarm<{ kad: BehaviourFactory<KadBehaviour> }>
