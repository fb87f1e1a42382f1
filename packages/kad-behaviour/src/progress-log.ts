/**
 * The progress of one query, kept for whoever iterates it, also if that begins late or happens twice. Bounded: beyond
 * `capacity` the oldest entries go, and an iterator that was behind skips them.
 */
export class ProgressLog<P> {
  readonly #capacity: number
  readonly #entries: P[] = []
  readonly #waiting = new Set<() => void>()
  #dropped = 0
  #closed = false
  #error: Error | undefined

  constructor (capacity: number) {
    this.#capacity = capacity
  }

  push (entry: P): void {
    if (this.#closed) return
    this.#entries.push(entry)
    if (this.#entries.length > this.#capacity) {
      this.#entries.shift()
      this.#dropped++
    }
    this.#wake()
  }

  end (): void {
    this.#closed = true
    this.#wake()
  }

  /** Readers get what is left, then the error. */
  fail (error: Error): void {
    this.#error = error
    this.end()
  }

  async * read (): AsyncGenerator<P, undefined> {
    let position = 0
    for (;;) {
      position = Math.max(position, this.#dropped)
      if (position < this.#dropped + this.#entries.length) yield this.#entries[position++ - this.#dropped]!
      else if (this.#closed) break
      else await new Promise<void>(resolve => this.#waiting.add(resolve))
    }
    if (this.#error !== undefined) throw this.#error
  }

  #wake (): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
