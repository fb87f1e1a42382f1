/**
 * Limits by IP group: who owns one network must not own a bucket (Marcus, Heilman and Goldberg, "Low-Resource Eclipse
 * Attacks on Ethereum's Peer-to-Peer Network", 2018). Groups are counted when a newcomer comes, not kept as counters: a
 * table of 260 contacts needs no map of 260 groups. What is kept says only when it is not worth counting (group-counts.ts).
 */

import type { Contact, Endpoint } from '@kadmium/interface'
import { ipGroup, isPrivateAddress } from '@kadmium/wire'

/** The addresses of `contact` that limits apply to. */
export function limitedAddresses (contact: Contact, exemptPrivate: boolean): Endpoint[] {
  return contact.addresses.filter(address => !(exemptPrivate && isPrivateAddress(address)))
}

/** How many of `contacts`, `newcomer` itself aside, have an address in the group of `address`. */
export function countInGroup (contacts: readonly Contact[], address: Endpoint, newcomer: Contact): number {
  const group = ipGroup(address)
  let count = 0
  for (const contact of contacts) {
    if (isInGroup(contact, address.family, group) && !contact.id.equals(newcomer.id)) count++
  }
  return count
}

/** Groups of two families never meet; to ask for the family first saves making the text of an IPv6 group. */
function isInGroup ({ addresses }: Contact, family: 4 | 6, group: string | number): boolean {
  for (const address of addresses) {
    if (address.family === family && ipGroup(address) === group) return true
  }
  return false
}
