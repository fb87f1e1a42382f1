/** Which contacts of a reply are read at all, and contacts in the form that applications see. */
import type { Contact, Endpoint, PeerId, PeerInfo } from '@kadmium/interface'
import { isPrivateAddress, isPublicAddress, isRoutableTarget, toMultiaddr } from '@kadmium/wire'

/**
 * `private`: every address counts, as on a LAN or on loopback. `public`: addresses that are nobody's on the internet are dropped
 * wherever they come from. `auto`: public as soon as this node has a confirmed external address that is public.
 */
export type Profile = 'private' | 'public' | 'auto'

export interface ContactFilterInit {
  readonly localId: PeerId
  readonly profile: Profile
  readonly externalAddresses: () => readonly Endpoint[]
  readonly reaches: (address: Endpoint) => boolean
}

/** Decides on addresses; what it lets through can be sent to and may be told to others. */
export class ContactFilter {
  readonly #init: ContactFilterInit

  constructor (init: ContactFilterInit) {
    this.#init = init
  }

  /** The contact with the addresses that can be used; `undefined` when there is none, and for oneself. */
  usable (contact: Contact): Contact | undefined {
    if (this.#isWhollyUsable(contact)) return contact
    if (contact.id.equals(this.#init.localId)) return undefined
    const addresses = contact.addresses.filter(address => this.#accepts(address))
    return addresses.length === 0 ? undefined : { ...contact, addresses }
  }

  /** Those contacts of a reply that can be used, as far as they can. */
  ofReply (contacts: readonly Contact[]): readonly Contact[] {
    return this.#areWhollyUsable(contacts) ? contacts : contacts.map(contact => this.usable(contact)).filter(contact => contact !== undefined)
  }

  /** Loops instead of closures, of which a reply would take 21: 2 kB. */
  #areWhollyUsable (contacts: readonly Contact[]): boolean {
    for (const contact of contacts) {
      if (!this.#isWhollyUsable(contact)) return false
    }
    return true
  }

  #isWhollyUsable ({ id, addresses }: Contact): boolean {
    if (id.equals(this.#init.localId) || addresses.length === 0) return false
    for (const address of addresses) {
      if (!this.#accepts(address)) return false
    }
    return true
  }

  #accepts (address: Endpoint): boolean {
    return isRoutableTarget(address) && (!this.#isPublic || isPublicAddress(address)) && this.#init.reaches(address)
  }

  get #isPublic (): boolean {
    switch (this.#init.profile) {
      case 'private': return false
      case 'public': return true
      case 'auto': return this.#init.externalAddresses().some(address => !isPrivateAddress(address))
    }
  }
}

/** With multiaddrs, as the API has them. */
export function peerInfo ({ id, publicKey, addresses }: Contact): PeerInfo {
  return { id, ...(publicKey && { publicKey }), addresses: addresses.map(address => toMultiaddr(address)) }
}
