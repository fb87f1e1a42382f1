import type { Endpoint } from '@kadmium/interface'
import { ipGroup } from '@kadmium/wire'

export interface RateLimitInit {
  readonly packetsPerSecond: number
  readonly packetsPerSecondPerGroup: number
  readonly unprovenPerSecond: number
  readonly unprovenPerSecondPerGroup: number
  /** What of a second's rate may come at once, in milliseconds. */
  readonly burstMs: number
  /** Buckets for IP groups; groups whose hashes meet share one. */
  readonly rateLimitGroups: number
  /** Says which groups share a bucket; 32 bits that nobody else knows. */
  readonly seed: number
}

export type RateRefusal = 'too many packets' | 'too many packets of a group' | 'too many unproven packets' | 'too many unproven packets of a group'

/**
 * How many packets are read: altogether, and of one IP group (/24, /56). Addresses that have proven nothing have smaller
 * buckets of their own, so that a flood from forged ones leaves the others theirs. Nobody is banned: a source address can be
 * forged, so a ban would hit whom the forger chooses. Memory is fixed, whoever sends; a pure class that is told the time.
 */
export class RateLimit {
  readonly #proven: Buckets
  readonly #unproven: Buckets
  readonly #seed: number

  constructor ({ seed, burstMs, rateLimitGroups, ...rates }: RateLimitInit) {
    this.#seed = seed
    this.#proven = new Buckets(rates.packetsPerSecond, rates.packetsPerSecondPerGroup, rateLimitGroups, burstMs)
    this.#unproven = new Buckets(rates.unprovenPerSecond, rates.unprovenPerSecondPerGroup, rateLimitGroups, burstMs)
  }

  /** Why a packet from there is not read; `undefined` when it is, and then it is counted. @param now monotonic milliseconds */
  refusal (from: Endpoint, proven: boolean, now: number): RateRefusal | undefined {
    const full = (proven ? this.#proven : this.#unproven).take(hash(ipGroup(from), this.#seed), now)
    switch (full) {
      case undefined: return undefined
      case 'all': return proven ? 'too many packets' : 'too many unproven packets'
      case 'group': return proven ? 'too many packets of a group' : 'too many unproven packets of a group'
    }
  }
}

/**
 * Token buckets by the generic cell rate algorithm (ITU-T I.371): all that is kept of one is when it will be full again. A
 * packet that one bucket refuses costs no other bucket anything.
 */
class Buckets {
  readonly #fullAt: Float64Array
  readonly #intervalMs: number
  readonly #groupIntervalMs: number
  readonly #burstMs: number
  readonly #groupBurstMs: number
  #allFullAt = 0

  constructor (perSecond: number, perSecondPerGroup: number, groups: number, burstMs: number) {
    this.#fullAt = new Float64Array(groups)
    this.#intervalMs = 1000 / perSecond
    this.#groupIntervalMs = 1000 / perSecondPerGroup
    this.#burstMs = Math.max(burstMs, this.#intervalMs) // one packet always fits
    this.#groupBurstMs = Math.max(burstMs, this.#groupIntervalMs)
  }

  /** Says which bucket is empty, or takes a token of both. */
  take (groupHash: number, now: number): 'all' | 'group' | undefined {
    const slot = groupHash % this.#fullAt.length
    const groupFullAt = Math.max(this.#fullAt[slot] ?? 0, now) + this.#groupIntervalMs
    if (groupFullAt - now > this.#groupBurstMs) return 'group'
    const allFullAt = Math.max(this.#allFullAt, now) + this.#intervalMs
    if (allFullAt - now > this.#burstMs) return 'all'
    this.#fullAt[slot] = groupFullAt
    this.#allFullAt = allFullAt
    return undefined
  }
}

/** 32 bits; which groups meet depends on `seed`. The finalizer of MurmurHash3. */
function hash (group: string | number, seed: number): number {
  let bits = seed
  if (typeof group === 'number') bits ^= group
  else for (let i = 0; i < group.length; i++) bits = Math.imul(bits ^ group.charCodeAt(i), 0x01000193)
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
