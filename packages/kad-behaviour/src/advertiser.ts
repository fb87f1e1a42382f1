/**
 * What this node advertises: signs where it is to be found, stores that under the key, and stores it anew before it ends, or
 * as soon as it is somewhere else.
 */
import { InvalidOptionError } from '@kadmium/interface'
import type { Endpoint, KadRecord, PutResult, Query, QueryOptions, QueryResult, Quorum, Timer } from '@kadmium/interface'
import { signAdvertisement } from '@kadmium/records'
import type { SequenceNumbers } from '@kadmium/records'
import { MAX_PEER_ADDRESSES, encodePeerRecord, isRoutableTarget } from '@kadmium/wire'
import type { AdvertisedPeer } from '@kadmium/wire'
import { PutRun } from './put.ts'
import { endpointOf } from './recipients.ts'
import type { KadContext } from './context.ts'
import type { PutProgress } from './put.ts'
import type { Queries } from './queries.ts'
import type { Outcome } from './query.ts'
import type { Address } from './recipients.ts'

export type AdvertiseOptions = QueryOptions & {
  /** How long an advertisement lives when it is not renewed, in seconds: 1 to 172,800. It is renewed by a third of that. */
  readonly ttl?: number
  /** The application's, 1 to 200 bytes. */
  readonly payload?: Uint8Array
  /** Where this node is to be found, or who knows it from time to time. Default: its external addresses, or else those it listens on. */
  readonly addresses?: readonly Address[] | (() => readonly Address[])
  /** Holders that must acknowledge the first time. Default: one. */
  readonly quorum?: Quorum
}

interface Advertised {
  readonly key: Uint8Array
  readonly ttl: number
  readonly payload: Uint8Array | undefined
  readonly addresses: (() => readonly Endpoint[]) | undefined
  /** When it is stored next, monotonic. */
  dueAt: number
  /** What was stored last. */
  peer: Uint8Array | undefined
  isRenewing: boolean
}

export interface AdvertiserInit {
  readonly kad: KadContext
  readonly queries: Queries
  readonly sequence: SequenceNumbers
}

export class Advertiser {
  readonly #kad: KadContext
  readonly #queries: Queries
  readonly #sequence: SequenceNumbers
  /** Made for the first. */
  #advertised: Map<string, Advertised> | undefined
  #timer: Timer | undefined
  #isOn = false

  constructor ({ kad, queries, sequence }: AdvertiserInit) {
    this.#kad = kad
    this.#queries = queries
    this.#sequence = sequence
  }

  /** The keys under which this node is to be found. */
  get keys (): Uint8Array[] {
    return this.#all.map(({ key }) => key.slice())
  }

  start (): void {
    this.#isOn = true
    for (const one of this.#all) one.dueAt = this.#now
    this.#arm()
  }

  stop (): void {
    this.#isOn = false
    this.#disarm()
  }

  /** Throws for what is wrong with the options. A key that is advertised already is advertised anew. */
  add (key: Uint8Array, ttl: number, options: AdvertiseOptions): Query<PutResult, PutProgress> {
    const { payload, addresses, signal, quorum = 'one' } = options
    const text = textOf(key)
    const { maxAdvertised } = this.#kad.options
    const advertised = this.#advertised ??= new Map()
    if (!advertised.has(text) && advertised.size >= maxAdvertised) throw new InvalidOptionError('maxAdvertised', `${maxAdvertised} keys are advertised already`)
    const own = { key: key.slice(), ttl, payload: payload?.slice(), addresses: addresses && endpointsOf(addresses) }
    const one: Advertised = { ...own, dueAt: this.#now + this.#intervalMs(ttl), peer: undefined, isRenewing: true }
    const record = this.#sign(one)
    advertised.set(text, one)
    signal?.addEventListener('abort', () => { if (advertised.get(text) === one) this.remove(key) }, { once: true })
    if (signal?.aborted === true) advertised.delete(text)
    this.#arm()
    return this.#store(one, record, 'StartProviding', quorum, options)
  }

  /** No longer renews it; what holders have lives on to its end. Returns whether there was one. */
  remove (key: Uint8Array): boolean {
    const was = this.#advertised?.delete(textOf(key)) === true
    this.#arm()
    return was
  }

  #store (one: Advertised, record: KadRecord, type: 'StartProviding' | 'RepublishProvider', quorum: Quorum, options?: QueryOptions): Query<PutResult, PutProgress> {
    const query = this.#queries.start<PutResult, PutProgress>({
      type,
      options,
      inLine: type === 'StartProviding',
      work: async progress => outcomeAs(type, record.key, await new PutRun(this.#kad, record, quorum, progress).run())
    })
    void query.then(({ storedOn }) => this.#stored(one, storedOn), () => this.#stored(one, 0))
    return query
  }

  /** Who reached nobody tries again soon. */
  #stored (one: Advertised, storedOn: number): void {
    one.isRenewing = false
    const { advertiseRetryMs } = this.#kad.options
    const pauseMs = this.#intervalMs(one.ttl)
    one.dueAt = this.#now + (storedOn === 0 ? Math.min(pauseMs, advertiseRetryMs) : pauseMs)
    this.#arm()
  }

  #renewDue (): void {
    for (const one of this.#all) {
      if (one.isRenewing || !(one.dueAt <= this.#now || this.#hasMoved(one))) continue
      one.isRenewing = true
      void this.#store(one, this.#sign(one), 'RepublishProvider', 'one')
    }
    this.#arm()
  }

  #hasMoved (one: Advertised): boolean {
    const peer = encodePeerRecord(this.#peerOf(one))
    return one.peer === undefined || peer.length !== one.peer.length || peer.some((byte, i) => byte !== one.peer?.[i])
  }

  /** A third of its life, so that two renewals in a row may fail; up to a tenth sooner, so that not all come at once. */
  #intervalMs (ttl: number): number {
    return ttl * 1000 / 3 * (1 - 0.1 * this.#kad.components.random.float())
  }

  #sign (one: Advertised): KadRecord {
    const { clock, identity } = this.#kad.components
    const held = this.#kad.store.getSlot({ key: one.key, publisher: identity.publicKey }, clock.now())
    if (held !== undefined) this.#sequence.observe(held.record.seq)
    const record = signAdvertisement({ key: one.key, ttl: one.ttl, seq: this.#sequence.next(clock.wallNow()), peer: this.#peerOf(one) }, identity)
    one.peer = record.value
    return record
  }

  #peerOf ({ payload, addresses }: Advertised): AdvertisedPeer {
    const { externalAddresses, listening, mode } = this.#kad.components
    const known = addresses?.() ?? (externalAddresses.length > 0 ? externalAddresses : listening)
    return { addresses: known.filter(isRoutableTarget).slice(0, MAX_PEER_ADDRESSES), mode, ...(payload && { payload }) }
  }

  #arm (): void {
    this.#disarm()
    const all = this.#all
    if (!this.#isOn || all.length === 0) return
    const soonest = Math.min(...all.filter(({ isRenewing }) => !isRenewing).map(({ dueAt }) => dueAt))
    const pauseMs = Math.min(this.#kad.options.addressCheckMs, Math.max(0, soonest - this.#now))
    this.#timer = this.#kad.components.clock.setTimeout(() => this.#renewDue(), pauseMs)
  }

  #disarm (): void {
    if (this.#timer !== undefined) this.#kad.components.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  get #all (): Advertised[] {
    return this.#advertised === undefined ? [] : [...this.#advertised.values()]
  }

  get #now (): number {
    return this.#kad.components.clock.now()
  }
}

/** The same outcome, told as rust-libp2p tells of providers. */
function outcomeAs (type: 'StartProviding' | 'RepublishProvider', key: Uint8Array, outcome: Outcome<PutResult>): Outcome<PutResult> {
  const { result } = outcome
  const told: QueryResult = result.ok || result.type !== 'PutRecord' ? { type, ok: true, key } : { type, ok: false, key, error: result.error }
  return { ...outcome, result: told }
}

function textOf (key: Uint8Array): string {
  return String.fromCharCode(...key)
}

/** What is given once is checked at once. */
function endpointsOf (addresses: NonNullable<AdvertiseOptions['addresses']>): () => readonly Endpoint[] {
  if (typeof addresses === 'function') return () => addresses().map(endpointOf)
  const endpoints = addresses.map(endpointOf)
  return () => endpoints
}
