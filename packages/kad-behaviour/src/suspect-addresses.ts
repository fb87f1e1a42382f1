import type { Contact, PeerId } from '@kadmium/interface'

export interface SuspectAddressesInit {
  /** How long nobody new is asked at an address where two others were asked in vain, in milliseconds. */
  readonly suspectAddressMs: number
  /** Addresses that are remembered, of those asked in vain and of those heard from; the longest known are forgotten. */
  readonly maxSilentPeers: number
}

interface Asked {
  readonly last: PeerId
  /** How many have been asked there, all in vain. */
  readonly identities: number
  readonly at: number
}

/**
 * Addresses at which several were asked and nobody answered. An address has one node: who names many there wants it flooded by
 * everybody who looks something up. Whoever is heard from there clears it, and is asked there as long as it answers, whoever else
 * is named at its address: else two invented keys at the address of an honest peer would hide that peer.
 */
export class SuspectAddresses {
  readonly #init: SuspectAddressesInit
  /** Made for the first. */
  #asked: Map<string, Asked> | undefined
  /** Who was heard last from each address. */
  #living: Map<string, PeerId> | undefined

  constructor (init: SuspectAddressesInit) {
    this.#init = init
  }

  isSuspect (contact: Contact, now: number): boolean {
    const asked = this.#asked?.get(addressOf(contact))
    if (asked === undefined || asked.identities < 2 || asked.last.equals(contact.id)) return false
    return now - asked.at < this.#init.suspectAddressMs && !this.lives(contact)
  }

  /** Whether this very peer was the last to be heard from its address, and has answered since when it was asked. */
  lives (contact: Contact): boolean {
    return this.#living?.get(addressOf(contact))?.equals(contact.id) === true
  }

  timedOut (contact: Contact, now: number): void {
    const address = addressOf(contact)
    const before = this.#asked?.get(address)
    const identities = (before?.identities ?? 0) + (before?.last.equals(contact.id) === true ? 0 : 1)
    this.#remember(this.#asked ??= new Map(), address, { last: contact.id, identities, at: now })
    if (this.lives(contact)) this.#living?.delete(address)
  }

  heard (contact: Contact): void {
    const address = addressOf(contact)
    this.#asked?.delete(address)
    this.#remember(this.#living ??= new Map(), address, contact.id)
  }

  #remember<T> (addresses: Map<string, T>, address: string, what: T): void {
    addresses.delete(address)
    addresses.set(address, what)
    if (addresses.size > this.#init.maxSilentPeers) addresses.delete(addresses.keys().next().value as string)
  }
}

function addressOf ({ addresses }: Contact): string {
  return addresses[0]?.text ?? ''
}
