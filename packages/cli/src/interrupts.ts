import { EXIT } from './exit-code.ts'

/** The first signal asks to leave politely, the second leaves now. */
export class Interrupts {
  readonly #leave = new AbortController()
  readonly #exit: (code: number) => void
  readonly #now: () => number
  #firstAt: number | undefined

  constructor (exit: (code: number) => void, now: () => number) {
    this.#exit = exit
    this.#now = now
  }

  get signal (): AbortSignal {
    return this.#leave.signal
  }

  interrupt (): void {
    if (this.#firstAt === undefined) {
      this.#firstAt = this.#now()
      this.#leave.abort(new Error('interrupted'))
    } else if (this.#now() - this.#firstAt > ECHO_MS) {
      this.#exit(EXIT.interrupted)
    }
  }
}

/** npm passes on a ctrl-c that the terminal has already sent to the whole process group: one keypress, two signals. */
const ECHO_MS = 200
