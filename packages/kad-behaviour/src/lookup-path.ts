/** The bit of a path to which every candidate belongs. */
export const WHOLE = 1 << 30

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
  /** Requests of the lookup that were sent before this round. */
  #roundSince = 0
  #fruitless = 0
  #stalled = false

  constructor (bits: number, width: number, alpha: number) {
    this.bits = bits
    this.width = width
    this.#alpha = alpha
  }

  /** Plain Kademlia's only path, or the closing step over the union of the others. */
  get whole (): boolean {
    return this.bits === WHOLE
  }

  /** Whether the last round brought nobody nearer. */
  get stalled (): boolean {
    return this.#stalled
  }

  get idle (): boolean {
    return this.#inFlight === 0
  }

  /** Whether a candidate that is marked with `bits` is one of its own. */
  owns (bits: number): boolean {
    return this.whole || (this.bits & bits) !== 0
  }

  /** Requests that may be sent now. Below zero when a stall has just ended. */
  get places (): number {
    return (this.#stalled ? Math.max(this.#alpha, this.width) : this.#alpha) - this.#inFlight
  }

  take (): void {
    this.#inFlight++
  }

  free (): void {
    this.#inFlight--
  }

  /** Nobody nearer is to be expected. */
  stall (): void {
    this.#stalled = true
  }

  /** Somebody nearer was named; so many requests of the lookup are older than the round that begins. */
  progressed (sent: number): void {
    this.#roundSince = sent
    this.#fruitless = 0
    this.#stalled = false
  }

  /**
   * A request was answered and brought nobody nearer; so many had been sent before it.
   * @param byNearest whether it was the nearest known who answered.
   */
  broughtNothing (sentBefore: number, byNearest: boolean): void {
    if (sentBefore < this.#roundSince) return
    this.#fruitless++
    if (byNearest || this.#fruitless >= this.#alpha) this.stall()
  }
}
