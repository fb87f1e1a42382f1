/**
 * Checks bytes against the shape of a message before the generated decoder sees them: every tag, length and varint, each
 * singular field at most once, nothing deeper than the schema. The generated code of protons is quick but trusting (it
 * reads past the end of a nested message, and loses its place after a varint that is longer than it needs to be).
 */
import { MAX_FIELDS } from './limits.ts'

export type FieldShape =
  | { readonly type: 'varint', readonly min: number, readonly max: number }
  | { readonly type: 'bytes' | 'text', readonly min: number, readonly max: number }
  | { readonly type: 'message', readonly shape: Shape, readonly max: number }

/** Field shapes by field number, at most 30; numbers without one are skipped. */
export type Shape = readonly (FieldShape | undefined)[]

const VARINT = 0
const FIXED64 = 1
const LENGTH_DELIMITED = 2
const FIXED32 = 5
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Says what is wrong, or `undefined` when `bytes` are a message of this shape. Reads each byte once. */
export function checkShape (bytes: Uint8Array, shape: Shape): string | undefined {
  return new Scanner(bytes).message(bytes.length, shape)
}

class Scanner {
  readonly #bytes: Uint8Array
  #at = 0

  constructor (bytes: Uint8Array) {
    this.#bytes = bytes
  }

  message (end: number, shape: Shape): string | undefined {
    let seen = 0
    let repeats = 0
    for (let count = 0; this.#at < end; count++) {
      if (count === MAX_FIELDS) return 'too many fields'
      const tag = this.#varint(end)
      if (tag === undefined || tag > 0xffffffff || tag < 8) return 'bad tag'
      const number = Math.floor(tag / 8)
      const field = shape[number]
      const bit = field === undefined ? 0 : 1 << number
      if ((seen & bit) !== 0 && (field?.type !== 'message' || ++repeats >= field.max)) return `field ${number} too often`
      seen |= bit
      const problem = field === undefined ? this.#skip(tag & 7, end) : this.#field(field, tag & 7, end)
      if (problem !== undefined) return problem === 'out of range' ? `field ${number} out of range` : problem
    }
    return undefined
  }

  #field (field: FieldShape, wireType: number, end: number): string | undefined {
    if (wireType !== (field.type === 'varint' ? VARINT : LENGTH_DELIMITED)) return 'bad wire type'
    const value = this.#varint(end)
    if (value === undefined) return 'bad varint'
    if (field.type === 'varint') return value < field.min || value > field.max ? 'out of range' : undefined
    const fieldEnd = this.#at + value
    if (fieldEnd > end) return 'length beyond the end'
    if (field.type === 'message') return this.message(fieldEnd, field.shape)
    if (value < field.min || value > field.max) return 'out of range'
    if (field.type === 'text' && !this.#isText(fieldEnd)) return 'bad UTF-8'
    this.#at = fieldEnd
    return undefined
  }

  /** Groups (wire types 3 and 4) are refused: nobody has sent them since protobuf 2, and they nest. */
  #skip (wireType: number, end: number): string | undefined {
    switch (wireType) {
      case VARINT: return this.#varint(end) === undefined ? 'bad varint' : undefined
      case FIXED64: this.#at += 8; break
      case FIXED32: this.#at += 4; break
      case LENGTH_DELIMITED: {
        const length = this.#varint(end)
        if (length === undefined) return 'bad varint'
        this.#at += length
        break
      }
      default: return 'bad wire type'
    }
    return this.#at > end ? 'length beyond the end' : undefined
  }

  /** A varint of at most 53 bits in its shortest form. */
  #varint (end: number): number | undefined {
    let value = 0
    let scale = 1
    for (let length = 1; length <= 8 && this.#at < end; length++) {
      const byte = this.#bytes[this.#at++] ?? 0
      value += (byte & 127) * scale
      if (byte < 128) return (byte === 0 && length > 1) || value > Number.MAX_SAFE_INTEGER ? undefined : value
      scale *= 128
    }
    return undefined
  }

  #isText (end: number): boolean {
    for (let at = this.#at; at < end; at++) {
      if ((this.#bytes[at] ?? 0) > 127) return isUtf8(this.#bytes.subarray(this.#at, end))
    }
    return true
  }
}

function isUtf8 (bytes: Uint8Array): boolean {
  try {
    utf8.decode(bytes)
    return true
  } catch {
    return false
  }
}
