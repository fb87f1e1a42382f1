import type { Via } from '@kadmium/interface'
import { COOKIE_BYTES } from '@kadmium/wire'

/**
 * The cookies of the last messages that came, so that an answer echoes the very one its request brought. A ring: strangers
 * can neither make it grow nor mix up each other's cookies.
 */
export class ReplyCookies {
  readonly #ring: Uint8Array
  readonly #capacity: number
  #next: Via = 0

  constructor (capacity: number) {
    this.#capacity = capacity
    this.#ring = new Uint8Array(capacity * COOKIE_BYTES)
  }

  add (cookie: Uint8Array): Via {
    this.#ring.set(cookie, this.#next % this.#capacity * COOKIE_BYTES)
    return this.#next++
  }

  cookieOf (via: Via): Uint8Array | undefined {
    if (via < this.#next - this.#capacity || via >= this.#next) return undefined
    const at = via % this.#capacity * COOKIE_BYTES
    return this.#ring.subarray(at, at + COOKIE_BYTES)
  }
}
