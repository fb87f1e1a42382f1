/** Protobuf by hand, to make what no encoder of ours would. */

/** A length-delimited field. */
export function bytesField (number: number, bytes: Uint8Array | readonly number[]): number[] {
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes]
}

export function varintField (number: number, value: number): number[] {
  return [...varint(number * 8), ...varint(value)]
}

export function varint (value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
}
