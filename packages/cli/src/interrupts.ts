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

/**
 * Calls back once when the process that started this one is gone. npm and npx run commands below a shell and pass signals
 * to that shell, which dies of them and tells nobody: without this watch `kill` of an `npm start` would leave the nodes.
 */
export function watchParent (gone: () => void): void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    gone()
  }, PARENT_CHECK_MS)
  timer.unref()
}

const PARENT_CHECK_MS = 100
