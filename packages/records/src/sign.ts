/** Making records. Arguments are the caller's own, so what is wrong with them throws. */
import { InvalidOptionError, ValueTooLargeError } from '@kadmium/interface'
import type { Identity, KadRecord, ValueEncoding } from '@kadmium/interface'
import { keyId } from '@kadmium/peer-id'
import { MAX_KEY_BYTES, MAX_SALT_BYTES, MAX_TTL_SECONDS, MAX_VALUE_BYTES, encodePeerRecord, recordSigningBytes } from '@kadmium/wire'
import type { AdvertisedPeer } from '@kadmium/wire'

export interface RecordInit {
  /** 1 to 64 bytes. */
  readonly key: Uint8Array
  /** At most 65,536 bytes; 850 with the salt travel in one datagram. */
  readonly value: Uint8Array
  /** How `value` is to be read: see `packValue`. Default: as it is. */
  readonly encoding?: ValueEncoding
  /** The record's whole life in seconds, 1 to 172,800. Default 172,800 (48 h). */
  readonly ttl?: number
  /** See `SequenceNumbers`. */
  readonly seq: number
  /** At most 64 bytes; an empty one is none. */
  readonly salt?: Uint8Array
}

export type TombstoneInit = Omit<RecordInit, 'value' | 'encoding'>

export interface AdvertisementInit extends Omit<RecordInit, 'value' | 'encoding' | 'salt'> {
  readonly peer: AdvertisedPeer
}

/** A record of `identity`. Its bytes are copies of what was given. */
export function signRecord (init: RecordInit, identity: Identity): KadRecord {
  return signed(fieldsOf(init), identity)
}

/** What takes the place of a record that `identity` removes: no value, and a seq above that record's. Lives 48 h by default. */
export function signTombstone (init: TombstoneInit, identity: Identity): KadRecord {
  return signed({ ...fieldsOf({ ...init, value: new Uint8Array(0) }), kind: 'tombstone' }, identity)
}

/** Says under `key` where `identity` is to be found. */
export function signAdvertisement ({ peer, ...init }: AdvertisementInit, identity: Identity): KadRecord {
  return signed({ ...fieldsOf({ ...init, value: encodePeerRecord(peer) }), kind: 'advertisement' }, identity)
}

/** A value that is its own proof: the key is its SHA-1. `ttl` in seconds, by default 172,800 (48 h); seq is 0. */
export function immutableRecord (value: Uint8Array, ttl: number = MAX_TTL_SECONDS): KadRecord {
  checkLife(value, ttl)
  return { key: new Uint8Array(keyId(value).bytes), value: new Uint8Array(value), seq: 0, ttl }
}

/** A record that nobody signs, for networks that allow it: see `RecordRules`. Its seq is at least 1. */
export function unsignedRecord (init: RecordInit): KadRecord {
  checkInteger('seq', init.seq, 1, Number.MAX_SAFE_INTEGER)
  return fieldsOf(init)
}

function signed (fields: KadRecord, identity: Identity): KadRecord {
  const { key, value, ...rest } = fields
  const unsigned: KadRecord = { key, value, publisher: identity.publicKey, ...rest }
  return { ...unsigned, signature: identity.sign(recordSigningBytes(unsigned)) }
}

function fieldsOf ({ key, value, encoding, ttl = MAX_TTL_SECONDS, seq, salt = new Uint8Array(0) }: RecordInit): KadRecord {
  checkLength('key', key, 1, MAX_KEY_BYTES)
  checkLength('salt', salt, 0, MAX_SALT_BYTES)
  checkInteger('seq', seq, 0, Number.MAX_SAFE_INTEGER)
  checkLife(value, ttl)
  return { key: new Uint8Array(key), value: new Uint8Array(value), seq, ttl, ...(salt.length > 0 && { salt: new Uint8Array(salt) }), ...(encoding && { encoding }) }
}

function checkLife (value: Uint8Array, ttl: number): void {
  if (value.length > MAX_VALUE_BYTES) throw new ValueTooLargeError(value.length, MAX_VALUE_BYTES)
  checkInteger('ttl', ttl, 1, MAX_TTL_SECONDS)
}

function checkLength (name: string, bytes: Uint8Array, min: number, max: number): void {
  if (bytes.length < min || bytes.length > max) throw new InvalidOptionError(name, `expected ${min} to ${max} bytes, got ${bytes.length}`)
}

function checkInteger (name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) throw new InvalidOptionError(name, `expected an integer from ${min} to ${max}, got ${value}`)
}
