import { InvalidOptionError } from '@kadmium/interface'
import type { Random } from '@kadmium/interface'

const TWO_TO_32 = 4_294_967_296

/** A `Random` over a source of uniform 32-bit words. Integer arithmetic only, so that every machine draws the same. */
export abstract class WordRandom implements Random {
  /** A uniform unsigned 32-bit integer. */
  protected abstract word (): number

  bytes (length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at += 4) {
      const word = this.word()
      bytes[at] = word
      bytes[at + 1] = word >>> 8
      bytes[at + 2] = word >>> 16
      bytes[at + 3] = word >>> 24
    }
    return bytes
  }

  /** Words beyond the largest multiple of `limit` are drawn again: a plain remainder would favour small numbers. */
  below (limit: number): number {
    if (!Number.isInteger(limit) || limit < 1 || limit > TWO_TO_32) {
      throw new InvalidOptionError('limit', `expected an integer from 1 to 2^32, got ${limit}`)
    }
    const end = TWO_TO_32 - TWO_TO_32 % limit
    let word = this.word()
    while (word >= end) word = this.word()
    return word % limit
  }

  float (): number {
    return this.word() / TWO_TO_32
  }
}
