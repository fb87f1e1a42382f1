const utf8 = new TextEncoder()

/** The key of the n-th record of a scenario. */
export function recordKey (n: number): Uint8Array {
  return utf8.encode(`record ${n}`)
}

export function recordValue (n: number): Uint8Array {
  return utf8.encode(`value of record ${n}`)
}

export function sameBytes (a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
