/** An event's type and detail as one line that is the same on every machine: what the trace keeps of it. */
export function eventText (type: string, detail: unknown): string {
  return `${type} ${JSON.stringify(detail, plainly)}`
}

/** Bytes as hex digits, maps as entries; of errors the name, since messages of the engine differ between versions. */
function plainly (_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Array.from(value, byte => byte.toString(16).padStart(2, '0')).join('')
  if (value instanceof Map) return [...value.entries()]
  if (value instanceof Error) return value.name
  return value
}
