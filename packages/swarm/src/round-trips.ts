import { BoundedMap } from './bounded-map.ts'

export interface RoundTripsInit {
  readonly roundTrips: number
  readonly initialTimeoutMs: number
  readonly minTimeoutMs: number
  readonly maxTimeoutMs: number
}

/** RFC 6298: smoothed round trip, its variation, and by how much timeouts have backed off. */
interface Estimate {
  srttMs: number
  varianceMs: number
  backoff: number
}

/** With 0.7, a third of strangers may need a second try, as with 17 % of loss each way, before all of them get more time. */
const RECOVERY = 0.7

/**
 * How long to wait for an answer: RFC 6298 for each endpoint, from its own round trips. A stranger is judged by the round
 * trips of all endpoints so far, and by `initialTimeoutMs` as long as there are none.
 *
 * That judgement can be too short: whoever first met a neighbour gives nobody overseas the time to answer, and by Karn's
 * rule never measures one. So strangers get more time as long as most of them answer only after a timeout. Those who never
 * answer change nothing.
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
    return estimate === undefined ? Math.min(this.#init.initialTimeoutMs, this.#init.maxTimeoutMs) : this.#timeoutBy(estimate)
  }

  rttOf (endpoint: string): number | undefined {
    return this.#estimates.get(endpoint)?.srttMs
  }

  /** Only for answers to what was sent once: it cannot be known which of two tries an answer is to (Karn's rule). */
  measured (endpoint: string, rttMs: number): void {
    const known = this.#estimates.get(endpoint)
    if (known === undefined) this.#estimates.set(endpoint, first(rttMs))
    else update(known, rttMs).backoff = 1
    if (this.#everyone === undefined) this.#everyone = first(rttMs)
    else update(this.#everyone, rttMs)
    if (known === undefined) this.#everyone.backoff = Math.max(1, this.#everyone.backoff * RECOVERY)
  }

  /** An answer came that cannot be measured: after a second try, or after all hope was lost. */
  answeredLate (endpoint: string): void {
    if (this.#everyone !== undefined && !this.#estimates.has(endpoint)) this.#backOff(this.#everyone)
  }

  /** Doubles the timeout of a measured endpoint until its next round trip is measured (RFC 6298 section 5.5). */
  timedOut (endpoint: string): void {
    const known = this.#estimates.get(endpoint)
    if (known !== undefined) this.#backOff(known)
  }

  #timeoutBy (estimate: Estimate): number {
    const timeoutMs = Math.max(estimate.srttMs + 4 * estimate.varianceMs, this.#init.minTimeoutMs) * estimate.backoff
    return Math.min(timeoutMs, this.#init.maxTimeoutMs)
  }

  #backOff (estimate: Estimate): void {
    if (this.#timeoutBy(estimate) < this.#init.maxTimeoutMs) estimate.backoff *= 2
  }
}

function first (rttMs: number): Estimate {
  return { srttMs: rttMs, varianceMs: rttMs / 2, backoff: 1 }
}

/** RFC 6298 section 2.3. */
function update (estimate: Estimate, rttMs: number): Estimate {
  estimate.varianceMs = 0.75 * estimate.varianceMs + 0.25 * Math.abs(estimate.srttMs - rttMs)
  estimate.srttMs = 0.875 * estimate.srttMs + 0.125 * rttMs
  return estimate
}
