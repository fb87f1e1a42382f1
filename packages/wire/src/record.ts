/** Records as bytes: the protobuf form that travels, and the form that is signed. */
import { Refusal } from '@kadmium/interface'
import type { KadRecord, RecordKind, ValueEncoding } from '@kadmium/interface'
import { RecordKind as KindCodec, Record as Codec, ValueEncoding as EncodingCodec } from './generated/kad.ts'
import { plainView, readMessage, sendable } from './generated-codec.ts'
import { MAX_KEY_BYTES, MAX_SALT_BYTES, MAX_VALUE_BYTES, PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from './limits.ts'
import type { Shape } from './shape.ts'

/** A ttl beyond the limit is read, so that it can be refused by its own name. */
export const RECORD: Shape = [
  undefined,
  { type: 'bytes', min: 1, max: MAX_KEY_BYTES },
  { type: 'bytes', min: 0, max: MAX_VALUE_BYTES },
  { type: 'bytes', min: PUBLIC_KEY_BYTES, max: PUBLIC_KEY_BYTES },
  { type: 'bytes', min: 1, max: MAX_SALT_BYTES },
  { type: 'varint', min: 0, max: Number.MAX_SAFE_INTEGER },
  { type: 'varint', min: 1, max: 0xffffffff },
  { type: 'bytes', min: SIGNATURE_BYTES, max: SIGNATURE_BYTES },
  { type: 'varint', min: 1, max: 2 },
  { type: 'varint', min: 1, max: 1 }
]

const KINDS = {
  tombstone: KindCodec.RECORD_TOMBSTONE,
  advertisement: KindCodec.RECORD_ADVERTISEMENT
} as const satisfies { [K in RecordKind]: KindCodec }

const EMPTY = new Uint8Array(0)
const encoder = new TextEncoder()
/** Kind and encoding are signed as the domain, so that no signature of one passes for one of another. */
const DOMAINS = {
  value: encoder.encode('kadmium-record-v1'),
  deflate: encoder.encode('kadmium-deflated-v1'),
  tombstone: encoder.encode('kadmium-tombstone-v1'),
  advertisement: encoder.encode('kadmium-advertisement-v1')
} as const satisfies { [K in RecordKind | ValueEncoding | 'value']: Uint8Array }

export function encodeRecord (record: KadRecord): Uint8Array {
  return Codec.encode(recordFields(record))
}

/** The record's bytes are its own. */
export function decodeRecord (bytes: Uint8Array): KadRecord | Refusal {
  const message = readMessage(plainView(bytes), RECORD, Codec)
  return message instanceof Refusal ? message : recordOf(message)
}

/**
 * What a publisher signs: the domain (`kadmium-record-v1`, `kadmium-tombstone-v1` or `kadmium-advertisement-v1` by the kind;
 * `kadmium-deflated-v1` for a compressed value), then key, publisher and salt with one length byte each (0 for an absent one), seq (8
 * bytes), ttl in seconds (4), length of the value (4) and the value; numbers big-endian. Different records never have the
 * same signing bytes.
 */
export function recordSigningBytes (record: KadRecord): Uint8Array {
  const { key, publisher = EMPTY, salt = EMPTY, seq, ttl, value } = record
  const domain = DOMAINS[record.kind ?? record.encoding ?? 'value']
  const out = new Uint8Array(domain.length + 3 + key.length + publisher.length + salt.length + 16 + value.length)
  const view = new DataView(out.buffer)
  out.set(domain)
  let at = domain.length
  for (const part of [key, publisher, salt]) {
    out[at] = part.length
    out.set(part, at + 1)
    at += 1 + part.length
  }
  view.setUint32(at, Math.floor(seq / 0x1_0000_0000))
  view.setUint32(at + 4, seq >>> 0)
  view.setUint32(at + 8, ttl)
  view.setUint32(at + 12, value.length)
  out.set(value, at + 16)
  return out
}

export function recordFields (record: KadRecord): Codec {
  const fields: Codec = { key: sendable(record.key), seq: record.seq, ttl: record.ttl }
  if (record.value.length > 0) fields.value = sendable(record.value)
  if (record.publisher !== undefined) fields.publisher = sendable(record.publisher)
  if (record.salt !== undefined && record.salt.length > 0) fields.salt = sendable(record.salt)
  if (record.signature !== undefined) fields.signature = sendable(record.signature)
  if (record.kind !== undefined) fields.kind = KINDS[record.kind]
  if (record.encoding !== undefined) fields.encoding = EncodingCodec.VALUE_DEFLATE
  return fields
}

/** Copies: a record may be kept for days, a datagram's buffer should not. */
export function recordOf (message: Codec): KadRecord | Refusal {
  const { key, value = EMPTY, publisher, salt, seq, ttl, signature, kind, encoding } = message
  if (key === undefined) return new Refusal('record without key')
  if (seq === undefined) return new Refusal('record without seq')
  if (ttl === undefined) return new Refusal('record without ttl')
  return {
    key: key.slice(),
    value: value.slice(),
    seq,
    ttl,
    ...(publisher && { publisher: publisher.slice() }),
    ...(salt && { salt: salt.slice() }),
    ...(signature && { signature: signature.slice() }),
    ...kindOf(kind),
    ...(encoding === EncodingCodec.VALUE_DEFLATE && { encoding: 'deflate' })
  }
}

function kindOf (kind: KindCodec | undefined): { kind?: RecordKind } {
  switch (kind) {
    case KindCodec.RECORD_TOMBSTONE: return { kind: 'tombstone' }
    case KindCodec.RECORD_ADVERTISEMENT: return { kind: 'advertisement' }
    case KindCodec.RECORD_NONE:
    case undefined: return {}
  }
}
