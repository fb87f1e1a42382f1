import type { Contact } from '@kadmium/interface'

/** Keys that were found to be popular, with the nodes of their regions that were named lately. The longest unread give way. */
export class PopularKeys {
  readonly #max: number
  readonly #members = new Map<string, readonly Contact[]>()

  constructor (max: number) {
    this.#max = max
  }

  /** `undefined` for a key that is not popular. */
  membersOf (key: string): readonly Contact[] | undefined {
    return this.#members.get(key)
  }

  read (key: string, members: readonly Contact[]): void {
    this.#members.delete(key)
    this.#members.set(key, members)
    for (const oldest of this.#members.keys()) {
      if (this.#members.size <= this.#max) break
      this.#members.delete(oldest)
    }
  }

  forget (key: string): void {
    this.#members.delete(key)
  }
}
