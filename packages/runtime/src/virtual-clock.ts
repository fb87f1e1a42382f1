import type { Clock, Timer } from '@kadmium/interface'
import { checkDelay } from './clock.ts'
import { TimerHeap } from './timer-heap.ts'
import type { Entry } from './timer-heap.ts'

export interface VirtualClockInit {
  /** What `wallNow` says at virtual time 0, in milliseconds since the Unix epoch. Default 2025-01-01T00:00:00Z. */
  readonly startWallMs?: number
}

const DEFAULT_START_WALL_MS = 1_735_689_600_000

/**
 * Time that passes only when it is told to. Timers fire in the order of their time, and in the order they were set where
 * the time is equal: so a run has one order of events, on every machine.
 */
export class VirtualClock implements Clock {
  readonly #startWallMs: number
  readonly #timers = new TimerHeap()
  #now = 0
  #fired = 0

  constructor (init: VirtualClockInit = {}) {
    this.#startWallMs = init.startWallMs ?? DEFAULT_START_WALL_MS
  }

  now (): number {
    return this.#now
  }

  wallNow (): number {
    return this.#startWallMs + Math.floor(this.#now)
  }

  setTimeout (callback: () => void, delayMs: number): Timer {
    return this.#timers.push(this.#now + checkDelay(delayMs), callback)
  }

  clearTimeout (timer: Timer): void {
    this.#timers.cancel(timer as Entry)
  }

  /** When the next timer fires; `undefined` when none is set. */
  get nextAt (): number | undefined {
    return this.#timers.nextAt
  }

  /** Timers that are set and not cancelled. */
  get pending (): number {
    return this.#timers.live
  }

  /** Timers that have fired: the events of a simulation. */
  get fired (): number {
    return this.#fired
  }

  /** Moves on to the next timer and fires exactly that one. Returns false when none is set. */
  runNext (): boolean {
    const at = this.#timers.nextAt
    if (at === undefined) return false
    this.#now = at
    this.#fired++
    this.#timers.pop()()
    return true
  }

  /** Lets time pass without firing: to `at`, or to the next timer where that comes first. Never steps back. */
  advanceTo (at: number): void {
    this.#now = Math.max(this.#now, Math.min(at, this.#timers.nextAt ?? at))
  }
}
