import { InvalidOptionError } from '@kadmium/interface'
import type { Random } from '@kadmium/interface'
import { NodeColumn } from './node-column.ts'
import { lognormal } from './lognormal.ts'
import { CLOUD_REGIONS } from './cloud-regions.ts'

/** How long datagrams travel. Nodes are numbered from 0. */
export interface Latency {
  /** Gives the next node its place. */
  addNode (): void
  /** One datagram's way, in milliseconds. */
  delayMs (from: number, to: number): number
}

/** Everything random of a model comes from the `Random` it is given. */
export type LatencyFactory = (random: Random) => Latency

export interface InternetInit {
  /** Round trip across one side of the unit square in which nodes lie, in milliseconds. Default 230 (115 is like PlanetLab). */
  readonly scaleMs?: number
  /** Median of what a node's own access adds to each round trip, in milliseconds. Default 8. */
  readonly accessMs?: number
  /** Spread of the access delays between nodes. Default 0.7. */
  readonly accessSigma?: number
  /** What every round trip costs, in milliseconds. Default 6. */
  readonly baseMs?: number
  /** Spread of the round trips between the same two nodes. Default 0.12. */
  readonly jitterSigma?: number
}

/**
 * Nodes are spread over a square and behind access lines: round trips of 69, 143, 230 and 300 ms at the 10th, 50th, 90th
 * and 99th percentile, near to what King measured between DNS servers (median 156 to 159 ms).
 */
export function internet (init: InternetInit = {}): LatencyFactory {
  return random => new Internet(init, random)
}

class Internet implements Latency {
  readonly #random: Random
  readonly #scaleMs: number
  readonly #accessMs: number
  readonly #accessSigma: number
  readonly #baseMs: number
  readonly #jitterSigma: number
  readonly #x = new NodeColumn()
  readonly #y = new NodeColumn()
  readonly #access = new NodeColumn()

  constructor ({ scaleMs = 230, accessMs = 8, accessSigma = 0.7, baseMs = 6, jitterSigma = 0.12 }: InternetInit, random: Random) {
    this.#random = random
    this.#scaleMs = scaleMs
    this.#accessMs = accessMs
    this.#accessSigma = accessSigma
    this.#baseMs = baseMs
    this.#jitterSigma = jitterSigma
  }

  addNode (): void {
    this.#x.push(this.#random.float())
    this.#y.push(this.#random.float())
    this.#access.push(lognormal(this.#accessMs, this.#accessSigma, this.#random))
  }

  delayMs (from: number, to: number): number {
    const dx = this.#x.get(from) - this.#x.get(to)
    const dy = this.#y.get(from) - this.#y.get(to)
    const roundTripMs = Math.sqrt(dx * dx + dy * dy) * this.#scaleMs + this.#access.get(from) + this.#access.get(to) + this.#baseMs
    return oneWay(roundTripMs, this.#jitterSigma, this.#random)
  }
}

/** Every datagram travels equally long: nothing overtakes anything. */
export function fixed (delayMs: number): LatencyFactory {
  if (!(delayMs >= 0)) throw new InvalidOptionError('delayMs', `expected milliseconds, 0 or more, got ${delayMs}`)
  return () => ({ addNode: () => {}, delayMs: () => delayMs })
}

export interface RegionsInit {
  /** Round trips between regions, in milliseconds: a square matrix. Default: ten cloud regions on six continents. */
  readonly roundTripsMs?: readonly (readonly number[])[]
  /** How many of the nodes lie in each region, relative to each other. Default: equally many. */
  readonly weights?: readonly number[]
  /** Spread of the round trips between the same two nodes. Default 0.05: data centres. */
  readonly jitterSigma?: number
}

/** Nodes lie in regions with known round trips between them. */
export function regions (init: RegionsInit = {}): LatencyFactory {
  const roundTripsMs = init.roundTripsMs ?? CLOUD_REGIONS
  const weights = init.weights ?? roundTripsMs.map(() => 1)
  if (roundTripsMs.some(row => row.length !== roundTripsMs.length)) throw new InvalidOptionError('roundTripsMs', 'expected a square matrix')
  if (weights.length !== roundTripsMs.length) throw new InvalidOptionError('weights', `expected ${roundTripsMs.length} numbers, got ${weights.length}`)
  return random => new Regions(roundTripsMs, weights, init.jitterSigma ?? 0.05, random)
}

class Regions implements Latency {
  readonly #roundTripsMs: readonly (readonly number[])[]
  readonly #weights: readonly number[]
  readonly #jitterSigma: number
  readonly #random: Random
  readonly #region = new NodeColumn()

  constructor (roundTripsMs: readonly (readonly number[])[], weights: readonly number[], jitterSigma: number, random: Random) {
    this.#roundTripsMs = roundTripsMs
    this.#weights = weights
    this.#jitterSigma = jitterSigma
    this.#random = random
  }

  addNode (): void {
    let rest = this.#random.float() * this.#weights.reduce((sum, weight) => sum + weight, 0)
    const region = this.#weights.findIndex(weight => (rest -= weight) < 0)
    this.#region.push(region === -1 ? this.#weights.length - 1 : region)
  }

  delayMs (from: number, to: number): number {
    const roundTripMs = this.#roundTripsMs[this.#region.get(from)]?.[this.#region.get(to)] ?? 0
    return oneWay(roundTripMs, this.#jitterSigma, this.#random)
  }
}

/** Both ways of a round trip vary, each by √2 of what the sum should: independent variations partly cancel. */
function oneWay (roundTripMs: number, jitterSigma: number, random: Random): number {
  return lognormal(roundTripMs / 2, jitterSigma * Math.SQRT2, random)
}
