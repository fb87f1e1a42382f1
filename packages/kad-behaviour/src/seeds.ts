import type { Endpoint, Recipient } from '@kadmium/interface'

/** Addresses to join by: those of the configuration for ever, and the latest that the application named. */
export class Seeds {
  readonly #configured: readonly Endpoint[]
  readonly #maxSeeds: number
  /** Made for the first. */
  #added: Map<string, Endpoint> | undefined

  constructor (configured: readonly Endpoint[], maxSeeds: number) {
    this.#configured = configured
    this.#maxSeeds = maxSeeds
  }

  add (addresses: readonly Endpoint[]): void {
    const added = this.#added ??= new Map()
    for (const address of addresses) {
      added.delete(address.text)
      added.set(address.text, address)
    }
    for (const text of added.keys()) {
      if (added.size <= this.#maxSeeds) break
      added.delete(text)
    }
  }

  remove (address: Endpoint): void {
    this.#added?.delete(address.text)
  }

  has (address: Endpoint): boolean {
    return this.#added?.has(address.text) === true || this.#configured.some(({ text }) => text === address.text)
  }

  get size (): number {
    return this.recipients.length
  }

  /** One per address, since who is there now need not be who was there before. */
  get recipients (): Recipient[] {
    const all = new Map([...this.#configured.map(address => [address.text, address] as const), ...this.#added ?? []])
    return [...all.values()].map(address => ({ addresses: [address] }))
  }
}
