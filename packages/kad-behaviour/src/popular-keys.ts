import type { Contact } from '@kadmium/interface'

/** Keys that were found to be popular, with the nodes of their regions that were named lately. The longest unread give way. */
export class PopularKeys {
  readonly #max: number
  /** Made for the first. */
  #members: Map<string, readonly Contact[]> | undefined

  constructor (max: number) {
    this.#max = max
  }

  /** `undefined` for a key that is not popular. */
  membersOf (key: string): readonly Contact[] | undefined {
    return this.#members?.get(key)
  }

  read (key: string, members: readonly Contact[]): void {
    const all = this.#members ??= new Map()
    all.delete(key)
    all.set(key, members)
    for (const oldest of all.keys()) {
      if (all.size <= this.#max) break
      all.delete(oldest)
    }
  }

  forget (key: string): void {
    this.#members?.delete(key)
  }
}
