import { ListenError } from '@kadmium/interface'
import type { Endpoint } from '@kadmium/interface'
import { endpoint } from '@kadmium/wire'

/** What is bound: a socket, or a stand-in in tests. */
export interface Bound {
  readonly address: Endpoint
  close (): Promise<void>
}

/**
 * Binds all addresses or none. Those with port 0 get the same free port: the system names one for the first of them, and
 * when another program has it in the other family, the next try asks for another.
 */
export async function bindTogether<B extends Bound> (
  addresses: readonly Endpoint[], attempts: number, bind: (address: Endpoint) => Promise<B>
): Promise<readonly B[]> {
  for (let attempt = 1; ; attempt++) {
    const bound: B[] = []
    try {
      for (const address of addresses) bound.push(await bind(withSharedPort(address, addresses, bound)))
      return bound
    } catch (error) {
      await Promise.all(bound.map(each => each.close()))
      if (attempt >= attempts || !mayBeFreeElsewhere(error, addresses, bound)) throw error
    }
  }
}

function withSharedPort (address: Endpoint, addresses: readonly Endpoint[], bound: readonly Bound[]): Endpoint {
  const sibling = bound.find((_, index) => addresses[index]?.port === 0)
  return address.port === 0 && sibling !== undefined ? endpoint(address.host, sibling.address.port) : address
}

/** Only a port that the system chose can be chosen anew. */
function mayBeFreeElsewhere (error: unknown, addresses: readonly Endpoint[], bound: readonly Bound[]): boolean {
  const refused = addresses[bound.length]
  return error instanceof ListenError && error.code === 'EADDRINUSE' && refused?.port === 0 && bound.length > 0
}
