/**
 * How many nodes the network has, from how near the nearest to random places are: of N nodes spread evenly over the key
 * space, the i-th nearest to a place is i·2^160/(N+1) away, so each lookup is a measurement. A least-squares line through
 * the origin takes them together, as in go-libp2p-kad-dht's `netsize` and in pubky's mainline.
 */
import { xor } from '@kadmium/peer-id'
import type { PeerId } from '@kadmium/interface'

export interface SizeEstimateInit {
  /** Measurements that are kept; the oldest give way. */
  readonly maxSizeSamples: number
  /** How long a measurement counts, in milliseconds. */
  readonly sizeSampleMaxAgeMs: number
  /** With fewer measurements nothing is said. */
  readonly minSizeSamples: number
}

/** Over the ranks i: of i · distance, and of i². */
interface Sums {
  readonly products: number
  readonly squares: number
}

interface Weighted extends Sums {
  readonly weight: number
}

interface Sample extends Weighted {
  /** The hex of the place. */
  readonly place: string
  readonly at: number
  /** Far more crowded than the network was at that time. */
  readonly isCrowded: boolean
}

interface Neighbours extends Sums {
  readonly place: string
}

export interface MeasuredSize {
  /** At least 1. */
  readonly nodes: number
  /** Monotonic: when the newest measurement in it was made. */
  readonly measuredAt: number
}

export class SizeEstimate {
  readonly #init: SizeEstimateInit
  #samples: Sample[] = []
  #recalled: MeasuredSize | undefined
  #neighbours: Neighbours | undefined

  constructor (init: SizeEstimateInit) {
    this.#init = init
  }

  /**
   * A lookup found these to be the nearest to `target`, nearest first. A place that is measured again counts once: else who
   * crowds around one popular key would have its readers believe that the whole network is as crowded. One that is far more
   * crowded than the others counts for nothing beside them, so that who crowds around many keys does not either; a network that
   * has grown so much shows in the neighbours.
   * @param weight above 0: less for a place that was measured many times over.
   */
  measured (target: PeerId, nearest: readonly PeerId[], now: number, weight = 1): void {
    const sums = sumsOf(target, nearest)
    if (sums === undefined) return
    this.#samples = this.#samples.filter(({ place }) => place !== target.hex)
    const size = this.#sizeBy(this.#samples)
    const isCrowded = size !== undefined && nodesOf(sums) > CROWDED * size
    this.#samples.push({ place: target.hex, at: now, weight: isCrowded ? weight * NEXT_TO_NOTHING : weight, isCrowded, ...sums })
    if (this.#samples.length > this.#init.maxSizeSamples) this.#samples.shift()
  }

  /**
   * The nearest neighbours of this node, as its table has them now. Measurements that say less than half of what these do are
   * from before the network grew. Neighbours alone are no measure where there is another: whoever chooses ids can crowd a place.
   */
  neighbours (localId: PeerId, nearest: readonly PeerId[]): void {
    const sums = sumsOf(localId, nearest)
    this.#neighbours = sums && { place: localId.hex, ...sums }
  }

  /** Whether too few measurements are left that the network has not outgrown: it is time for others. */
  isOutgrown (now: number): boolean {
    const latest = this.latest(now)
    return latest !== undefined && this.#current.length < this.#init.minSizeSamples
  }

  /** What an earlier run has measured: counts as long as a measurement does, and until this run has enough of its own. */
  recall (measured: MeasuredSize): void {
    this.#recalled = measured
  }

  /** Nodes in the network, at least 1, as they were measured; else, after a join that took fewer lookups, as the neighbours show them; `undefined` before. */
  nodes (now: number): number | undefined {
    return this.latest(now)?.nodes ?? this.#byNeighbours()
  }

  /** As it was measured, `undefined` while there are too few measurements. */
  latest (now: number): MeasuredSize | undefined {
    this.#forgetOld(now)
    const nodes = this.#sizeBy(this.#samples)
    return nodes === undefined ? this.#recalled : { nodes, measuredAt: this.#samples.at(-1)?.at ?? now }
  }

  /** The largest that lookups of other places than `target` can be read for: where many nodes came lately, only the last show it. */
  atMostElsewhere (target: PeerId, now: number): number | undefined {
    this.#forgetOld(now)
    const elsewhere = this.#samples.filter(({ place }) => place !== target.hex)
    const all = this.#sizeBy(elsewhere) ?? this.#recalled?.nodes
    const last = elsewhere.filter(({ isCrowded }) => !isCrowded).slice(-this.#init.minSizeSamples)
    return all === undefined ? undefined : Math.max(all, this.#sizeBy(last) ?? all)
  }

  #forgetOld (now: number): void {
    const { sizeSampleMaxAgeMs } = this.#init
    this.#samples = this.#samples.filter(({ at }) => now - at <= sizeSampleMaxAgeMs)
    if (this.#recalled !== undefined && now - this.#recalled.measuredAt > sizeSampleMaxAgeMs) this.#recalled = undefined
  }

  #sizeBy (samples: readonly Sample[]): number | undefined {
    const { minSizeSamples } = this.#init
    if (samples.length < minSizeSamples) return undefined
    const current = samples.filter(this.#isCurrent)
    return Math.max(1, nodesOf(sumOf(current.length < minSizeSamples ? samples : current)))
  }

  /** With the few measurements of other places that there are. */
  #byNeighbours (): number | undefined {
    if (this.#neighbours === undefined) return undefined
    const elsewhere = this.#current.filter(({ place }) => place !== this.#neighbours?.place)
    return Math.max(1, nodesOf(sumOf([...elsewhere, { ...this.#neighbours, weight: 1 }])))
  }

  get #current (): Sample[] {
    return this.#samples.filter(this.#isCurrent)
  }

  readonly #isCurrent = (sample: Sample): boolean => {
    return this.#neighbours === undefined || nodesOf(sample) >= nodesOf(this.#neighbours) / OUTGROWN
  }
}

/** What 20 nodes show is off by a quarter at most times; by half it is hardly ever. */
const OUTGROWN = 2

/** By so much no place of an even network looks larger than all: 20 nodes show its size to a quarter. */
const CROWDED = 4
const NEXT_TO_NOTHING = 1 / 1_048_576

function sumsOf (target: PeerId, nearest: readonly PeerId[]): Sums | undefined {
  const others = nearest.filter(id => !id.equals(target)) // who sits at the target itself is no draw
  if (others.length === 0) return undefined
  let [products, squares] = [0, 0]
  others.forEach((id, index) => {
    products += (index + 1) * normalisedDistance(target, id)
    squares += (index + 1) * (index + 1)
  })
  return { products, squares }
}

function sumOf (samples: readonly Weighted[]): Sums {
  let [products, squares] = [0, 0]
  for (const sample of samples) {
    products += sample.weight * sample.products
    squares += sample.weight * sample.squares
  }
  return { products, squares }
}

function nodesOf ({ products, squares }: Sums): number {
  return squares / products - 1
}

/** The distance as a fraction of the key space: 0 from an id to itself, below 1 to any other (G31). Exact to 2^-53. */
export function normalisedDistance (a: PeerId, b: PeerId): number {
  const { w0, w1 } = xor(a, b)
  return (w0 >>> 0) / 4_294_967_296 + (w1 >>> 11) / 9_007_199_254_740_992
}
