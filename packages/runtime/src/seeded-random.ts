import { sha256 } from '@noble/hashes/sha2.js'
import type { Random } from '@kadmium/interface'
import { WordRandom } from './word-random.ts'

/**
 * A repeatable stream: the same seed gives the same numbers on every machine and version of Node. The number 1 and the
 * text '1' are different seeds. Not for secrets.
 *
 * sfc32 (Chris Doty-Humphrey, PractRand), its state taken from the SHA-256 of the seed.
 */
export function seededRandom (seed: number | string): Random {
  return new SeededRandom(utf8.encode(`kadmium random ${typeof seed} ${seed}`))
}

/**
 * A stream of its own, for a part of a program that should not disturb the numbers of the others. Takes 16 bytes from
 * `random`; forks of one state with different labels differ.
 */
export function fork (random: Random, label: string): Random {
  const name = utf8.encode(label)
  const seed = new Uint8Array(16 + name.length)
  seed.set(random.bytes(16))
  seed.set(name, 16)
  return new SeededRandom(seed)
}

const utf8 = new TextEncoder()

class SeededRandom extends WordRandom {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor (seed: Uint8Array) {
    super()
    const state = new DataView(sha256(seed).buffer)
    this.#a = state.getInt32(0)
    this.#b = state.getInt32(4)
    this.#c = state.getInt32(8)
  }

  protected override word (): number {
    const word = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + word) | 0
    return word >>> 0
  }
}
