import type { Readable, Writable } from 'node:stream'
import type { LogLevel, NodeConfig, NodeOperations } from '@kadmium/node'
import type { Report } from './report.ts'

/** All that a command touches of its process, so that a test can be the process. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  /** Makes a running node. */
  readonly createNode: (config: NodeConfig) => Promise<NodeOperations>
  /** Aborted by SIGINT, SIGTERM or SIGHUP: leave politely. */
  readonly interrupted: AbortSignal
}

/**
 * Results go to stdout and everything else to stderr. With `json` a result is one JSON object a line.
 */
export class Printer {
  readonly #terminal: Terminal
  readonly #json: boolean
  readonly #narrate: boolean

  constructor (terminal: Terminal, options: { readonly json?: boolean, readonly logLevel?: LogLevel }) {
    this.#terminal = terminal
    this.#json = options.json === true
    this.#narrate = options.logLevel !== 'error'
  }

  result ({ text, json }: Report): void {
    this.#terminal.stdout.write(`${this.#json ? JSON.stringify(json) : text}\n`)
  }

  /** What is good to know, and is left out at `--log-level error`. */
  narrate (line: string): void {
    if (this.#narrate) this.#terminal.stderr.write(`${line}\n`)
  }

  problem (line: string): void {
    this.#terminal.stderr.write(`kadmium: ${line}\n`)
  }

  get json (): boolean {
    return this.#json
  }
}
