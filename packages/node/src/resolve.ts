import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { InvalidOptionError } from '@kadmium/interface'
import type { Endpoint } from '@kadmium/interface'
import { endpoint } from '@kadmium/wire'
import type { HostPort } from '@kadmium/wire'

/** No such host, or the resolver does not answer. */
export class ResolveError extends Error {
  static override readonly name = 'ResolveError'

  constructor (host: string, options?: { cause?: unknown }) {
    super(`cannot resolve the host name ${host}`, options)
    this.name = ResolveError.name
  }
}

/** Every address of a host, IPv4 first: a name may stand for several, and for both families. */
export async function resolveHost (host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host]
  if (host === '') throw new InvalidOptionError('host', 'expected an IP address or a host name, got nothing')
  const found = await lookup(host, { all: true }).catch((cause: unknown) => { throw new ResolveError(host, { cause }) })
  const ordered = found.toSorted((a, b) => a.family - b.family)
  return [...new Set(ordered.map(({ address }) => address))]
}

/** The endpoints that a host and port stand for. Rejects with `ResolveError`. */
export async function resolveEndpoints ({ host, port }: HostPort): Promise<readonly Endpoint[]> {
  const hosts = await resolveHost(host)
  return hosts.map(address => endpoint(address, port))
}
