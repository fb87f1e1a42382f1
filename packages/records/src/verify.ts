/** What makes a record believable, at a holder as at a reader. Nothing here throws: records come from strangers. */
import type { Crypto, KadRecord, RecordRefusal } from '@kadmium/interface'
import { keyId } from '@kadmium/peer-id'
import { MAX_KEY_BYTES, MAX_SALT_BYTES, MAX_TTL_SECONDS, PUBLIC_KEY_BYTES, SIGNATURE_BYTES, recordSigningBytes } from '@kadmium/wire'
import { equalBytes } from './bytes.ts'
import type { Slot } from './slot.ts'

/** A record without publisher stands for its value alone. */
export function isImmutable (record: KadRecord): boolean {
  return record.publisher === undefined
}

/** Form, then life, then proof: the signature (about 0.2 ms) is looked at last. */
export function verifyRecord (record: KadRecord, crypto: Crypto): RecordRefusal | undefined {
  return checkForm(record) ?? checkProof(record, crypto)
}

/** Everything about a record that costs nothing to check. */
export function checkForm ({ key, publisher, salt, seq, ttl, signature }: KadRecord): RecordRefusal | undefined {
  if (key.length < 1 || key.length > MAX_KEY_BYTES) return 'malformed'
  if (salt !== undefined && salt.length > MAX_SALT_BYTES) return 'malformed'
  if (!Number.isSafeInteger(seq) || seq < 0 || !Number.isInteger(ttl) || ttl < 1) return 'malformed'
  if (ttl > MAX_TTL_SECONDS) return 'ttl-too-long'
  if (publisher === undefined) return signature === undefined && salt === undefined && seq === 0 ? undefined : 'malformed'
  if (publisher.length !== PUBLIC_KEY_BYTES) return 'malformed'
  return signature === undefined ? 'unsigned' : undefined
}

/** For a record whose form is right: the key of an immutable value, or the publisher's signature. */
export function checkProof (record: KadRecord, crypto: Crypto): RecordRefusal | undefined {
  const { key, value, publisher, signature } = record
  if (publisher === undefined) return equalBytes(key, keyId(value).bytes) ? undefined : 'wrong-key'
  if (signature?.length !== SIGNATURE_BYTES) return 'bad-signature'
  return crypto.verify(publisher, recordSigningBytes(record), signature) ? undefined : 'bad-signature'
}

/** What was asked for; where publisher or salt is absent, any will do. */
export type Asked = Slot

/** A record that came as an answer: `wrong-key` unless it is what was asked for, else as `verifyRecord`. */
export function verifyAnswer (record: KadRecord, asked: Asked, crypto: Crypto): RecordRefusal | undefined {
  const isAsked = equalBytes(record.key, asked.key) &&
    (asked.publisher === undefined || equalBytes(record.publisher, asked.publisher)) &&
    (asked.salt === undefined || equalBytes(record.salt, asked.salt))
  return isAsked ? verifyRecord(record, crypto) : 'wrong-key'
}
