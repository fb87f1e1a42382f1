/** What people and applications name a peer by, as something that can be asked. */
import { InvalidOptionError } from '@kadmium/interface'
import type { Contact, Endpoint, PeerInfo, Recipient } from '@kadmium/interface'
import { endpointFromMultiaddr, parseEndpoint } from '@kadmium/wire'
import type { Multiaddr } from '@multiformats/multiaddr'

/** A multiaddr, as such or as text, or `host:port`. */
export type Address = Multiaddr | Endpoint | string

/** A peer whose addresses are known: by address, or as `getClosestPeers` and `kbuckets` give it. */
export type Addressed = Address | PeerInfo | Contact

export function recipientOf (target: Addressed): Recipient {
  if (typeof target !== 'object' || !('addresses' in target)) return { addresses: [endpointOf(target)] }
  const { id, publicKey, addresses } = target
  if (addresses.length === 0) throw new InvalidOptionError('addresses', 'expected at least one')
  return { id, ...(publicKey && { publicKey }), addresses: addresses.map(endpointOf) }
}

export function endpointOf (address: Address): Endpoint {
  if (typeof address === 'string') return parseEndpoint(address)
  return 'family' in address ? address : endpointFromMultiaddr(address)
}

export function contactOf ({ id, publicKey, addresses }: PeerInfo | Contact): Contact {
  return { id, ...(publicKey && { publicKey }), addresses: addresses.map(endpointOf) }
}
