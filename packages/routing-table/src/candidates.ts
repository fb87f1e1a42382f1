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

  /** Adds it as the newest, in place of an earlier one of the same id; the oldest makes room. Returns who had to leave. */
  add ({ contact, seenAt }: Candidate, limit: number): Contact | undefined {
    const known = this.#positionOf(contact.id)
    if (known === undefined && this.#contacts.length < limit) {
      this.#contacts = this.#contacts.concat([contact])
      this.#seenAt = this.#seenAt.concat([seenAt])
      return undefined
    }
    const last = this.#contacts.length - 1
    const left = this.#contacts[known ?? 0]
    for (let i = known ?? 0; i < last; i++) {
      this.#contacts[i] = this.#contacts[i + 1]!
      this.#seenAt[i] = this.#seenAt[i + 1]!
    }
    this.#contacts[last] = contact
    this.#seenAt[last] = seenAt
    return left
  }

  /** Returns who left. */
  remove (id: PeerId): Contact | undefined {
    const at = this.#positionOf(id)
    return at === undefined ? undefined : this.#takeAt(at).contact
  }

  /** Takes out those seen before `at`. */
  takeBefore (at: number): Contact[] {
    const old = this.#seenAt.filter(seenAt => seenAt < at).length
    this.#seenAt.splice(0, old)
    return this.#contacts.splice(0, old)
  }

  /** Takes out the newest that is `fit`; the others go on waiting. */
  takeNewest (fit: (contact: Contact) => boolean): Candidate | undefined {
    const at = this.#contacts.findLastIndex(fit)
    return at < 0 ? undefined : this.#takeAt(at)
  }

  #positionOf (id: PeerId): number | undefined {
    for (let i = 0; i < this.#contacts.length; i++) {
      if (this.#contacts[i]!.id.equals(id)) return i
    }
    return undefined
  }

  #takeAt (at: number): Candidate {
    return { contact: this.#contacts.splice(at, 1)[0]!, seenAt: this.#seenAt.splice(at, 1)[0]! }
  }
}
