import type { BehaviourFactories, Clock, Contact, Crypto, Endpoint, Identity, PeerId, Random, Swarm, SwarmInit } from '@kadmium/interface'
import { createIdentity, generatePrivateKey } from '@kadmium/peer-id'
import { bringUp } from './life.ts'
import type { Witness } from './life.ts'
import type { Medium } from './medium.ts'
import { NodeClock } from './node-clock.ts'
import type { NodePlace } from './node-place.ts'

/** `crashed` nodes said goodbye to nobody, `stopped` ones did. Both can be restarted. */
export type NodeStatus = 'starting' | 'up' | 'stopped' | 'crashed'

/** One node of a simulation: what stays the same whatever happens to it, and the swarm that it runs now. */
export interface SimNode<F extends BehaviourFactories = BehaviourFactories> {
  /** Counted from 0, in the order in which nodes were added. */
  readonly index: number
  readonly id: PeerId
  readonly contact: Contact
  /** The first of those it listens on: where others reach it, unless it is behind a translator. */
  readonly address: Endpoint
  readonly status: NodeStatus
  /** The running swarm, or the last one that ran. */
  readonly swarm: Swarm<F>
}

/** What all nodes of a simulation share. */
export interface NodeComponents {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly medium: Medium
  /** A stream of its own for each node and label. */
  readonly random: (node: number, label: string) => Random
  /** Hears when a node starts, stops or crashes. */
  readonly tell: (node: number, status: NodeStatus) => void
  /** Gives who hears the events of a node's swarms. */
  readonly witnessOf: (node: number) => Witness | undefined
}

export class SimulatedNode<F extends BehaviourFactories = BehaviourFactories> implements SimNode<F> {
  readonly index: number
  readonly address: Endpoint
  readonly #addresses: readonly Endpoint[]
  readonly #compose: (index: number) => SwarmInit<F>
  readonly #place: NodePlace
  readonly #components: NodeComponents
  #identity: Identity | undefined
  #contact: Contact | undefined
  #swarm: Swarm<F> | undefined
  #clock: NodeClock
  #lives = 0
  #status: NodeStatus = 'starting'

  constructor (index: number, place: NodePlace, addresses: readonly Endpoint[], compose: (index: number) => SwarmInit<F>, components: NodeComponents) {
    this.index = index
    this.address = addresses[0] as Endpoint
    this.#addresses = addresses
    this.#compose = compose
    this.#place = place
    this.#components = components
    this.#clock = new NodeClock(components.clock, place.clockSkewMs)
  }

  get id (): PeerId {
    return this.contact.id
  }

  /** One object for all who know the node: at 100,000 nodes they share these instead of holding 26 million of their own. */
  get contact (): Contact {
    return known(this.#contact)
  }

  get swarm (): Swarm<F> {
    return known(this.#swarm)
  }

  get status (): NodeStatus {
    return this.#status
  }

  async start (): Promise<void> {
    if (this.#status === 'up') throw new Error(`node ${this.index} is up already`)
    const { clock, crypto, medium, random, witnessOf } = this.#components
    const place = this.#place
    const init = this.#compose(this.index)
    const { privateKey } = this.#identify(init)
    this.#enter('starting')
    this.#clock = new NodeClock(clock, place.clockSkewMs)
    const ambience = { privateKey, clock: this.#clock, random: random(this.index, `life ${++this.#lives}`), crypto }
    this.#swarm = await bringUp(init, ambience, medium.below(this.index, init, place), witnessOf(this.index))
    this.#enter('up')
  }

  async stop (): Promise<void> {
    await this.swarm.stop()
    this.#enter('stopped')
  }

  crash (): void {
    this.#components.medium.detach(this.index)
    this.#clock.stop()
    this.#enter('crashed')
  }

  /** The key of the first life is the key of all. */
  #identify ({ privateKey }: SwarmInit<F>): Identity {
    const { crypto, random } = this.#components
    this.#identity ??= createIdentity(privateKey ?? generatePrivateKey(random(this.index, 'key'), crypto), crypto)
    const { peerId, publicKey } = this.#identity
    this.#contact ??= { id: peerId, publicKey, addresses: this.#addresses }
    return this.#identity
  }

  #enter (status: NodeStatus): void {
    this.#status = status
    this.#components.tell(this.index, status)
  }
}

function known<T> (value: T | undefined): T {
  if (value === undefined) throw new Error('the node was never started')
  return value
}
