import type { Clock } from '@kadmium/interface'

/**
 * Monotonic times as times that a later run understands. It follows the wall clock from one run to the next, but never
 * back: where the clock has stepped back, time goes on from the latest time that was written, and while a run lasts it
 * goes by the monotonic clock. So no life grows by a step of the clock; a step forward only shortens lives.
 */
export class WallTime {
  readonly #offset: number

  /** `latest`: the latest time known to have passed, of an earlier run. */
  constructor (clock: Pick<Clock, 'now' | 'wallNow'>, latest: number) {
    this.#offset = Math.max(clock.wallNow(), latest) - clock.now()
  }

  toWall (monotonic: number): number {
    return monotonic + this.#offset
  }

  fromWall (wall: number): number {
    return wall - this.#offset
  }
}
