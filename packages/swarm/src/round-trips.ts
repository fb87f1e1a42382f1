import { BoundedMap } from './bounded-map.ts'
import { Loss } from './loss.ts'

export interface RoundTripsInit {
  readonly roundTrips: number
  readonly initialTimeoutMs: number
  readonly minTimeoutMs: number
  readonly lastTimeoutMs: number
  readonly writeTimeoutMs: number
  readonly maxTimeoutMs: number
}

/** RFC 6298: smoothed round trip, its variation, and by how much timeouts have grown beyond what they say. */
interface Estimate {
  srttMs: number
  varianceMs: number
  backoff: number
}

/** An answer that came to a repeated request. */
export interface LateAnswer {
  /** How often it had been sent. */
  readonly tried: number
  readonly sinceFirstMs: number
  readonly sinceLastMs: number
}

/** Milliseconds to wait for an answer. */
export interface Waits {
  /** After the first try, unless it is the last. */
  readonly timeoutMs: number
  /** Between two later tries: one of two that are under way is a hedge against the loss of the other. */
  readonly retryMs: number
  /** After the last try. */
  readonly lastMs: number
}

/** RFC 6298, section 2.3: for a peer. All peers together have many more round trips, which differ more. */
const GAIN = 1 / 8
const GAIN_OF_ALL = 1 / 32

/** Mean deviations above the mean. For a peer as RFC 6298 has it; of all peers' round trips 99 % are below three (measured: a map of the internet). */
const DEVIATIONS = 4
const DEVIATIONS_OF_ALL = 2.5

/** By how much an answer after a timeout, though mostly the timeout only shows a loss, makes the next one longer. */
const DOUBT = 1.25
/** So many strangers may need a second try, as with 17 % of loss each way, before all of them get more time. */
const STRANGERS_LATE = 1 / 3
const STRANGERS_GAIN = 1 / 16
/** What is left of that extra time after each stranger that did not need it. */
const RECOVERY = 0.9

/**
 * How long to wait for an answer, and how often to ask. How long: RFC 6298 for each endpoint, from its own round trips, and no
 * longer than a stranger is waited for unless it needs to be. A stranger is judged by the round trips of all endpoints so far,
 * and by `initialTimeoutMs` the more, the fewer these are: of the first few it is not known whether they are all near.
 *
 * A timeout does not make the next one longer, as in RFC 6298, section 5.5: what is not answered is lost or dead, and of these
 * few small packets no congestion comes. An answer after a timeout does: whoever first met a neighbour gives nobody overseas
 * the time to answer, and by Karn's rule never measures one. Those who never answer change nothing.
 */
export class RoundTrips {
  readonly #init: RoundTripsInit
  readonly #estimates: BoundedMap<string, Estimate>
  readonly #loss = new Loss()
  #everyone: Estimate | undefined
  #samples = 0
  /** Answers of strangers, and the share of them that came after a timeout: mostly of the latest. */
  #strangers = 0
  #strangersLate = 0

  constructor (init: RoundTripsInit) {
    this.#init = init
    this.#estimates = new BoundedMap(init.roundTrips)
  }

  get size (): number {
    return this.#estimates.size
  }

  /** How often to send what is to be answered. */
  get tries (): number {
    return this.#loss.tries
  }

  /** Milliseconds to wait for an answer of `endpoint`. */
  timeoutOf (endpoint: string): number {
    const { initialTimeoutMs, minTimeoutMs, maxTimeoutMs } = this.#init
    if (this.#everyone === undefined) return Math.min(Math.max(initialTimeoutMs, minTimeoutMs), maxTimeoutMs)
    const strangersMs = this.#strangersTimeout(this.#everyone)
    const known = this.#estimates.get(endpoint)
    if (known === undefined) return strangersMs
    return Math.min(this.#timeoutBy(known, DEVIATIONS), Math.max(strangersMs, 1.5 * known.srttMs * known.backoff))
  }

  /**
   * Round trips do not tell how long a handler computes, a processor is busy, or a disk writes before the answer is sent. After the
   * last try that costs no time where peers live.
   */
  waitsFor (endpoint: string, write: boolean): Waits {
    const { minTimeoutMs, lastTimeoutMs, writeTimeoutMs, maxTimeoutMs } = this.#init
    const timeoutMs = this.timeoutOf(endpoint)
    const lowestMs = write ? Math.max(lastTimeoutMs, writeTimeoutMs) : lastTimeoutMs
    return { timeoutMs, retryMs: Math.max(timeoutMs / 2, minTimeoutMs), lastMs: Math.min(Math.max(timeoutMs, lowestMs), maxTimeoutMs) }
  }

  rttOf (endpoint: string): number | undefined {
    return this.#estimates.get(endpoint)?.srttMs
  }

  /** The first try was answered in time. */
  measured (endpoint: string, rttMs: number): void {
    this.#loss.answered(true)
    this.#measure(endpoint, rttMs)
  }

  /**
   * A later try was answered, or an earlier one late: mostly it cannot be known (Karn's rule). An answer sooner after the
   * second try than that peer can have sent it is one to the first.
   */
  answeredAgain (endpoint: string, { tried, sinceFirstMs, sinceLastMs }: LateAnswer): void {
    const known = this.#estimates.get(endpoint)
    if (known !== undefined && tried === 2 && sinceLastMs < known.srttMs / 2) return this.measured(endpoint, sinceFirstMs)
    this.#loss.answered(false)
    if (known !== undefined || this.#strangerAnswered(true) > STRANGERS_LATE) this.#waitLonger(endpoint, DOUBT, sinceFirstMs)
  }

  /** An answer came after all hope was lost, so long after the first try. */
  answeredLate (endpoint: string, rttMs: number): void {
    this.#waitLonger(endpoint, 2, rttMs)
  }

  #measure (endpoint: string, rttMs: number): void {
    const known = this.#estimates.get(endpoint)
    if (known === undefined) this.#estimates.set(endpoint, { srttMs: rttMs, varianceMs: rttMs / 8, backoff: 1 })
    else update(known, rttMs, GAIN).backoff = 1
    const everyone = this.#everyone ??= { srttMs: rttMs, varianceMs: rttMs / 2, backoff: 1 }
    if (this.#samples > 0) update(everyone, rttMs, Math.max(GAIN_OF_ALL, 1 / (1 / GAIN + this.#samples)))
    this.#samples++
    if (known === undefined) {
      this.#strangerAnswered(false)
      everyone.backoff = Math.max(1, everyone.backoff * RECOVERY)
    }
  }

  #strangerAnswered (late: boolean): number {
    this.#strangersLate += ((late ? 1 : 0) - this.#strangersLate) * Math.max(STRANGERS_GAIN, 1 / (2 + this.#strangers++))
    return this.#strangersLate
  }

  /** No longer than would have been enough: of many answers that are late at once, each has shown the same. */
  #waitLonger (endpoint: string, factor: number, rttMs: number): void {
    const known = this.#estimates.get(endpoint)
    const estimate = known ?? this.#everyone
    if (estimate === undefined) return
    const timeoutMs = this.#timeoutBy(estimate, known === undefined ? DEVIATIONS_OF_ALL : DEVIATIONS)
    if (timeoutMs < this.#init.maxTimeoutMs) estimate.backoff *= Math.min(factor, Math.max(1, rttMs / timeoutMs))
  }

  #strangersTimeout (everyone: Estimate): number {
    const { initialTimeoutMs, maxTimeoutMs } = this.#init
    return Math.min(this.#timeoutBy(everyone, DEVIATIONS_OF_ALL) + initialTimeoutMs / (1 + this.#strangers), maxTimeoutMs)
  }

  #timeoutBy ({ srttMs, varianceMs, backoff }: Estimate, deviations: number): number {
    const { minTimeoutMs, maxTimeoutMs } = this.#init
    return Math.min(Math.max(srttMs + deviations * varianceMs, minTimeoutMs) * backoff, maxTimeoutMs)
  }
}

/** The variation follows twice as fast as the round trip. */
function update (estimate: Estimate, rttMs: number, gain: number): Estimate {
  estimate.varianceMs += 2 * gain * (Math.abs(estimate.srttMs - rttMs) - estimate.varianceMs)
  estimate.srttMs += gain * (rttMs - estimate.srttMs)
  return estimate
}
