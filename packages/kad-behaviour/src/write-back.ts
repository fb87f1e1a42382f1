/**
 * What a get leaves behind: stale copies are replaced, and the nearest peers that had none are given one. The sender of a
 * copy knows only what a holder said of its life, so a copy gets at most half of that.
 */
import type { Contact, PeerId } from '@kadmium/interface'
import { normalisedDistance } from './size-estimate.ts'
import type { GetTally, NewestRecord } from './get-tally.ts'
import type { KadOptions } from './options.ts'
import type { RemainingRecord } from './protocol.ts'

export interface WriteBack extends RemainingRecord {
  readonly to: Contact
}

/** What a get saw. */
export interface Seen {
  readonly target: PeerId
  /** Those that answered, nearest first. */
  readonly answered: readonly Contact[]
  /** How far the key's region reaches, as a fraction of the key space. */
  readonly radius: number
  /** Up to where some may think that it reaches; `radius` where that is not estimated, but where the nearest lie. */
  readonly edge: number
}

/** Peers that are given a copy: the nearest of those that had none. */
export function cacheCandidates (tally: GetTally, { target, answered, ...reach }: Seen, { caching }: KadOptions): Contact[] {
  if (caching === 'off' || cacheable(tally).length === 0) return []
  const without = new Set(tally.without.map(({ id }) => id.hex))
  return answered.filter(({ id }) => without.has(id.hex) && isPlaceForCopy(normalisedDistance(target, id), reach)).slice(0, caching)
}

export function planWriteBacks (tally: GetTally, seen: Seen, options: KadOptions): WriteBack[] {
  const copies = cacheCandidates(tally, seen, options).flatMap(to => cachedCopies(tally, seen, to.id).map(copy => ({ to, ...copy })))
  return [...corrections(tally), ...copies].slice(0, options.maxWriteBacks)
}

/** What `holder` is to have of the newest records, none of which it had. */
export function cachedCopies (tally: GetTally, { target, radius }: Seen, holder: PeerId): RemainingRecord[] {
  const apart = normalisedDistance(target, holder)
  return cacheable(tally)
    .map(({ record, remainingMs }) => ({ record, remainingMs: cachedLifeMs(remainingMs, apart, radius) }))
    .filter(({ remainingMs }) => remainingMs >= 1)
}

/** Advertisements are renewed by their publishers alone, and what is gone need not be said to who never had it. */
function cacheable (tally: GetTally): NewestRecord[] {
  return tally.newest.filter(({ record: { kind } }) => kind === undefined)
}

/** The newest records, for whoever gave an older one of the same slot. */
function corrections (tally: GetTally): WriteBack[] {
  return tally.stale
    .filter(({ newest: { record, remainingMs } }) => record.kind !== 'advertisement' && remainingMs >= 2)
    .map(({ holder, newest: { record, remainingMs } }) => ({ to: holder, record, remainingMs: Math.floor(remainingMs / 2) }))
}

/**
 * Half of what is left, and half again for each doubling of the distance beyond the region: as Kademlia's section 2.3 has it, a
 * life exponentially inversely proportional to the number of nodes nearer, whose logarithm those doublings count.
 */
export function cachedLifeMs (remainingMs: number, apart: number, radius: number): number {
  let lifeMs = remainingMs / 2
  for (let reach = radius; reach < apart && lifeMs >= 1; reach = reach === 0 ? apart : 2 * reach) lifeMs /= 2
  return Math.floor(lifeMs)
}

/** Not just beyond the region: there it would be taken for the copy of a holder, which puts replace, by who thinks the network smaller. */
export function isPlaceForCopy (apart: number, { radius, edge }: Pick<Seen, 'radius' | 'edge'>): boolean {
  return apart <= radius || apart > edge
}
