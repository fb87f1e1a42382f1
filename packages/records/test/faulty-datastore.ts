import { MemoryDatastore } from 'datastore-core'
import type { Batch, Key } from 'interface-datastore'

/** A datastore in memory whose writes wait for `release`, or fail as a full disk does. */
export class FaultyDatastore extends MemoryDatastore {
  /** Set: every commit fails with it. */
  failure: Error | undefined
  /** Entries of a failing commit that are written all the same: a batch of most datastores is not one step. */
  written = 0
  commits = 0
  #held: (() => void)[] | undefined

  hold (): void {
    this.#held = []
  }

  release (): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const go of held) go()
  }

  override batch (): Batch {
    const inner: ((written: MemoryDatastore) => void)[] = []
    return {
      put: (key: Key, value: Uint8Array) => { inner.push(store => { void store.put(key, value) }) },
      delete: (key: Key) => { inner.push(store => { void store.delete(key) }) },
      commit: async () => {
        this.commits++
        const held = this.#held
        if (held !== undefined) await new Promise<void>(resolve => { held.push(resolve) })
        for (const operation of this.failure === undefined ? inner : inner.slice(0, this.written)) operation(this)
        if (this.failure !== undefined) throw this.failure
      }
    }
  }
}

/** Every entry, as hex by key. */
export function contents (datastore: MemoryDatastore, prefix = '/kadmium/records/'): Map<string, string> {
  const found = new Map<string, string>()
  for (const { key, value } of datastore.query({ prefix }) as Generator<{ key: Key, value: Uint8Array }>) found.set(key.toString(), Buffer.from(value).toString('hex'))
  return found
}
