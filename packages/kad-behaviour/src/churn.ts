/**
 * How long peers stay, measured at the own table: so many of them left in so much time that they were watched together. For
 * what the table still holds this is right too, which an average over finished sessions would leave out.
 */
const LN2 = 0.6931471805599453

export class Churn {
  readonly #windowMs: number
  #current = { watchedMs: 0, departures: 0 }
  #previous = { watchedMs: 0, departures: 0 }
  #turnedAt: number
  #changedAt: number
  #peers = 0

  /** @param windowMs one to two of these long departures count. */
  constructor (windowMs: number, now: number) {
    this.#windowMs = windowMs
    this.#turnedAt = this.#changedAt = now
  }

  /** So many peers are in the table from now on. */
  watched (peers: number, now: number): void {
    this.#current.watchedMs += this.#peers * (now - this.#changedAt)
    this.#changedAt = now
    this.#peers = peers
    if (now - this.#turnedAt < this.#windowMs) return
    this.#previous = this.#current
    this.#current = { watchedMs: 0, departures: 0 }
    this.#turnedAt = now
  }

  /** A peer has fallen silent for good. */
  departed (): void {
    this.#current.departures++
  }

  /** After how long half of the peers are gone, in milliseconds; `undefined` while too few have left. */
  medianSessionMs (now: number): number | undefined {
    this.watched(this.#peers, now)
    const departures = this.#current.departures + this.#previous.departures
    if (departures < MIN_DEPARTURES) return undefined
    return LN2 * (this.#current.watchedMs + this.#previous.watchedMs) / departures
  }
}

/** With fewer the estimate is off by more than half. */
const MIN_DEPARTURES = 8
