import { compareDistance } from '@kadmium/peer-id'
import type { Contact, PeerId } from '@kadmium/interface'

/** Whom the operations of a batch heard of lately: who is near to one key is near to the next. The longest unheard give way. */
export class ContactPool {
  readonly #max: number
  readonly #contacts = new Map<string, Contact>()

  constructor (max: number) {
    this.#max = max
  }

  add (contacts: Iterable<Contact>): void {
    for (const contact of contacts) {
      this.#contacts.delete(contact.id.hex)
      this.#contacts.set(contact.id.hex, contact)
    }
    for (const oldest of this.#contacts.keys()) {
      if (this.#contacts.size <= this.#max) break
      this.#contacts.delete(oldest)
    }
  }

  remove ({ id }: Contact): void {
    this.#contacts.delete(id.hex)
  }

  /** Nearest first. */
  near (target: PeerId, count: number): Contact[] {
    return [...this.#contacts.values()].sort((a, b) => compareDistance(target, a.id, b.id)).slice(0, count)
  }
}
