import type { Clock, Timer } from '@kadmium/interface'

/** The clock of one node: the network's time, though its wall clock may be wrong; and its timers die with the node. */
export class NodeClock implements Clock {
  readonly #clock: Clock
  readonly #skewMs: number
  readonly #timers = new Set<Timer>()
  #stopped = false

  /** @param skewMs how far the wall clock is wrong */
  constructor (clock: Clock, skewMs = 0) {
    this.#clock = clock
    this.#skewMs = skewMs
  }

  now (): number {
    return this.#clock.now()
  }

  wallNow (): number {
    return this.#clock.wallNow() + this.#skewMs
  }

  setTimeout (callback: () => void, delayMs: number): Timer {
    if (this.#stopped) return NEVER
    const timer = this.#clock.setTimeout(() => {
      this.#timers.delete(timer)
      callback()
    }, delayMs)
    this.#timers.add(timer)
    return timer
  }

  clearTimeout (timer: Timer): void {
    if (this.#timers.delete(timer)) this.#clock.clearTimeout(timer)
  }

  /** Timers that are set. */
  get pending (): number {
    return this.#timers.size
  }

  /**
   * The node is dead: nothing that it waited for will happen. Its timers are given up, not only ignored, because a timer
   * of 22 hours would keep the whole node in memory, and under churn there are many dead ones.
   */
  stop (): void {
    this.#stopped = true
    for (const timer of this.#timers) this.#clock.clearTimeout(timer)
    this.#timers.clear()
  }
}

const NEVER: Timer = {}
