import type { Endpoint, SwarmLimits } from '@kadmium/interface'
import { isPrivateAddress } from '@kadmium/wire'
import { BoundedMap } from './bounded-map.ts'
import type { RateRefusal } from './rate-limit.ts'
import { RateLimit } from './rate-limit.ts'

export interface AdmissionInit extends Pick<SwarmLimits,
'packetsPerSecond' | 'packetsPerSecondPerGroup' | 'unprovenPerSecond' | 'unprovenPerSecondPerGroup' | 'burstMs' | 'rateLimitGroups' |
'pendingRequests' | 'maxTimeoutMs'> {
  /** Private and loopback addresses are not limited. */
  readonly exemptPrivate: boolean
  /** See `RateLimitInit`. */
  readonly seed: number
}

/**
 * Decides, before any work is done for it, whether a datagram is read. Those of an endpoint that we asked a moment ago count
 * as those of a proven one, or a flood of forged packets would drown the answers of strangers, and with them all lookups;
 * who cannot see our requests cannot know whose address to forge.
 */
export class Admission {
  readonly #rates: RateLimit
  readonly #exemptPrivate: boolean
  /** Until when. */
  readonly #asked: BoundedMap<string, number>
  readonly #answerMs: number

  constructor (init: AdmissionInit) {
    this.#rates = new RateLimit(init)
    this.#exemptPrivate = init.exemptPrivate
    this.#asked = new BoundedMap(init.pendingRequests)
    this.#answerMs = 2 * init.maxTimeoutMs // each try counts anew, and a late answer still counts
  }

  /** An endpoint without a session was asked, of our own accord. */
  asked (to: Endpoint, now: number): void {
    if (!this.#isExempt(to)) this.#asked.set(to.text, now + this.#answerMs)
  }

  /** Why a datagram is not read; `undefined` when it is. */
  refusal (from: Endpoint, proven: boolean, now: number): RateRefusal | undefined {
    if (this.#isExempt(from)) return undefined
    return this.#rates.refusal(from, proven || now <= (this.#asked.get(from.text) ?? -1), now)
  }

  #isExempt (address: Endpoint): boolean {
    return this.#exemptPrivate && isPrivateAddress(address)
  }
}
