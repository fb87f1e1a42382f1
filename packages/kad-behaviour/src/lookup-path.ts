/**
 * One path of a lookup: which candidates are its own, how many of them it wants, and how many requests it may have in
 * flight.
 *
 * It has alpha in flight while it makes progress. It stalls when a request that it sent after its last progress is answered
 * and the answer names nobody nearer than the nearest it knows; then it asks all that is left of its nearest at once
 * (Kademlia paper, section 2.3: "if a round of FIND_NODEs fails to return a node any closer ..."). That is the paper's
 * round without its waiting: a request that was under way before the last progress says nothing about what came after.
 */
export class LookupPath {
  /** The bits that mark its candidates. */
  readonly bits: number
  /** It ends when this many of its nearest have answered. */
  readonly width: number
  readonly #alpha: number
  #stalled = false
  #round = 0
  #inFlight = 0

  constructor (bits: number, width: number, alpha: number) {
    this.bits = bits
    this.width = width
    this.#alpha = alpha
  }

  /** Requests that may be sent now. */
  get places (): number {
    return (this.#stalled ? Math.max(this.#alpha, this.width) : this.#alpha) - this.#inFlight
  }

  /** Takes a place, and returns the round that the request belongs to. */
  ask (): number {
    this.#inFlight++
    return this.#round
  }

  free (): void {
    this.#inFlight--
  }

  progressed (): void {
    this.#round++
    this.#stalled = false
  }

  /** A request of `round` brought nobody nearer. */
  broughtNothing (round: number): void {
    if (round === this.#round) this.#stalled = true
  }
}
