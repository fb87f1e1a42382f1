/** What makes a record believable, at a holder as at a reader. Nothing here throws: records come from strangers. */
import { Refusal } from '@kadmium/interface'
import type { Compressor, Crypto, KadRecord, RecordRefusal } from '@kadmium/interface'
import { keyId } from '@kadmium/peer-id'
import {
  MAX_KEY_BYTES, MAX_SALT_BYTES, MAX_TTL_SECONDS, PUBLIC_KEY_BYTES, SIGNATURE_BYTES, decodePeerRecord, recordSigningBytes
} from '@kadmium/wire'
import { equalBytes } from './bytes.ts'
import { checkEncoding } from './encoding.ts'
import { isAllowedUnder } from './owned-key.ts'
import type { Slot } from './slot.ts'

/** What a network takes for a record. */
export interface RecordRules {
  /** Records that nobody signs, and that everybody can replace: for networks whose nodes all trust each other. Default false. */
  readonly allowUnsigned?: boolean
  /** Who has one looks whether compressed values can be read, and are no longer than a value may be. Default: they are taken unread. */
  readonly compressor?: Compressor
}

/** A record without publisher and with seq 0 stands for its value alone. */
export function isImmutable ({ publisher, seq }: KadRecord): boolean {
  return publisher === undefined && seq === 0
}

/** Form, then proof (about 0.2 ms), then, where it is compressed, whether the value can be read. */
export function verifyRecord (record: KadRecord, crypto: Crypto, rules: RecordRules = {}): RecordRefusal | undefined {
  return checkForm(record, rules) ?? checkProof(record, crypto) ?? checkEncoding(record, rules.compressor)
}

/** Everything about a record that costs little to check. */
export function checkForm (record: KadRecord, rules: RecordRules): RecordRefusal | undefined {
  const { key, salt, seq, ttl } = record
  if (key.length < 1 || key.length > MAX_KEY_BYTES) return 'malformed'
  if (salt !== undefined && salt.length > MAX_SALT_BYTES) return 'malformed'
  if (!Number.isSafeInteger(seq) || seq < 0 || !Number.isInteger(ttl) || ttl < 1) return 'malformed'
  if (ttl > MAX_TTL_SECONDS) return 'ttl-too-long'
  return checkPublisher(record, rules) ?? checkKind(record) ?? checkEncoded(record) ?? (isAllowedUnder(record) ? undefined : 'not-owner')
}

/** An unsigned record has a seq of 1 or more, which tells it from an immutable value. */
function checkPublisher (record: KadRecord, { allowUnsigned = false }: RecordRules): RecordRefusal | undefined {
  const { publisher, salt, signature, kind } = record
  if (publisher !== undefined) return publisher.length !== PUBLIC_KEY_BYTES ? 'malformed' : signature === undefined ? 'unsigned' : undefined
  if (signature !== undefined) return 'malformed'
  if (isImmutable(record)) return salt === undefined && kind === undefined ? undefined : 'malformed'
  return allowUnsigned ? undefined : 'unsigned'
}

function checkKind ({ kind, value, publisher, salt }: KadRecord): RecordRefusal | undefined {
  switch (kind) {
    case undefined: return undefined
    case 'tombstone': return value.length === 0 ? undefined : 'malformed'
    case 'advertisement': {
      if (publisher === undefined || (salt !== undefined && salt.length > 0)) return 'malformed'
      return decodePeerRecord(value) instanceof Refusal ? 'malformed' : undefined
    }
  }
}

/** Only plain values are compressed, and not those that are their own proof. */
function checkEncoded (record: KadRecord): RecordRefusal | undefined {
  return record.encoding === undefined || (record.kind === undefined && !isImmutable(record)) ? undefined : 'malformed'
}

/** For a record whose form is right: the key of an immutable value, or the publisher's signature. */
export function checkProof (record: KadRecord, crypto: Crypto): RecordRefusal | undefined {
  const { key, value, publisher, signature } = record
  if (publisher === undefined) return !isImmutable(record) || equalBytes(key, keyId(value).bytes) ? undefined : 'wrong-key'
  if (signature?.length !== SIGNATURE_BYTES) return 'bad-signature'
  return crypto.verify(publisher, recordSigningBytes(record), signature) ? undefined : 'bad-signature'
}

/** What was asked for; where publisher or salt is absent, any will do. */
export type Asked = Slot

/** A record that came as an answer: `wrong-key` unless it is what was asked for, else as `verifyRecord`. */
export function verifyAnswer (record: KadRecord, asked: Asked, crypto: Crypto, rules: RecordRules = {}): RecordRefusal | undefined {
  return isAsked(record, asked) ? verifyRecord(record, crypto, rules) : 'wrong-key'
}

export function isAsked (record: KadRecord, { key, publisher, salt }: Asked): boolean {
  return equalBytes(record.key, key) &&
    (publisher === undefined || equalBytes(record.publisher, publisher)) &&
    (salt === undefined || equalBytes(record.salt, salt))
}
