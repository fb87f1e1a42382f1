/**
 * Kademlia as a behaviour of a swarm: what an application calls, what the swarm tells, and which file does it.
 *
 * Namespaces: discover.ts, advertiser.ts, watches.ts. Many at once: batch.ts. What is given is checked in arguments.ts and options.ts.
 * Finding: find.ts, over run-lookup.ts, over lookup.ts. Records: record-signer.ts, put.ts, get.ts. Joining: bootstrap.ts. The table: routing.ts.
 * Answers to others: serve.ts. Upkeep: upkeep.ts. Earlier runs: recall.ts. Messages: protocol.ts. Running operations: queries.ts, query.ts.
 */
import { NoKnownPeersError } from '@kadmium/interface'
import { bucketIndex, isPeerId } from '@kadmium/peer-id'
import { SequenceNumbers, slotOf } from '@kadmium/records'
import type {
  Behaviour, BehaviourFactory, Contact, Endpoint, KadRecord, Mode, PeerAnswer, PeerId, PeerInfo, PeerRecord, PutResult, Query,
  QueryId, QueryOptions, Reply, Requester, RequestOptions, SwarmComponents
} from '@kadmium/interface'
import type { RecordStore } from '@kadmium/records'
import type { RoutingTable } from '@kadmium/routing-table'
import { Advertiser } from './advertiser.ts'
import { askedFor, checkCount, checkKey, checkSeq, placeOf } from './arguments.ts'
import { Regions, batched } from './batch.ts'
import { Bootstrapper } from './bootstrap.ts'
import { Churn } from './churn.ts'
import { kadContext } from './compose.ts'
import { ContactPool } from './contact-pool.ts'
import { peerInfo } from './contacts.ts'
import { DiscoverRun } from './discover.ts'
import { findClosest, findPeer } from './find.ts'
import { FormerPeers } from './former-peers.ts'
import { GetRun } from './get.ts'
import { HandOver } from './hand-over.ts'
import { Jobs } from './jobs.ts'
import { namespaceKey } from './namespace-key.ts'
import { kadOptions } from './checked-options.ts'
import { regionRadius } from './placement.ts'
import { OwnStateWriter } from './own-state.ts'
import { Publications } from './publications.ts'
import { PutRun } from './put.ts'
import { checkQuorum } from './quorum.ts'
import { Queries } from './queries.ts'
import { recall } from './recall.ts'
import { contactOf, endpointOf, recipientOf } from './recipients.ts'
import { RecordSigner } from './record-signer.ts'
import { placing } from './region.ts'
import { Routing } from './routing.ts'
import { Seeds } from './seeds.ts'
import { serve } from './serve.ts'
import { kbucket } from './table-view.ts'
import { upkeep } from './upkeep.ts'
import { Watches, peerState } from './watches.ts'
import type { AdvertiseOptions } from './advertiser.ts'
import type { Batched } from './batch.ts'
import type { BootstrapOutcome, BootstrapProgress } from './bootstrap.ts'
import type { KadContext } from './context.ts'
import type { DiscoverOptions, DiscoverResult, DiscoveredPeer } from './discover.ts'
import type { ClosestPeers } from './find.ts'
import type { GetOptions, GetResult } from './get-result.ts'
import type { KadInit, KadOptions } from './options.ts'
import type { KadRequest } from './protocol.ts'
import type { PutHow, PutOptions, PutProgress, RecordToPut } from './put.ts'
import type { QueryType, QueryView } from './queries.ts'
import type { Outcome, Progress } from './query.ts'
import type { Address, Addressed } from './recipients.ts'
import type { LookupProgress } from './run-lookup.ts'
import type { MeasuredSize } from './size-estimate.ts'
import type { KBucket } from './table-view.ts'
import type { WatchOptions } from './watch.ts'

/** What became of an address that was given: its peer is in the table, waits for a place or may not have one, or is silent. */
export type RoutingUpdate = 'success' | 'pending' | 'failed'

/** How a batch goes. */
export interface BatchOptions {
  /** Operations at once. Default: the behaviour's `batchConcurrency`. */
  readonly concurrency?: number
}

export type RemoveOptions = Omit<PutOptions, 'unsigned'> & {
  /** The record with this salt. */
  readonly salt?: Uint8Array
}

/** One to two hours of departures say how long peers stay. */
const CHURN_WINDOW_MS = 3_600_000

/** The regions of a few keys that follow each other. */
const POOLED_PER_LANE = 128

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
  readonly #signer: RecordSigner
  readonly #ownState: OwnStateWriter
  readonly #advertiser: Advertiser
  readonly #watches: Watches

  constructor (components: SwarmComponents, options: KadOptions, seeds: readonly Endpoint[]) {
    const ownState = this.#ownState = new OwnStateWriter(options.state)
    const kad = this.#kad = kadContext(components, options, ownState)
    this.table = kad.table
    this.store = kad.store
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
    const sequence = new SequenceNumbers(seq => { ownState.signed(seq) })
    const publications = this.#publications = new Publications({
      max: maxPublications,
      intervalMs: republishIntervalMs === 'off' ? Infinity : republishIntervalMs,
      onKept: record => { ownState.published(record, components.clock.wallNow()) },
      onLeft: record => { ownState.forgotten(record) }
    })
    this.#signer = new RecordSigner(kad, publications, sequence)
    if (state !== undefined) recall(state, { kad, sequence, publications, ownState })
    this.#jobs = new Jobs(components.clock, components.random, upkeep({ kad, queries, bootstrapper, former, churn, publications, unreachable: peer => { this.#routing.timedOut(peer) } }))
    this.#advertiser = new Advertiser({ kad, queries, sequence })
    this.#watches = new Watches(kad)
    components.handle(kad.protocol, (request, from) => this.#answer(request, from))
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
    return this.#put(options, () => this.#signer.record(record, options))
  }

  /**
   * Many puts, so many at once, with results as they come. Puts of near keys share a lookup. An error of one ends no other;
   * leaving the loop, or the signal, ends what runs, and begins no more.
   */
  putMany (records: Iterable<RecordToPut> | AsyncIterable<RecordToPut>, options: BatchOptions & PutOptions = {}): AsyncGenerator<Batched<RecordToPut, PutResult>, void> {
    const { concurrency = this.#kad.options.batchConcurrency, signal, ...each } = options
    checkCount(concurrency)
    const regions = new Regions(this.#kad.options.replicationFactor)
    const work = (record: RecordToPut): Query<PutResult, PutProgress> => this.#put(each, () => this.#signer.record(record, each), { regions })
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
    return this.#put(options, () => this.#signer.immutable(value, options.ttl))
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
      const asked = askedFor(key, options)
      return async progress => await new GetRun(this.#kad, asked, options, progress, pool).run()
    })
  }

  /**
   * Removes what a publisher put: stores a signed tombstone in its place, which lives 48 h, so that no older copy comes back.
   * Rejects as `putRecord` does.
   */
  removeRecord (key: Uint8Array, options: RemoveOptions = {}): Query<PutResult, PutProgress> {
    return this.#put(options, () => {
      checkKey(key)
      return this.#signer.tombstone(key, options)
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
      return this.#watches.run(options, {
        round: signal => this.getRecord(what, { signal }),
        stateOf: ({ record }) => ({ name: slotOf(record), state: String(record.seq) })
      })
    }
    namespaceKey(what)
    return this.#watches.run(options, { round: signal => this.discover(what, { signal }), stateOf: peer => ({ name: peer.id.hex, state: peerState(peer) }) })
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
    this.#watches.stop()
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

  #answer (request: KadRequest, from: Requester): ReturnType<typeof serve>['reply'] {
    const { components, options } = this.#kad
    if (components.mode === 'client') return { error: 'protocol-unknown', reason: 'this node is a client' }
    const radiusOf = (target: PeerId): number => regionRadius(placing(this.#kad, target))
    const served = { table: this.table, store: this.store, k: options.k, random: components.random, radiusOf, kept: this.#kad.kept, written: () => this.#ownState.written }
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
}
