import { InvalidOptionError } from '@kadmium/interface'
import type { Crypto, Endpoint, KadRecord, PeerId, Random, RecordRefusal } from '@kadmium/interface'
import { keyId } from '@kadmium/peer-id'
import { MAX_VALUE_BYTES, ipGroup, isPrivateAddress } from '@kadmium/wire'
import { equalBytes } from './bytes.ts'
import { checkEncoding } from './encoding.ts'
import type { HeldRecord } from './held-record.ts'
import { Holdings, isSoft, living } from './holdings.ts'
import type { Entry } from './holdings.ts'
import { pageOf } from './page.ts'
import type { PageAsked, RecordPage } from './page.ts'
import type { RecordPolicies } from './record-policies.ts'
import type { PutOptions, PutOutcome, RecordStore } from './record-store.ts'
import { refused, refusedFor } from './refusals.ts'
import { roomFor } from './room.ts'
import type { Room, StoreLimits } from './room.ts'
import { slotOf } from './slot.ts'
import type { Slot } from './slot.ts'
import { checkForm, checkProof, isImmutable } from './verify.ts'
import type { RecordRules } from './verify.ts'

/** Two records that one publisher signed for one slot with one seq: proof that it equivocates. */
export interface Equivocation {
  readonly held: KadRecord
  readonly refused: KadRecord
}

export interface MemoryRecordStoreOptions extends Partial<StoreLimits>, RecordRules {
  /** What an application says about keys with certain prefixes. Default: nothing. */
  readonly policies?: RecordPolicies
  /** Private and loopback addresses do not count for IP groups. Default true. */
  readonly exemptPrivate?: boolean
  /** Hears of every publisher that is caught; must not throw. */
  readonly onEquivocation?: (evidence: Equivocation) => void
}

export interface MemoryRecordStoreInit extends MemoryRecordStoreOptions {
  readonly crypto: Crypto
  /** A full store keeps what is near this. Default: none, and a full store refuses. */
  readonly localId?: PeerId
  /** Makes the samples of advertisements unforeseeable, and other than those of other holders. Default: they are the same everywhere. */
  readonly random?: Random
}

const NOBODY = new Uint8Array(0)
const SECRET_BYTES = 32

/** Records in memory. The limits of room.ts say what is refused and what goes. */
export class MemoryRecordStore implements RecordStore {
  readonly #crypto: Crypto
  readonly #policies: RecordPolicies | undefined
  readonly #rules: RecordRules
  readonly #limits: StoreLimits
  readonly #exemptPrivate: boolean
  readonly #onEquivocation: ((evidence: Equivocation) => void) | undefined
  readonly #holdings: Holdings
  readonly #secret: Uint8Array
  #equivocations = 0
  /** Nothing expires before this; `undefined` when nothing is held. */
  #nextExpiry: number | undefined

  constructor (init: MemoryRecordStoreInit) {
    const { crypto, policies, localId, random, exemptPrivate = true, onEquivocation, allowUnsigned = false, compressor } = init
    this.#crypto = crypto
    this.#policies = policies
    this.#rules = { allowUnsigned, ...(compressor && { compressor }) }
    this.#limits = limitsOf(init)
    this.#exemptPrivate = exemptPrivate
    this.#onEquivocation = onEquivocation
    this.#holdings = new Holdings(localId, (before, after) => this.changed(before, after))
    this.#secret = random?.bytes(SECRET_BYTES) ?? new Uint8Array(SECRET_BYTES)
  }

  get size (): number {
    return this.#holdings.size
  }

  /** Different keys among them. */
  get keyCount (): number {
    return this.#holdings.keyCount
  }

  get bytes (): number {
    return this.#holdings.bytes
  }

  /** Advertisements among them. */
  get advertisementCount (): number {
    return this.#holdings.advertisements
  }

  /** How often a publisher was caught signing two records with one seq. */
  get equivocations (): number {
    return this.#equivocations
  }

  put (record: KadRecord, remainingMs: number, now: number, options: PutOptions = {}): PutOutcome {
    const problem = checkForm(record, this.#rules) ?? this.#checkLife(record, remainingMs)
    if (problem !== undefined) return refused(problem)
    const held = this.#living(record.key, slotOf(record), now)
    if (held !== undefined && isSameRecord(held.record, record)) return this.#putAgain(held, record, remainingMs, now, options.from)
    const conflict = held && conflictWith(held.record, record, options.expectedSeq)
    if (held !== undefined && conflict !== undefined) return this.#refuseFor(conflict, held.record, record)
    this.expire(now)
    const entry = this.#entryOf(record, held, now + Math.min(remainingMs, record.ttl * 1000), now, options.from)
    const room = roomFor(entry, held, this.#holdings, this.#limits)
    if (typeof room === 'string') return refused(room)
    const flaw = checkProof(record, this.#crypto) ?? checkEncoding(record, this.#rules.compressor)
    if (flaw !== undefined) return refused(flaw)
    const objection = this.#policies?.validate(record)
    return objection === undefined ? this.#admit(entry, room) : refused('invalid-value', objection)
  }

  get (key: Uint8Array, now: number): HeldRecord[] {
    const entries = this.#holdings.under(key)
    return entries === undefined ? [] : living(entries, now)
  }

  page (asked: PageAsked, now: number): RecordPage {
    return pageOf(this.get(asked.key, now), asked)
  }

  getSlot (slot: Slot, now: number): HeldRecord | undefined {
    return this.#living(slot.key, slotOf(slot), now)
  }

  remove (slot: Slot): boolean {
    const held = this.#holdings.find(slot.key, slotOf(slot))
    if (held !== undefined) this.#holdings.drop(held)
    return held !== undefined
  }

  * entries (now: number): IterableIterator<HeldRecord> {
    for (const entries of this.#holdings.keys()) yield * living(entries, now)
  }

  near (id: PeerId, bits: number, now: number): HeldRecord[] {
    return this.#holdings.near(id, bits).flatMap(entries => living(entries, now))
  }

  expire (now: number): number {
    if (this.#nextExpiry === undefined || now < this.#nextExpiry) return 0
    this.#nextExpiry = undefined
    return this.#holdings.retain(({ expiresAt }) => {
      if (expiresAt <= now) return false
      this.#expectExpiry(expiresAt)
      return true
    })
  }

  /** Hears of every change of a slot, for a store that also writes them. */
  protected changed (_before: Entry | undefined, _after: Entry | undefined): void {}

  /** Takes back a change that `changed` heard of, unless the slot has changed again since. */
  protected undo (before: Entry | undefined, after: Entry | undefined): void {
    const { record: { key }, slot } = (before ?? after) as Entry
    const held = this.#holdings.find(key, slot)
    if (held?.record !== after?.record) return
    if (before !== undefined) this.#set(before)
    else if (held !== undefined) this.#holdings.drop(held)
  }

  /** What an earlier run held: not verified again, but held to the limits and rules of this one. Whether it is held now. */
  protected restore (held: Omit<HeldRecord, 'keyId'>, soft: boolean): boolean {
    const { record, expiresAt, firstReceivedAt, receivedAt, from } = held
    if (checkForm(record, this.#rules) !== undefined || this.#policies?.validate(record) !== undefined) return false
    const fresh = this.#entryOf(record, undefined, expiresAt, firstReceivedAt, from, soft)
    const entry = { ...fresh, receivedAt }
    const room = roomFor(entry, undefined, this.#holdings, this.#limits)
    if (typeof room === 'string' || record.value.length > this.#limits.maxValueBytes) return false
    return this.#admit(entry, room).held !== undefined
  }

  /** What a slot holds, expired or not. */
  protected held (slot: Slot): Entry | undefined {
    return this.#holdings.find(slot.key, slotOf(slot))
  }

  #living (key: Uint8Array, slot: string, now: number): Entry | undefined {
    const held = this.#holdings.find(key, slot)
    return held !== undefined && held.expiresAt > now ? held : undefined
  }

  #checkLife (record: KadRecord, remainingMs: number): RecordRefusal | undefined {
    if (!(remainingMs >= 1)) return 'expired'
    return record.value.length > this.#limits.maxValueBytes ? 'value-too-large' : undefined
  }

  /** Only what both signatures prove is an equivocation: others could accuse a publisher of anything. */
  #refuseFor (conflict: RecordRefusal, held: KadRecord, record: KadRecord): PutOutcome {
    if (conflict === 'same-seq-other-value') {
      const flaw = checkProof(record, this.#crypto)
      if (flaw !== undefined) return refused(flaw)
      this.#equivocations++
      this.#onEquivocation?.({ held, refused: record })
    }
    return refusedFor(conflict, held)
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
    this.#set(again)
    return { type: 'unchanged', held: again }
  }

  /** A newer record of a slot counts for whom the older one counted: the room is theirs already. */
  #entryOf (record: KadRecord, held: Entry | undefined, expiresAt: number, now: number, from: Endpoint | undefined, soft = wouldBeSoft(record, held)): Entry {
    const group = held !== undefined && isSoft(held) === soft ? held.group : this.#groupOf(from)
    return {
      record,
      keyId: held?.keyId ?? keyId(record.key),
      slot: slotOf(record),
      group,
      expiresAt,
      firstReceivedAt: now,
      receivedAt: now,
      ...(soft && { priority: this.#priorityOf(record) }),
      ...(from && { from })
    }
  }

  #groupOf (from: Endpoint | undefined): Entry['group'] {
    return from === undefined || (this.#exemptPrivate && isPrivateAddress(from)) ? undefined : ipGroup(from)
  }

  /**
   * Uniform over publishers, and the same however often one tries: with a lot for each put, who puts more often would be
   * seen more often. Nobody else knows the secret, so nobody can make keys that always win.
   */
  #priorityOf ({ key, publisher = NOBODY }: KadRecord): number {
    const message = new Uint8Array(key.length + publisher.length)
    message.set(key)
    message.set(publisher, key.length)
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = this.#crypto.hmacSha256(this.#secret, message)
    return ((a << 16 | b << 8 | c) * 0x100_0000 + (d << 16 | e << 8 | f)) / 0x1_0000_0000_0000
  }

  #admit (entry: Entry, { victims, kept, sampled }: Room): Extract<PutOutcome, { type: 'stored' | 'sampled' }> {
    for (const victim of victims) this.#holdings.drop(victim)
    if (!kept) return { type: 'sampled' }
    const replaced = this.#set(entry)?.record
    return sampled ? { type: 'sampled', held: entry } : { type: 'stored', held: entry, ...(replaced && { replaced }) }
  }

  #set (entry: Entry): Entry | undefined {
    this.#expectExpiry(entry.expiresAt)
    return this.#holdings.set(entry)
  }

  #expectExpiry (at: number): void {
    if (this.#nextExpiry === undefined || at < this.#nextExpiry) this.#nextExpiry = at
  }
}

function limitsOf (init: Partial<StoreLimits>): StoreLimits {
  const { maxRecords = 65_536, maxBytes = 67_108_864 } = init
  const someRecords = Math.max(1024, Math.ceil(maxRecords / 4))
  const someBytes = Math.max(1_048_576, Math.ceil(maxBytes / 4))
  const limits: StoreLimits = {
    maxRecords,
    maxBytes,
    maxValueBytes: init.maxValueBytes ?? MAX_VALUE_BYTES,
    maxRecordsPerKey: init.maxRecordsPerKey ?? 1024,
    maxRecordsPerPublisher: init.maxRecordsPerPublisher ?? someRecords,
    maxBytesPerPublisher: init.maxBytesPerPublisher ?? someBytes,
    maxRecordsPerGroup: init.maxRecordsPerGroup ?? someRecords,
    maxBytesPerGroup: init.maxBytesPerGroup ?? someBytes,
    maxAdvertisements: init.maxAdvertisements ?? someRecords,
    maxAdvertisementsPerKey: init.maxAdvertisementsPerKey ?? 512,
    maxAdvertisementsPerKeyAndGroup: init.maxAdvertisementsPerKeyAndGroup ?? 8,
    maxAdvertisementsPerGroup: init.maxAdvertisementsPerGroup ?? 1024
  }
  for (const [name, limit] of Object.entries(limits)) {
    if (!Number.isSafeInteger(limit) || limit < 0) throw new InvalidOptionError(name, `expected a whole number, got ${limit}`)
  }
  return limits
}

/** A tombstone in the place of an advertisement takes no room from records. */
function wouldBeSoft ({ kind }: KadRecord, held: Entry | undefined): boolean {
  return kind === 'advertisement' || (kind === 'tombstone' && held !== undefined && isSoft(held))
}

/** Of two records of one slot. The ttl of an immutable value is its putter's wish, not part of it. */
function isSameRecord (a: KadRecord, b: KadRecord): boolean {
  return a.seq === b.seq && a.kind === b.kind && a.encoding === b.encoding && (isImmutable(a) || a.ttl === b.ttl) &&
    equalBytes(a.value, b.value) && equalBytes(a.signature, b.signature)
}

/**
 * In one slot the higher seq wins; a publisher that signs two values with one seq is not followed. Where unsigned records
 * are allowed, none of them takes the place of an immutable value, which wins over any.
 */
function conflictWith (held: KadRecord, record: KadRecord, expectedSeq: number | undefined): RecordRefusal | undefined {
  if (isImmutable(held) !== isImmutable(record)) return isImmutable(held) ? 'wrong-key' : undefined
  if (expectedSeq !== undefined && held.seq !== expectedSeq) return 'cas-mismatch'
  if (record.seq > held.seq) return undefined
  return record.seq < held.seq ? 'older-seq' : 'same-seq-other-value'
}
