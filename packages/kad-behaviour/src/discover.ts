/**
 * Finding who advertises under a key. A lookup finds the holders, each of which has a sample where many advertise; then one
 * page after the other is read, where least was read so far, until enough is known.
 */
import { Refusal } from '@kadmium/interface'
import type { Contact, KadRecord, Mode, PeerId, PeerInfo, QueryOptions, QueryResult } from '@kadmium/interface'
import { keyId, peerIdFromPublicKey, peerIdFromWords } from '@kadmium/peer-id'
import { equalBytes, slotRank, verifyAnswer } from '@kadmium/records'
import { decodePeerRecord } from '@kadmium/wire'
import { ask } from './context.ts'
import { peerInfo } from './contacts.ts'
import { Coverage } from './coverage.ts'
import { okOr } from './find.ts'
import { runLookup } from './run-lookup.ts'
import type { KadContext } from './context.ts'
import type { NextPage } from './coverage.ts'
import type { Lookup } from './lookup.ts'
import type { FoundValue, KadRequest, KadResponse } from './protocol.ts'
import type { Outcome, Progress } from './query.ts'

export type DiscoverOptions = QueryOptions & {
  /** Peers after which the walk ends, 1 or more. Default: none; it ends when everything was read, or by `discoverRequests`. */
  readonly limit?: number
}

/** A peer that advertises. Only it can have said so: its id is that of the key that signed. */
export interface DiscoveredPeer extends PeerInfo {
  readonly publicKey: Uint8Array
  /** A client can be told of things, but answers nothing. */
  readonly mode: Mode
  /** What the application added, 1 to 200 bytes. */
  readonly payload?: Uint8Array
  /** The holders that gave this very advertisement. */
  readonly holders: readonly PeerId[]
}

export interface DiscoverResult {
  readonly key: Uint8Array
  readonly keyId: PeerId
  /** Each once, as it was found. */
  readonly peers: readonly DiscoveredPeer[]
  /** The most advertisements that one holder said it has: more than `peers` where the walk ended before it had read all. */
  readonly total: number
  /** The peers nearest to the key that answered, nearest first. */
  readonly closest: readonly PeerInfo[]
  /** Peers that were sent anything. */
  readonly asked: number
  /** Requests in all. */
  readonly requests: number
  readonly elapsedMs: number
  /** True when this is what was reached when time was up, or `finish()` was called. */
  readonly partial: boolean
}

interface Found {
  peer: Omit<DiscoveredPeer, 'holders'>
  record: KadRecord
  readonly holders: Map<string, PeerId>
}

const SEED_BYTES = 8
/** Records of one answer while holders are looked for: beside more of them there would be no room for contacts. */
const RECORDS_OF_LOOKUP = 4
const PAGES_AT_ONCE = 3

export class DiscoverRun {
  readonly #kad: KadContext
  readonly #key: Uint8Array
  readonly #limit: number
  readonly #seed: Uint8Array
  readonly #progress: Progress<DiscoveredPeer>
  /** Whether this node's own advertisement is wanted too. */
  readonly #withSelf: boolean
  readonly #found = new Map<string, Found>()
  readonly #coverage = new Coverage()
  readonly #holders = new Map<string, Contact>()
  readonly #starts = new Map<string, PeerId>()
  readonly #startedAt: number
  /** How many answers to the lookup were asked for from some place on. */
  #spread = 0
  #total = 0
  #requests = 0

  constructor (kad: KadContext, key: Uint8Array, { limit = Infinity }: DiscoverOptions, withSelf: boolean, progress: Progress<DiscoveredPeer>) {
    this.#kad = kad
    this.#key = key
    this.#limit = limit
    this.#withSelf = withSelf
    this.#seed = kad.components.random.bytes(SEED_BYTES)
    this.#progress = progress
    this.#startedAt = kad.components.clock.now()
  }

  async run (): Promise<Outcome<DiscoverResult>> {
    this.#readOwn()
    const lookup = await this.#lookUp()
    this.#keepNearest(lookup)
    await Promise.all(Array.from({ length: PAGES_AT_ONCE }, async () => { await this.#readOn() }))
    return this.#outcome(lookup)
  }

  #readOwn (): void {
    const { components, store } = this.#kad
    const { records } = store.page({ key: this.#key, advertisements: true }, components.clock.now())
    for (const { record } of records) this.#take(record, undefined)
  }

  async #lookUp (): Promise<Lookup> {
    const { k, replicationFactor } = this.#kad.options
    return await runLookup(this.#kad, {
      target: keyId(this.#key),
      count: Math.max(k, replicationFactor),
      message: contact => this.#request(this.#startAt(contact), RECORDS_OF_LOOKUP),
      read: (from, response) => this.#read(from, response, this.#starts.get(from.id.hex)),
      enough: () => this.#isEnough
    }, this.#progress)
  }

  /**
   * Where there are many, holders are asked from different places on, so that each shows others: first the middle, then the
   * quarters, then the eighths.
   */
  #startAt ({ id }: Contact): PeerId | undefined {
    if (this.#total <= 2 * RECORDS_OF_LOOKUP) return undefined
    const start = peerIdFromWords(bitsReversed(++this.#spread), 0, 0, 0, 0)
    this.#starts.set(id.hex, start)
    return start
  }

  /** Pages are read at the nearest only: farther ones may have old advertisements, and everybody can be far away. */
  #keepNearest (lookup: Lookup): void {
    this.#requests = this.#progress.stats.numRequests
    const nearest = new Set(lookup.closest(this.#kad.options.replicationFactor).map(({ id }) => id.hex))
    for (const holder of this.#holders.keys()) if (!nearest.has(holder)) this.#holders.delete(holder)
  }

  readonly #underWay: NextPage[] = []

  async #readOn (): Promise<void> {
    const { discoverRequests, discoverHolders } = this.#kad.options
    while (!this.#isEnough && this.#progress.ending === undefined && this.#requests < discoverRequests) {
      const page = this.#coverage.next([...this.#holders.keys()], discoverHolders, this.#underWay)
      if (page === undefined) return
      this.#requests++
      this.#underWay.push(page)
      await this.#readPage(page)
      this.#underWay.splice(this.#underWay.indexOf(page), 1)
    }
  }

  async #readPage ({ holder, after }: NextPage): Promise<void> {
    const { stats } = this.#progress
    const contact = this.#holders.get(holder)
    if (contact === undefined) return
    stats.requested(contact.id)
    const reply = await ask(this.#kad, contact, this.#request(after))
    const contacts = reply.type === 'response' ? this.#read(contact, reply.message, after) : undefined
    if (contacts !== undefined) return stats.succeeded()
    stats.failed()
    this.#holders.delete(holder)
  }

  #request (after: PeerId | undefined, limit?: number): KadRequest {
    return {
      type: 'find-value',
      key: this.#key,
      seed: this.#seed,
      advertisements: true,
      ...(after && { after: after.bytes }),
      ...(limit !== undefined && { limit })
    }
  }

  #read (from: Contact, response: KadResponse, after: PeerId | undefined): readonly Contact[] | undefined {
    if (response.type !== 'found-value') return undefined
    const believed = response.records.map(({ record }) => record).filter(record => this.#take(record, from.id))
    this.#total = Math.max(this.#total, response.total ?? believed.length)
    if (believed.length > 0 || (after !== undefined && !response.more)) this.#cover(from, response, after, believed)
    else this.#holders.delete(from.id.hex)
    return response.contacts
  }

  /** Who gave nothing that can be believed is no holder; whoever sends a page that leads nowhere is not asked again. */
  #cover (from: Contact, { more }: FoundValue, after: PeerId | undefined, believed: readonly KadRecord[]): void {
    const ranks = believed.map(record => slotRank(this.#seed, record)).sort((a, b) => a.hex < b.hex ? -1 : 1)
    const last = ranks.at(-1)
    if (last !== undefined && after !== undefined && last.hex <= after.hex) {
      this.#holders.delete(from.id.hex)
      return
    }
    this.#holders.set(from.id.hex, from)
    this.#coverage.add({ holder: from.id.hex, from: after, to: more ? last : undefined })
  }

  /** Whether it is an advertisement that can be believed, also when it is known. */
  #take (record: KadRecord, holder: PeerId | undefined): boolean {
    const { publisher } = record
    if (record.kind !== 'advertisement' || publisher === undefined) return false
    const id = peerIdFromPublicKey(publisher)
    const known = this.#found.get(id.hex)
    if (known === undefined || !isSame(known.record, record)) {
      if (verifyAnswer(record, { key: this.#key }, this.#kad.components.crypto) !== undefined) return false
      if (this.#kad.options.policies?.validate(record) !== undefined) return false
    }
    if (id.equals(this.#kad.components.localId) && !this.#withSelf) return true
    this.#keep(id, record, publisher, holder)
    return true
  }

  #keep (id: PeerId, record: KadRecord, publicKey: Uint8Array, holder: PeerId | undefined): void {
    const known = this.#found.get(id.hex)
    if (known !== undefined && isSame(known.record, record)) {
      if (holder !== undefined) known.holders.set(holder.hex, holder)
      return
    }
    if (known !== undefined && known.record.seq >= record.seq) return
    if (known === undefined && this.#isEnough) return
    const peer = this.#peerOf(id, record, publicKey)
    if (peer === undefined) return
    const holders = new Map<string, PeerId>(holder === undefined ? [] : [[holder.hex, holder]])
    this.#found.set(id.hex, { peer, record, holders })
    if (known === undefined) this.#tell({ ...peer, holders: [...holders.values()] })
  }

  #peerOf (id: PeerId, { value }: KadRecord, publicKey: Uint8Array): Found['peer'] | undefined {
    const told = decodePeerRecord(value)
    if (told instanceof Refusal) return undefined
    const isSelf = id.equals(this.#kad.components.localId)
    const contact = { id, publicKey, addresses: told.addresses }
    const { addresses } = isSelf ? contact : this.#kad.filter.usable(contact) ?? { addresses: [] }
    return { ...peerInfo({ ...contact, addresses }), publicKey, mode: told.mode, ...(told.payload && { payload: told.payload }) }
  }

  #tell (peer: DiscoveredPeer): void {
    this.#progress.report({ type: 'GetProviders', ok: true, found: 'FoundProviders', key: this.#key, providers: [peer] })
    this.#progress.tell(peer)
  }

  get #isEnough (): boolean {
    return this.#found.size >= this.#limit
  }

  #outcome (lookup: Lookup): Outcome<DiscoverResult> {
    const { options: { k }, components } = this.#kad
    const closest = lookup.closest(k).map(peerInfo)
    const value: DiscoverResult = {
      key: this.#key,
      keyId: keyId(this.#key),
      peers: [...this.#found.values()].map(({ peer, holders }) => ({ ...peer, holders: [...holders.values()] })),
      total: this.#total,
      closest,
      asked: this.#progress.stats.asked,
      requests: this.#progress.stats.numRequests,
      elapsedMs: components.clock.now() - this.#startedAt,
      partial: this.#progress.ending !== undefined
    }
    return { value, result: this.#lastEvent(closest) }
  }

  #lastEvent (closestPeers: readonly PeerInfo[]): QueryResult {
    const okay = okOr(this.#progress.ending)
    if (!okay.ok) return { type: 'GetProviders', ...okay, key: this.#key, closestPeers }
    return { type: 'GetProviders', ok: true, found: 'FinishedWithNoAdditionalRecord', closestPeers }
  }
}

/** 1, 2, 3 … as 0.1, 0.01, 0.11 …, in binary: van der Corput's sequence, scaled to 32 bits. */
function bitsReversed (n: number): number {
  let reversed = 0
  for (let bit = 0; bit < 32; bit++) reversed |= ((n >>> bit) & 1) << (31 - bit)
  return reversed
}

function isSame (a: KadRecord, b: KadRecord): boolean {
  return a.seq === b.seq && a.ttl === b.ttl && equalBytes(a.value, b.value) && equalBytes(a.signature, b.signature)
}
