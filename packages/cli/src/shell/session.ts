import type { HostPort } from '../arguments.ts'
import { messageOf } from '../exit-code.ts'
import { doubtLines, findReport, getReport, hopReport, joinReport, keysReport, lookupSummary, peersReport, pingReport, putFailure, putReport, refusalLines, statusReport } from '../report.ts'
import type { Report } from '../report.ts'
import { resolveAll } from '../resolve-all.ts'
import type { Printer } from '../terminal.ts'
import { isId, parseLine, shellCommands } from './grammar.ts'
import type { ShellLine } from './grammar.ts'
import type { Endpoint, PeerId, Quorum } from '@kadmium/interface'
import type { NodeOperations } from '@kadmium/node'

export interface SessionOptions {
  readonly quorum?: Quorum
  readonly joinTimeoutMs?: number
}

/** What the session takes from `@kadmium/node`; passed in, since that package is loaded late. */
export interface Names {
  keyId (key: Uint8Array): PeerId
  peerIdFromHex (hex: string): PeerId
  resolveEndpoints (address: HostPort): Promise<readonly Endpoint[]>
}

export type LineOutcome = 'done' | 'failed' | 'quit'

/** A node and the person (or the pipe) who talks to it line by line. */
export class ShellSession {
  readonly #node: NodeOperations
  readonly #printer: Printer
  readonly #names: Names
  readonly #options: SessionOptions
  /** Keys that were put or got here, for completion; the oldest are forgotten. */
  readonly #usedKeys = new Set<string>()

  constructor (node: NodeOperations, printer: Printer, names: Names, options: SessionOptions = {}) {
    this.#node = node
    this.#printer = printer
    this.#names = names
    this.#options = options
  }

  /** Runs one line. A key that nobody has is an answer, no failure. */
  async run (line: string, signal: AbortSignal, complain = (problem: string) => this.#printer.problem(problem)): Promise<LineOutcome> {
    try {
      const problem = await this.#execute(parseLine(line), signal)
      if (problem === undefined) return 'done'
      if (problem === quit) return 'quit'
      complain(problem)
    } catch (error) {
      complain(signal.aborted ? 'interrupted' : messageOf(error))
    }
    return 'failed'
  }

  /** The problem, if there was one. */
  async #execute (line: ShellLine, signal: AbortSignal): Promise<string | typeof quit | undefined> {
    switch (line.type) {
      case 'empty': return undefined
      case 'problem': return line.message
      case 'put': return await this.#put(line, signal)
      case 'get': return await this.#get(line.key, signal)
      case 'find': return await this.#find(this.#targetOf(line.target), signal, false)
      case 'lookup': return await this.#find(this.#targetOf(line.key), signal, line.trace)
      case 'ping': return await this.#ping(line.target, signal)
      case 'join': return await this.#join(line.addresses, signal)
      case 'status': return this.#tell(statusReport(this.#node.status()))
      case 'peers': return this.#tell(peersReport(this.#node.peers()))
      case 'keys': return this.#tell(keysReport(this.#node.records()))
      case 'help': return this.#tell({ text: helpText(), json: shellCommands })
      case 'quit': return quit
    }
  }

  async #put ({ key, value }: { readonly key: Uint8Array, readonly value: Uint8Array }, signal: AbortSignal): Promise<string | undefined> {
    const { quorum } = this.#options
    const result = await this.#node.put(key, value, { signal, ...(quorum === undefined ? {} : { quorum }) })
    this.#remember(key)
    this.#printer.result(putReport(key, result))
    if (!this.#printer.json) for (const line of refusalLines(result)) this.#printer.narrate(line)
    return result.ok ? undefined : putFailure(result)
  }

  async #get (key: Uint8Array, signal: AbortSignal): Promise<undefined> {
    const outcome = await this.#node.get(key, { signal })
    if (outcome.value !== undefined) this.#remember(key)
    for (const line of doubtLines(outcome)) this.#printer.narrate(line)
    this.#printer.result(getReport(key, outcome))
  }

  async #find (target: PeerId, signal: AbortSignal, trace: boolean): Promise<undefined> {
    let step = 0
    const outcome = await this.#node.find(target, {
      signal,
      ...(trace ? { onHop: hop => this.#printer.result(hopReport(++step, hop)) } : {})
    })
    this.#printer.result(findReport(outcome))
    if (trace) this.#printer.narrate(lookupSummary(outcome))
  }

  async #ping (target: HostPort | { readonly id: string }, signal: AbortSignal): Promise<string | undefined> {
    const places = 'id' in target ? [this.#names.peerIdFromHex(target.id)] : await this.#names.resolveEndpoints(target)
    for (const place of places) {
      const pong = await this.#node.ping(place, { signal })
      if (pong !== undefined) return this.#tell(pingReport(pong))
    }
    return `no answer from ${'id' in target ? target.id : `${target.host} port ${target.port}`}`
  }

  async #join (addresses: readonly HostPort[], signal: AbortSignal): Promise<string | undefined> {
    const seeds = await resolveAll(addresses, async address => await this.#names.resolveEndpoints(address))
    const { joinTimeoutMs } = this.#options
    const result = await this.#node.join(seeds, { signal, ...(joinTimeoutMs === undefined ? {} : { timeoutMs: joinTimeoutMs }) })
    if (result.reached.length === 0) return `no answer from ${seeds.map(({ text }) => text).join(', ')}`
    this.#printer.result(joinReport(result))
    return undefined
  }

  #tell (report: Report): undefined {
    this.#printer.result(report)
  }

  /** For the completer: the words that `line` may be continued with, and the part of it that they replace. */
  complete (line: string): [string[], string] {
    const [, verb, word = ''] = /^\s*(\S+)\s+(?:--trace\s+)?(\S*)$/.exec(line) ?? []
    if (verb === undefined) return startingWith(line.trimStart(), Object.keys(shellCommands).map(command => `${command} `))
    return startingWith(word, this.#wordsAfter(verb, line))
  }

  #wordsAfter (verb: string, line: string): readonly string[] {
    const held = this.#node.records().map(({ key }) => new TextDecoder().decode(key))
    const keys = [...new Set([...this.#usedKeys, ...held])].filter(key => !/\s/.test(key))
    const ids = this.#node.peers().map(({ peer }) => peer.hex)
    switch (verb) {
      case 'get':
      case 'put': return keys
      case 'lookup': return line.includes('--trace') ? keys : ['--trace ', ...keys]
      case 'find': return [...keys, ...ids]
      case 'ping': return ids
      default: return []
    }
  }

  #remember (key: Uint8Array): void {
    this.#usedKeys.add(new TextDecoder().decode(key))
    const [oldest] = this.#usedKeys
    if (this.#usedKeys.size > MAX_REMEMBERED_KEYS && oldest !== undefined) this.#usedKeys.delete(oldest)
  }

  #targetOf (text: string): PeerId {
    return isId(text) ? this.#names.peerIdFromHex(text.toLowerCase()) : this.#names.keyId(new TextEncoder().encode(text))
  }
}

const quit = Symbol('quit')
const MAX_REMEMBERED_KEYS = 1000

function startingWith (start: string, words: readonly string[]): [string[], string] {
  return [words.filter(word => word.startsWith(start)), start]
}

function helpText (): string {
  const rows = Object.values(shellCommands)
  const width = Math.max(...rows.map(({ usage }) => usage.length))
  return rows.map(({ usage, purpose }) => `  ${usage.padEnd(width)}  ${purpose}`).join('\n')
}
