import { pipe } from 'it-pipe'
import { EXIT } from '../exit-code.ts'
import type { ExitCode } from '../exit-code.ts'
import type { Printer, Terminal } from '../terminal.ts'
import type { ShellSession } from './session.ts'

/** Runs the lines of a pipe or file, one after the other, to its end or to `quit`. Exit code 1 when a line failed. */
export async function runPiped (session: ShellSession, printer: Printer, terminal: Terminal): Promise<ExitCode> {
  const { interrupted } = terminal
  const stopReading = (): void => { terminal.stdin.destroy() }
  interrupted.addEventListener('abort', stopReading)
  try {
    return await pipe(
      textOf(terminal.stdin),
      lines,
      async source => await runLines(source, session, printer, interrupted)
    )
  } catch (error) {
    if (interrupted.aborted) return EXIT.ok
    throw error
  } finally {
    interrupted.removeEventListener('abort', stopReading)
  }
}

async function runLines (source: AsyncIterable<string>, session: ShellSession, printer: Printer, signal: AbortSignal): Promise<ExitCode> {
  let number = 0
  let code: ExitCode = EXIT.ok
  for await (const line of source) {
    number += 1
    const outcome = await session.run(line, signal, problem => printer.problem(`line ${number}: ${problem}`))
    if (outcome === 'failed') code = EXIT.failed
    if (outcome === 'quit' || signal.aborted) break
  }
  return code
}

async function * textOf (stdin: Terminal['stdin']): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: false })
  for await (const chunk of stdin) yield typeof chunk === 'string' ? chunk : decoder.decode(chunk as Uint8Array, { stream: true })
  yield decoder.decode()
}

/** Splits text at LF or CRLF; what stands after the last line end is a line too, unless it is empty. */
export async function * lines (source: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const text of source) {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) yield withoutCarriageReturn(part)
    if (rest.length > MAX_LINE_LENGTH) throw new Error(`a line is longer than ${MAX_LINE_LENGTH} characters`)
  }
  if (rest !== '') yield withoutCarriageReturn(rest)
}

/** Far above the largest value that can be put. */
const MAX_LINE_LENGTH = 1 << 20

function withoutCarriageReturn (line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
