/**
 * What docs/wire-protocol.md says under "Reading strictly", read a second time and without the schema: a decoder that lets
 * through what this refuses is too lenient, though it may throw nothing and grow nothing.
 */
const MAX_FIELDS = 256
const MAX_TAG = 2 ** 32 - 1

/** Says what a strict reader must refuse `bytes` for, as far as one can tell from the outermost message. */
export function looseness (bytes: Uint8Array, singular: readonly number[]): string | undefined {
  const seen = new Set<number>()
  let at = 0
  for (let count = 1; at < bytes.length; count++) {
    if (count > MAX_FIELDS) return 'too many fields'
    const tag = varintAt(bytes, at)
    if (tag === undefined || tag.value > MAX_TAG || tag.value < 8) return 'a bad tag'
    const number = Math.floor(tag.value / 8)
    if (seen.has(number) && singular.includes(number)) return `field ${number} twice`
    seen.add(number)
    const end = endOfValue(bytes, tag.end, tag.value % 8)
    if (end === undefined || end > bytes.length) return `field ${number} does not end`
    at = end
  }
  return undefined
}

function endOfValue (bytes: Uint8Array, at: number, wire: number): number | undefined {
  if (wire === 1) return at + 8
  if (wire === 5) return at + 4
  const number = varintAt(bytes, at)
  if (wire === 0) return number?.end
  return wire === 2 && number !== undefined ? number.end + number.value : undefined
}

/** In its shortest form, up to 2^53 - 1. */
function varintAt (bytes: Uint8Array, at: number): { readonly value: number, readonly end: number } | undefined {
  let value = 0n
  for (let i = 0; i < 8; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return undefined
    value |= BigInt(byte & 127) << BigInt(7 * i)
    if (byte < 128) return (byte === 0 && i > 0) || value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : { value: Number(value), end: at + i + 1 }
  }
  return undefined
}
