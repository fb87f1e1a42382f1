import { plainValue } from '@kadmium/records'
import type { Compressor, KadRecord, RecordRefusal } from '@kadmium/interface'
import { MAX_VALUE_BYTES } from '@kadmium/wire'

/** What the compressed values of one answer may come to, in bytes: 16 of the longest. An answer has at most 32 records. */
const MAX_INFLATED_BYTES = 1_048_576

/** Reads the values of one answer. What cannot be inflated counts as if it were as long as it may be. */
export class AnswerValues {
  readonly #compressor: Compressor | undefined
  #room = MAX_INFLATED_BYTES

  constructor (compressor: Compressor | undefined) {
    this.#compressor = compressor
  }

  /** `value-too-large` too where the values before it have left no room. */
  read (record: KadRecord): Uint8Array | RecordRefusal {
    if (record.encoding === undefined || this.#compressor === undefined) return plainValue(record, this.#compressor)
    const maxBytes = Math.min(MAX_VALUE_BYTES, this.#room)
    if (maxBytes === 0) return 'value-too-large'
    const value = plainValue(record, this.#compressor, maxBytes)
    this.#room -= typeof value === 'string' ? maxBytes : value.length
    return value
  }
}
