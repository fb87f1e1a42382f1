/** An application's own part in a scenario: what its nodes run beside Kademlia, what they do, and what came of it. */
import { InvalidOptionError } from '@kadmium/interface'
import type { BehaviourFactories, Random, SwarmInit } from '@kadmium/interface'
import type { Simulator } from '../simulator.ts'
import type { KadFactories, KadNode } from './kad-node.ts'
import type { Scenario } from './scenario.ts'

/** What the nodes of a scenario run: Kademlia under the name `kad`, and whatever an application adds. */
export type ComposedInit = SwarmInit<KadFactories & BehaviourFactories>

/** A scenario's network, while it runs. */
export interface ComposedNetwork {
  readonly simulator: Simulator
  /** All nodes so far, those that are gone too; `status` tells. */
  readonly nodes: readonly KadNode[]
  /** Comes from the scenario's seed: the only randomness by which a run stays repeatable. */
  readonly random: Random
}

/** What a report can show and a recording can keep. */
export type Figures = Readonly<Record<string, number | string | boolean>>

/** What a module exports that `kadmium simulate --compose` runs; each part may be left out. */
export interface Composition {
  /**
   * The options of `createSwarm` for one node, attackers too. `init` is what the scenario gives it; its `behaviours.kad` must stay.
   * Called once for each life of a node, so state that a restart must not forget belongs outside.
   */
  readonly compose?: (init: ComposedInit, node: number) => ComposedInit
  /** Called when the lookups begin. Time passes while it waits, and the measurement does not end before it. */
  readonly measure?: (network: ComposedNetwork) => void | Promise<void>
  /** Lines for the report, asked for when the measurement has ended. */
  readonly figures?: (network: ComposedNetwork) => Figures
}

const PARTS: ReadonlyArray<keyof Composition> = ['compose', 'measure', 'figures']

/** Reads what a module exports. Throws `InvalidOptionError`, which says what it should. */
export function compositionFrom (exported: Readonly<Record<string, unknown>>, file = 'module'): Composition {
  const found = PARTS.filter(part => exported[part] !== undefined)
  const wrong = found.find(part => typeof exported[part] !== 'function')
  if (wrong !== undefined) throw new InvalidOptionError('compose', `expected ${file} to export ${wrong} as a function, got ${typeof exported[wrong]}`)
  if (found.length === 0) throw new InvalidOptionError('compose', `expected ${file} to export compose, measure or figures`)
  return exported
}

/** The part of a scenario that needs one. A scenario that names a module cannot run without it. */
export function compositionOf ({ compose }: Scenario, given: Composition | undefined): Composition {
  if (compose !== undefined && given === undefined) throw new InvalidOptionError('compose', `load ${compose} and give it as composition`)
  return given ?? {}
}

/** What one node runs. */
export function composed ({ compose }: Composition, init: SwarmInit<KadFactories>, node: number): SwarmInit<KadFactories> {
  if (compose === undefined) return init
  const own = compose(init as ComposedInit, node)
  if (typeof own?.behaviours?.kad !== 'function') throw new InvalidOptionError('compose', `expected options of createSwarm with the given behaviours.kad for node ${node}`)
  return own
}
