/** Values that travel compressed. What is signed is what travels, so whoever cannot inflate it can hold and verify it all the same. */
import type { Compressor, KadRecord, RecordRefusal } from '@kadmium/interface'
import { MAX_VALUE_BYTES } from '@kadmium/wire'

/** The value that was put, or why it cannot be had. Inflates to no more than `maxBytes`. */
export function plainValue ({ value, encoding }: KadRecord, compressor: Compressor | undefined, maxBytes = MAX_VALUE_BYTES): Uint8Array | RecordRefusal {
  if (encoding === undefined) return value
  const inflated = compressor?.inflate(value, maxBytes) ?? 'unknown'
  switch (inflated) {
    case 'unknown': return 'unknown-encoding'
    case 'malformed': return 'bad-encoding'
    case 'too-large': return 'value-too-large'
    default: return inflated
  }
}

/** What is wrong with the value of a record, for who can tell. */
export function checkEncoding (record: KadRecord, compressor: Compressor | undefined): RecordRefusal | undefined {
  const value = compressor === undefined ? undefined : plainValue(record, compressor)
  return typeof value === 'string' ? value : undefined
}

export interface PackedValue {
  readonly value: Uint8Array
  readonly encoding?: 'deflate'
}

/** Compressed where that saves an eighth: less is not worth what every reader does for it. */
export function packValue (value: Uint8Array, compressor: Compressor): PackedValue {
  const deflated = compressor.deflate(value)
  return deflated.length <= value.length * 7 / 8 ? { value: deflated, encoding: 'deflate' } : { value }
}
