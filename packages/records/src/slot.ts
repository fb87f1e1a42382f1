import type { KadRecord } from '@kadmium/interface'
import { bytesText } from './bytes.ts'

/** Where a record lives: one record at a time, and only its publisher can replace it. */
export type Slot = Pick<KadRecord, 'key' | 'publisher' | 'salt'>

/** The slot as text: equal for equal slots only, so it serves as a `Map` key. Opaque, and not for people to read. */
export function slotOf (slot: Slot): string {
  return part(slot.key) + part(slot.publisher) + part(slot.salt)
}

/** An empty salt is no salt: on the wire they are the same. */
function part (bytes: Uint8Array = EMPTY): string {
  return String.fromCharCode(bytes.length) + bytesText(bytes)
}

const EMPTY = new Uint8Array(0)
