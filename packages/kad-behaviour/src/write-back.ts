/**
 * What a get leaves behind: stale copies are replaced, and the nearest peers that had none are given one. The sender of a
 * copy knows only what a holder said of its life, so a copy gets at most half of that.
 */
import { isCloser } from '@kadmium/peer-id'
import type { Contact, PeerId } from '@kadmium/interface'
import type { GetTally, NewestRecord } from './get-tally.ts'
import type { KadOptions } from './options.ts'
import type { RemainingRecord } from './protocol.ts'

export interface WriteBack extends RemainingRecord {
  readonly to: Contact
}

/** What a lookup saw. */
export interface Seen {
  readonly target: PeerId
  /** Those that answered, nearest first. */
  readonly answered: readonly Contact[]
  /** Every node that was named. */
  readonly heard: Iterable<PeerId>
}

/** Peers that are given a copy: the nearest of those that had none. */
export function cacheCandidates (tally: GetTally, { answered }: Seen, { caching }: KadOptions): Contact[] {
  if (caching === 'off' || cacheable(tally).length === 0) return []
  const without = new Set(tally.without.map(({ id }) => id.hex))
  return answered.filter(({ id }) => without.has(id.hex)).slice(0, caching)
}

export function planWriteBacks (tally: GetTally, seen: Seen, options: KadOptions): WriteBack[] {
  const heard = [...seen.heard]
  const copies = cacheCandidates(tally, seen, options).flatMap(to => {
    const nearer = heard.filter(id => isCloser(seen.target, id, to.id)).length
    const life = (remainingMs: number): number => cachedLifeMs(remainingMs, nearer, options.replicationFactor)
    return cacheable(tally).map(({ record, remainingMs }) => ({ to, record, remainingMs: life(remainingMs) }))
  })
  return [...corrections(tally), ...copies].filter(({ remainingMs }) => remainingMs >= 1).slice(0, options.maxWriteBacks)
}

/** Advertisements are renewed by their publishers alone, and what is gone need not be said to who never had it. */
function cacheable (tally: GetTally): NewestRecord[] {
  return tally.newest.filter(({ record: { kind } }) => kind === undefined)
}

/** The newest records, for whoever gave an older one of the same slot. */
function corrections (tally: GetTally): WriteBack[] {
  return tally.stale.filter(({ newest }) => newest.record.kind !== 'advertisement').map(({ holder, newest }) => ({ to: holder, record: newest.record, remainingMs: Math.floor(newest.remainingMs / 2) }))
}

/** Half of what is left, and half again for each node nearer than the peer beyond those that are to hold it anyway. */
export function cachedLifeMs (remainingMs: number, nearer: number, replicationFactor: number): number {
  const beyond = Math.max(0, nearer - replicationFactor + 1)
  return beyond > MAX_HALVINGS ? 0 : Math.floor(remainingMs / 2 / (1 << beyond))
}

/** 48 h, halved 28 times, are less than a millisecond. */
const MAX_HALVINGS = 28
