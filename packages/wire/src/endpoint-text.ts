/** Endpoints as people and libp2p write them. */
import { InvalidOptionError } from '@kadmium/interface'
import type { Endpoint } from '@kadmium/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { Multiaddr } from '@multiformats/multiaddr'
import { endpoint } from './endpoint.ts'

export interface HostPort {
  /** An IP address or a name; an IPv6 address has no brackets. */
  readonly host: string
  readonly port: number
}

/** `127.0.0.1:8001`, `[::1]:8001` or `/ip4/127.0.0.1/udp/8001`. Names are not resolved here: see `parseHostPort`. */
export function parseEndpoint (text: string): Endpoint {
  if (text.startsWith('/')) return endpointFromMultiaddr(parsedMultiaddr(text))
  const { host, port } = parseHostPort(text)
  return endpoint(host, port)
}

/** Splits `host:port` or `[v6]:port` without asking what the host is. */
export function parseHostPort (text: string): HostPort {
  const match = /^(?:\[([^\]]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined) throw new InvalidOptionError('address', `expected host:port, [IPv6]:port or a multiaddr, got '${text}'`)
  if (port > 65_535) throw new InvalidOptionError('address', `expected a port from 0 to 65535 in '${text}'`)
  return { host, port }
}

/** Reads `/ip4|ip6/…/udp|tcp/…`; what follows (such as `/p2p/…`) is ignored. Throws for other multiaddrs. */
export function endpointFromMultiaddr (address: Multiaddr): Endpoint {
  const [ip, transport] = address.getComponents()
  if ((ip?.name !== 'ip4' && ip?.name !== 'ip6') || (transport?.name !== 'udp' && transport?.name !== 'tcp')) {
    throw new InvalidOptionError('address', `expected /ip4 or /ip6 and /udp or /tcp, got '${address.toString()}'`)
  }
  return endpoint(ip.value ?? '', Number(transport.value))
}

export function toMultiaddr (address: Endpoint, protocol: 'udp' | 'tcp' = 'udp'): Multiaddr {
  return multiaddr(`/ip${address.family}/${address.host}/${protocol}/${address.port}`)
}

function parsedMultiaddr (text: string): Multiaddr {
  try {
    return multiaddr(text)
  } catch (cause) {
    throw new InvalidOptionError('address', `'${text}' is no multiaddr: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}
