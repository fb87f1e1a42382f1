const utf8 = new TextEncoder()

/** The key of the n-th record of a scenario. */
export function recordKey (n: number): Uint8Array {
  return utf8.encode(`record ${n}`)
}

export function recordValue (n: number): Uint8Array {
  return utf8.encode(`value of record ${n}`)
}
