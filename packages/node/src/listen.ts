import { networkInterfaces } from 'node:os'
import { ListenError } from '@kadmium/interface'
import type { Endpoint } from '@kadmium/interface'
import { endpoint } from '@kadmium/wire'
import { resolveHost } from './resolve.ts'

/** What to bind for a host: every interface of both families when absent, else the first address of each family. */
export async function listenAddresses (host: string | undefined, port: number): Promise<readonly string[]> {
  const hosts = host === undefined ? wildcards() : await ownAddresses(host)
  const endpoints = hosts.map(address => endpoint(address, port))
  const firsts = [4, 6].map(family => endpoints.find(candidate => candidate.family === family))
  return firsts.filter(found => found !== undefined).map(({ text }) => text)
}

async function ownAddresses (host: string): Promise<readonly string[]> {
  try {
    return await resolveHost(host)
  } catch (cause) {
    throw new ListenError(`cannot listen on ${host}: no such host name`, 'ENOTFOUND', { cause })
  }
}

/** A machine without any IPv6 address would refuse to bind one. */
function wildcards (): readonly string[] {
  return interfaceHosts().some(({ family }) => family === 6) ? ['0.0.0.0', '::'] : ['0.0.0.0']
}

/**
 * Where others reach what is bound: a wildcard stands for the address of each interface, loopback first, since that is
 * the one that surely works from here. Link-local IPv6 addresses are left out, for they need a zone.
 */
export function reachableAddresses (bound: readonly Endpoint[]): readonly Endpoint[] {
  return bound.flatMap(address => isWildcard(address) ? interfaceAddresses(address) : [address])
}

function isWildcard ({ host }: Endpoint): boolean {
  return host === '0.0.0.0' || host === '::'
}

function interfaceAddresses ({ family, port }: Endpoint): readonly Endpoint[] {
  return interfaceHosts()
    .filter(candidate => candidate.family === family && !/^fe[89ab]/i.test(candidate.host))
    .toSorted((a, b) => Number(b.internal) - Number(a.internal))
    .map(({ host }) => endpoint(host, port))
}

function interfaceHosts (): ReadonlyArray<{ readonly host: string, readonly family: 4 | 6, readonly internal: boolean }> {
  return Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
    .map(({ address, family, internal }) => ({ host: address, family: family === 'IPv6' ? 6 : 4, internal }))
}
