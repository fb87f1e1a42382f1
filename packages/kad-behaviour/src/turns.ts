import { TooManyQueriesError } from './errors.ts'
import type { OnEnding } from './query.ts'

/**
 * Lets `running` operations run at once; the others wait in line, at most `waiting` of them. Without it, a thousand puts
 * started together would all have requests in flight, and all be slow.
 */
export class Turns {
  readonly #running: number
  readonly #waiting: number
  /** Who waits, first come first. Made for the first. */
  #line: Set<() => void> | undefined
  #taken = 0

  constructor (running: number, waiting: number) {
    this.#running = running
    this.#waiting = waiting
  }

  /** Resolves with what ends the turn: when there is a place, or at once when whoever waits is ending. */
  async take (onEnding: OnEnding): Promise<() => void> {
    if (this.#taken < this.#running) return this.#occupy()
    if ((this.#line?.size ?? 0) >= this.#waiting) throw new TooManyQueriesError(this.#waiting)
    return await new Promise(resolve => {
      const enter = (): void => {
        forget()
        resolve(this.#occupy())
      }
      const line = this.#line ??= new Set()
      line.add(enter)
      const forget = onEnding(() => {
        line.delete(enter)
        resolve(() => {})
      })
    })
  }

  #occupy (): () => void {
    this.#taken++
    let released = false
    return () => {
      if (released) return
      released = true
      this.#taken--
      this.#next()
    }
  }

  #next (): void {
    const [first] = this.#line ?? []
    if (first === undefined) return
    this.#line?.delete(first)
    first()
  }
}
