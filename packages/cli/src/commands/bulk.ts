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
    const { quorum } = options
    let [stored, failed] = [0, 0]
    const results = node.putMany(items(lines), { signal: terminal.interrupted, ...(quorum === undefined ? {} : { quorum }) })
    for await (const one of withProgress(results, file, terminal, printer.json)) {
      if (one.problem === undefined) stored++
      else failed++
      if (printer.json || one.problem !== undefined) printer.result(putOfManyReport(one))
    }
    terminal.interrupted.throwIfAborted()
    printer.narrate(`${stored} stored, ${failed} failed`)
    return failed === 0 ? EXIT.ok : EXIT.failed
  })
}

/** Each line of the file is a key. Prints lines that `put --from` reads; a key that nobody has has the value `null`. */
export async function getFrom (file: string, options: Options, terminal: Terminal): Promise<ExitCode> {
  const lines = await linesOf(file, terminal)
  return await asClient(options, terminal, async (node, printer) => {
    let [found, missing, failed] = [0, 0, 0]
    for await (const one of withProgress(node.getMany(keys(lines), { signal: terminal.interrupted }), file, terminal, true)) {
      if (one.value !== undefined) found++
      else if (one.problem === undefined) missing++
      else failed++
      printer.result(valueReport(one))
    }
    terminal.interrupted.throwIfAborted()
    printer.narrate(`${found} found, ${missing} not found, ${failed} failed`)
    if (failed > 0) return EXIT.failed
    return missing === 0 ? EXIT.ok : EXIT.notFound
  })
}

/** `-` is stdin. */
async function linesOf (file: string, { stdin }: Terminal): Promise<Readable> {
  if (file === '-') return stdin
  try {
    if (!(await stat(file)).isFile()) throw new Error('it is no file')
    return createReadStream(file)
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${messageOf(error)}`)
  }
}

async function * items (lines: Readable): AsyncGenerator<KeyAndValue, void> {
  for await (const [line, number] of numbered(lines)) yield itemOf(line, number)
}

async function * keys (lines: Readable): AsyncGenerator<Uint8Array, void> {
  for await (const [line, number] of numbered(lines)) yield inLine(number, () => parseKey(line))
}

async function * numbered (lines: Readable): AsyncGenerator<readonly [line: string, number: number], void> {
  let number = 0
  for await (const line of createInterface({ input: lines, crlfDelay: Infinity })) {
    number++
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

/**
 * Passes results on, and tells a person on stderr how many there were: by lines that are done, since batches read far ahead of
 * them. How many lines stdin will have nobody knows. Where each result is a line on the same terminal there is no bar.
 */
async function * withProgress<T> (results: AsyncIterable<T>, file: string, { stdout, stderr }: Terminal, areLines: boolean): AsyncGenerator<T, void> {
  if (stderr.isTTY !== true || (areLines && stdout.isTTY === true)) return yield * results
  const format = file === '-' ? '{value} done | {duration_formatted}' : '{bar} {percentage} % | {value} of {total} done | {duration_formatted}'
  const bar = new SingleBar({ stream: stderr as NodeJS.WriteStream, format, clearOnComplete: false })
  bar.start(file === '-' ? 0 : await countOf(file), 0)
  try {
    for await (const one of results) {
      bar.increment()
      yield one
    }
  } finally {
    bar.stop()
  }
}

async function countOf (file: string): Promise<number> {
  let count = 0
  const lines = numbered(createReadStream(file))
  while ((await lines.next()).done !== true) count++
  return count
}
