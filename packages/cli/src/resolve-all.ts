import type { Endpoint } from '@kadmium/interface'
import type { HostPort } from './arguments.ts'
import { UnreachableError, messageOf } from './exit-code.ts'

/** A name that does not resolve is passed over as long as another one is left. */
export async function resolveAll (names: readonly HostPort[], resolve: (name: HostPort) => Promise<readonly Endpoint[]>): Promise<readonly Endpoint[]> {
  const settled = await Promise.allSettled(names.map(async name => await resolve(name)))
  const endpoints = settled.flatMap(outcome => outcome.status === 'fulfilled' ? outcome.value : [])
  const failure = settled.find(outcome => outcome.status === 'rejected')
  if (endpoints.length === 0 && failure !== undefined) throw new UnreachableError(messageOf(failure.reason), { cause: failure.reason })
  return endpoints
}
