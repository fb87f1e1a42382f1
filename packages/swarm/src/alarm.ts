import type { Clock, Timer } from '@kadmium/interface'

/** Something that wants to be called when a time has come. */
export interface DeadlineSource {
  /** In monotonic milliseconds; `undefined` when nothing waits. */
  nextDeadline (): number | undefined
  due (now: number): void
}

/**
 * The one timer of a swarm, armed at the earliest of all deadlines. A deadline that has become needless is left armed: to
 * look again once is cheaper than to set a timer for each request.
 */
export class Alarm {
  readonly #clock: Clock
  #sources: readonly DeadlineSource[] = []
  #running = false
  #timer: Timer | undefined
  #at = Infinity

  constructor (clock: Clock) {
    this.#clock = clock
  }

  add (source: DeadlineSource): void {
    this.#sources = this.#sources.concat([source]) // `push` would reserve 17 places, and so would a spread
  }

  start (): void {
    this.#running = true
    this.#lookAgain()
  }

  stop (): void {
    this.#running = false
    this.#disarm()
  }

  /** Rings at `deadline` or before. */
  wakeBy (deadline: number | undefined): void {
    if (deadline === undefined || deadline >= this.#at || !this.#running) return
    this.#disarm()
    this.#at = deadline
    this.#timer = this.#clock.setTimeout(() => { this.#ring() }, Math.max(0, deadline - this.#clock.now()))
  }

  #ring (): void {
    this.#timer = undefined
    this.#at = Infinity
    const now = this.#clock.now()
    for (const source of this.#sources) source.due(now)
    this.#lookAgain()
  }

  #lookAgain (): void {
    for (const source of this.#sources) this.wakeBy(source.nextDeadline())
  }

  #disarm (): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#at = Infinity
  }
}
