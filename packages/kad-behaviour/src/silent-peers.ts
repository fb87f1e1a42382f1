import type { Contact } from '@kadmium/interface'

/** `slow`: a first try went unanswered. `silent`: all tries did. */
export type Silence = 'slow' | 'silent'

/**
 * Contacts that were asked and not heard since, by the address that they were asked at. They are asked again, since they may
 * be back, but nobody waits for them: without this, each lookup would wait anew for the same dead node as long as others name
 * it. The longest silent are forgotten.
 */
export class SilentPeers {
  readonly #capacity: number
  readonly #silences = new Map<string, Silence>()

  constructor (capacity: number) {
    this.#capacity = capacity
  }

  of (contact: Contact): Silence | undefined {
    return this.#silences.get(addressOf(contact))
  }

  heard (contact: Contact): void {
    this.#silences.delete(addressOf(contact))
  }

  slow (contact: Contact): void {
    if (this.of(contact) === undefined) this.#set(contact, 'slow')
  }

  timedOut (contact: Contact): void {
    this.#set(contact, 'silent')
  }

  #set (contact: Contact, silence: Silence): void {
    this.heard(contact)
    this.#silences.set(addressOf(contact), silence)
    for (const address of this.#silences.keys()) {
      if (this.#silences.size <= this.#capacity) break
      this.#silences.delete(address)
    }
  }
}

/** Requests go to the first address; one that answers is heard from the address that it answers from. */
function addressOf ({ addresses }: Contact): string {
  return addresses[0]?.text ?? ''
}
