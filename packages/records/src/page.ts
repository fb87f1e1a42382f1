/** Some of the records under a key: which, in what order, and how many. */
import { InvalidOptionError } from '@kadmium/interface'
import type { PeerId } from '@kadmium/interface'
import { compareDistance, keyId, peerIdFromBytes, peerIdFromWords } from '@kadmium/peer-id'
import type { HeldRecord } from './held-record.ts'
import type { Slot } from './slot.ts'
import { isAsked } from './verify.ts'

/** Without `publisher` and `salt`: all under the key. */
export interface PageAsked extends Slot {
  /** Orders the records by their ranks; another seed gives another order. Default: hard records first, then as they came. */
  readonly seed?: Uint8Array
  /** Only records of a higher rank than this, 20 bytes; needs `seed`. */
  readonly after?: Uint8Array
  /** At most so many. Default: all. */
  readonly limit?: number
  /** Default false. */
  readonly tombstones?: boolean
  /** Only advertisements. Default false. */
  readonly advertisements?: boolean
}

export interface RecordPage {
  readonly records: HeldRecord[]
  /** There are records after these. */
  readonly more: boolean
  /** How many there are of what was asked, on all pages. */
  readonly total: number
}

/**
 * The place of a slot in the order of a seed: SHA-1(seed ‖ publisher ‖ salt), the same at every holder. Who asks on with
 * the highest rank it has seen gets no record twice, wherever it asks.
 */
export function slotRank (seed: Uint8Array, { publisher = EMPTY, salt = EMPTY }: Pick<Slot, 'publisher' | 'salt'>): PeerId {
  const bytes = new Uint8Array(seed.length + publisher.length + salt.length)
  bytes.set(seed)
  bytes.set(publisher, seed.length)
  bytes.set(salt, seed.length + publisher.length)
  return keyId(bytes)
}

/** `living` are all records under `asked.key`. */
export function pageOf (living: readonly HeldRecord[], asked: PageAsked): RecordPage {
  const { seed, after, limit = Infinity, tombstones = false, advertisements = false } = asked
  const matching = living.filter(({ record }) => (tombstones || record.kind !== 'tombstone') && (!advertisements || record.kind === 'advertisement') && isAsked(record, asked))
  if (seed === undefined && after !== undefined) throw new InvalidOptionError('after', 'needs a seed')
  const rest = seed === undefined ? matching : ranked(matching, seed, after)
  const records = rest.slice(0, limit)
  return { records, more: records.length < rest.length, total: matching.length }
}

function ranked (records: readonly HeldRecord[], seed: Uint8Array, after: Uint8Array | undefined): HeldRecord[] {
  const floor = after === undefined ? undefined : peerIdFromBytes(after)
  return records
    .map(held => ({ held, rank: slotRank(seed, held.record) }))
    .filter(({ rank }) => floor === undefined || compareDistance(ZERO, rank, floor) > 0)
    .sort((a, b) => compareDistance(ZERO, a.rank, b.rank))
    .map(({ held }) => held)
}

const EMPTY = new Uint8Array(0)
const ZERO = peerIdFromWords(0, 0, 0, 0, 0)
