/** A bucket's replacement cache (Kademlia, section 4.1): contacts that proved themselves while the bucket was full. */

import type { Contact, PeerId } from '@kadmium/interface'

export interface Candidate {
  readonly contact: Contact
  /** When it proved itself, in monotonic milliseconds. */
  readonly seenAt: number
}

/** Oldest first; the newest is the likeliest to be alive and is promoted first. Columns, as in a bucket. */
export class Candidates {
  #contacts: Contact[] = []
  #seenAt: number[] = []

  /** Not to be changed. */
  get contacts (): readonly Contact[] {
    return this.#contacts
  }

  /** Adds it as the newest, in place of an earlier one of the same id; the oldest makes room. */
  add ({ contact, seenAt }: Candidate, limit: number): void {
    this.remove(contact.id)
    if (this.#contacts.length >= limit) this.#takeAt(0)
    this.#contacts = this.#contacts.concat([contact])
    this.#seenAt = this.#seenAt.concat([seenAt])
  }

  remove (id: PeerId): void {
    const at = this.#contacts.findIndex(contact => contact.id.equals(id))
    if (at >= 0) this.#takeAt(at)
  }

  /** Takes out the newest that is `fit`; the others go on waiting. */
  takeNewest (fit: (contact: Contact) => boolean): Candidate | undefined {
    const at = this.#contacts.findLastIndex(fit)
    return at < 0 ? undefined : this.#takeAt(at)
  }

  #takeAt (at: number): Candidate {
    return { contact: this.#contacts.splice(at, 1)[0]!, seenAt: this.#seenAt.splice(at, 1)[0]! }
  }
}
