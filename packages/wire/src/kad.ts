/** The messages of `/kadmium/kad/1.0.0`. */
import { Refusal } from '@kadmium/interface'
import type { KadRecord } from '@kadmium/interface'
import { packContacts, unpackContacts } from './contacts.ts'
import type { PackableContact, WireContact } from './contacts.ts'
import { HeldRecord as HeldCodec, KadRequest, KadResponse, KadType } from './generated/kad.ts'
import { plainView, readMessage, sendable } from './generated-codec.ts'
import { ID_BYTES, MAX_KEY_BYTES, MAX_RECORDS, MAX_SALT_BYTES, MAX_SEED_BYTES, MAX_TTL_SECONDS, PUBLIC_KEY_BYTES } from './limits.ts'
import { RECORD, recordFields, recordOf } from './record.ts'
import type { FieldShape, Shape } from './shape.ts'

/** A record and what is left of its life: milliseconds, at least 1 on the wire, rounded down. */
export interface WireHeldRecord {
  readonly record: KadRecord
  readonly remainingMs: number
}

/** What is asked of a key, which each side hashes. Without `publisher` and `salt`: every record under it. */
export interface WireFindValue {
  readonly key: Uint8Array
  /** Only records of this publisher, 32 bytes. */
  readonly publisher?: Uint8Array
  /** Only this slot, 1 to 64 bytes. */
  readonly salt?: Uint8Array
  /** Records come in the order of SHA-1(seed ‖ publisher ‖ salt), their ranks. 1 to 20 bytes. */
  readonly seed?: Uint8Array
  /** Only records whose rank is higher than this, 20 bytes; needs `seed`. */
  readonly after?: Uint8Array
  /** At most so many records, 1 to 32. */
  readonly limit?: number
  /** Tombstones are wanted too. */
  readonly tombstones?: boolean
  /** Only advertisements are wanted, so that values under the same key cannot crowd them out. */
  readonly advertisements?: boolean
}

export type WireKadRequest =
  /** `target` is a 20-byte id and is not hashed. */
  | { readonly type: 'find-node', readonly target: Uint8Array }
  | { readonly type: 'find-value' } & WireFindValue
  /**
   * `expectedSeq`: only if the slot holds no record, or one with this seq. `keep`: the receiver is asked to store it where it belongs
   * again and again, until its life ends.
   */
  | { readonly type: 'store', readonly expectedSeq?: number, readonly keep?: boolean } & WireHeldRecord

interface FoundValue<C> {
  readonly type: 'found-value'
  readonly records: readonly WireHeldRecord[]
  readonly contacts: readonly C[]
  /** The holder has records after these that did not fit. No records and no `more`: not found. */
  readonly more: boolean
  /** How many records the holder has of what was asked, those of other pages included. */
  readonly total?: number
}

/** `sampled`: an advertisement, kept only as long as the holder's sample of its key has it, which may be not at all. */
interface Stored {
  readonly type: 'stored'
  readonly sampled?: boolean
}

export type WireKadResponse =
  | { readonly type: 'found-node', readonly contacts: readonly WireContact[] }
  | FoundValue<WireContact>
  | Stored

/** What can be sent: a response whose contacts are of any packable kind. */
export type SendableKadResponse =
  | { readonly type: 'found-node', readonly contacts: readonly PackableContact[] }
  | FoundValue<PackableContact>
  | Stored

const KAD_TYPE: FieldShape = { type: 'varint', min: 1, max: 3 }
const NO_RECORDS: HeldCodec[] = []
const MAX_REMAINING_MS = MAX_TTL_SECONDS * 1000

const HELD: Shape = [
  undefined,
  { type: 'message', shape: RECORD, max: 1 },
  { type: 'varint', min: 1, max: MAX_REMAINING_MS }
]

const REQUEST: Shape = [
  undefined,
  KAD_TYPE,
  { type: 'bytes', min: ID_BYTES, max: ID_BYTES },
  { type: 'bytes', min: 1, max: MAX_KEY_BYTES },
  { type: 'bytes', min: PUBLIC_KEY_BYTES, max: PUBLIC_KEY_BYTES },
  { type: 'bytes', min: 1, max: MAX_SALT_BYTES },
  { type: 'message', shape: HELD, max: 1 },
  { type: 'varint', min: 0, max: Number.MAX_SAFE_INTEGER },
  { type: 'bytes', min: 1, max: MAX_SEED_BYTES },
  { type: 'bytes', min: ID_BYTES, max: ID_BYTES },
  { type: 'varint', min: 1, max: MAX_RECORDS },
  { type: 'varint', min: 0, max: 1 },
  { type: 'varint', min: 0, max: 1 },
  { type: 'varint', min: 0, max: 1 }
]

const RESPONSE: Shape = [
  undefined,
  KAD_TYPE,
  { type: 'bytes', min: 0, max: Number.MAX_SAFE_INTEGER },
  { type: 'message', shape: HELD, max: MAX_RECORDS },
  { type: 'varint', min: 0, max: 1 },
  { type: 'varint', min: 0, max: 0xffffffff },
  { type: 'varint', min: 0, max: 1 }
]

/** `undefined` when it does not fit `budget` bytes, and for a record whose life is over. */
export function encodeKadRequest (message: WireKadRequest, budget: number): Uint8Array | undefined {
  if (message.type === 'store' && !isAlive(message)) return undefined
  const bytes = KadRequest.encode(requestFields(message))
  return bytes.length <= budget ? bytes : undefined
}

function requestFields (message: WireKadRequest): KadRequest {
  switch (message.type) {
    case 'find-node': return { type: KadType.KAD_FIND_NODE, target: sendable(message.target) }
    case 'find-value': return findValueFields(message)
    case 'store': return {
      type: KadType.KAD_STORE,
      held: heldFields(message),
      ...(message.expectedSeq !== undefined && { expectedSeq: message.expectedSeq }),
      ...(message.keep === true && { keep: true })
    }
  }
}

function findValueFields ({ key, publisher, salt, seed, after, limit, tombstones, advertisements }: WireFindValue): KadRequest {
  return {
    type: KadType.KAD_FIND_VALUE,
    key: sendable(key),
    ...(publisher && { publisher: sendable(publisher) }),
    ...(salt && { salt: sendable(salt) }),
    ...(seed && { seed: sendable(seed) }),
    ...(after && { after: sendable(after) }),
    ...(limit !== undefined && { limit }),
    ...(tombstones === true && { tombstones }),
    ...(advertisements === true && { advertisements })
  }
}

export function decodeKadRequest (bytes: Uint8Array): WireKadRequest | Refusal {
  const message = readMessage(plainView(bytes), REQUEST, KadRequest)
  if (message instanceof Refusal) return message
  switch (message.type) {
    case KadType.KAD_FIND_NODE: return message.target === undefined
      ? new Refusal('no target')
      : { type: 'find-node', target: message.target.slice() }
    case KadType.KAD_FIND_VALUE: return findValueOf(message)
    case KadType.KAD_STORE: {
      const held = message.held === undefined ? new Refusal('no record') : heldOf(message.held)
      if (held instanceof Refusal) return held
      return {
        type: 'store',
        ...held,
        ...(message.expectedSeq !== undefined && { expectedSeq: message.expectedSeq }),
        ...(message.keep === true && { keep: true })
      }
    }
    case KadType.KAD_NONE:
    case undefined: return new Refusal('no type')
  }
}

function findValueOf ({ key, publisher, salt, seed, after, limit, tombstones, advertisements }: KadRequest): WireKadRequest | Refusal {
  if (key === undefined) return new Refusal('no key')
  if (after !== undefined && seed === undefined) return new Refusal('after without seed')
  return {
    type: 'find-value',
    key: key.slice(),
    ...(publisher && { publisher: publisher.slice() }),
    ...(salt && { salt: salt.slice() }),
    ...(seed && { seed: seed.slice() }),
    ...(after && { after: after.slice() }),
    ...(limit !== undefined && { limit }),
    ...(tombstones === true && { tombstones }),
    ...(advertisements === true && { advertisements })
  }
}

/** Whether a record stays out of every answer of `budget` bytes, however few others there are: it has to come by another way. */
export function isKadResponseTruncated (message: SendableKadResponse, budget: number): boolean {
  if (message.type !== 'found-value') return false
  return message.records.some(held => isAlive(held) && heldBytes(held) > budget - SMALLEST_RESPONSE_BYTES)
}

/**
 * Records first, those that fit in their order, then as many contacts as fit, in order; `more` is set when a record had to stay out.
 * `undefined` when not even an empty answer fits.
 */
export function encodeKadResponse (message: SendableKadResponse, budget: number): Uint8Array | undefined {
  if (budget < SMALLEST_RESPONSE_BYTES) return undefined
  switch (message.type) {
    case 'found-node': return KadResponse.encode({
      type: KadType.KAD_FIND_NODE,
      contacts: contactsField(message.contacts, budget - TYPE_BYTES),
      records: NO_RECORDS
    })
    case 'found-value': return encodeFoundValue(message, budget)
    case 'stored': return KadResponse.encode({ type: KadType.KAD_STORE, records: NO_RECORDS, sampled: message.sampled || undefined })
  }
}

/** Where there is hardly any room, `total` is the first to go. */
function encodeFoundValue (message: FoundValue<PackableContact>, budget: number): Uint8Array {
  const alive = message.records.filter(isAlive)
  const records: HeldCodec[] = []
  const total = budget < SMALLEST_RESPONSE_BYTES + TOTAL_BYTES ? undefined : message.total
  const room = budget - SMALLEST_RESPONSE_BYTES - (total === undefined ? 0 : TOTAL_BYTES)
  let left = room
  for (const held of alive) {
    const fields = heldFields(held)
    const size = fieldBytes(HeldCodec.encode(fields).length)
    if (records.length === MAX_RECORDS) break
    if (size > room) continue // no datagram holds it
    if (size > left) break // the next page begins with it
    left -= size
    records.push(fields)
  }
  const more = message.more || records.length < alive.length
  return KadResponse.encode({
    type: KadType.KAD_FIND_VALUE,
    contacts: contactsField(message.contacts, left),
    records,
    more: more || undefined,
    total
  })
}

function heldBytes (held: WireHeldRecord): number {
  return fieldBytes(HeldCodec.encode(heldFields(held)).length)
}

function contactsField (contacts: readonly PackableContact[], left: number): Uint8Array<ArrayBuffer> | undefined {
  const packed = packContacts(contacts, left - FIELD_HEAD_BYTES)
  return packed.length === 0 ? undefined : sendable(packed)
}

export function decodeKadResponse (bytes: Uint8Array): WireKadResponse | Refusal {
  const message = readMessage(plainView(bytes), RESPONSE, KadResponse)
  if (message instanceof Refusal) return message
  if (message.type === KadType.KAD_STORE) return { type: 'stored', ...(message.sampled === true && { sampled: true }) }
  const contacts = message.contacts === undefined ? [] : unpackContacts(message.contacts)
  if (contacts instanceof Refusal) return contacts
  switch (message.type) {
    case KadType.KAD_FIND_NODE: return { type: 'found-node', contacts }
    case KadType.KAD_FIND_VALUE: return foundValueOf(message, contacts)
    case KadType.KAD_NONE:
    case undefined: return new Refusal('no type')
  }
}

function foundValueOf ({ records, more = false, total }: KadResponse, contacts: WireContact[]): WireKadResponse | Refusal {
  const held: WireHeldRecord[] = []
  for (const fields of records) {
    const one = heldOf(fields)
    if (one instanceof Refusal) return one
    held.push(one)
  }
  return { type: 'found-value', records: held, contacts, more, ...(total !== undefined && { total }) }
}

function heldFields ({ record, remainingMs }: WireHeldRecord): HeldCodec {
  return { record: recordFields(record), remainingMs: Math.min(Math.floor(remainingMs), MAX_REMAINING_MS) }
}

function heldOf ({ record: fields, remainingMs }: HeldCodec): WireHeldRecord | Refusal {
  if (fields === undefined) return new Refusal('no record')
  if (remainingMs === undefined) return new Refusal('no remaining life')
  const record = recordOf(fields)
  return record instanceof Refusal ? record : { record, remainingMs }
}

/** Less than a millisecond would be sent as 0, which is no life. */
function isAlive ({ remainingMs }: WireHeldRecord): boolean {
  return remainingMs >= 1
}

const TYPE_BYTES = 2
const MORE_BYTES = 2
/** At most: its tag and 32 bits. */
const TOTAL_BYTES = 6
const SMALLEST_RESPONSE_BYTES = TYPE_BYTES + MORE_BYTES
/** Tag and length of a field of 128 to 16,383 bytes. */
const FIELD_HEAD_BYTES = 3

function fieldBytes (length: number): number {
  return length + (length < 128 ? 2 : length < 16_384 ? 3 : 4)
}
