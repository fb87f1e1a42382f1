import { randomFillSync } from 'node:crypto'
import type { Random } from '@kadmium/interface'
import { WordRandom } from './word-random.ts'

/** One system call serves this many bytes; ids and transaction ids are 8 to 32. */
const POOL_BYTES = 4096

/** The operating system's secure randomness: the only source outside tests and simulations. */
export function systemRandom (): Random {
  return new SystemRandom()
}

class SystemRandom extends WordRandom {
  readonly #pool = new Uint8Array(POOL_BYTES)
  readonly #words = new Uint32Array(this.#pool.buffer)
  #next = POOL_BYTES / 4

  protected override word (): number {
    if (this.#next === this.#words.length) {
      randomFillSync(this.#pool)
      this.#next = 0
    }
    const word = this.#words[this.#next] as number
    this.#words[this.#next++] = 0 // what was given away is not kept
    return word
  }
}
