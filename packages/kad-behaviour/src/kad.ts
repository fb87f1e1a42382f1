/**
 * Kademlia as a behaviour of a swarm: what an application calls, what the swarm tells, and which file does it.
 *
 * Namespaces: discover.ts, advertiser.ts, watch.ts. Many at once: batch.ts.
 * Finding: find.ts, over run-lookup.ts, over lookup.ts. Records: put.ts, get.ts. Joining: bootstrap.ts. The table: routing.ts.
 * Answers to others: serve.ts. Upkeep: upkeep.ts. Messages: protocol.ts. Running operations: queries.ts, query.ts.
 */
import { InvalidOptionError, NoKnownPeersError, ValueTooLargeError } from '@kadmium/interface'
import { PeerIdCache, bucketIndex, bucketRange, isPeerId, keyId } from '@kadmium/peer-id'
import { MemoryRecordStore, SequenceNumbers, immutableRecord, packValue, signRecord, signTombstone, slotOf, unsignedRecord } from '@kadmium/records'
import { RoutingTable } from '@kadmium/routing-table'
import { MAX_DATAGRAM_VALUE_BYTES, MAX_KEY_BYTES, MAX_SALT_BYTES, MAX_VALUE_BYTES, PUBLIC_KEY_BYTES } from '@kadmium/wire'
import type {
  Behaviour, BehaviourFactory, Contact, Endpoint, KadRecord, Mode, PeerAnswer, PeerId, PeerInfo, PeerRecord, PutResult, Query,
  QueryId, QueryOptions, Reply, Requester, RequestOptions, SwarmComponents
} from '@kadmium/interface'
import type { Asked, PackedValue, RecordStore, Slot } from '@kadmium/records'
import type { BucketView } from '@kadmium/routing-table'
import { Advertiser } from './advertiser.ts'
import { Regions, batched } from './batch.ts'
import { Bootstrapper } from './bootstrap.ts'
import { Churn } from './churn.ts'
import { ContactPool } from './contact-pool.ts'
import { ContactFilter, peerInfo } from './contacts.ts'
import { DiscoverRun } from './discover.ts'
import { EclipseAlarm } from './eclipse-alarm.ts'
import { findClosest, findPeer } from './find.ts'
import { FormerPeers } from './former-peers.ts'
import { GetRun } from './get.ts'
import { HandOver } from './hand-over.ts'
import { Jobs } from './jobs.ts'
import { KeptRecords } from './kept-records.ts'
import { namespaceKey } from './namespace-key.ts'
import { kadOptions, rulesOf } from './options.ts'
import { regionRadius } from './placement.ts'
import { PopularKeys } from './popular-keys.ts'
import { kadProtocol } from './protocol.ts'
import { OwnStateWriter } from './own-state.ts'
import { Publications } from './publications.ts'
import { PutRun } from './put.ts'
import { checkQuorum } from './quorum.ts'
import { Queries } from './queries.ts'
import { endpointOf, recipientOf } from './recipients.ts'
import { placing } from './region.ts'
import { Routing } from './routing.ts'
import { Seeds } from './seeds.ts'
import { serve } from './serve.ts'
import { SilentPeers } from './silent-peers.ts'
import { SizeEstimate } from './size-estimate.ts'
import { SuspectAddresses } from './suspect-addresses.ts'
import { upkeep } from './upkeep.ts'
import { watch } from './watch.ts'
import type { AdvertiseOptions } from './advertiser.ts'
import type { Batched } from './batch.ts'
import type { BootstrapOutcome, BootstrapProgress } from './bootstrap.ts'
import type { KadContext } from './context.ts'
import type { DiscoverOptions, DiscoverResult, DiscoveredPeer } from './discover.ts'
import type { ClosestPeers } from './find.ts'
import type { GetOptions, GetResult } from './get.ts'
import type { KadInit, KadOptions } from './options.ts'
import type { OwnState } from './own-state.ts'
import type { KadRequest } from './protocol.ts'
import type { PutHow, PutOptions, PutProgress, RecordToPut } from './put.ts'
import type { QueryType, QueryView } from './queries.ts'
import type { Outcome, Progress } from './query.ts'
import type { Address, Addressed } from './recipients.ts'
import type { LookupProgress } from './run-lookup.ts'
import type { MeasuredSize } from './size-estimate.ts'
import type { WatchOptions } from './watch.ts'

/** What became of an address that was given: its peer is in the table, waits for a place or may not have one, or is silent. */
export type RoutingUpdate = 'success' | 'pending' | 'failed'

/** A peer of the routing table. Times are monotonic milliseconds. */
export interface TablePeer extends PeerInfo {
  readonly lastSeen: number
  readonly addedAt: number
  readonly rttMs: number | undefined
  readonly failures: number
}

/** How a batch goes. */
export interface BatchOptions {
  /** Operations at once. Default: the behaviour's `batchConcurrency`. */
  readonly concurrency?: number
}

export type RemoveOptions = Omit<PutOptions, 'unsigned'> & {
  /** The record with this salt. */
  readonly salt?: Uint8Array
}

export interface KBucket {
  /** Leading bits that its peers share with this node: 0 is the farthest half of the key space. */
  readonly index: number
  /** The smallest and the largest distance that it holds, inclusive. */
  readonly range: readonly [PeerId, PeerId]
  /** Least recently seen first. */
  readonly peers: readonly TablePeer[]
  /** Peers that wait for a place. */
  readonly waiting: number
}

/** One to two hours of departures say how long peers stay. */
const CHURN_WINDOW_MS = 3_600_000

/** The regions of a few keys that follow each other. */
const POOLED_PER_LANE = 128

/** Ids depend on nothing but keys, so all nodes of a process share what they have hashed. */
const ids = new PeerIdCache({ capacity: 4096 })

/** Kademlia with these options, for the `behaviours` of a swarm. Throws `InvalidOptionError` at once. */
export function kad (init: KadInit = {}): BehaviourFactory<KadBehaviour> {
  const options = kadOptions(init)
  const seeds = options.seeds.map(endpointOf)
  return components => new KadBehaviour(components, options, seeds)
}

export class KadBehaviour implements Behaviour {
  readonly table: RoutingTable
  readonly store: RecordStore
  readonly #kad: KadContext
  readonly #seeds: Seeds
  readonly #queries: Queries
  readonly #routing: Routing
  readonly #bootstrapper: Bootstrapper
  readonly #handOver: HandOver
  readonly #publications: Publications
  readonly #jobs: Jobs
  readonly #sequence: SequenceNumbers
  readonly #ownState: OwnStateWriter
  readonly #advertiser: Advertiser
  readonly #watches = new Set<AbortController>()

  constructor (components: SwarmComponents, options: KadOptions, seeds: readonly Endpoint[]) {
    this.table = tableOf(components, options)
    this.store = storeOf(components, options)
    const filter = new ContactFilter({
      localId: components.localId,
      profile: options.profile ?? components.profile,
      externalAddresses: () => components.externalAddresses,
      reaches: address => components.reaches(address)
    })
    const protocol = kadProtocol(ids)
    const silent = new SilentPeers(options)
    const kad = this.#kad = {
      components,
      options,
      protocol,
      table: this.table,
      store: this.store,
      filter,
      silent,
      suspects: new SuspectAddresses(options),
      size: new SizeEstimate(options),
      eclipse: new EclipseAlarm(options),
      popular: new PopularKeys(options.maxPopularKeys),
      kept: new KeptRecords(options.maxKept)
    }
    const former = new FormerPeers(options)
    const queries = this.#queries = new Queries(components.clock, options, event => components.emit('QueryProgressed', event))
    this.#seeds = new Seeds(seeds, options.maxSeeds)
    const bootstrapper = this.#bootstrapper = new Bootstrapper({ kad, queries, seeds: this.#seeds, former })
    const handOver = this.#handOver = new HandOver(kad)
    const churn = new Churn(CHURN_WINDOW_MS, components.clock.now())
    this.#routing = new Routing({
      kad,
      former,
      churn,
      gained (contact, returned) {
        bootstrapper.gained(contact, returned)
        handOver.came(contact)
      },
      ranDry: () => bootstrapper.ranDry()
    })
    this.#routing.want({ addresses: seeds })
    const { maxPublications, republishIntervalMs, state } = options
    const ownState = this.#ownState = new OwnStateWriter(state)
    this.#sequence = new SequenceNumbers(seq => { ownState.signed(seq) })
    const publications = this.#publications = new Publications({
      max: maxPublications,
      intervalMs: republishIntervalMs === 'off' ? Infinity : republishIntervalMs,
      onKept: record => { ownState.published(record, components.clock.wallNow()) },
      onLeft: record => { ownState.forgotten(record) }
    })
    if (state !== undefined) this.#recall(state)
    this.#jobs = new Jobs(components.clock, components.random, upkeep({ kad, queries, bootstrapper, former, churn, publications, unreachable: peer => { this.#routing.timedOut(peer) } }))
    this.#advertiser = new Advertiser({ kad, queries, sequence: this.#sequence })
    components.handle(protocol, (request, from) => this.#answer(request, from))
  }

  /**
   * Remembers where a peer is, and pings it: nobody enters the table who has not answered. Resolves when that is decided.
   * The address also serves to join by when the table runs dry.
   */
  async addAddress (target: Addressed): Promise<RoutingUpdate> {
    const recipient = recipientOf(target)
    this.#seeds.add(recipient.addresses)
    this.#routing.want(recipient)
    const reply = await this.#kad.components.ping(recipient)
    if (reply.type !== 'response') return 'failed'
    return this.table.get(reply.from.id) === undefined ? 'pending' : 'success'
  }

  /** Forgets one address of a peer; with the last one the peer leaves the table. */
  removeAddress (peer: PeerId, address: Address): void {
    const endpoint = endpointOf(address)
    this.#seeds.remove(endpoint)
    this.#routing.removeAddress(peer, endpoint)
  }

  /** Takes a peer out of the table, or from among those that wait for a place. Returns what was known of it. */
  removePeer (peer: PeerId): PeerInfo | undefined {
    const contact = this.table.get(peer)
    this.#routing.remove(peer)
    return contact && peerInfo(contact)
  }

  /**
   * Joins the network: finds this node's neighbours and fills the table. Rejects with `NoKnownPeersError` when there is nobody
   * to ask, and with `BootstrapTimeoutError` when nobody answers in time (default `bootstrapTimeoutMs`); then it goes on in the
   * background until somebody does.
   */
  bootstrap (options: QueryOptions = {}): Query<BootstrapOutcome, BootstrapProgress> {
    if (!this.#bootstrapper.isPossible) return this.#queries.refuse(new NoKnownPeersError())
    return this.#bootstrapper.run(options)
  }

  /** Whether a bootstrap has reached somebody since the start, and since the table was last empty. */
  get bootstrapped (): boolean {
    return this.#bootstrapper.bootstrapped
  }

  /** The k nodes nearest to a record key, which is hashed, or to an id, which is not. */
  getClosestPeers (key: PeerId | Uint8Array, options: QueryOptions = {}): Query<ClosestPeers, LookupProgress> {
    return this.getNClosestPeers(key, this.#kad.options.k, options)
  }

  /** At most `count` nodes, and at most k. */
  getNClosestPeers (key: PeerId | Uint8Array, count: number, options: QueryOptions = {}): Query<ClosestPeers, LookupProgress> {
    return this.#start('GetClosestPeers', options, () => {
      const target = placeOf(key)
      checkCount(count)
      return async progress => await findClosest(this.#kad, target, Math.min(count, this.#kad.options.k), progress)
    })
  }

  /** What the own table knows, nearest first; asks nobody. */
  getClosestLocalPeers (key: PeerId | Uint8Array, count: number = Infinity): PeerInfo[] {
    return this.table.closest(placeOf(key), count).map(peerInfo)
  }

  /** The node with that id; `undefined` when nobody knows it or it does not answer. */
  findPeer (id: PeerId, options: QueryOptions = {}): Query<PeerInfo | undefined, LookupProgress> {
    return this.#start('GetClosestPeers', options, () => async progress => await findPeer(this.#kad, id, peerInfo, progress))
  }

  /**
   * Signs a value and stores it on the `replicationFactor` nodes nearest to its key, and here unless this node is a client.
   * Rejects with `QuorumFailedError` when too few acknowledged (what was stored stays), and before anything is stored with
   * `ValueTooLargeError` or `InvalidOptionError`. A node that knows nobody stores here, and that is all (`storedOn` 0).
   */
  putRecord (record: RecordToPut, options: PutOptions = {}): Query<PutResult, PutProgress> {
    return this.#put(options, () => this.#sign(record, options))
  }

  /**
   * Many puts, so many at once, with results as they come. Puts of near keys share a lookup. An error of one ends no other;
   * leaving the loop, or the signal, ends what runs, and begins no more.
   */
  putMany (records: Iterable<RecordToPut> | AsyncIterable<RecordToPut>, options: BatchOptions & PutOptions = {}): AsyncGenerator<Batched<RecordToPut, PutResult>, void> {
    const { concurrency = this.#kad.options.batchConcurrency, signal, ...each } = options
    checkCount(concurrency)
    const regions = new Regions(this.#kad.options.replicationFactor)
    const work = (record: RecordToPut): Query<PutResult, PutProgress> => this.#put(each, () => this.#sign(record, each), { regions })
    return batched(records, { keyOf: ({ key }) => key, work, concurrency, signal })
  }

  /** Many gets, as `putMany`, near keys one after the other: whom one has heard of the next need not look up. */
  getMany (keys: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, options: BatchOptions & GetOptions = {}): AsyncGenerator<Batched<Uint8Array, GetResult>, void> {
    const { concurrency = this.#kad.options.batchConcurrency, signal, ...each } = options
    checkCount(concurrency)
    const pool = new ContactPool(POOLED_PER_LANE * concurrency)
    return batched(keys, { keyOf: key => key, work: key => this.#get(key, each, pool), concurrency, signal })
  }

  /** Stores a value under its own SHA-1, which proves it: no publisher, no replacing it. The result names the key. */
  putImmutable (value: Uint8Array, options: Omit<PutOptions, 'publisher'> & { readonly ttl?: number } = {}): Query<PutResult, PutProgress> {
    return this.#put(options, () => {
      this.#checkValue({ value })
      return immutableRecord(value, options.ttl ?? this.#kad.options.recordTtl)
    })
  }

  /**
   * The newest record of each publisher under `key`. Iterate it for each as it is found; await it for all. A key that nobody
   * has is no error: `records` is empty then, and `closest` says who was asked.
   */
  getRecord (key: Uint8Array, options: GetOptions = {}): Query<GetResult, PeerRecord> {
    return this.#get(key, options)
  }

  #get (key: Uint8Array, options: GetOptions, pool?: ContactPool): Query<GetResult, PeerRecord> {
    return this.#start('GetRecord', options, () => {
      const { publisher, salt, quorum } = options
      checkKey(key)
      if (publisher !== undefined) checkLength('publisher', publisher, PUBLIC_KEY_BYTES, PUBLIC_KEY_BYTES)
      if (salt !== undefined) checkLength('salt', salt, 1, MAX_SALT_BYTES)
      if (quorum !== undefined) checkQuorum('quorum', quorum)
      const asked: Asked = { key: key.slice(), ...(publisher && { publisher }), ...(salt && { salt }) }
      return async progress => await new GetRun(this.#kad, asked, options, progress, pool).run()
    })
  }

  /**
   * Removes what a publisher put: stores a signed tombstone in its place, which lives 48 h, so that no older copy comes back.
   * Rejects as `putRecord` does.
   */
  removeRecord (key: Uint8Array, options: RemoveOptions = {}): Query<PutResult, PutProgress> {
    const { salt, publisher = this.#kad.components.identity } = options
    return this.#put(options, () => {
      checkKey(key)
      const seq = this.#nextSeq({ key, publisher: publisher.publicKey, ...(salt && { salt }) }, options)
      return signTombstone({ key, seq, ...(salt && { salt }) }, publisher)
    })
  }

  /** Forgets the own copy of a record that this node published; the copies of others live on. Returns whether there was one. */
  forgetRecord (key: Uint8Array, salt?: Uint8Array): boolean {
    const slot = { key, publisher: this.#kad.components.identity.publicKey, ...(salt && { salt }) }
    this.#publications.forget(slot)
    return this.store.remove(slot)
  }

  /**
   * Says under a name where this node is to be found, and says it again before that ends, until `signal` is aborted or
   * `withdraw` is called. The query is the first time: it rejects when nobody acknowledged, and trying goes on all the same.
   */
  advertise (namespace: string | Uint8Array, options: AdvertiseOptions = {}): Query<PutResult, PutProgress> {
    return this.#advertise(options, () => namespaceKey(namespace), this.#kad.options.advertisementTtl)
  }

  /** Stops advertising and takes back what was said: others do not find this node any more. */
  withdraw (namespace: string | Uint8Array, options: QueryOptions = {}): Query<PutResult, PutProgress> {
    try {
      const key = namespaceKey(namespace)
      this.#advertiser.remove(key)
      return this.removeRecord(key, { ...options, quorum: 'one' })
    } catch (error) {
      return this.#queries.refuse(error as Error)
    }
  }

  /** Who advertises under a name: iterate it for each peer as it is found, await it for all. Never this node itself. */
  discover (namespace: string | Uint8Array, options: DiscoverOptions = {}): Query<DiscoverResult, DiscoveredPeer> {
    return this.#discover(options, () => namespaceKey(namespace), false)
  }

  /** rust-libp2p's word for advertising under a record key, which may have a value too. */
  startProviding (key: Uint8Array, options: AdvertiseOptions = {}): Query<PutResult, PutProgress> {
    return this.#advertise(options, () => key, this.#kad.options.providerTtl)
  }

  /** From here on it is not said again. What holders have lives on to its end. */
  stopProviding (key: Uint8Array): void {
    this.#advertiser.remove(key)
  }

  /** The keys that this node provides; namespaces are among them, by their SHA-1. */
  provided (): Uint8Array[] {
    return this.#advertiser.keys
  }

  /** Who provides a key, this node included. */
  getProviders (key: Uint8Array, options: DiscoverOptions = {}): Query<DiscoverResult, DiscoveredPeer> {
    return this.#discover(options, () => key, true)
  }

  /**
   * Everybody who advertises under a name, or every record under a key, now and from now on, by asking again and again. What
   * has been told is told again when it changes. Ends when the signal is aborted, and when the swarm stops.
   */
  watch (namespace: string, options?: WatchOptions): AsyncGenerator<DiscoveredPeer, void>
  watch (key: Uint8Array, options?: WatchOptions): AsyncGenerator<PeerRecord, void>
  watch (what: string | Uint8Array, options: WatchOptions = {}): AsyncGenerator<DiscoveredPeer, void> | AsyncGenerator<PeerRecord, void> {
    if (typeof what !== 'string') {
      checkKey(what)
      return this.#watch(options, signal => this.getRecord(what, { signal }), ({ record }) => ({ name: slotOf(record), state: String(record.seq) }))
    }
    namespaceKey(what)
    return this.#watch(options, signal => this.discover(what, { signal }), peer => ({ name: peer.id.hex, state: stateOf(peer) }))
  }

  /** Whether a peer is there, and how far: by address, or by id, which is looked up when it is not known. */
  async ping (target: PeerId | Addressed, options: RequestOptions = {}): Promise<Reply<void>> {
    const { components } = this.#kad
    if (!isPeerId(target)) return await components.ping(recipientOf(target), options)
    const { signal } = options
    const contact = this.table.get(target) ?? await this.findContact(target, signal === undefined ? {} : { signal })
    return contact === undefined ? { type: 'unsent', reason: 'no-address' } : await components.ping(contact, options)
  }

  /** The buckets that hold anybody, nearest first. */
  kbuckets (): KBucket[] {
    return [...this.table.buckets()].map(kbucket).reverse()
  }

  /** The bucket that a key or an id belongs to, when it holds anybody; `undefined` for the own id. */
  kbucket (key: PeerId | Uint8Array): KBucket | undefined {
    const index = bucketIndex(this.#kad.components.localId, placeOf(key))
    return this.kbuckets().find(bucket => bucket.index === index)
  }

  /** How many nodes the network seems to have, from the lookups of the last hours; `undefined` while too few were made. */
  get networkSize (): number | undefined {
    return this.#kad.size.nodes(this.#kad.components.clock.now())
  }

  /** The same, and when that was measured. */
  get measuredNetworkSize (): MeasuredSize | undefined {
    return this.#kad.size.latest(this.#kad.components.clock.now())
  }

  get mode (): Mode {
    return this.#kad.components.mode
  }

  setMode (mode: Mode): void {
    this.#kad.components.setMode(mode)
  }

  /** Running queries, those that wait for their turn included. */
  queries (): QueryView[] {
    return this.#queries.all()
  }

  query (id: QueryId): QueryView | undefined {
    return this.#queries.get(id)
  }

  start (): void {
    this.#queries.open()
    this.#routing.keepAll()
    this.#bootstrapper.start()
    this.#handOver.start()
    this.#jobs.start()
    this.#advertiser.start()
  }

  async stop (): Promise<void> {
    this.#advertiser.stop()
    for (const watching of this.#watches) watching.abort()
    this.#jobs.stop()
    this.#handOver.stop()
    this.#bootstrapper.stop()
    await this.#queries.close()
    await this.#ownState.written
  }

  peerAnswered (contact: Contact, { mode, rttMs, protocol }: PeerAnswer): void {
    if (protocol === this.#kad.protocol.name) this.#routing.answered(contact, mode, rttMs)
    else this.#routing.heard(contact, mode, rttMs)
  }

  peerProven (contact: Contact, mode: Mode): void {
    this.#routing.heard(contact, mode)
  }

  peerTimedOut (peer: PeerId): void {
    this.#routing.timedOut(peer)
  }

  /** The neighbours hear it from the requests of a bootstrap: they list servers and drop clients. */
  modeChanged (): void {
    this.#bootstrapper.announce()
  }

  contactOf (peer: PeerId): Contact | undefined {
    return this.table.get(peer)
  }

  async findContact (peer: PeerId, options: QueryOptions = {}): Promise<Contact | undefined> {
    const asIs = (contact: Contact): Contact => contact
    return await this.#start('GetClosestPeers', options, () => async progress => await findPeer(this.#kad, peer, asIs, progress))
  }

  /** Wall-clock times of an earlier run become times of this one. A clock that has stepped back makes nothing due later. */
  #recall ({ earlier }: OwnState): void {
    const { clock, identity } = this.#kad.components
    const { publications, signers = [], sequence, networkSize } = earlier
    const [now, wall] = [clock.now(), clock.wallNow()]
    if (sequence !== undefined) this.#sequence.observe(sequence)
    if (networkSize !== undefined) this.#kad.size.recall({ nodes: networkSize.size, measuredAt: now - Math.max(0, wall - networkSize.measuredAt) })
    for (const { record, publishedAt } of publications) {
      const signer = [identity, ...signers].find(({ publicKey }) => record.publisher === undefined || isSameKey(record.publisher, publicKey))
      if (signer !== undefined) this.#publications.recall(record, signer, now, wall - publishedAt)
      else if (publishedAt + record.ttl * 1000 <= wall) this.#ownState.forgotten(record)
    }
  }

  #answer (request: KadRequest, from: Requester): ReturnType<typeof serve>['reply'] {
    const { components, options } = this.#kad
    if (components.mode === 'client') return { error: 'protocol-unknown', reason: 'this node is a client' }
    const radiusOf = (target: PeerId): number => regionRadius(placing(this.#kad, target))
    const served = { table: this.table, store: this.store, k: options.k, random: components.random, radiusOf, kept: this.#kad.kept }
    const { reply, event } = serve(request, from, served, components.clock.now())
    if (components.hears('InboundRequest')) components.emit('InboundRequest', { peer: from.peer, request: event })
    return reply
  }

  /** What is wrong with the arguments makes the query reject: a promise that throws would be one more thing to catch. */
  #start<T, P> (type: QueryType, options: QueryOptions, prepare: () => (progress: Progress<P>) => Promise<Outcome<T>>): Query<T, P> {
    try {
      return this.#queries.start({ type, options, inLine: true, work: prepare() })
    } catch (error) {
      return this.#queries.refuse(error as Error)
    }
  }

  #advertise (options: AdvertiseOptions, key: () => Uint8Array, ttl: number): Query<PutResult, PutProgress> {
    try {
      if (options.quorum !== undefined) checkQuorum('quorum', options.quorum)
      const place = key()
      checkKey(place)
      return this.#advertiser.add(place, options.ttl ?? ttl, options)
    } catch (error) {
      return this.#queries.refuse(error as Error)
    }
  }

  #discover (options: DiscoverOptions, key: () => Uint8Array, withSelf: boolean): Query<DiscoverResult, DiscoveredPeer> {
    return this.#start('GetProviders', options, () => {
      const place = key()
      checkKey(place)
      if (options.limit !== undefined) checkCount(options.limit)
      return async progress => await new DiscoverRun(this.#kad, place.slice(), options, withSelf, progress).run()
    })
  }

  async * #watch<T> (
    { intervalMs = this.#kad.options.watchIntervalMs, signal }: WatchOptions,
    round: (signal: AbortSignal) => AsyncIterable<T>,
    stateOf: (item: T) => { readonly name: string, readonly state: string }
  ): AsyncGenerator<T, void> {
    const { clock, random } = this.#kad.components
    const ended = new AbortController()
    const end = (): void => ended.abort(signal?.reason)
    if (signal?.aborted === true) end()
    signal?.addEventListener('abort', end, { once: true })
    this.#watches.add(ended)
    try {
      yield * watch({ clock, random, intervalMs, maxWatched: this.#kad.options.maxWatched, signal: ended.signal, round, stateOf })
    } finally {
      end()
      signal?.removeEventListener('abort', end)
      this.#watches.delete(ended)
    }
  }

  #put (options: PutOptions, make: () => KadRecord, how: PutHow = {}): Query<PutResult, PutProgress> {
    return this.#start('PutRecord', options, () => {
      const quorum = checkQuorum('quorum', options.quorum ?? this.#kad.options.putQuorum)
      const { expectedSeq, also } = options
      if (expectedSeq !== undefined) checkSeq(expectedSeq)
      const record = make()
      if (options.unsigned !== true) this.#publications.begins(record)
      const all: PutHow = { ...how, ...(expectedSeq !== undefined && { expectedSeq }), ...(also && { also: also.map(contactOf) }) }
      return async progress => {
        if (this.#ownState.written !== undefined) await this.#ownState.written
        const outcome = await new PutRun(this.#kad, record, quorum, progress, all).run()
        const { clock, identity } = this.#kad.components
        if ('value' in outcome && options.unsigned !== true) this.#publications.published(record, options.publisher ?? identity, clock.now())
        if (this.#ownState.written !== undefined) await this.#ownState.written
        return outcome
      }
    })
  }

  #sign ({ key, value, ttl = this.#kad.options.recordTtl, salt, seq }: RecordToPut, options: PutOptions): KadRecord {
    const { publisher = this.#kad.components.identity, unsigned = false } = options
    if (unsigned && !this.#kad.options.allowUnsigned) throw new InvalidOptionError('unsigned', 'needs allowUnsigned, here and at the holders')
    const packed = this.#pack(key, value)
    this.#checkValue(packed, salt)
    const slot = { key, ...(unsigned ? {} : { publisher: publisher.publicKey }), ...(salt && { salt }) }
    const init = { key, ...packed, ttl, seq: seq ?? this.#nextSeq(slot, options), ...(salt && { salt }) }
    return unsigned ? unsignedRecord(init) : signRecord(init, publisher)
  }

  /** Above what this node holds in the slot, has published in it, and expects to be held. */
  #nextSeq (slot: Slot, { expectedSeq }: PutOptions): number {
    const { clock } = this.#kad.components
    const known = [this.store.getSlot(slot, clock.now())?.record.seq, this.#publications.seqOf(slot), expectedSeq]
    for (const seq of known) if (seq !== undefined) this.#sequence.observe(seq)
    return this.#sequence.next(clock.wallNow())
  }

  #pack (key: Uint8Array, value: Uint8Array): PackedValue {
    const { compressor, compressMinBytes, policies } = this.#kad.options
    if (value.length > MAX_VALUE_BYTES) throw new ValueTooLargeError(value.length, MAX_VALUE_BYTES)
    const isPacked = compressor !== undefined && value.length >= compressMinBytes && policies?.cover(key) !== true
    return isPacked ? packValue(value, compressor) : { value }
  }

  /** What cannot be sent is not stored either. */
  #checkValue ({ value, encoding }: PackedValue, salt?: Uint8Array): void {
    const limit = this.#kad.components.reliable ? MAX_VALUE_BYTES : datagramLimit(salt, encoding)
    if (value.length > limit) throw new ValueTooLargeError(value.length, limit)
  }
}

function tableOf ({ localId }: SwarmComponents, options: KadOptions): RoutingTable {
  const { k, replacementCacheSize, maxPerGroupInBucket, maxPerGroupInTable, maxFailures, probeIdleMs, livenessIntervalMs } = options
  const maxCandidateAgeMs = livenessIntervalMs === 'off' ? Infinity : livenessIntervalMs
  return new RoutingTable({ localId, k, replacementCacheSize, maxPerGroupInBucket, maxPerGroupInTable, maxFailures, probeIdleMs, maxCandidateAgeMs })
}

function storeOf ({ crypto, localId, random }: SwarmComponents, options: KadOptions): RecordStore {
  const { store, policies } = options
  return 'put' in store ? store : new MemoryRecordStore({ localId, random, ...store, ...rulesOf(options), crypto, ...(policies && { policies }) })
}

function kbucket ({ index, entries, replacements }: BucketView): KBucket {
  return {
    index,
    range: bucketRange(index),
    peers: entries.map(({ contact, ...known }) => ({ ...peerInfo(contact), ...known })),
    waiting: replacements.length
  }
}

/** A record key is hashed here, and only here. */
function placeOf (key: PeerId | Uint8Array): PeerId {
  if (isPeerId(key)) return key
  checkKey(key)
  return keyId(key)
}

function checkKey (key: Uint8Array): void {
  checkLength('key', key, 1, MAX_KEY_BYTES)
}

function checkLength (argument: string, bytes: Uint8Array, min: number, max: number): void {
  if (bytes.length >= min && bytes.length <= max) return
  throw new InvalidOptionError(argument, `expected ${min === max ? min : `${min} to ${max}`} bytes, got ${bytes.length}`)
}

function checkSeq (seq: number): void {
  if (!Number.isSafeInteger(seq) || seq < 0) throw new InvalidOptionError('expectedSeq', `expected a whole number from 0 to 2^53 - 1, got ${seq}`)
}

function isSameKey (a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

function contactOf ({ id, publicKey, addresses }: PeerInfo | Contact): Contact {
  return { id, ...(publicKey && { publicKey }), addresses: addresses.map(endpointOf) }
}

/** What a watcher would want to hear of. */
function stateOf ({ addresses, mode, payload }: DiscoveredPeer): string {
  return [mode, ...addresses.map(address => address.toString()), ...(payload ?? [])].join(' ')
}

function checkCount (count: number): void {
  if (!Number.isInteger(count) || count < 1) throw new InvalidOptionError('count', `expected a whole number from 1, got ${count}`)
}

/** What fits one datagram; the salt takes 2 bytes of framing with it, and an encoding is 2. */
function datagramLimit (salt?: Uint8Array, encoding?: PackedValue['encoding']): number {
  return MAX_DATAGRAM_VALUE_BYTES - (salt === undefined || salt.length === 0 ? 0 : salt.length + 2) - (encoding === undefined ? 0 : 2)
}
