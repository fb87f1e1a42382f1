/** Byte strings as values: compared, and as text for the keys of a `Map`. */

export function equalBytes (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

/** Below 0, 0 or above 0, byte by byte; a prefix comes first. */
export function compareBytes (a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** One character a byte; different bytes give different text. For short byte strings: keys, salts, public keys. */
export function bytesText (bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
