import { InvalidOptionError } from '@kadmium/interface'
import type { Endpoint } from '@kadmium/interface'
import { STREAM_BYTES, parseEndpoint } from '@kadmium/wire'

export interface TcpInit {
  /**
   * Where to bind: `/ip4/0.0.0.0/tcp/8001` or `0.0.0.0:8001`, at most one address of each family; none to reach others only.
   * Port 0 is the port that the swarm's other transports have, or any free one.
   */
  readonly listen: readonly string[]
  /** Longest message, sent or read, in bytes. Default 69,632: a value of 64 KiB and what is around it. */
  readonly maxMessageBytes?: number
  /** Connections of others; who comes then is turned away. Default 256. */
  readonly maxInbound?: number
  /** The same from one IPv4 address or one IPv6 /56. Default 16. */
  readonly maxInboundPerIp?: number
  /** Whether private and loopback addresses are free of the limit per IP. Default true. */
  readonly exemptPrivate?: boolean
  /** Connections that this node made; the least recently used one makes room. Default 128. */
  readonly maxOutbound?: number
  /** A connection of others ends after so much silence in milliseconds, our own after half of that. Default 30,000. */
  readonly idleTimeoutMs?: number
  /** In milliseconds, how long a connection may take to come about. Default 3,000. */
  readonly connectTimeoutMs?: number
  /** In milliseconds, how long a message may take from its first byte to its last, read or written. Default 10,000. */
  readonly messageTimeoutMs?: number
  /** Bytes that may wait to be written to one connection. Default 1 MiB. */
  readonly maxBacklogBytes?: number
}

export type TcpOptions = Required<Omit<TcpInit, 'listen'>> & { readonly addresses: readonly Endpoint[] }

const defaults: Required<Omit<TcpInit, 'listen'>> = {
  maxMessageBytes: STREAM_BYTES,
  maxInbound: 256,
  maxInboundPerIp: 16,
  exemptPrivate: true,
  maxOutbound: 128,
  idleTimeoutMs: 30_000,
  connectTimeoutMs: 3000,
  messageTimeoutMs: 10_000,
  maxBacklogBytes: 1_048_576
}

/** Throws `InvalidOptionError`. */
export function tcpOptions ({ listen, ...init }: TcpInit): TcpOptions {
  const options = { ...defaults, ...init }
  for (const [name, value] of Object.entries(options)) {
    if (name === 'exemptPrivate') continue
    if (!Number.isInteger(value) || Number(value) < 1) throw new InvalidOptionError(name, `expected an integer of 1 or more, got ${value}`)
  }
  return { ...options, addresses: parseListen(listen) }
}

function parseListen (listen: readonly string[]): readonly Endpoint[] {
  if (listen.some(text => /^\/ip[46]\/[^/]*\/udp\//.test(text))) throw new InvalidOptionError('listen', `expected /tcp addresses, got '${listen.join("', '")}'`)
  const addresses = listen.map(parseEndpoint)
  if (new Set(addresses.map(address => address.family)).size < addresses.length) {
    throw new InvalidOptionError('listen', `expected at most one IPv4 and one IPv6 address, got '${listen.join("', '")}'`)
  }
  return addresses
}
