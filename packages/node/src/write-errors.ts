import type { Clock } from '@kadmium/interface'
import type { Logger } from '@libp2p/interface'

/** A disk that fails does so with every write: after this many milliseconds it is said again, with how often it did. */
const TELL_EVERY_MS = 60_000

/** Logs why writes failed: the first at once. */
export class WriteErrors {
  readonly #log: Logger
  readonly #clock: Pick<Clock, 'now'>
  #toldAt = -Infinity
  #untold = 0

  constructor (log: Logger, clock: Pick<Clock, 'now'>) {
    this.#log = log
    this.#clock = clock
  }

  failed (what: string, error: unknown): void {
    const now = this.#clock.now()
    if (now - this.#toldAt < TELL_EVERY_MS) {
      this.#untold++
      return
    }
    this.#log.error('%s could not be written: %e%s', what, error, this.#untold === 0 ? '' : ` (and ${this.#untold} more since)`)
    this.#toldAt = now
    this.#untold = 0
  }
}
