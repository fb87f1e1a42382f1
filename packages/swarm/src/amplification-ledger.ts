import type { Endpoint } from '@kadmium/interface'
import { BoundedMap } from './bounded-map.ts'

/**
 * What an endpoint whose address is unproven may still be sent: as many bytes as came from it, less those it was sent. A
 * forged source address thus never draws more to its victim than the forger spent.
 */
export class AmplificationLedger {
  readonly #credits: BoundedMap<string, number>

  /** An endpoint that is pushed out loses its credit, which errs on the safe side. */
  constructor (unprovenEndpoints: number) {
    this.#credits = new BoundedMap(unprovenEndpoints)
  }

  get size (): number {
    return this.#credits.size
  }

  received (from: Endpoint, bytes: number): void {
    this.#credits.set(from.text, this.credit(from) + bytes)
  }

  /** Whether unproven datagrams came from there. */
  has (endpoint: Endpoint): boolean {
    return this.#credits.has(endpoint.text)
  }

  credit (endpoint: Endpoint): number {
    return this.#credits.get(endpoint.text) ?? 0
  }

  /** Whether so many bytes may go out; if so, they are charged. */
  spend (to: Endpoint, bytes: number): boolean {
    const credit = this.credit(to)
    if (bytes > credit) return false
    this.#credits.set(to.text, credit - bytes)
    return true
  }

  /** It has proven that it receives at its address: nothing need be held against it. */
  proven (endpoint: Endpoint): void {
    this.#credits.delete(endpoint.text)
  }
}
