/** Reads what a person types. Pure and without imports of weight: `kadmium --help` and a typing mistake answer at once. */

import { isIP, isIPv6 } from 'node:net'
import type { Quorum } from '@kadmium/interface'
import { UsageError } from './exit-code.ts'

/** Where a node is, as typed: the host may be a name. */
export interface HostPort {
  readonly host: string
  readonly port: number
}

/** 0 means any free port. */
export function parsePort (text: string): number {
  return parseInteger(text, 0, 65_535, 'expected a port from 0 to 65535')
}

/** `host:port`, `[IPv6]:port` or a multiaddr such as `/ip4/127.0.0.1/udp/8001`. */
export function parseAddress (text: string): HostPort {
  const multiaddr = /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/udp\/(\d+)$/.exec(text)
  if (multiaddr !== null) return { host: parseHost(multiaddr[2] ?? ''), port: parsePeerPort(text, multiaddr[3] ?? '') }
  const typed = /^(?:\[([^\]]*)\]|([^:[\]/]*)):([^:]*)$/.exec(text)
  if (typed === null) throw new UsageError(addressProblem(text))
  const [, bracketed, host = '', port = ''] = typed
  if (bracketed !== undefined && !isIPv6(bracketed)) throw new UsageError(`expected an IPv6 address between the brackets, got ${text}`)
  return { host: bracketed ?? parseHost(host), port: parsePeerPort(text, port) }
}

function addressProblem (text: string): string {
  if (isIPv6(text.replace(/:\d+$/, '')) || isIPv6(text)) return `write an IPv6 address in brackets, as [::1]:8001; got ${text}`
  return `expected host:port, as 127.0.0.1:8001 or [::1]:8001, got ${text}`
}

function parsePeerPort (address: string, port: string): number {
  if (port === '') throw new UsageError(`expected host:port, got ${address} without a port`)
  return parseInteger(port, 1, 65_535, 'expected a port from 1 to 65535')
}

/** An IP address or a host name (RFC 1123). */
export function parseHost (text: string): string {
  const host = /^\[(.*)\]$/.exec(text)?.[1] ?? text
  if (isIP(host) !== 0) return host
  const labels = host.split('.')
  const isName = host.length <= 253 && labels.every(label => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label))
  if (!isName || /^\d+$/.test(labels.at(-1) ?? '')) throw new UsageError(`expected an IP address or a host name, got ${text === '' ? 'nothing' : text}`)
  return host
}

/** Milliseconds. A number without unit is seconds. */
export function parseDuration (text: string): number {
  const parts = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text)
  const milliseconds = Math.round(Number(parts?.[1]) * unitMs[parts?.[2] ?? 's']!)
  if (!(milliseconds > 0)) throw new UsageError('expected a time above 0, as 500ms, 10s, 5m, 24h or a number of seconds')
  return milliseconds
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The life of a record: whole seconds on the wire, 48 h at most. */
export function parseTtl (text: string): number {
  const milliseconds = parseDuration(text)
  if (milliseconds < 1000 || milliseconds > 48 * 3_600_000) throw new UsageError('expected a time from 1s to 48h')
  return milliseconds
}

/** A time as the simulator's scenarios have it: checked here, since a command line is checked before anything is loaded. */
export function parseTimeText (text: string): string {
  parseDuration(text)
  return /[a-z]$/.test(text) ? text : `${text}s`
}

/** A share of all, as `5%` or `0.05`. */
export function parseShare (text: string): string {
  const [, figure, percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text) ?? []
  if (!(Number(figure) <= (percent === '%' ? 100 : 1))) throw new UsageError(`expected a share, as 5% or 0.05, got ${text === '' ? 'nothing' : text}`)
  return percent === '%' ? `${figure}%` : `${Number(figure) * 100}%`
}

export function parseQuorum (text: string): Quorum {
  if (text === 'one' || text === 'majority' || text === 'all') return text
  return parseInteger(text, 1, 1000, 'expected one, majority, all or a number from 1')
}

/** A number of something, from 1 to `limit`. */
export function parseCount (limit: number, least = 1): (text: string) => number {
  return text => parseInteger(text, least, limit, `expected a whole number from ${least} to ${limit}`)
}

/** Leading zero bits; each bit doubles the work of finding a key. */
export function parseDifficulty (text: string): number {
  return parseInteger(text, 0, 40, 'expected a whole number from 0 to 40')
}

/** The bytes of a record key. */
export function parseKey (text: string): Uint8Array {
  const key = new TextEncoder().encode(text)
  if (key.length === 0) throw new UsageError('expected a key, got nothing')
  if (key.length > MAX_KEY_BYTES) throw new UsageError(`a key has at most ${MAX_KEY_BYTES} bytes, this one has ${key.length}`)
  return key
}

const MAX_KEY_BYTES = 64

/** A publisher's raw key, or its id; in lower case. */
export function parsePublisher (text: string): string {
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/i.test(text)) return text.toLowerCase()
  throw new UsageError(`expected 64 hex digits (a key) or 40 (an id), got ${text === '' ? 'nothing' : text}`)
}

export function parseNetwork (text: string): string {
  const { length } = new TextEncoder().encode(text)
  if (length < 1 || length > 64) throw new UsageError('expected a name of 1 to 64 bytes')
  return text
}

function parseInteger (text: string, least: number, most: number, problem: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN
  if (!(value >= least && value <= most)) throw new UsageError(`${problem}, got ${text === '' ? 'nothing' : text}`)
  return value
}
