/**
 * Whether the nodes nearest to a place are more than chance explains, as when Sybils crowd around a key to hide it ("Content
 * Censorship in the InterPlanetary File System", NDSS 2024, compares the distribution of distances by its Kullback-Leibler
 * divergence too). Among N nodes spread evenly N·x of them lie within x on average, as a Poisson process. To meet i of them
 * where u are expected has a probability of at most exp(-D), with D = i·ln(i/u) - i + u: the divergence of Poisson(i) from
 * Poisson(u) (Chernoff). The alarm looks at the worst of all ranks, so that few Sybils show as well as many.
 */
import type { EclipseSuspected, PeerId } from '@kadmium/interface'
import { normalisedDistance } from './size-estimate.ts'

export interface EclipseAlarmInit {
  /** From which divergence on a place is suspected. */
  readonly eclipseDivergence: number | 'off'
  /** How long the same place is not told again, in milliseconds. */
  readonly eclipseRepeatMs: number
  /** Suspected places that are remembered for that; the longest known give way. */
  readonly maxSuspected: number
}

export class EclipseAlarm {
  readonly #init: EclipseAlarmInit
  /** When each was told, by the hex of its place. Made when there is something to tell. */
  #told: Map<string, number> | undefined

  constructor (init: EclipseAlarmInit) {
    this.#init = init
  }

  /**
   * @param nearest those that were heard of, nearest first, whether they answered or not: Sybils may be silent.
   * @param networkSize what the lookups of other places say.
   */
  check (target: PeerId, nearest: readonly PeerId[], networkSize: number | undefined, now: number): EclipseSuspected | undefined {
    const { eclipseDivergence } = this.#init
    if (eclipseDivergence === 'off' || networkSize === undefined) return undefined
    const { divergence, peers } = crowding(target, nearest.filter(id => !id.equals(target)), networkSize)
    if (divergence < eclipseDivergence || this.#wasTold(target, now)) return undefined
    return { key: target, peers, networkSize, divergence }
  }

  #wasTold ({ hex }: PeerId, now: number): boolean {
    const { eclipseRepeatMs, maxSuspected } = this.#init
    const told = this.#told ??= new Map()
    const before = told.get(hex)
    if (before !== undefined && now - before < eclipseRepeatMs) return true
    told.delete(hex)
    told.set(hex, now)
    if (told.size > maxSuspected) told.delete(told.keys().next().value as string)
    return false
  }
}

/** What tells distances apart: see `normalisedDistance`. */
const SMALLEST = 1 / 9_007_199_254_740_992

/** The least likely of all ranks, and how many nodes are so near. */
function crowding (target: PeerId, nearest: readonly PeerId[], networkSize: number): { divergence: number, peers: number } {
  let worst = { divergence: 0, peers: 0 }
  nearest.forEach((id, index) => {
    const peers = index + 1
    const divergence = divergenceOf(peers, networkSize * Math.max(SMALLEST, normalisedDistance(target, id)))
    if (divergence > worst.divergence) worst = { divergence, peers }
  })
  return worst
}

/** In nats; 0 where there are no more than expected. */
function divergenceOf (met: number, expected: number): number {
  return met <= expected ? 0 : met * Math.log(met / expected) - met + expected
}
