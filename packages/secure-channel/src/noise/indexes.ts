import type { Random } from '@kadmium/interface'
import { INDEX_BYTES, readIndex } from './packets.ts'

/** What packets name by the index that we chose for it: four random bytes, so that strangers cannot guess one. */
export class Indexes<T> {
  readonly #random: Random
  readonly #named = new Map<number, T>()

  constructor (random: Random) {
    this.#random = random
  }

  /** One that names nothing yet. */
  draw (): number {
    let index = readIndex(this.#random.bytes(INDEX_BYTES), 0)
    while (this.#named.has(index)) index = readIndex(this.#random.bytes(INDEX_BYTES), 0)
    return index
  }

  get (index: number): T | undefined {
    return this.#named.get(index)
  }

  set (index: number, value: T): void {
    this.#named.set(index, value)
  }

  delete (index: number): void {
    this.#named.delete(index)
  }
}
