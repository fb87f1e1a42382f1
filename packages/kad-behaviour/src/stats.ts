import type { Clock, PeerId, QueryStats } from '@kadmium/interface'

/** Counts the requests of one query, all its phases together. */
export class StatsCounter implements QueryStats {
  numRequests = 0
  numSuccesses = 0
  numFailures = 0
  readonly #clock: Clock
  readonly #asked = new Set<string>()
  #startedAt: number | undefined
  #stoppedAt: number | undefined

  constructor (clock: Clock) {
    this.#clock = clock
  }

  requested (peer: PeerId): void {
    this.#startedAt ??= this.#clock.now()
    this.#asked.add(peer.hex)
    this.numRequests++
  }

  succeeded (): void {
    this.numSuccesses++
  }

  failed (): void {
    this.numFailures++
  }

  /** From here on the duration stands still. */
  stop (): void {
    this.#stoppedAt ??= this.#clock.now()
  }

  get numPending (): number {
    return this.numRequests - this.numSuccesses - this.numFailures
  }

  get durationMs (): number | undefined {
    return this.#startedAt === undefined ? undefined : (this.#stoppedAt ?? this.#clock.now()) - this.#startedAt
  }

  /** Distinct peers that were sent anything. */
  get asked (): number {
    return this.#asked.size
  }

  /** The counts as they are now, for an event. */
  snapshot (): QueryStats {
    const { numRequests, numSuccesses, numFailures, numPending, durationMs } = this
    return { numRequests, numSuccesses, numFailures, numPending, durationMs }
  }
}
