import type { KadRecord } from '@kadmium/interface'
import { compareBytes } from './bytes.ts'
import { slotOf } from './slot.ts'

/**
 * The newest record of each slot, newest first; equal sequence numbers by publisher key, then salt. Where a publisher
 * signed two values with one sequence number, every reader picks the same one. For verified records.
 */
export function selectNewest<R extends KadRecord> (records: Iterable<R>): R[] {
  const newest = new Map<string, R>()
  for (const record of records) {
    const slot = slotOf(record)
    const rival = newest.get(slot)
    if (rival === undefined || compareRecords(record, rival) < 0) newest.set(slot, record)
  }
  return [...newest.values()].sort(compareRecords)
}

/** A total order but for records that are equal: below 0 when `a` is to be preferred. */
function compareRecords (a: KadRecord, b: KadRecord): number {
  return b.seq - a.seq ||
    compareBytes(a.publisher ?? EMPTY, b.publisher ?? EMPTY) ||
    compareBytes(a.salt ?? EMPTY, b.salt ?? EMPTY) ||
    b.ttl - a.ttl ||
    compareBytes(a.signature ?? EMPTY, b.signature ?? EMPTY)
}

const EMPTY = new Uint8Array(0)
