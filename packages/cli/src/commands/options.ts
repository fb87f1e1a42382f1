import type { Quorum } from '@kadmium/interface'
import type { ChannelName, LogLevel, NodeConfig } from '@kadmium/node'
import type { HostPort } from '../arguments.ts'

/** The options of all commands, as the command line's parser leaves them. Times are in milliseconds. */
export interface Options {
  readonly network?: string
  readonly k?: number
  readonly alpha?: number
  readonly timeout?: number
  readonly ttl?: number
  readonly channel?: ChannelName
  readonly difficulty?: number
  readonly profile?: NonNullable<NodeConfig['profile']>
  readonly logLevel?: LogLevel
  readonly json?: boolean
  readonly host?: string
  readonly port?: number
  /** Where the command has one of its own, and none is asked for and none is remembered. */
  readonly defaultPort?: number
  readonly identity?: string
  readonly data?: string
  readonly publisherKey?: string
  readonly bootstrap?: readonly HostPort[]
  readonly quorum?: Quorum
  readonly nodes?: number
  readonly payload?: string
  readonly follow?: boolean
  readonly all?: boolean
  readonly publisher?: string
  readonly keep?: boolean
  readonly via?: HostPort
  readonly from?: string
}

/** How long to wait for a first answer from anyone; with start and end of the process it stays below 10 s. */
const JOIN_TIMEOUT_MS = 5000

export function joinTimeoutMs ({ timeout }: Options): number {
  return Math.min(timeout ?? JOIN_TIMEOUT_MS, JOIN_TIMEOUT_MS)
}

/** What is the same for every kind of node. An absent option stays absent, so that the library's default holds. */
export function nodeConfig (options: Options, log: (line: string) => void): NodeConfig {
  const { network, k, alpha, timeout, ttl, channel, difficulty, profile, logLevel, identity, data, publisherKey } = options
  return defined({ network, k, alpha, queryTimeoutMs: timeout, ttlMs: ttl, channel, difficulty, profile, logLevel, identityFile: identity, dataDirectory: data, publisherKeyFile: publisherKey, log })
}

function defined<T extends object> (values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> }
}
