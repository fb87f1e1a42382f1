/** What a store holds, and how much of it is whose. Only bookkeeping: what may be held is decided in room.ts. */
import type { KadRecord, PeerId } from '@kadmium/interface'
import { xor } from '@kadmium/peer-id'
import type { ipGroup } from '@kadmium/wire'
import { bytesText } from './bytes.ts'
import type { HeldRecord } from './held-record.ts'
import { KeyIndex } from './key-index.ts'

export type IpGroup = ReturnType<typeof ipGroup>

/** What a record takes beside its own bytes, as measured: objects, index entries, array heads. */
export const RECORD_OVERHEAD_BYTES = 1664

export interface Entry extends HeldRecord {
  /** See `slotOf`. */
  readonly slot: string
  /** Whose quota it counts for; `undefined` for this node's own and for exempt addresses. */
  readonly group: IpGroup | undefined
  /** Among the advertisements under a key the highest priorities are kept. Absent for records that are kept in any case. */
  readonly priority?: number
}

export interface KeyEntries {
  /** The key as text, as it is indexed. */
  readonly text: string
  readonly keyId: PeerId
  /** The distance to this node; without a node, the key id. */
  readonly place: PeerId
  /** By slot. Not to be changed from outside. */
  records: Map<string, Entry>
  /** By slot: advertisements, and tombstones in their places. Not to be changed from outside. */
  soft: Map<string, Entry>
}

/** Of one publisher or one IP group; bytes are of records only for groups, and of everything for publishers. */
export interface Usage {
  records: number
  bytes: number
  advertisements: number
}

/** Soft state is only a sample of what was acknowledged. */
export function isSoft (entry: Entry): boolean {
  return entry.priority !== undefined
}

export function bytesOf ({ key, value, publisher, salt, signature }: KadRecord): number {
  return RECORD_OVERHEAD_BYTES + key.length + value.length + (publisher?.length ?? 0) + (salt?.length ?? 0) + (signature?.length ?? 0)
}

export function living ({ records, soft }: KeyEntries, now: number): Entry[] {
  return [...records.values(), ...soft.values()].filter(held => held.expiresAt > now)
}

/** Indexed by the whole key, so that two keys are never taken for one. */
export class Holdings {
  readonly #localId: PeerId | undefined
  readonly #changed: (before: Entry | undefined, after: Entry | undefined) => void
  /** Made for the first. */
  #keys: Map<string, KeyEntries> | undefined
  readonly #index = new KeyIndex<KeyEntries>()
  /** The keys that have advertisements. */
  readonly #advertised = new KeyIndex<KeyEntries>()
  /** Both are made for the first. */
  #publishers: Map<string, Usage> | undefined
  #groups: Map<IpGroup, Usage> | undefined
  readonly #total = emptyUsage()

  /** `changed` hears of every change of a slot. Without `localId` nothing is farther than anything. */
  constructor (localId: PeerId | undefined, changed: (before: Entry | undefined, after: Entry | undefined) => void) {
    this.#localId = localId
    this.#changed = changed
  }

  get size (): number {
    return this.#total.records + this.#total.advertisements
  }

  get bytes (): number {
    return this.#total.bytes
  }

  get advertisements (): number {
    return this.#total.advertisements
  }

  get keyCount (): number {
    return this.#index.size
  }

  keys (): IterableIterator<KeyEntries> {
    return (this.#keys ?? NO_KEYS).values()
  }

  under (key: Uint8Array): KeyEntries | undefined {
    return this.#keys?.get(bytesText(key))
  }

  find (key: Uint8Array, slot: string): Entry | undefined {
    const entries = this.under(key)
    return entries?.records.get(slot) ?? entries?.soft.get(slot)
  }

  near (id: PeerId, bits: number): KeyEntries[] {
    return this.#index.near(this.#placeOf(id), bits)
  }

  publisher ({ publisher }: KadRecord): Readonly<Usage> {
    return (publisher && this.#publishers?.get(bytesText(publisher))) ?? NOTHING
  }

  group (group: IpGroup): Readonly<Usage> {
    return this.#groups?.get(group) ?? NOTHING
  }

  /** The advertisements whose keys are farther from this node than `id`: farthest first, of one key the longest held first. */
  * softBeyond (id: PeerId): IterableIterator<Entry> {
    if (this.#localId === undefined) return
    for (const { soft } of this.#advertised.beyond(this.#placeOf(id))) yield * [...soft.values()].sort(byAge)
  }

  /** The other records whose keys are farther from this node than `id`, in the same order. */
  * recordsBeyond (id: PeerId): IterableIterator<Entry> {
    if (this.#localId === undefined) return
    for (const { records } of this.#index.beyond(this.#placeOf(id))) yield * [...records.values()].sort(byAge)
  }

  /** Puts `entry` into its slot and returns what was there. */
  set (entry: Entry): Entry | undefined {
    const { record, slot } = entry
    const before = this.find(record.key, slot)
    const entries = this.under(record.key) ?? this.#addKey(record.key, entry.keyId)
    if (isSoft(entry)) this.#setSoft(entries, entry)
    else this.#setRecord(entries, entry)
    if (before !== undefined) this.#count(before, -1)
    this.#count(entry, 1)
    this.#changed(before, entry)
    return before
  }

  #setSoft (entries: KeyEntries, entry: Entry): void {
    if (entries.soft.size === 0) this.#advertised.add(entries)
    if (entries.soft === NONE) entries.soft = new Map()
    entries.records.delete(entry.slot)
    entries.soft.set(entry.slot, entry)
  }

  #setRecord (entries: KeyEntries, entry: Entry): void {
    if (entries.soft.delete(entry.slot) && entries.soft.size === 0) this.#advertised.remove(entries)
    if (entries.records === NONE) entries.records = new Map()
    entries.records.set(entry.slot, entry)
  }

  /** One that is held. */
  drop (entry: Entry): void {
    const entries = this.#take(entry)
    if (entries?.soft.size === 0) this.#advertised.remove(entries)
    if (entries !== undefined && isEmpty(entries)) {
      this.#index.remove(entries)
      this.#keys?.delete(entries.text)
    }
    this.#changed(entry, undefined)
  }

  /** Drops all that `keeps` says no to, and says how many that were. Indexes are swept once, not once an entry. */
  retain (keeps: (entry: Entry) => boolean): number {
    const before = this.size
    for (const entries of this.keys()) {
      for (const entry of [...entries.records.values(), ...entries.soft.values()]) {
        if (keeps(entry)) continue
        this.#take(entry)
        this.#changed(entry, undefined)
      }
    }
    this.#advertised.retain(({ soft }) => soft.size > 0)
    this.#index.retain(entries => !isEmpty(entries))
    for (const entries of this.keys()) if (isEmpty(entries)) this.#keys?.delete(entries.text)
    return before - this.size
  }

  #placeOf (id: PeerId): PeerId {
    return this.#localId === undefined ? id : xor(id, this.#localId)
  }

  #addKey (key: Uint8Array, id: PeerId): KeyEntries {
    const text = bytesText(key)
    const entries: KeyEntries = { text, keyId: id, place: this.#placeOf(id), records: NONE, soft: NONE }
    this.#keys ??= new Map()
    this.#keys.set(text, entries)
    this.#index.add(entries)
    return entries
  }

  /** Leaves empty keys and indexes to the caller. */
  #take (entry: Entry): KeyEntries | undefined {
    const entries = this.under(entry.record.key)
    entries?.records.delete(entry.slot)
    entries?.soft.delete(entry.slot)
    this.#count(entry, -1)
    return entries
  }

  #count (entry: Entry, sign: 1 | -1): void {
    const bytes = bytesOf(entry.record)
    add(this.#total, entry, bytes, sign)
    const { publisher } = entry.record
    if (publisher !== undefined) countFor(this.#publishers ??= new Map(), bytesText(publisher), entry, bytes, sign)
    if (entry.group !== undefined) countFor(this.#groups ??= new Map(), entry.group, entry, isSoft(entry) ? 0 : bytes, sign)
  }
}

function isEmpty ({ records, soft }: KeyEntries): boolean {
  return records.size + soft.size === 0
}

/** Most keys have no advertisements, and a map of its own takes 200 bytes. Never added to. */
const NONE = new Map<string, Entry>()
const NO_KEYS: ReadonlyMap<string, KeyEntries> = new Map()
const NOTHING: Readonly<Usage> = emptyUsage()

function emptyUsage (): Usage {
  return { records: 0, bytes: 0, advertisements: 0 }
}

function countFor<K> (usages: Map<K, Usage>, whose: K, entry: Entry, bytes: number, sign: 1 | -1): void {
  const usage = usages.get(whose) ?? emptyUsage()
  add(usage, entry, bytes, sign)
  if (usage.records + usage.advertisements === 0) usages.delete(whose)
  else usages.set(whose, usage)
}

function add (usage: Usage, entry: Entry, bytes: number, sign: 1 | -1): void {
  usage.bytes += sign * bytes
  if (isSoft(entry)) usage.advertisements += sign
  else usage.records += sign
}

function byAge (a: Entry, b: Entry): number {
  return a.firstReceivedAt - b.firstReceivedAt
}
