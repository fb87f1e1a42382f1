/** Owned keys, `/pk/<publisher id>/<name>`: every holder and every reader takes their records from that publisher alone. */
import { InvalidOptionError } from '@kadmium/interface'
import type { KadRecord, PeerId } from '@kadmium/interface'
import { peerIdFromPublicKey } from '@kadmium/peer-id'
import { MAX_KEY_BYTES } from '@kadmium/wire'
import { bytesText } from './bytes.ts'

const PREFIX = '/pk/'
const OWNED = /^\/pk\/([0-9a-f]{40})\/./s

/** `name` is 1 to 19 bytes: text (UTF-8) or bytes. */
export function ownedKey (publisher: PeerId, name: string | Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(`${PREFIX}${publisher.hex}/`)
  const tail = typeof name === 'string' ? new TextEncoder().encode(name) : name
  const longest = MAX_KEY_BYTES - head.length
  if (tail.length < 1 || tail.length > longest) throw new InvalidOptionError('name', `expected 1 to ${longest} bytes, got ${tail.length}`)
  const key = new Uint8Array(head.length + tail.length)
  key.set(head)
  key.set(tail, head.length)
  return key
}

/** Whether the record may stand under its key: any key that is not under `/pk/`, and an owned key of its publisher. */
export function isAllowedUnder ({ key, publisher }: Pick<KadRecord, 'key' | 'publisher'>): boolean {
  const text = bytesText(key)
  if (!text.startsWith(PREFIX)) return true
  const owner = OWNED.exec(text)?.[1]
  return owner !== undefined && publisher !== undefined && peerIdFromPublicKey(publisher).hex === owner
}
