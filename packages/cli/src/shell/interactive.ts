import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { start } from 'node:repl'
import { EXIT } from '../exit-code.ts'
import type { ExitCode } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'
import type { ShellSession } from './session.ts'

/**
 * The shell of a person at a terminal: a prompt with completion (tab), history (arrows, ctrl-r) that outlives the
 * session, ctrl-c to stop a command that runs, ctrl-d to leave.
 */
export async function runInteractive (session: ShellSession, terminal: Terminal, historyFile?: string): Promise<ExitCode> {
  if (historyFile !== undefined) await makeFolder(historyFile)
  const queue = new LineQueue(session)
  const repl = start({
    prompt: 'kadmium> ',
    input: terminal.stdin,
    output: terminal.stdout,
    terminal: true,
    ignoreUndefined: true,
    preview: false,
    completer: (line: string) => session.complete(line),
    eval: (line, _context, _file, done) => {
      void queue.run(line.replace(/\r?\n$/, '')).then(outcome => {
        if (outcome === 'quit') repl.close()
        else done(null, undefined)
      })
    }
  })
  removeDotCommands(repl)
  handleCtrlC(repl, queue)
  // Reads nothing that is typed until the history is there.
  if (historyFile !== undefined) repl.setupHistory(historyFile, () => {})
  return await untilClosed(repl, queue, terminal.interrupted)
}

type Repl = ReturnType<typeof start>

/** Lines that are pasted while a command runs wait for it. */
class LineQueue {
  readonly #session: ShellSession
  #last: Promise<unknown> = Promise.resolve()
  #running: AbortController | undefined
  #closed = false

  constructor (session: ShellSession) {
    this.#session = session
  }

  async run (line: string): Promise<'done' | 'failed' | 'quit'> {
    const outcome = this.#last.then(async () => {
      if (this.#closed) return 'done'
      this.#running = new AbortController()
      return await this.#session.run(line, this.#running.signal).finally(() => { this.#running = undefined })
    })
    this.#last = outcome
    return await outcome
  }

  /** Whether there was a command to stop. */
  interrupt (): boolean {
    this.#running?.abort()
    return this.#running !== undefined
  }

  async close (): Promise<void> {
    this.#closed = true
    this.interrupt()
    await this.#last
  }
}

/** node:repl's own commands (.load, .editor …) are about JavaScript. */
function removeDotCommands (repl: Repl): void {
  for (const name of Object.keys(repl.commands)) delete (repl.commands as Record<string, unknown>)[name]
}

/** Stops what runs; otherwise drops the line that is being typed, and on an empty one says how to leave. */
function handleCtrlC (repl: Repl & { clearLine? (): void }, queue: LineQueue): void {
  let asked = false
  repl.on('line', () => { asked = false })
  repl.removeAllListeners('SIGINT').on('SIGINT', () => {
    if (queue.interrupt()) return
    const wasEmpty = repl.line.length === 0
    if (wasEmpty && asked) return repl.close()
    asked = wasEmpty
    repl.clearLine?.()
    if (wasEmpty) repl.output.write('(to leave: ctrl-c once more, ctrl-d or quit)\n')
    repl.displayPrompt()
  })
}

/** One that cannot be made costs the history, not the shell. */
async function makeFolder (historyFile: string): Promise<void> {
  await mkdir(dirname(historyFile), { recursive: true, mode: 0o700 }).catch(() => {})
}

async function untilClosed (repl: Repl, queue: LineQueue, interrupted: AbortSignal): Promise<ExitCode> {
  const close = (): void => repl.close()
  interrupted.addEventListener('abort', close)
  await new Promise<void>(resolve => {
    repl.once('exit', resolve)
    if (interrupted.aborted) close()
  })
  interrupted.removeEventListener('abort', close)
  await queue.close()
  return EXIT.ok
}
