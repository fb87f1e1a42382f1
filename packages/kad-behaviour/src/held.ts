import { remainingMs } from '@kadmium/records'
import type { Asked, RecordStore } from '@kadmium/records'
import type { RemainingRecord } from './protocol.ts'

/** The living records of a store that answer what is asked: all under a key, or those of one publisher, or of one slot. */
export function heldFor (store: RecordStore, asked: Asked, now: number): RemainingRecord[] {
  return store.get(asked.key, now)
    .filter(({ record }) => matches(record.publisher, asked.publisher) && matches(record.salt, asked.salt))
    .map(held => ({ record: held.record, remainingMs: remainingMs(held, now) }))
}

function matches (bytes: Uint8Array | undefined, wanted: Uint8Array | undefined): boolean {
  if (wanted === undefined) return true
  return bytes !== undefined && bytes.length === wanted.length && bytes.every((byte, index) => byte === wanted[index])
}
