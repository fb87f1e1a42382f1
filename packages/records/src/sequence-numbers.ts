/** Sequence numbers of one publisher: wall-clock milliseconds, but strictly rising even when the clock stands or steps back. */
export class SequenceNumbers {
  readonly #onNext: ((seq: number) => void) | undefined
  #last: number | undefined

  /** `onNext` hears each number that is given out, before it is. */
  constructor (onNext?: (seq: number) => void) {
    this.#onNext = onNext
  }

  /** `wallNow` in milliseconds since the Unix epoch. */
  next (wallNow: number): number {
    const floor = Math.max(0, Math.floor(wallNow))
    this.#last = this.#last === undefined ? floor : Math.max(floor, this.#last + 1)
    this.#onNext?.(this.#last)
    return this.#last
  }

  /** What was published before, for example by an earlier run: from here on `next` is above `seq`. */
  observe (seq: number): void {
    this.#last = this.#last === undefined ? seq : Math.max(this.#last, seq)
  }
}
