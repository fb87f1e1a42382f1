import type { Contact, PeerId } from '@kadmium/interface'

export interface SuspectAddressesInit {
  /** How long nobody new is asked at an address where two others were asked in vain, in milliseconds. */
  readonly suspectAddressMs: number
  /** Addresses that are remembered; the longest known are forgotten. */
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
 * everybody who looks something up. Whoever is heard from there clears it.
 */
export class SuspectAddresses {
  readonly #init: SuspectAddressesInit
  readonly #asked = new Map<string, Asked>()

  constructor (init: SuspectAddressesInit) {
    this.#init = init
  }

  isSuspect (contact: Contact, now: number): boolean {
    const asked = this.#asked.get(addressOf(contact))
    return asked !== undefined && asked.identities > 1 && now - asked.at < this.#init.suspectAddressMs && !asked.last.equals(contact.id)
  }

  timedOut (contact: Contact, now: number): void {
    const address = addressOf(contact)
    const before = this.#asked.get(address)
    const identities = (before?.identities ?? 0) + (before?.last.equals(contact.id) === true ? 0 : 1)
    this.#asked.delete(address)
    this.#asked.set(address, { last: contact.id, identities, at: now })
    if (this.#asked.size > this.#init.maxSilentPeers) this.#asked.delete(this.#asked.keys().next().value as string)
  }

  heard (contact: Contact): void {
    this.#asked.delete(addressOf(contact))
  }
}

function addressOf ({ addresses }: Contact): string {
  return addresses[0]?.text ?? ''
}
