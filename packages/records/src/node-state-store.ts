/**
 * What a node remembers of itself from one run to the next, beside its records: whom it knew, where it was found, what it
 * publishes and keeps for others, how large the network seemed, and its last sequence number. Every entry is sealed; one that cannot be read is skipped and
 * counted. Saving and loading reject where the datastore fails.
 */
import { Refusal } from '@kadmium/interface'
import type { Endpoint, KadRecord } from '@kadmium/interface'
import { decodeRecord, encodeRecord, packContacts, unpackContacts } from '@kadmium/wire'
import { Key } from 'interface-datastore'
import type { Datastore } from 'interface-datastore'
import { equalBytes } from './bytes.ts'
import { getIfThere } from './get-if-there.ts'
import { datastoreKeyOf } from './held-codec.ts'
import { seal, sealNumber, unseal, unsealNumber } from './sealed.ts'
import type { Slot } from './slot.ts'

/** A contact of the routing table. Times in here are wall-clock milliseconds. */
export interface SavedContact {
  /** Raw Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
  /** At least one. */
  readonly addresses: readonly Endpoint[]
  readonly lastSeen: number
}

/** A record that this node keeps alive. */
export interface Publication {
  readonly record: KadRecord
  /** When it was last put. */
  readonly publishedAt: number
}

/** A record of somebody else that this node was asked to keep alive. */
export interface KeptRecord {
  readonly record: KadRecord
  readonly endsAt: number
}

export interface NetworkSizeEstimate {
  readonly size: number
  readonly measuredAt: number
}

export interface Loaded<T> {
  readonly items: T[]
  /** Entries that were skipped: torn, rotten, misplaced, or of a later version. */
  readonly unreadable: number
}

export class NodeStateStore {
  readonly #datastore: Datastore
  readonly #prefix: string

  /** Its keys begin with `prefix`, by default `/kadmium/state`. */
  constructor (datastore: Datastore, prefix = '/kadmium/state') {
    this.#datastore = datastore
    this.#prefix = prefix
  }

  /** In place of those that were saved before. */
  async saveContacts (contacts: readonly SavedContact[]): Promise<void> {
    const batch = this.#datastore.batch()
    const kept = new Set<string>()
    for (const contact of contacts) {
      const key = this.#contactKey(contact)
      kept.add(key.toString())
      batch.put(key, encodeContact(contact))
    }
    for await (const key of this.#datastore.queryKeys({ prefix: `${this.#prefix}/contacts/` })) {
      if (!kept.has(key.toString())) batch.delete(key)
    }
    await batch.commit()
  }

  async loadContacts (): Promise<Loaded<SavedContact>> {
    return await this.#load('contacts', decodeContact, contact => this.#contactKey(contact))
  }

  /** In place of the one of its slot. */
  async savePublication (publication: Publication): Promise<void> {
    await this.#datastore.put(this.#publicationKey(publication.record), encodeTimed(publication.record, publication.publishedAt))
  }

  async removePublication (slot: Slot): Promise<void> {
    await this.#datastore.delete(this.#publicationKey(slot))
  }

  async loadPublications (): Promise<Loaded<Publication>> {
    return await this.#load('publications', decodePublication, ({ record }) => this.#publicationKey(record))
  }

  /** In place of the one of its slot. */
  async saveKept ({ record, endsAt }: KeptRecord): Promise<void> {
    await this.#datastore.put(this.#keptKey(record), encodeTimed(record, endsAt))
  }

  async removeKept (slot: Slot): Promise<void> {
    await this.#datastore.delete(this.#keptKey(slot))
  }

  async loadKept (): Promise<Loaded<KeptRecord>> {
    return await this.#load('kept', decodeKept, ({ record }) => this.#keptKey(record))
  }

  async saveNetworkSize ({ size, measuredAt }: NetworkSizeEstimate): Promise<void> {
    await this.#datastore.put(this.#key('network-size'), sealNumbers(size, measuredAt))
  }

  /** `undefined` where none was saved, or none can be read. */
  async loadNetworkSize (): Promise<NetworkSizeEstimate | undefined> {
    const sealed = await getIfThere(this.#datastore, this.#key('network-size'))
    const [size, measuredAt] = (sealed && unsealNumbers(sealed, 2)) ?? []
    return size === undefined || measuredAt === undefined ? undefined : { size, measuredAt }
  }

  /** The highest sequence number that this node has signed. */
  async saveSequence (seq: number): Promise<void> {
    await this.#datastore.put(this.#key('sequence'), sealNumber(seq))
  }

  /** `undefined` where none was saved, or none can be read. */
  async loadSequence (): Promise<number | undefined> {
    const sealed = await getIfThere(this.#datastore, this.#key('sequence'))
    return sealed && unsealNumber(sealed)
  }

  /** The port at which others have found it. */
  async savePort (port: number): Promise<void> {
    await this.#datastore.put(this.#key('port'), sealNumber(port))
  }

  /** `undefined` where none was saved, or none can be read. */
  async loadPort (): Promise<number | undefined> {
    const sealed = await getIfThere(this.#datastore, this.#key('port'))
    return sealed && unsealNumber(sealed)
  }

  async #load<T> (kind: string, decode: (bytes: Uint8Array) => T | undefined, keyOf: (item: T) => Key): Promise<Loaded<T>> {
    const items: T[] = []
    let unreadable = 0
    for await (const { key, value } of this.#datastore.query({ prefix: `${this.#prefix}/${kind}/` })) {
      const item = decode(value)
      if (item !== undefined && keyOf(item).toString() === key.toString()) items.push(item)
      else unreadable++
    }
    return { items, unreadable }
  }

  #contactKey ({ publicKey }: SavedContact): Key {
    return datastoreKeyOf(`${this.#prefix}/contacts`, { key: publicKey })
  }

  #publicationKey (slot: Slot): Key {
    return datastoreKeyOf(`${this.#prefix}/publications`, slot)
  }

  #keptKey (slot: Slot): Key {
    return datastoreKeyOf(`${this.#prefix}/kept`, slot)
  }

  #key (name: string): Key {
    return new Key(`${this.#prefix}/${name}`, false)
  }
}

function encodeContact ({ publicKey, addresses, lastSeen }: SavedContact): Uint8Array {
  return sealNumbers(lastSeen, packContacts([{ publicKey, addresses }], Infinity))
}

function decodeContact (sealed: Uint8Array): SavedContact | undefined {
  const body = unseal(sealed)
  if (body === undefined || body.length < 8) return undefined
  const entries = unpackContacts(body.subarray(8))
  const publicKey = entries instanceof Refusal ? undefined : entries[0]?.publicKey
  if (entries instanceof Refusal || publicKey === undefined || !entries.every(entry => equalBytes(entry.publicKey, publicKey))) return undefined
  return { publicKey, addresses: entries.map(({ address }) => address), lastSeen: number(body, 0) }
}

function encodeTimed (record: KadRecord, at: number): Uint8Array {
  return sealNumbers(at, encodeRecord(record))
}

function decodePublication (sealed: Uint8Array): Publication | undefined {
  const timed = decodeTimed(sealed)
  return timed && { record: timed.record, publishedAt: timed.at }
}

function decodeKept (sealed: Uint8Array): KeptRecord | undefined {
  const timed = decodeTimed(sealed)
  return timed && { record: timed.record, endsAt: timed.at }
}

function decodeTimed (sealed: Uint8Array): { readonly record: KadRecord, readonly at: number } | undefined {
  const body = unseal(sealed)
  if (body === undefined || body.length < 8) return undefined
  const record = decodeRecord(body.subarray(8))
  return record instanceof Refusal ? undefined : { record, at: number(body, 0) }
}

/** Numbers of 8 bytes each, then bytes. */
function sealNumbers (...parts: (number | Uint8Array)[]): Uint8Array {
  const body = new Uint8Array(parts.reduce<number>((sum, part) => sum + (typeof part === 'number' ? 8 : part.length), 0))
  let at = 0
  for (const part of parts) {
    if (typeof part === 'number') new DataView(body.buffer).setFloat64(at, part)
    else body.set(part, at)
    at += typeof part === 'number' ? 8 : part.length
  }
  return seal(body)
}

function unsealNumbers (sealed: Uint8Array, count: number): number[] | undefined {
  const body = unseal(sealed)
  return body?.length === 8 * count ? Array.from({ length: count }, (_, index) => number(body, 8 * index)) : undefined
}

function number (bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(at)
}
