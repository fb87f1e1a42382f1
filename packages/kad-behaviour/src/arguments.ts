/** What a caller may give: each check names the argument and says what is allowed. */
import { InvalidOptionError } from '@kadmium/interface'
import { isPeerId, keyId } from '@kadmium/peer-id'
import { MAX_KEY_BYTES, MAX_SALT_BYTES, PUBLIC_KEY_BYTES } from '@kadmium/wire'
import type { PeerId } from '@kadmium/interface'
import type { Asked } from '@kadmium/records'
import type { GetOptions } from './get-result.ts'
import { checkQuorum } from './quorum.ts'

/** A record key is hashed here, and only here. */
export function placeOf (key: PeerId | Uint8Array): PeerId {
  if (isPeerId(key)) return key
  checkKey(key)
  return keyId(key)
}

/** What a get asks for, as a copy that the caller cannot change any more. */
export function askedFor (key: Uint8Array, { publisher, salt, quorum }: GetOptions): Asked {
  checkKey(key)
  if (publisher !== undefined) checkLength('publisher', publisher, PUBLIC_KEY_BYTES, PUBLIC_KEY_BYTES)
  if (salt !== undefined) checkLength('salt', salt, 1, MAX_SALT_BYTES)
  if (quorum !== undefined) checkQuorum('quorum', quorum)
  return { key: key.slice(), ...(publisher && { publisher }), ...(salt && { salt }) }
}

export function checkKey (key: Uint8Array): void {
  checkLength('key', key, 1, MAX_KEY_BYTES)
}

export function checkSeq (seq: number): void {
  if (!Number.isSafeInteger(seq) || seq < 0) throw new InvalidOptionError('expectedSeq', `expected a whole number from 0 to 2^53 - 1, got ${seq}`)
}

export function checkCount (count: number): void {
  if (!Number.isInteger(count) || count < 1) throw new InvalidOptionError('count', `expected a whole number from 1, got ${count}`)
}

function checkLength (argument: string, bytes: Uint8Array, min: number, max: number): void {
  if (bytes.length >= min && bytes.length <= max) return
  throw new InvalidOptionError(argument, `expected ${min === max ? min : `${min} to ${max}`} bytes, got ${bytes.length}`)
}
