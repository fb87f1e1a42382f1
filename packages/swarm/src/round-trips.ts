import { BoundedMap } from './bounded-map.ts'

export interface RoundTripsInit {
  readonly roundTrips: number
  readonly initialTimeoutMs: number
  readonly minTimeoutMs: number
  readonly maxTimeoutMs: number
}

/** RFC 6298: smoothed round trip, its variation, and by how much timeouts have backed off since the last answer. */
interface Estimate {
  srttMs: number
  varianceMs: number
  backoff: number
}

/**
 * How long to wait for an answer: RFC 6298 for each endpoint, from its own round trips. A stranger is judged by the round
 * trips of all endpoints so far, and by `initialTimeoutMs` as long as there are none.
 */
export class RoundTrips {
  readonly #init: RoundTripsInit
  readonly #estimates: BoundedMap<string, Estimate>
  #everyone: Estimate | undefined

  constructor (init: RoundTripsInit) {
    this.#init = init
    this.#estimates = new BoundedMap(init.roundTrips)
  }

  get size (): number {
    return this.#estimates.size
  }

  /** Milliseconds to wait for an answer of `endpoint`. */
  timeoutOf (endpoint: string): number {
    const estimate = this.#estimates.get(endpoint) ?? this.#everyone
    const timeoutMs = estimate === undefined
      ? this.#init.initialTimeoutMs
      : Math.max(estimate.srttMs + 4 * estimate.varianceMs, this.#init.minTimeoutMs) * estimate.backoff
    return Math.min(timeoutMs, this.#init.maxTimeoutMs)
  }

  rttOf (endpoint: string): number | undefined {
    return this.#estimates.get(endpoint)?.srttMs
  }

  /** Only for answers to what was sent once: it cannot be known which of two tries an answer is to (Karn's rule). */
  measured (endpoint: string, rttMs: number): void {
    const known = this.#estimates.get(endpoint)
    if (known === undefined) this.#estimates.set(endpoint, first(rttMs))
    else update(known, rttMs)
    if (this.#everyone === undefined) this.#everyone = first(rttMs)
    else update(this.#everyone, rttMs)
  }

  /** Doubles the timeout of a measured endpoint until its next round trip is measured (RFC 6298 section 5.5). */
  timedOut (endpoint: string): void {
    const known = this.#estimates.get(endpoint)
    if (known !== undefined && this.timeoutOf(endpoint) < this.#init.maxTimeoutMs) known.backoff *= 2
  }
}

function first (rttMs: number): Estimate {
  return { srttMs: rttMs, varianceMs: rttMs / 2, backoff: 1 }
}

/** RFC 6298 section 2.3. */
function update (estimate: Estimate, rttMs: number): void {
  estimate.varianceMs = 0.75 * estimate.varianceMs + 0.25 * Math.abs(estimate.srttMs - rttMs)
  estimate.srttMs = 0.875 * estimate.srttMs + 0.125 * rttMs
  estimate.backoff = 1
}
