/**
 * Whether there is room for a record, and what has to go for it. Pure. A full store prefers what is near its own id, which
 * is what others will look for here: the farthest goes first, and only for something nearer. Advertisements go before
 * records and never displace one.
 */
import type { RecordRefusal } from '@kadmium/interface'
import { bytesOf, isSoft } from './holdings.ts'
import type { Entry, Holdings, KeyEntries } from './holdings.ts'

/** What others can fill a store with. Whole numbers; counted with what has not expired. */
export interface StoreLimits {
  /** Records in all, advertisements included. Default 65,536. */
  readonly maxRecords: number
  /** Bytes in all, with `RECORD_OVERHEAD_BYTES` for each record. Default 67,108,864 (64 MiB). */
  readonly maxBytes: number
  /** Longest value. Default 65,536. */
  readonly maxValueBytes: number
  /** Records under one key, advertisements not included: many publishers may use it. Default 1,024. */
  readonly maxRecordsPerKey: number
  /** Records of one publisher, advertisements included. Default: a quarter of `maxRecords`, at least 1,024. */
  readonly maxRecordsPerPublisher: number
  /** Bytes of one publisher, advertisements included. Default: a quarter of `maxBytes`, at least 1 MiB. */
  readonly maxBytesPerPublisher: number
  /** Records that came from one IP group (/24, /56), whoever's they are; advertisements not included. Default: a quarter of `maxRecords`, at least 1,024. */
  readonly maxRecordsPerGroup: number
  /** Bytes that came from one IP group, advertisements not included. Default: a quarter of `maxBytes`, at least 1 MiB. */
  readonly maxBytesPerGroup: number
  /** Advertisements in all. Default: a quarter of `maxRecords`, at least 1,024. */
  readonly maxAdvertisements: number
  /** Advertisements under one key; of more a uniform sample is kept. Default 512. */
  readonly maxAdvertisementsPerKey: number
  /** Advertisements that came from one IP group under one key; of more a uniform sample is kept. Default 8. */
  readonly maxAdvertisementsPerKeyAndGroup: number
  /** Advertisements that came from one IP group. Default 1,024. */
  readonly maxAdvertisementsPerGroup: number
}

export interface Room {
  /** What goes for it. */
  readonly victims: readonly Entry[]
  /** Whether it is kept at all: an advertisement may be out of the sample from the start. */
  readonly kept: boolean
  /** Whether it is one of a sample. */
  readonly sampled: boolean
}

/** `replaced` is what the slot of `newcomer` holds. Expired entries have been dropped. */
export function roomFor (newcomer: Entry, replaced: Entry | undefined, holdings: Holdings, limits: StoreLimits): Room | RecordRefusal {
  return isSoft(newcomer) ? roomForSoft(newcomer, replaced, holdings, limits) : roomForRecord(newcomer, replaced, holdings, limits)
}

function roomForRecord (newcomer: Entry, replaced: Entry | undefined, holdings: Holdings, limits: StoreLimits): Room | RecordRefusal {
  const paid = replaced !== undefined && !isSoft(replaced) ? replaced : undefined
  const quota = checkPublisher(newcomer, replaced, holdings, limits) ?? checkGroup(newcomer, paid, holdings, limits)
  if (quota !== undefined) return quota
  if (paid === undefined && (holdings.under(newcomer.record.key)?.records.size ?? 0) >= limits.maxRecordsPerKey) return 'key-full'
  const freed = victimsFor(newcomer, replaced === undefined ? [] : [replaced], holdings, limits)
  return freed === undefined ? 'store-full' : { victims: freed, kept: true, sampled: false }
}

function roomForSoft (newcomer: Entry, replaced: Entry | undefined, holdings: Holdings, limits: StoreLimits): Room | RecordRefusal {
  const { full, rival } = contest(newcomer, holdings.under(newcomer.record.key), limits)
  const paid = replaced !== undefined && isSoft(replaced) ? replaced : undefined
  const loser = paid === undefined ? rival : undefined
  if (loser !== undefined && priorityOf(loser) >= priorityOf(newcomer)) {
    return { victims: replaced === undefined ? [] : [replaced], kept: false, sampled: true }
  }
  const leaving = [replaced, loser].filter(entry => entry !== undefined)
  const quota = checkPublisher(newcomer, replaced, holdings, limits) ?? checkSoftGroup(newcomer, leaving, holdings, limits)
  if (quota !== undefined) return quota
  const freed = victimsFor(newcomer, leaving, holdings, limits)
  return freed === undefined ? 'store-full' : { victims: [...(loser === undefined ? [] : [loser]), ...freed], kept: true, sampled: full }
}

/**
 * Who is the first to leave the sample for one more: the lowest priority of the newcomer's group where that has its share
 * of the key, or of the key where that has its share. `full`: no more than the sample is kept.
 */
function contest ({ group }: Entry, entries: KeyEntries | undefined, limits: StoreLimits): { full: boolean, rival: Entry | undefined } {
  const held = [...entries?.soft.values() ?? []]
  const ofGroup = group === undefined ? [] : held.filter(entry => entry.group === group)
  if (group !== undefined && ofGroup.length >= limits.maxAdvertisementsPerKeyAndGroup) return { full: true, rival: lowest(ofGroup) }
  const full = held.length >= limits.maxAdvertisementsPerKey
  return { full, rival: full ? lowest(held) : undefined }
}

function lowest (entries: readonly Entry[]): Entry | undefined {
  return entries.reduce<Entry | undefined>((least, entry) => least === undefined || priorityOf(entry) < priorityOf(least) ? entry : least, undefined)
}

function priorityOf ({ priority = 1 }: Entry): number {
  return priority
}

function checkPublisher ({ record }: Entry, replaced: Entry | undefined, holdings: Holdings, limits: StoreLimits): RecordRefusal | undefined {
  if (record.publisher === undefined) return undefined
  const { records, advertisements, bytes } = holdings.publisher(record)
  const isOver = (replaced === undefined && records + advertisements >= limits.maxRecordsPerPublisher) ||
    bytes + growth(record, replaced) > limits.maxBytesPerPublisher
  return isOver ? 'publisher-quota' : undefined
}

function checkGroup ({ group, record }: Entry, paid: Entry | undefined, holdings: Holdings, limits: StoreLimits): RecordRefusal | undefined {
  if (group === undefined) return undefined
  const { records, bytes } = holdings.group(group)
  const isOver = (paid === undefined && records >= limits.maxRecordsPerGroup) || bytes + growth(record, paid) > limits.maxBytesPerGroup
  return isOver ? 'group-quota' : undefined
}

function checkSoftGroup ({ group }: Entry, leaving: readonly Entry[], holdings: Holdings, limits: StoreLimits): RecordRefusal | undefined {
  if (group === undefined) return undefined
  const freed = leaving.filter(entry => isSoft(entry) && entry.group === group).length
  return holdings.group(group).advertisements - freed >= limits.maxAdvertisementsPerGroup ? 'group-quota' : undefined
}

function growth (record: Entry['record'], replaced: Entry | undefined): number {
  return bytesOf(record) - (replaced === undefined ? 0 : bytesOf(replaced.record))
}

/** What has to go beside `leaving` so that no total is exceeded; `undefined` where nothing farther is enough. */
function victimsFor (newcomer: Entry, leaving: readonly Entry[], holdings: Holdings, limits: StoreLimits): Entry[] | undefined {
  let records = holdings.size + 1 - leaving.length - limits.maxRecords
  let bytes = holdings.bytes + bytesOf(newcomer.record) - leaving.reduce((sum, { record }) => sum + bytesOf(record), 0) - limits.maxBytes
  let soft = isSoft(newcomer) ? holdings.advertisements + 1 - leaving.filter(isSoft).length - limits.maxAdvertisements : 0
  const victims: Entry[] = []
  const candidates = farther(newcomer, holdings)
  while (records > 0 || bytes > 0 || soft > 0) {
    const { value: victim } = candidates.next() as { value: Entry | undefined }
    if (victim === undefined) return undefined
    victims.push(victim)
    records--
    bytes -= bytesOf(victim.record)
    soft -= isSoft(victim) ? 1 : 0
  }
  return victims
}

function * farther (newcomer: Entry, holdings: Holdings): IterableIterator<Entry> {
  yield * holdings.softBeyond(newcomer.keyId)
  if (!isSoft(newcomer)) yield * holdings.recordsBeyond(newcomer.keyId)
}
