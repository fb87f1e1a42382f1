import type { BehaviourFactory, SwarmComponents } from '@kadmium/interface'
import { kad } from '@kadmium/kad-behaviour'
import type { KadBehaviour, KadInit, OwnState } from '@kadmium/kad-behaviour'
import { MemoryRecordStore, slotOf } from '@kadmium/records'
import type { KeptRecord, Publication, RecordStore } from '@kadmium/records'

/** What one node finds again when it comes back: the records that it held, what it published, and what it keeps for others. All time is the simulation's. */
export class Disk {
  readonly #publications = new Map<string, Publication>()
  readonly #kept = new Map<string, KeptRecord>()
  #store: RecordStore | undefined
  #sequence: number | undefined

  /** Kademlia with this disk, for each life of its node. */
  kad (init: KadInit): BehaviourFactory<KadBehaviour> {
    return components => {
      this.#store ??= storeOf(components, init)
      return kad({ ...init, store: this.#store, state: this.#state() })(components)
    }
  }

  #state (): OwnState {
    const earlier = { publications: [...this.#publications.values()], kept: [...this.#kept.values()], ...(this.#sequence !== undefined && { sequence: this.#sequence }) }
    return {
      earlier,
      store: {
        savePublication: async publication => { this.#publications.set(slotOf(publication.record), publication) },
        removePublication: async slot => { this.#publications.delete(slotOf(slot)) },
        saveKept: async kept => { this.#kept.set(slotOf(kept.record), kept) },
        removeKept: async slot => { this.#kept.delete(slotOf(slot)) },
        saveSequence: async seq => { this.#sequence = seq }
      }
    }
  }
}

function storeOf ({ crypto, localId, random }: SwarmComponents, { store = {}, allowUnsigned = false }: KadInit): RecordStore {
  return 'put' in store ? store : new MemoryRecordStore({ localId, random, ...store, crypto, allowUnsigned })
}
