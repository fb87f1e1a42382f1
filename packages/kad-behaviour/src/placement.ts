/**
 * Who is to hold a record. The k nearest to its key always; and every node of its region, which reaches as far as 1.5 k
 * nodes would on average: then s Sybils next to a key add s holders and take the place of none ("Content Censorship in the
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
export const MAX_REGION = 4

/**
 * In multiples of the distance within which k nodes lie on average. Every get asks one member of the region, so with k = 20 and
 * 30 members none of them is asked by more than one get in 20, however popular a key is; with 1 it would be one in 15.
 */
const REACH = 1.5

/** @param found nearest first. */
export function placement<T extends Pick<Contact, 'id'>> (found: readonly T[], placing: Placing): readonly T[] {
  const { target, replicationFactor } = placing
  const radius = regionRadius(placing)
  const others = found.slice(replicationFactor).filter(({ id }) => normalisedDistance(target, id) <= radius)
  return [...found.slice(0, replicationFactor), ...spread(others, placing)]
}

/**
 * Of a region's nodes beyond the k nearest as many as a put may take. Where there are more, somebody crowds in it: so they are
 * taken by turns from rings of equal width, in each of which one honest node is to be expected, and a crowd in one ring, as
 * next to the key, takes no place of those in the others.
 * @param others nearest first, as they are returned.
 */
export function spread<T extends Pick<Contact, 'id'>> (others: readonly T[], placing: Placing): readonly T[] {
  const { target, replicationFactor } = placing
  const room = maxHolders(placing) - replicationFactor
  if (others.length <= room) return others
  const width = regionRadius(placing) / (REACH * replicationFactor)
  const met = new Map<number, number>()
  const turns = others.map(one => {
    const ring = Math.floor(normalisedDistance(target, one.id) / width)
    const turn = met.get(ring) ?? 0
    met.set(ring, turn + 1)
    return { one, turn, ring }
  })
  const taken = new Set(turns.sort((a, b) => a.turn - b.turn || b.ring - a.ring).slice(0, room).map(({ one }) => one))
  return others.filter(one => taken.has(one))
}

/** How far the region reaches, as a fraction of the key space: 1.5·k/N. */
export function regionRadius ({ replicationFactor, networkSize }: Placing): number {
  return networkSize === undefined ? 0 : REACH * replicationFactor / networkSize
}

export function maxHolders ({ replicationFactor }: Pick<Placing, 'replicationFactor'>): number {
  return MAX_REGION * replicationFactor
}
