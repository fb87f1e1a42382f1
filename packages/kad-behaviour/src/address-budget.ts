/**
 * How many packets one lookup sends to an address that does not answer. Whoever names many contacts, all of them at the address of
 * somebody else, would have that address flooded by everybody who looks something up. Pure.
 */
export class AddressBudget {
  readonly #perAddress: number
  readonly #spent = new Map<string, number>()

  constructor (perAddress: number) {
    this.#perAddress = perAddress
  }

  /** Whether one more packet may be sent there; then it counts. @param vouched almost everybody near names it, so it may be sent twice as many. */
  take (address: string, vouched = false): boolean {
    const spent = this.#spent.get(address) ?? 0
    if (spent >= (vouched ? 2 : 1) * this.#perAddress) return false
    this.#spent.set(address, spent + 1)
    return true
  }

  /** Somebody lives there, who was asked and takes part. */
  answered (address: string): void {
    this.#spent.delete(address)
  }
}
