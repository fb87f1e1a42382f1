/** The bits of a path to which every candidate belongs. */
export const WHOLE = -1

/**
 * One path of a lookup: which candidates are its own, how many of them it wants, and how many requests it may have in
 * flight.
 *
 * It has alpha in flight while it makes progress, and stalls when a round brings nobody nearer than the nearest it knew;
 * then it asks all that is left of its nearest at once (Kademlia paper, section 2.3). The paper's round is alpha requests
 * that are waited for together. Here nobody waits: a round is the requests sent since the last answer that brought
 * progress, and it has brought nothing once alpha of them are answered, or the nearest of all is, who must know best.
 */
export class LookupPath {
  /** Those that mark its candidates. */
  readonly bits: number
  /** It ends when this many of its nearest have answered. */
  readonly width: number
  readonly #alpha: number
  #inFlight = 0
  #round = 0
  #fruitless = 0
  #stalled: boolean

  constructor (bits: number, width: number, alpha: number, stalled: boolean) {
    this.bits = bits
    this.width = width
    this.#alpha = alpha
    this.#stalled = stalled
  }

  /** Plain Kademlia's only path, or the closing step over the union of the others. */
  get whole (): boolean {
    return this.bits === WHOLE
  }

  get idle (): boolean {
    return this.#inFlight === 0
  }

  /** Whether a candidate that is marked with `bits` is one of its own. */
  owns (bits: number): boolean {
    return (this.bits & bits) !== 0
  }

  /** Requests that may be sent now. Below zero when a stall has just ended. */
  get places (): number {
    return (this.#stalled ? Math.max(this.#alpha, this.width) : this.#alpha) - this.#inFlight
  }

  /** Takes a place; returns the round that the request belongs to. */
  take (): number {
    this.#inFlight++
    return this.#round
  }

  free (): void {
    this.#inFlight--
  }

  progressed (): void {
    this.#round++
    this.#fruitless = 0
    this.#stalled = false
  }

  /** A request of `round` was answered and brought nobody nearer; `byNearest` when it was the nearest known who answered. */
  broughtNothing (round: number, byNearest: boolean): void {
    if (round !== this.#round) return
    this.#fruitless++
    if (byNearest || this.#fruitless >= this.#alpha) this.#stalled = true
  }
}
