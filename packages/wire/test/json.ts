/** Messages as fixtures show them: bytes in hex, endpoints as text. */
import { toString } from 'uint8arrays/to-string'

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

export function hex (bytes: Uint8Array): string {
  return toString(bytes, 'base16')
}

export function toJson (value: unknown): Json {
  if (value instanceof Uint8Array) return hex(value)
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value !== 'object' || value === null) return value as Json
  if ('text' in value && typeof value.text === 'string') return value.text
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined).map(([name, part]) => [name, toJson(part)]))
}
