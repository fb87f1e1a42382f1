import { InvalidOptionError } from '@kadmium/interface'
import type { Clock, Timer } from '@kadmium/interface'

/** Node counts a timer's delay in 32 bits and fires a longer one at once, so longer delays are waited for in legs. */
const LONGEST_LEG_MS = 2_147_483_647

/** The clock of this machine. Its timers do not keep a process alive. */
export function systemClock (): Clock {
  return new SystemClock()
}

/** What every clock asks of a delay: negative ones mean "as soon as possible". */
export function checkDelay (delayMs: number): number {
  if (!Number.isFinite(delayMs)) throw new InvalidOptionError('delayMs', `expected a finite number of milliseconds, got ${delayMs}`)
  return Math.max(0, delayMs)
}

class SystemClock implements Clock {
  now (): number {
    return performance.now()
  }

  wallNow (): number {
    return Date.now()
  }

  setTimeout (callback: () => void, delayMs: number): Timer {
    const timer = new SystemTimer(callback)
    timer.wait(checkDelay(delayMs))
    return timer
  }

  clearTimeout (timer: Timer): void {
    if (timer instanceof SystemTimer) timer.cancel()
  }
}

class SystemTimer {
  readonly #callback: () => void
  #leg: NodeJS.Timeout | undefined

  constructor (callback: () => void) {
    this.#callback = callback
  }

  wait (delayMs: number): void {
    if (delayMs > LONGEST_LEG_MS) this.#leg = setTimeout(() => { this.wait(delayMs - LONGEST_LEG_MS) }, LONGEST_LEG_MS)
    else this.#leg = setTimeout(this.#callback, delayMs)
    this.#leg.unref()
  }

  cancel (): void {
    clearTimeout(this.#leg)
  }
}
