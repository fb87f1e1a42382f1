import { TooManyQueriesError } from './errors.ts'

/**
 * Lets `running` operations run at once; the others wait in line, at most `waiting` of them. Without it, a thousand puts
 * started together would all have requests in flight, and all be slow.
 */
export class Turns {
  readonly #running: number
  readonly #waiting: number
  readonly #line: (() => void)[] = []
  #taken = 0

  constructor (running: number, waiting: number) {
    this.#running = running
    this.#waiting = waiting
  }

  /** Resolves with what ends the turn: when there is a place, or at once when `signal` aborts. */
  async take (signal: AbortSignal): Promise<() => void> {
    if (this.#taken < this.#running) return this.#occupy()
    if (this.#line.length >= this.#waiting) throw new TooManyQueriesError(this.#waiting)
    return await new Promise(resolve => this.#queue(signal, resolve))
  }

  #queue (signal: AbortSignal, resolve: (release: () => void) => void): void {
    const leave = (): void => {
      this.#line.splice(this.#line.indexOf(enter), 1)
      resolve(() => {})
    }
    const enter = (): void => {
      signal.removeEventListener('abort', leave)
      resolve(this.#occupy())
    }
    if (signal.aborted) return resolve(() => {})
    this.#line.push(enter)
    signal.addEventListener('abort', leave, { once: true })
  }

  #occupy (): () => void {
    this.#taken++
    let released = false
    return () => {
      if (released) return
      released = true
      this.#taken--
      this.#line.shift()?.()
    }
  }
}
