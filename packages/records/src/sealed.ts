/** Entries on a disk: a version, a checksum, then the bytes. What was torn or rotted is told from what was written. */
import { keyId } from '@kadmium/peer-id'
import { equalBytes } from './bytes.ts'

const VERSION = 1
const CHECKSUM_BYTES = 8
const BODY_AT = 1 + CHECKSUM_BYTES

export function seal (body: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(BODY_AT + body.length)
  sealed[0] = VERSION
  sealed.set(checksum(body), 1)
  sealed.set(body, BODY_AT)
  return sealed
}

/** What was sealed, as a copy; `undefined` for anything else, a later version's entries included. */
export function unseal (sealed: Uint8Array): Uint8Array | undefined {
  const bytes = new Uint8Array(sealed)
  const body = bytes.subarray(BODY_AT)
  return bytes[0] === VERSION && equalBytes(bytes.subarray(1, BODY_AT), checksum(body)) ? body : undefined
}

export function sealNumber (value: number): Uint8Array {
  const body = new Uint8Array(8)
  new DataView(body.buffer).setFloat64(0, value)
  return seal(body)
}

export function unsealNumber (sealed: Uint8Array): number | undefined {
  const body = unseal(sealed)
  return body?.length === 8 ? new DataView(body.buffer, body.byteOffset).getFloat64(0) : undefined
}

/** The first 8 bytes of SHA-1: against accidents, not against whoever can write to the disk. */
function checksum (body: Uint8Array): Uint8Array {
  return keyId(body).bytes.slice(0, CHECKSUM_BYTES)
}
