import { InvalidOptionError } from '@kadmium/interface'
import { keyId } from '@kadmium/peer-id'

/** The record key of a namespace: its SHA-1, so that a name may have any length. Text is UTF-8. */
export function namespaceKey (namespace: string | Uint8Array): Uint8Array {
  const name = typeof namespace === 'string' ? new TextEncoder().encode(namespace) : namespace
  if (name.length === 0) throw new InvalidOptionError('namespace', 'expected a name, got nothing')
  return keyId(name).bytes.slice()
}
