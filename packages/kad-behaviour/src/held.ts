import { remainingMs } from '@kadmium/records'
import type { Asked, HeldRecord, RecordStore } from '@kadmium/records'
import type { RemainingRecord } from './protocol.ts'

/** The living records of a store that answer what is asked, tombstones too: all under a key, or those of one publisher, or of one slot. */
export function heldFor (store: RecordStore, asked: Asked, now: number): RemainingRecord[] {
  return store.page({ ...asked, tombstones: true }, now).records.map(held => remaining(held, now))
}

export function remaining (held: HeldRecord, now: number): RemainingRecord {
  return { record: held.record, remainingMs: remainingMs(held, now) }
}
