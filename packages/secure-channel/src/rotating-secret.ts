import type { Random } from '@kadmium/interface'

const SECRET_BYTES = 32

/**
 * A secret that is drawn afresh every epoch. What it authenticated is accepted for the rest of its epoch and through the
 * next one: at least one epoch, at most two. Each secret is independent, so a leaked one opens neither past nor future.
 */
export class RotatingSecret {
  readonly #random: Random
  readonly #epochMs: number
  #epoch = -1
  #current: Uint8Array
  #previous: Uint8Array | undefined

  constructor (random: Random, epochMs: number) {
    this.#random = random
    this.#epochMs = epochMs
    this.#current = random.bytes(SECRET_BYTES)
  }

  epoch (now: number): number {
    return Math.floor(now / this.#epochMs)
  }

  current (now: number): Uint8Array {
    this.#rotate(now)
    return this.#current
  }

  /** Absent where nothing was authenticated in the epoch before. */
  previous (now: number): Uint8Array | undefined {
    this.#rotate(now)
    return this.#previous
  }

  #rotate (now: number): void {
    const epoch = this.epoch(now)
    if (epoch === this.#epoch) return
    this.#previous = epoch === this.#epoch + 1 ? this.#current : undefined
    this.#current = this.#random.bytes(SECRET_BYTES)
    this.#epoch = epoch
  }
}
