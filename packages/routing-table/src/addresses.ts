/** A contact has at most one address of each family: the one it was last heard from. */

import type { Contact, Endpoint } from '@kadmium/interface'

/** The contact with the first address of each family; the same object when that changes nothing. */
export function onePerFamily (contact: Contact): Contact {
  if (contact.addresses.length === 1) return contact
  const addresses = contact.addresses.filter((address, i, all) => all.findIndex(({ family }) => family === address.family) === i)
  return addresses.length === contact.addresses.length ? contact : { ...contact, addresses }
}

/**
 * What is known after `fresh` was heard: its addresses replace those of the same family. Gives one of the two objects
 * where it can, since contacts are shared between tables.
 */
export function merge (known: Contact, fresh: Contact): Contact {
  if (known === fresh) return known
  const { addresses } = onePerFamily(fresh)
  const kept = known.addresses.filter(({ family }) => !addresses.some(address => address.family === family))
  const learnsKey = known.publicKey === undefined && fresh.publicKey !== undefined
  if (!learnsKey && addresses.every(address => holds(known, address))) return known
  const losesKey = known.publicKey !== undefined && fresh.publicKey === undefined
  if (!losesKey && kept.length === 0 && addresses.length === fresh.addresses.length) return fresh
  const publicKey = fresh.publicKey ?? known.publicKey
  return { id: known.id, ...(publicKey === undefined ? {} : { publicKey }), addresses: [...addresses, ...kept] }
}

/** Whether two contacts are found at the same addresses. */
export function sameAddresses (a: Contact, b: Contact): boolean {
  return a === b || (a.addresses.length === b.addresses.length && a.addresses.every(address => holds(b, address)))
}

function holds (contact: Contact, address: Endpoint): boolean {
  return contact.addresses.some(known => known === address || (known.port === address.port && known.text === address.text))
}
