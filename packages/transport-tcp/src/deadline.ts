/** Something that has to be done by a time. */
export class Deadline {
  readonly #ms: number
  readonly #missed: () => void
  #timer: NodeJS.Timeout | undefined

  constructor (ms: number, missed: () => void) {
    this.#ms = ms
    this.#missed = missed
  }

  /** Runs from now on, if it does not already. */
  begin (): void {
    this.#timer ??= setTimeout(this.#missed, this.#ms)
  }

  met (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
