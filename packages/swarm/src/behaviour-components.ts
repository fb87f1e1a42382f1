import type { SwarmComponents } from '@kadmium/interface'
import type { Setup } from './setup.ts'

type Changing = 'listening' | 'externalAddresses' | 'mode' | 'reliable'
type Actions = 'setMode' | 'handle' | 'request' | 'ping' | 'keep' | 'reaches' | 'emit' | 'hears'

/** What of a swarm changes while it runs, as functions that say how it is now. */
export type SwarmState = { readonly [K in Changing]: () => SwarmComponents[K] }

/**
 * What a swarm gives to its behaviours. Its functions may be taken out and kept. A class, since an object literal with
 * getters has a shape of its own each time it is made: 3 kB a node.
 */
export class BehaviourComponents implements SwarmComponents {
  readonly identity: SwarmComponents['identity']
  readonly localId: SwarmComponents['localId']
  readonly network: string
  readonly profile: SwarmComponents['profile']
  readonly clock: SwarmComponents['clock']
  readonly random: SwarmComponents['random']
  readonly crypto: SwarmComponents['crypto']
  readonly logger: SwarmComponents['logger']
  declare readonly metrics?: NonNullable<SwarmComponents['metrics']>
  readonly setMode: SwarmComponents['setMode']
  readonly handle: SwarmComponents['handle']
  readonly request: SwarmComponents['request']
  readonly ping: SwarmComponents['ping']
  readonly keep: SwarmComponents['keep']
  readonly reaches: SwarmComponents['reaches']
  readonly emit: SwarmComponents['emit']
  readonly hears: SwarmComponents['hears']
  readonly #state: SwarmState

  constructor (setup: Setup, metrics: SwarmComponents['metrics'], state: SwarmState, actions: Pick<SwarmComponents, Actions>) {
    this.identity = setup.identity
    this.localId = setup.identity.peerId
    this.network = setup.network
    this.profile = setup.profile
    this.clock = setup.clock
    this.random = setup.random
    this.crypto = setup.crypto
    this.logger = setup.logger
    if (metrics !== undefined) this.metrics = metrics
    this.setMode = actions.setMode
    this.handle = actions.handle
    this.request = actions.request
    this.ping = actions.ping
    this.keep = actions.keep
    this.reaches = actions.reaches
    this.emit = actions.emit
    this.hears = actions.hears
    this.#state = state
  }

  get listening (): SwarmComponents['listening'] {
    return this.#state.listening()
  }

  get externalAddresses (): SwarmComponents['externalAddresses'] {
    return this.#state.externalAddresses()
  }

  get mode (): SwarmComponents['mode'] {
    return this.#state.mode()
  }

  get reliable (): boolean {
    return this.#state.reliable()
  }
}
