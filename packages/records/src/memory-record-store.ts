import { InvalidOptionError } from '@kadmium/interface'
import type { Crypto, Endpoint, KadRecord, PeerId, RecordRefusal } from '@kadmium/interface'
import { keyId } from '@kadmium/peer-id'
import { MAX_VALUE_BYTES } from '@kadmium/wire'
import { bytesText, equalBytes } from './bytes.ts'
import { KeyIndex } from './key-index.ts'
import type { RecordPolicies } from './record-policies.ts'
import type { HeldRecord, PutOptions, PutOutcome, RecordStore } from './record-store.ts'
import { slotOf } from './slot.ts'
import type { Slot } from './slot.ts'
import { checkForm, checkProof, isImmutable } from './verify.ts'

export interface MemoryRecordStoreOptions {
  /** What an application says about keys with certain prefixes. Default: nothing. */
  readonly policies?: RecordPolicies
  /** Records in all. Default 65,536. */
  readonly maxRecords?: number
  /** Bytes in all, with `RECORD_OVERHEAD_BYTES` for each record. Default 67,108,864 (64 MiB). */
  readonly maxBytes?: number
  /** Longest value. Default 65,536. */
  readonly maxValueBytes?: number
  /** Records under one key: many publishers may use it. Default 1,024. */
  readonly maxRecordsPerKey?: number
}

export interface MemoryRecordStoreInit extends MemoryRecordStoreOptions {
  readonly crypto: Crypto
}

/** About what a record takes beside its own bytes: objects, two index entries, array heads. */
export const RECORD_OVERHEAD_BYTES = 512

interface Entry extends HeldRecord {
  readonly slot: string
}

interface KeyEntries {
  readonly keyId: PeerId
  readonly slots: Map<string, Entry>
}

/**
 * Records in memory. It never drops a living record to make room: a full store refuses, so that what was acknowledged
 * stays. Indexed by the whole key, so that two keys are never taken for one.
 */
export class MemoryRecordStore implements RecordStore {
  readonly #crypto: Crypto
  readonly #policies: RecordPolicies | undefined
  readonly #limits: Required<Omit<MemoryRecordStoreOptions, 'policies'>>
  readonly #keys = new Map<string, KeyEntries>()
  readonly #index = new KeyIndex<KeyEntries>()
  #size = 0
  #bytes = 0
  /** Nothing expires before this; `undefined` when nothing is held. */
  #nextExpiry: number | undefined

  constructor (init: MemoryRecordStoreInit) {
    const { crypto, policies, maxRecords = 65_536, maxBytes = 67_108_864, maxValueBytes = MAX_VALUE_BYTES, maxRecordsPerKey = 1024 } = init
    this.#crypto = crypto
    this.#policies = policies
    this.#limits = { maxRecords, maxBytes, maxValueBytes, maxRecordsPerKey }
    for (const [name, limit] of Object.entries(this.#limits)) {
      if (!Number.isSafeInteger(limit) || limit < 0) throw new InvalidOptionError(name, `expected a whole number, got ${limit}`)
    }
  }

  get size (): number {
    return this.#size
  }

  /** Different keys among them. */
  get keyCount (): number {
    return this.#index.size
  }

  get bytes (): number {
    return this.#bytes
  }

  put (record: KadRecord, remainingMs: number, now: number, { from }: PutOptions = {}): PutOutcome {
    const problem = checkForm(record) ?? this.#checkLife(record, remainingMs)
    if (problem !== undefined) return refused(problem)
    const slot = slotOf(record)
    const held = this.#living(record.key, slot, now)
    if (held !== undefined && isSameRecord(held.record, record)) return this.#putAgain(held, record, remainingMs, now, from)
    const conflict = (held && conflictWith(held.record, record)) ?? this.#checkRoom(record, held, now) ?? checkProof(record, this.#crypto)
    if (conflict !== undefined) return refused(conflict)
    const objection = this.#policies?.validate(record)
    if (objection !== undefined) return { type: 'refused', reason: 'invalid-value', message: objection }
    return this.#store(record, slot, Math.min(remainingMs, record.ttl * 1000), now, from)
  }

  get (key: Uint8Array, now: number): HeldRecord[] {
    const entries = this.#keys.get(bytesText(key))
    return entries === undefined ? [] : living(entries, now)
  }

  getSlot (slot: Slot, now: number): HeldRecord | undefined {
    return this.#living(slot.key, slotOf(slot), now)
  }

  remove (slot: Slot): boolean {
    const entries = this.#keys.get(bytesText(slot.key))
    const held = entries?.slots.get(slotOf(slot))
    if (entries === undefined || held === undefined) return false
    this.#drop(entries, held)
    if (entries.slots.size === 0) this.#index.remove(entries)
    return true
  }

  * entries (now: number): IterableIterator<HeldRecord> {
    for (const entries of this.#keys.values()) yield * living(entries, now)
  }

  near (id: PeerId, bits: number, now: number): HeldRecord[] {
    return this.#index.near(id, bits).flatMap(entries => living(entries, now))
  }

  expire (now: number): number {
    if (this.#nextExpiry === undefined || now < this.#nextExpiry) return 0
    const before = this.#size
    this.#nextExpiry = undefined
    for (const entries of this.#keys.values()) {
      for (const held of entries.slots.values()) {
        if (held.expiresAt <= now) this.#drop(entries, held)
        else this.#expectExpiry(held.expiresAt)
      }
    }
    this.#index.retain(entries => entries.slots.size > 0)
    return before - this.#size
  }

  #living (key: Uint8Array, slot: string, now: number): Entry | undefined {
    const held = this.#keys.get(bytesText(key))?.slots.get(slot)
    return held !== undefined && held.expiresAt > now ? held : undefined
  }

  #checkLife (record: KadRecord, remainingMs: number): RecordRefusal | undefined {
    if (!(remainingMs >= 1)) return 'expired'
    return record.value.length > this.#limits.maxValueBytes ? 'value-too-large' : undefined
  }

  /** What has expired makes room first. A record that replaces another needs only the difference. */
  #checkRoom (record: KadRecord, replaced: Entry | undefined, now: number): RecordRefusal | undefined {
    this.expire(now)
    const { maxRecords, maxBytes, maxRecordsPerKey } = this.#limits
    const bytes = this.#bytes + bytesOf(record) - (replaced === undefined ? 0 : bytesOf(replaced.record))
    if (bytes > maxBytes) return 'store-full'
    if (replaced !== undefined) return undefined
    if (this.#size >= maxRecords) return 'store-full'
    return (this.#keys.get(bytesText(record.key))?.slots.size ?? 0) >= maxRecordsPerKey ? 'key-full' : undefined
  }

  /**
   * The same record again. A sender may know of a longer life than an earlier one told, but since the record was whole
   * when it first came, its life ends at the latest one ttl after that: repeating it cannot keep it for ever. An immutable
   * value has no newer record that could renew it, so each put may: it lives as long as someone wants it.
   */
  #putAgain (held: Entry, record: KadRecord, remainingMs: number, now: number, from: Endpoint | undefined): PutOutcome {
    const latest = (isImmutable(record) ? now : held.firstReceivedAt) + record.ttl * 1000
    const expiresAt = Math.min(now + remainingMs, latest)
    const { from: _, ...rest } = held
    const longest = expiresAt > held.expiresAt ? { ...rest, record, expiresAt } : rest
    const again: Entry = { ...longest, receivedAt: now, ...(from && { from }) }
    this.#keys.get(bytesText(held.record.key))?.slots.set(held.slot, again)
    return { type: 'unchanged', held: again }
  }

  #store (record: KadRecord, slot: string, lifeMs: number, now: number, from: Endpoint | undefined): PutOutcome {
    const entries = this.#entriesOf(record.key)
    const replaced = entries.slots.get(slot)?.record
    const expiresAt = now + lifeMs
    const held: Entry = { record, keyId: entries.keyId, slot, expiresAt, firstReceivedAt: now, receivedAt: now, ...(from && { from }) }
    entries.slots.set(slot, held)
    this.#size += replaced === undefined ? 1 : 0
    this.#bytes += bytesOf(record) - (replaced === undefined ? 0 : bytesOf(replaced))
    this.#expectExpiry(expiresAt)
    return { type: 'stored', held, ...(replaced && { replaced }) }
  }

  #entriesOf (key: Uint8Array): KeyEntries {
    const text = bytesText(key)
    const known = this.#keys.get(text)
    if (known !== undefined) return known
    const entries: KeyEntries = { keyId: keyId(key), slots: new Map() }
    this.#keys.set(text, entries)
    this.#index.add(entries)
    return entries
  }

  #expectExpiry (at: number): void {
    if (this.#nextExpiry === undefined || at < this.#nextExpiry) this.#nextExpiry = at
  }

  /** Leaves the order of ids to the caller, who may have more to drop. */
  #drop (entries: KeyEntries, { slot, record }: Entry): void {
    entries.slots.delete(slot)
    this.#size--
    this.#bytes -= bytesOf(record)
    if (entries.slots.size === 0) this.#keys.delete(bytesText(record.key))
  }
}

function living ({ slots }: KeyEntries, now: number): HeldRecord[] {
  return [...slots.values()].filter(held => held.expiresAt > now)
}

function bytesOf ({ key, value, publisher, salt, signature }: KadRecord): number {
  return RECORD_OVERHEAD_BYTES + key.length + value.length + (publisher?.length ?? 0) + (salt?.length ?? 0) + (signature?.length ?? 0)
}

/** Of two records of one slot. The ttl of an immutable value is its putter's wish, not part of it. */
function isSameRecord (a: KadRecord, b: KadRecord): boolean {
  return a.seq === b.seq && (isImmutable(a) || a.ttl === b.ttl) && equalBytes(a.value, b.value) && equalBytes(a.signature, b.signature)
}

/** In one slot the higher seq wins; a publisher that signs two values with one seq is not followed. */
function conflictWith (held: KadRecord, record: KadRecord): RecordRefusal | undefined {
  if (record.seq > held.seq) return undefined
  return record.seq < held.seq ? 'older-seq' : 'same-seq-other-value'
}

function refused (reason: RecordRefusal): PutOutcome {
  return { type: 'refused', reason, message: MESSAGES[reason] }
}

const MESSAGES: Record<RecordRefusal, string> = {
  malformed: 'the record is malformed',
  'bad-signature': 'the signature is not the publisher\'s',
  unsigned: 'the record has a publisher and no signature',
  'wrong-key': 'the key is not the SHA-1 of the value',
  'not-owner': 'the key belongs to another publisher',
  expired: 'nothing is left of the record\'s life',
  'ttl-too-long': 'the ttl is longer than 172,800 seconds',
  'older-seq': 'a newer record is held',
  'same-seq-other-value': 'another record with the same sequence number is held',
  'cas-mismatch': 'another record is held than the expected one',
  'value-too-large': 'the value is too large for this node',
  'key-full': 'this node holds enough records under the key',
  'store-full': 'this node has no room',
  'publisher-quota': 'this node holds enough records of the publisher',
  'group-quota': 'this node holds enough records from your part of the network',
  'store-busy': 'this node cannot write so fast',
  'store-failed': 'this node could not write the record',
  'invalid-value': 'the value is not valid under its key'
}
