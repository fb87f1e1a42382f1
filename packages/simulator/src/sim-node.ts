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

export interface NodeComponents {
  readonly clock: Clock
  readonly place: NodePlace
  readonly crypto: Crypto
  readonly medium: Medium
  /** A stream of its own for each label. */
  readonly random: (label: string) => Random
  /** Hears when the node starts, stops or crashes. */
  readonly tell: (status: NodeStatus) => void
  /** Hears the events of its swarms. */
  readonly witness?: Witness
}

export class SimulatedNode<F extends BehaviourFactories = BehaviourFactories> implements SimNode<F> {
  readonly index: number
  readonly address: Endpoint
  readonly #addresses: readonly Endpoint[]
  readonly #compose: (index: number) => SwarmInit<F>
  readonly #components: NodeComponents
  #identity: Identity | undefined
  #contact: Contact | undefined
  #swarm: Swarm<F> | undefined
  #clock: NodeClock
  #lives = 0
  #status: NodeStatus = 'starting'

  constructor (index: number, addresses: readonly Endpoint[], compose: (index: number) => SwarmInit<F>, components: NodeComponents) {
    this.index = index
    this.address = addresses[0] as Endpoint
    this.#addresses = addresses
    this.#compose = compose
    this.#components = components
    this.#clock = new NodeClock(components.clock, components.place.clockSkewMs)
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
    const { clock, place, crypto, medium, random, witness } = this.#components
    const init = this.#compose(this.index)
    const { privateKey } = this.#identify(init)
    this.#enter('starting')
    this.#clock = new NodeClock(clock, place.clockSkewMs)
    const ambience = { privateKey, clock: this.#clock, random: random(`life ${++this.#lives}`), crypto }
    this.#swarm = await bringUp(init, ambience, medium.below(this.index, init, place), witness)
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
    this.#identity ??= createIdentity(privateKey ?? generatePrivateKey(random('key'), crypto), crypto)
    const { peerId, publicKey } = this.#identity
    this.#contact ??= { id: peerId, publicKey, addresses: this.#addresses }
    return this.#identity
  }

  #enter (status: NodeStatus): void {
    this.#status = status
    this.#components.tell(status)
  }
}

function known<T> (value: T | undefined): T {
  if (value === undefined) throw new Error('the node was never started')
  return value
}
