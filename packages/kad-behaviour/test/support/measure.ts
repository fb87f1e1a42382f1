import { seededRandom } from '@kadmium/runtime'
import { PerfectNetwork, randomId } from './perfect-network.ts'
import { runLookup } from './run-lookup.ts'
import type { Contact } from '@kadmium/interface'
import type { Attack, RunInit } from './run-lookup.ts'
import type { SimulatedNode } from './perfect-network.ts'

export interface Measurement {
  readonly size: number
  readonly lookups: number
  readonly options: RunInit['options']
  readonly timeouts?: RunInit['timeouts']
  readonly attack?: Attack
  readonly measured?: RunInit['measured']
  /** Share of nodes that attack. */
  readonly badShare?: number
  readonly seed?: number
}

export interface Figures {
  /** Share of lookups that reached the nearest node, and share of the true k nearest that they reached. */
  readonly found: number
  readonly recall: number
  /** Mean hop at which the nearest was heard of. */
  readonly hops: number
  readonly requests: Spread
  /** Share of the requests that went to bad nodes. */
  readonly toBad: number
  readonly heardMs: Spread
  readonly endMs: Spread
  /** Median round trip between two nodes. */
  readonly rttMs: number
}

export interface Spread {
  readonly mean: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/**
 * Lookups from random honest nodes: of random ids, or under attack of random honest nodes, whom attackers do not name. Of
 * silent nodes nobody can say that they answer, so there the k nearest honest ones are the truth.
 */
export function measure ({ size, lookups, options, timeouts, attack, measured, badShare = 0.3, seed = 1 }: Measurement): Figures {
  const random = seededRandom(seed)
  const network = new PerfectNetwork({ size, k: options.k, random, badShare: attack === undefined ? 0 : badShare })
  const runs = Array.from({ length: lookups }, () => {
    const from = network.someHonest()
    const target = attack === undefined ? randomId(random) : otherThan(from, () => network.someHonest()).contact.id
    const { lookup, endMs, heardMs } = runLookup({ network, from, target, random, options, ...(measured && { measured }), ...(attack && { attack }), ...(timeouts && { timeouts }) })
    const truth = network.trueClosest(target, options.k, node => node !== from && !(node.bad && attack === 'silent'))
    const reached = hexes(lookup.closest())
    return {
      found: reached.has(truth[0]!.id.hex) ? 1 : 0,
      recall: truth.filter(({ id }) => reached.has(id.hex)).length / truth.length,
      hops: lookup.hops(truth[0]!.id),
      requests: lookup.stats.requests,
      toBad: lookup.trace().filter(({ peer }) => network.get(peer)?.bad === true).length,
      heardMs: heardMs ?? Infinity,
      endMs
    }
  })
  const roundTrips = Array.from({ length: 1000 }, () => network.roundTripMs(network.some(), network.some()))
  return {
    found: mean(runs.map(run => run.found)),
    recall: mean(runs.map(run => run.recall)),
    hops: mean(runs.flatMap(run => run.hops ?? [])),
    requests: spread(runs.map(run => run.requests)),
    toBad: mean(runs.map(run => run.toBad)) / mean(runs.map(run => run.requests)),
    heardMs: spread(runs.map(run => run.heardMs)),
    endMs: spread(runs.map(run => run.endMs)),
    rttMs: spread(roundTrips).p50
  }
}

/** Hops until the nearest node is known, after Stutzbach and Rejaie's bits per hop; 0 is the own table. */
export function expectedHops (size: number, k: number): number {
  return Math.log2(size / k) / (1.333 + Math.log2(k))
}

function otherThan (node: SimulatedNode, draw: () => SimulatedNode): SimulatedNode {
  for (;;) {
    const other = draw()
    if (other !== node) return other
  }
}

function hexes (contacts: readonly Contact[]): Set<string> {
  return new Set(contacts.map(({ id }) => id.hex))
}

function mean (values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function spread (values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN
  return { mean: mean(values), p50: at(0.5), p99: at(0.99), max: at(1) }
}
