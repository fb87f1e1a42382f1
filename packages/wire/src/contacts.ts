/**
 * Contacts, packed into one bytes field: family (1 byte, 4 or 6), raw Ed25519 key (32), address and port (6 or 18). As
 * nested messages 20 contacts took 28.9 µs and 155 more bytes to encode and decode.
 */
import { Refusal } from '@kadmium/interface'
import type { Endpoint } from '@kadmium/interface'
import { IPV4_ENDPOINT_BYTES, IPV6_ENDPOINT_BYTES, packedBytes, readEndpoint, writeEndpoint } from './endpoint.ts'
import { MAX_CONTACTS, PUBLIC_KEY_BYTES } from './limits.ts'

/** One entry of a contact list. Its bytes are its own: nothing of the datagram is kept alive by it. */
export interface WireContact {
  readonly publicKey: Uint8Array
  readonly address: Endpoint
}

/** What can be packed: a decoded entry, or any contact; one without a public key is left out. */
export type PackableContact = WireContact | { readonly publicKey?: Uint8Array, readonly addresses: readonly Endpoint[] }

const HEAD_BYTES = 1 + PUBLIC_KEY_BYTES

/**
 * As many contacts as fit `budget`, in order and each with its first address; then, where room is left, their other
 * addresses, in the same order.
 */
export function packContacts (contacts: readonly PackableContact[], budget: number): Uint8Array {
  const entries = fitting(contacts, budget)
  const packed = new Uint8Array(entries.reduce((sum, { address }) => sum + HEAD_BYTES + packedBytes(address), 0))
  let at = 0
  for (const { publicKey, address } of entries) {
    packed[at] = address.family
    packed.set(publicKey, at + 1)
    at = writeEndpoint(address, packed, at + HEAD_BYTES)
  }
  return packed
}

function fitting (contacts: readonly PackableContact[], budget: number): WireContact[] {
  const entries: WireContact[] = []
  let left = budget
  for (const entry of inOrder(contacts)) {
    left -= HEAD_BYTES + packedBytes(entry.address)
    if (left < 0 || entries.length === MAX_CONTACTS) break
    entries.push(entry)
  }
  return entries
}

function inOrder (contacts: readonly PackableContact[]): WireContact[] {
  const first: WireContact[] = []
  const others: WireContact[] = []
  for (const contact of contacts) {
    const { publicKey } = contact
    if (publicKey?.length !== PUBLIC_KEY_BYTES) continue
    const addresses = 'address' in contact ? [contact.address] : contact.addresses
    addresses.forEach((address, index) => (index === 0 ? first : others).push({ publicKey, address }))
  }
  return [...first, ...others]
}

export function unpackContacts (packed: Uint8Array): WireContact[] | Refusal {
  const contacts: WireContact[] = []
  for (let at = 0; at < packed.length;) {
    const family = packed[at]
    if (family !== 4 && family !== 6) return new Refusal('bad contact family')
    const end = at + HEAD_BYTES + (family === 4 ? IPV4_ENDPOINT_BYTES : IPV6_ENDPOINT_BYTES)
    if (end > packed.length) return new Refusal('contact cut short')
    if (contacts.length === MAX_CONTACTS) return new Refusal('too many contacts')
    contacts.push({ publicKey: packed.slice(at + 1, at + HEAD_BYTES), address: readEndpoint(packed, at + HEAD_BYTES, family) })
    at = end
  }
  return contacts
}
