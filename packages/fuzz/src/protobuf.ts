/** Protobuf without a schema: enough to take messages to pieces and put them together wrongly. */

export type Value = number | Uint8Array | Field[]

/** `wire` is 0 for a varint, 1 and 5 for fixed bytes, 2 for bytes or a message. */
export interface Field {
  number: number
  wire: number
  value: Value
  /** Written instead of the true length. */
  length?: number
  /** Writes number or length with a byte more than it needs. */
  long?: boolean
}

const MAX_DEPTH = 6

/** `undefined` where `bytes` are no protobuf message. Bytes that could be a message are taken for one. */
export function parseFields (bytes: Uint8Array, depth = 0): Field[] | undefined {
  const fields: Field[] = []
  const reader = new Reader(bytes)
  while (!reader.atEnd) {
    const tag = reader.varint()
    if (tag === undefined || tag < 8) return undefined
    const value = reader.value(tag & 7)
    if (value === undefined) return undefined
    const nested = value instanceof Uint8Array && (tag & 7) === 2 && depth < MAX_DEPTH && value.length > 1 ? parseFields(value, depth + 1) : undefined
    fields.push({ number: Math.floor(tag / 8), wire: tag & 7, value: nested ?? value })
  }
  return fields.length === 0 ? undefined : fields
}

/** What is in the fields, however wrong. */
export function writeFields (fields: readonly Field[]): Uint8Array {
  const out: number[] = []
  for (const field of fields) writeField(field, out)
  return Uint8Array.from(out)
}

export function bytesOf (value: Value): Uint8Array {
  if (value instanceof Uint8Array) return value
  return typeof value === 'number' ? Uint8Array.from(varint(value)) : writeFields(value)
}

function writeField ({ number, wire, value, length, long = false }: Field, out: number[]): void {
  out.push(...varint(number * 8 + wire))
  if (typeof value === 'number') {
    out.push(...varint(value, long))
    return
  }
  const bytes = bytesOf(value)
  if (wire === 2) out.push(...varint(length ?? bytes.length, long))
  for (const byte of bytes) out.push(byte)
}

export function varint (value: number, long = false): number[] {
  const out: number[] = []
  let rest = Math.max(0, value)
  while (rest > 127) {
    out.push(rest % 128 + 128)
    rest = Math.floor(rest / 128)
  }
  return long ? [...out, rest + 128, 0] : [...out, rest]
}

class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor (bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get atEnd (): boolean {
    return this.#at >= this.#bytes.length
  }

  varint (): number | undefined {
    let value = 0
    for (let scale = 1; this.#at < this.#bytes.length && scale < 2 ** 53; scale *= 128) {
      const byte = this.#bytes[this.#at++]!
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    return undefined
  }

  value (wire: number): number | Uint8Array | undefined {
    switch (wire) {
      case 0: return this.varint()
      case 1: return this.#take(8)
      case 2: return this.#take(this.varint() ?? Infinity)
      case 5: return this.#take(4)
      default: return undefined
    }
  }

  #take (length: number): Uint8Array | undefined {
    if (length > this.#bytes.length - this.#at) return undefined
    this.#at += length
    return this.#bytes.slice(this.#at - length, this.#at)
  }
}
