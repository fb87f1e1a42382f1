/**
 * What a record is, where it is no plain value. A *tombstone* says that its publisher has removed what was in the slot. An
 * *advertisement* says where its publisher is to be found; holders keep only a sample of them where there are many.
 */
export type RecordKind = 'tombstone' | 'advertisement'

/** How a value is written down, where it is not as it was put. `deflate`: RFC 1951. */
export type ValueEncoding = 'deflate'

/**
 * A record: a value that a publisher put under a key. Its slot is (key, publisher, salt); in one slot the higher `seq`
 * wins. A record without publisher is immutable: its key is the SHA-1 of its value.
 */
export interface KadRecord {
  /** 1 to 64 bytes; hashed once, with SHA-1, for its place in the key space. */
  readonly key: Uint8Array
  /** As it travels and is signed; `encoding` says how to read it. */
  readonly value: Uint8Array
  /** Absent for a value that is as it was put. Signed. */
  readonly encoding?: ValueEncoding
  /** Absent for a plain value. Signed. */
  readonly kind?: RecordKind
  /** Raw Ed25519 public key, 32 bytes. Absent for an immutable value. */
  readonly publisher?: Uint8Array
  /** At most 64 bytes: several slots of one publisher under one key. */
  readonly salt?: Uint8Array
  /** 0 to 2^53 - 1; wall-clock milliseconds by default, strictly rising per publisher. */
  readonly seq: number
  /** The record's whole life, in seconds: 1 to 172,800 (48 h). Signed. */
  readonly ttl: number
  /** 64 bytes over everything above. Absent for an immutable value. */
  readonly signature?: Uint8Array
}

/** Why a holder does not take a record. */
export type RecordRefusal =
  | 'malformed'
  | 'bad-signature'
  | 'unsigned'
  | 'wrong-key'
  | 'not-owner'
  | 'expired'
  | 'ttl-too-long'
  | 'older-seq'
  | 'same-seq-other-value'
  | 'cas-mismatch'
  | 'value-too-large'
  | 'key-full'
  | 'store-full'
  | 'publisher-quota'
  | 'group-quota'
  | 'store-busy'
  | 'store-failed'
  | 'disk-full'
  | 'invalid-value'
  | 'bad-encoding'
  | 'unknown-encoding'

/** How many holders must have acknowledged a put. */
export type Quorum = 'one' | 'majority' | 'all' | number

/** Names for `Quorum` values: `Quorum.Majority`, or a plain number. */
export const Quorum = { One: 'one', Majority: 'majority', All: 'all' } as const
