import type { Batch, Key } from 'interface-datastore'
import type { AbortOptions } from '@libp2p/interface'
import { LevelDatastore } from 'datastore-level'
import type { Level } from 'level'

/** Pause between two tries to open a store again whose disk is full, in milliseconds: opening reads the log. */
const REOPEN_PAUSE_MS = 1_000

/**
 * LevelDB, opened again after a write that failed: that write may have left half of itself in the log, and what is acknowledged
 * behind it is gone when the log is next read (of 50 writes after a disk was full for a moment, 50). Writes go one after the
 * other. While it cannot be opened they fail for the reason of the last one.
 */
export class LevelStore extends LevelDatastore {
  readonly #level: Level<string, Uint8Array>
  readonly #now: () => number
  #failure: unknown
  #triedAt = -Infinity
  #turn: Promise<void> = Promise.resolve()

  /** `now`: monotonic milliseconds. */
  constructor (level: Level<string, Uint8Array>, now: () => number) {
    super(level)
    this.#level = level
    this.#now = now
  }

  override async put (key: Key, value: Uint8Array, options?: AbortOptions): Promise<Key> {
    await this.#write(async () => { await super.put(key, value, options) })
    return key
  }

  override async delete (key: Key, options?: AbortOptions): Promise<void> {
    await this.#write(async () => { await super.delete(key, options) })
  }

  override batch (): Batch {
    const batch = super.batch()
    return { ...batch, commit: async options => { await this.#write(async () => { await batch.commit(options) }) } }
  }

  override async close (): Promise<void> {
    await this.#turn
    await super.close()
  }

  async #write (work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(async () => {
      try {
        if (this.#failure !== undefined) await this.#reopen(this.#failure)
        await work()
      } catch (error) {
        this.#failure = error
        throw error
      }
    })
    this.#turn = turn.catch(() => {})
    await turn
  }

  async #reopen (failure: unknown): Promise<void> {
    const now = this.#now()
    if (now - this.#triedAt < REOPEN_PAUSE_MS) throw failure
    this.#triedAt = now
    await this.#level.close()
    await this.#level.open()
    this.#failure = undefined
  }
}
