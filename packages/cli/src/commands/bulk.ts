/** Many keys from a file. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { KeyAndValue } from '@kadmium/node'
import { SingleBar } from 'cli-progress'
import { parseKey } from '../arguments.ts'
import { EXIT, UsageError, messageOf } from '../exit-code.ts'
import type { ExitCode } from '../exit-code.ts'
import { putOfManyReport, valueReport } from '../report.ts'
import type { Terminal } from '../terminal.ts'
import { asClient } from './one-shot.ts'
import type { Options } from './options.ts'

/** Each line of the file: `{"key": "k", "value": "v"}`, with `"encoding": "base64"` where the value is no text. */
export async function putFrom (file: string, options: Options, terminal: Terminal): Promise<ExitCode> {
  const lines = await linesOf(file, terminal)
  return await asClient(options, terminal, async (node, printer) => {
    const bar = await progressOf(file, lines, terminal)
    const { quorum } = options
    let [stored, failed] = [0, 0]
    for await (const one of node.putMany(items(lines), { signal: terminal.interrupted, ...(quorum === undefined ? {} : { quorum }) })) {
      bar.advance()
      if (one.problem === undefined) stored++
      else failed++
      if (printer.json || one.problem !== undefined) printer.result(putOfManyReport(one))
    }
    bar.stop()
    terminal.interrupted.throwIfAborted()
    printer.narrate(`${stored} stored, ${failed} failed`)
    return failed === 0 ? EXIT.ok : EXIT.failed
  })
}

/** Each line of the file is a key. Prints lines that `put --from` reads; a key that nobody has has the value `null`. */
export async function getFrom (file: string, options: Options, terminal: Terminal): Promise<ExitCode> {
  const lines = await linesOf(file, terminal)
  return await asClient(options, terminal, async (node, printer) => {
    const bar = await progressOf(file, lines, terminal)
    let [found, missing, failed] = [0, 0, 0]
    for await (const one of node.getMany(keys(lines), { signal: terminal.interrupted })) {
      bar.advance()
      if (one.value !== undefined) found++
      else if (one.problem === undefined) missing++
      else failed++
      printer.result(valueReport(one))
    }
    bar.stop()
    terminal.interrupted.throwIfAborted()
    printer.narrate(`${found} found, ${missing} not found, ${failed} failed`)
    if (failed > 0) return EXIT.failed
    return missing === 0 ? EXIT.ok : EXIT.notFound
  })
}

interface Lines {
  readonly stream: Readable
  /** How much of the stream has been read, in bytes; the bar goes by it, since nobody knows how many lines there are. */
  read: number
}

/** `-` is stdin. */
async function linesOf (file: string, { stdin }: Terminal): Promise<Lines> {
  if (file === '-') return { stream: stdin, read: 0 }
  try {
    if (!(await stat(file)).isFile()) throw new Error('it is no file')
    return { stream: createReadStream(file), read: 0 }
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${messageOf(error)}`)
  }
}

async function * items (lines: Lines): AsyncGenerator<KeyAndValue, void> {
  for await (const [line, number] of numbered(lines)) yield itemOf(line, number)
}

async function * keys (lines: Lines): AsyncGenerator<Uint8Array, void> {
  for await (const [line, number] of numbered(lines)) yield inLine(number, () => parseKey(line))
}

async function * numbered (lines: Lines): AsyncGenerator<readonly [line: string, number: number], void> {
  let number = 0
  for await (const line of createInterface({ input: lines.stream, crlfDelay: Infinity })) {
    number++
    lines.read += Buffer.byteLength(line) + 1
    if (line.trim() !== '') yield [line, number]
  }
}

function itemOf (line: string, number: number): KeyAndValue {
  return inLine(number, () => {
    const { key, value, encoding } = JSON.parse(line) as Record<string, unknown>
    if (typeof key !== 'string' || typeof value !== 'string') throw new UsageError('expected {"key": "…", "value": "…"}')
    if (encoding !== undefined && encoding !== 'base64') throw new UsageError('expected "encoding": "base64", or none')
    return { key: parseKey(key), value: Buffer.from(value, encoding === undefined ? 'utf8' : 'base64') }
  })
}

function inLine<T> (number: number, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new UsageError(`line ${number}: ${messageOf(error)}`)
  }
}

interface Bar {
  advance (): void
  stop (): void
}

/** Only for a person: without a terminal on stderr there is none. */
async function progressOf (file: string, lines: Lines, { stderr }: Terminal): Promise<Bar> {
  if (stderr.isTTY !== true) return { advance () {}, stop () {} }
  const size = file === '-' ? 0 : (await stat(file)).size
  const bar = new SingleBar({ stream: stderr as NodeJS.WriteStream, format: '{bar} {percentage} % | {done} done | {duration_formatted}', clearOnComplete: false })
  let done = 0
  bar.start(size, 0, { done })
  return {
    advance () { bar.update(Math.min(size, lines.read), { done: ++done }) },
    stop () { bar.stop() }
  }
}
