/**
 * Who is to hold a record. The k nearest to its key always; and every node of its region, which reaches as far as k nodes
 * would on average: then s Sybils next to a key add s holders and take the place of none ("Content Censorship in the
 * InterPlanetary File System", NDSS 2024; "SR-DHT-Store", 2025).
 */
import type { Contact, PeerId } from '@kadmium/interface'
import { normalisedDistance } from './size-estimate.ts'

export interface Placing {
  readonly target: PeerId
  readonly replicationFactor: number
  /** Nodes in the network; `undefined` when that is not known or not to be used: exactly the k nearest. */
  readonly networkSize: number | undefined
}

/** In multiples of k: so many Sybils next to a key are outvoted, and no put costs more. */
const MAX_REGION = 4

/** @param found nearest first. */
export function placement<T extends Pick<Contact, 'id'>> (found: readonly T[], placing: Placing): readonly T[] {
  const { target, replicationFactor } = placing
  const radius = regionRadius(placing)
  return found.slice(0, maxHolders(placing))
    .filter(({ id }, rank) => rank < replicationFactor || normalisedDistance(target, id) <= radius)
}

/** How far the region reaches, as a fraction of the key space: k·2^160/N. */
export function regionRadius ({ replicationFactor, networkSize }: Placing): number {
  return networkSize === undefined ? 0 : replicationFactor / networkSize
}

export function maxHolders ({ replicationFactor }: Pick<Placing, 'replicationFactor'>): number {
  return MAX_REGION * replicationFactor
}
