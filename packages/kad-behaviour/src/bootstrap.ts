/**
 * Joining a network and staying in it: a lookup of the own id, then a look around in every bucket farther than the nearest
 * non-empty one (Kademlia, section 2.3; explore.ts), where there is anything to be found. Runs when the application says so, when peers come to a thin table, now and then,
 * and for ever when nobody can be reached.
 */
import { bucketIndex, isCloser, randomIdInBucket } from '@kadmium/peer-id'
import type { BootstrapResult, Contact, PeerId, Query, QueryOptions, Recipient, Timer } from '@kadmium/interface'
import type { RoutingTable } from '@kadmium/routing-table'
import { ask } from './context.ts'
import { BootstrapTimeoutError } from './errors.ts'
import { explore } from './explore.ts'
import { findNodes, okOr } from './find.ts'
import { isKnown } from './refresh.ts'
import type { FormerPeers } from './former-peers.ts'
import type { KadContext } from './context.ts'
import type { Lookup } from './lookup.ts'
import type { OnEnding, Outcome, Progress } from './query.ts'
import type { Queries } from './queries.ts'
import type { Seeds } from './seeds.ts'

export interface BootstrapProgress {
  /** What was looked up: the own id first, then a random id of each bucket. */
  readonly peer: PeerId
  /** Lookups still to come. */
  readonly numRemaining: number
}

export interface BootstrapOutcome {
  /** Peers in the table. */
  readonly peers: number
  readonly elapsedMs: number
  /** True when some buckets were left out because time was up, or `finish()` was called. */
  readonly partial: boolean
}

export type Bootstrap = Query<BootstrapOutcome, BootstrapProgress>

export interface BootstrapInit {
  readonly kad: KadContext
  readonly queries: Queries
  readonly seeds: Seeds
  readonly former: FormerPeers
}

export class Bootstrapper {
  readonly #init: BootstrapInit
  #isOpen = false
  #running = 0
  #hasJoined = false
  #isLost = false
  #pauseMs: number
  /** Peers that were known when the last bootstrap ended. */
  #sizeThen = 0
  #lastEndedAt: number
  #timer: Timer | undefined

  constructor (init: BootstrapInit) {
    this.#init = init
    this.#pauseMs = init.kad.options.bootstrapRetryMs
    this.#lastEndedAt = init.kad.components.clock.now()
  }

  /** Whether this node has met its neighbourhood and still knows somebody. */
  get bootstrapped (): boolean {
    return this.#hasJoined
  }

  /** Whether there is anybody to ask. */
  get isPossible (): boolean {
    return this.#table.size > 0 || this.#rendezvous.length > 0
  }

  start (): void {
    this.#isOpen = true
    this.#lastEndedAt = this.#now
    if (this.isPossible) this.ranDry()
  }

  stop (): void {
    this.#isOpen = false
    this.#hasJoined = false
    this.#disarm()
  }

  /** `inLine` queries of the application do not hold it up, since they may wait for it. */
  run (options: QueryOptions = {}): Bootstrap {
    const { kad, queries } = this.#init
    const timeoutMs = options.timeoutMs ?? kad.options.bootstrapTimeoutMs
    this.#disarm()
    this.#running++
    const query: Bootstrap = queries.start<BootstrapOutcome, BootstrapProgress>({
      type: 'Bootstrap',
      options: { ...options, timeoutMs },
      inLine: false,
      work: async progress => await this.#work(progress, timeoutMs)
    })
    query.finally(() => this.#ended()).catch(() => {})
    return query
  }

  /** Nobody is known any more. Goes on until somebody is, for ever if need be. */
  ranDry (): void {
    this.#hasJoined = false
    this.#isLost = true
    if (this.#running === 0) this.#arm(0)
  }

  /** A peer came. A thin table is filled once no other came for a while. */
  gained (contact: Contact, returned: boolean): void {
    const { k, bootstrapThrottleMs } = this.#init.kad.options
    if (bootstrapThrottleMs === 'off' || this.#isLost) return
    if (this.#table.size < k) this.#arm(bootstrapThrottleMs)
    else if (returned) void this.#greet(contact, bootstrapThrottleMs)
  }

  /** The neighbours are to hear from this node soon. */
  announce (): void {
    const { bootstrapThrottleMs } = this.#init.kad.options
    if (bootstrapThrottleMs !== 'off' && this.#table.size > 0) this.#arm(bootstrapThrottleMs)
  }

  /**
   * The periodic one: runs when the last is `bootstrapIntervalMs` ago and there is a reason. Returns in how many milliseconds
   * to ask again.
   */
  async runIfDue (intervalMs: number): Promise<number> {
    const dueInMs = this.#lastEndedAt + intervalMs - this.#now
    if (dueInMs > 0) return dueInMs
    if (this.#running === 0 && this.isPossible && !this.#isHealthy) await this.run().catch(() => {})
    return intervalMs
  }

  /** Whether a bootstrap would only repeat what the refresh of buckets does: the table has not shrunk to half. */
  get #isHealthy (): boolean {
    const { refreshIntervalMs } = this.#init.kad.options
    return this.#hasJoined && refreshIntervalMs !== 'off' && 2 * this.#table.size >= this.#sizeThen
  }

  /** Whether nobody is known but who was named to join by: the answers that would have told of others were lost, or came too early. */
  get #knowsOnlySeeds (): boolean {
    const { seeds, kad: { components: { localId } } } = this.#init
    const known = this.#table.closest(localId, seeds.size + 1)
    return known.length > 0 && known.length <= seeds.size && known.every(({ addresses }) => addresses.some(address => seeds.has(address)))
  }

  /**
   * Who was lost and returned may know the other half of a network that was cut: if it names a neighbour who is a stranger here.
   * Mostly it only comes back from where peers go, and there is nothing to be repaired.
   */
  async #greet (contact: Contact, throttleMs: number): Promise<void> {
    const { kad } = this.#init
    const { components: { localId }, options: { k } } = kad
    const reply = await ask(kad, contact, { type: 'find-node', target: localId })
    if (reply.type !== 'response' || reply.message.type !== 'found-node') return
    const farthest = this.#table.closest(localId, k)[k - 1]
    const isNeighbour = ({ id }: Contact): boolean => farthest === undefined || isCloser(localId, id, farthest.id)
    const strangers = kad.filter.ofReply(reply.message.contacts)
      .filter(named => isNeighbour(named) && this.#table.get(named.id) === undefined && kad.silent.of(named) === undefined)
    if (strangers.length > 0) this.#arm(throttleMs)
  }

  /** One timer for whatever comes next: the latest reason counts. */
  #arm (delayMs: number): void {
    this.#disarm()
    if (!this.#isOpen) return
    this.#timer = this.#init.kad.components.clock.setTimeout(() => {
      this.#timer = undefined
      if (this.#running > 0) this.#arm(Math.max(1, delayMs))
      else if (this.isPossible) this.run().catch(() => {})
    }, delayMs)
  }

  #disarm (): void {
    if (this.#timer !== undefined) this.#init.kad.components.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #ended (): void {
    this.#running--
    this.#lastEndedAt = this.#now
    this.#sizeThen = this.#table.size
    if ((this.#isLost || this.#knowsOnlySeeds) && this.#running === 0) this.#arm(this.#nextPauseMs())
  }

  async #work (progress: Progress<BootstrapProgress>, timeoutMs: number): Promise<Outcome<BootstrapOutcome>> {
    const startedAt = this.#now
    let lookup = await this.#join(progress)
    while (lookup === undefined) {
      if (progress.ending !== undefined) return this.#unreached(progress, timeoutMs, startedAt)
      await this.#pause(progress)
      lookup = await this.#join(progress)
    }
    this.#hasJoined = true
    this.#isLost = false
    const outcome = await this.#walk(progress, lookup, startedAt)
    if (!this.#knowsOnlySeeds) this.#pauseMs = this.#init.kad.options.bootstrapRetryMs
    return outcome
  }

  /** Looks up the own id. Returns nothing when nobody answered. */
  async #join (progress: Progress<BootstrapProgress>): Promise<Lookup | undefined> {
    const { kad } = this.#init
    if (this.#table.size === 0) await this.#knock(progress.onEnding)
    if (this.#table.size === 0 || progress.ending !== undefined) return undefined
    const lookup = await findNodes(kad, kad.components.localId, kad.options.k, progress)
    return lookup.closest(1).length > 0 ? lookup : undefined
  }

  /** Pings every address that is known to join by; who answers enters the table. Ends with the first that does. */
  async #knock (onEnding: OnEnding): Promise<void> {
    const doors = this.#rendezvous
    let waiting = doors.length
    await new Promise<void>(resolve => {
      const settle = (): void => {
        waiting--
        if (waiting === 0 || this.#table.size > 0) resolve()
      }
      for (const door of doors) void this.#init.kad.components.ping(door).then(settle)
      if (waiting === 0) resolve()
      onEnding(resolve)
    })
  }

  async #walk (progress: Progress<BootstrapProgress>, own: Lookup, startedAt: number): Promise<Outcome<BootstrapOutcome>> {
    const { kad } = this.#init
    const buckets = this.#fartherBuckets()
    kad.table.touchBucket(buckets.length, this.#now) // the lookup of the own id went through it
    const { bootstrapRefreshes } = kad.options
    const numRefreshes = bootstrapRefreshes === 'all' ? buckets.length : Math.min(bootstrapRefreshes, buckets.length)
    const heard = new Map<number, Contact>()
    if (bootstrapRefreshes !== 'all') this.#note(own, buckets, heard)
    let step: BootstrapProgress = { peer: kad.components.localId, numRemaining: numRefreshes }
    while (step.numRemaining > 0) {
      const index = bootstrapRefreshes === 'all' ? buckets.shift()! : this.#takeEmptiest(buckets)
      if (bootstrapRefreshes === 'all' && isKnown(kad.table, index)) {
        step = { ...step, numRemaining: step.numRemaining - 1 }
        continue
      }
      progress.tell(step)
      if (progress.ending !== undefined) break
      progress.report({ type: 'Bootstrap', ok: true, ...step })
      const peer = bootstrapRefreshes === 'all'
        ? await explore(kad, index, progress, () => progress.ending !== undefined)
        : await this.#refresh(index, progress, lookup => { this.#note(lookup, buckets, heard) })
      step = { peer, numRemaining: step.numRemaining - 1 }
    }
    await this.#pingAll([...this.#gaps(buckets, heard), ...this.#unaware(own)], progress)
    if (progress.ending === undefined) progress.tell(step)
    return { value: this.#outcome(progress, startedAt), result: { type: 'Bootstrap', ...step, ...okOr(progress.ending) } }
  }

  async #refresh (index: number, progress: Progress<BootstrapProgress>, note: (lookup: Lookup) => void): Promise<PeerId> {
    const { kad } = this.#init
    const peer = randomIdInBucket(kad.components.localId, index, kad.components.random)
    note(await findNodes(kad, peer, kad.options.k, progress))
    return peer
  }

  #unreached (progress: Progress<BootstrapProgress>, timeoutMs: number, startedAt: number): Outcome<BootstrapOutcome> {
    const { localId } = this.#init.kad.components
    const result: BootstrapResult = { type: 'Bootstrap', peer: localId, numRemaining: 0, ...okOr(progress.ending) }
    if (progress.ending !== 'timeout') return { value: this.#outcome(progress, startedAt), result }
    this.#isLost = true
    return { error: new BootstrapTimeoutError(timeoutMs), result }
  }

  #outcome (progress: Progress<BootstrapProgress>, startedAt: number): BootstrapOutcome {
    return { peers: this.#table.size, elapsedMs: this.#now - startedAt, partial: progress.ending !== undefined }
  }

  /** All in front of the nearest that holds anybody; nearest first. */
  #fartherBuckets (): number[] {
    const nearest = Math.max(0, ...[...this.#table.buckets()].map(({ index }) => index))
    return Array.from({ length: nearest }, (_, i) => nearest - 1 - i)
  }

  /** Of equally empty ones the farthest, which the others hear least of. Each lookup may fill several. */
  #takeEmptiest (buckets: number[]): number {
    const sizes = buckets.map(index => this.#table.bucketSize(index))
    return buckets.splice(sizes.lastIndexOf(Math.min(...sizes)), 1)[0]!
  }

  /** Remembers one node of each of `buckets` that holds nobody. */
  #note (lookup: Lookup, buckets: readonly number[], heard: Map<number, Contact>): void {
    for (const contact of lookup.unasked()) {
      const index = bucketIndex(this.#init.kad.components.localId, contact.id)
      if (index !== undefined && buckets.includes(index) && this.#table.bucketSize(index) === 0) heard.set(index, contact)
    }
  }

  /**
   * Where no refresh went and nobody is known, whoever was heard of is pinged: lookups find their way as long as each bucket
   * holds somebody, if there is anybody (Kademlia, section 3).
   */
  #gaps (buckets: readonly number[], heard: ReadonlyMap<number, Contact>): Contact[] {
    return buckets.filter(index => this.#table.bucketSize(index) === 0).flatMap(index => heard.get(index) ?? [])
  }

  /**
   * Those that have this node among their k nearest, though it does not have them among its own, and so has not asked them: where
   * ids lie unevenly that is no rare thing, and nobody else would tell them. Who is in the table by now was asked. A client is nobody's
   * neighbour.
   */
  #unaware (own: Lookup): Contact[] {
    const { components: { localId, mode }, options: { k } } = this.#init.kad
    if (mode === 'client') return []
    const heard = own.nearestHeard(Infinity)
    const isNeighbourOf = (id: PeerId): boolean => heard.filter(other => !other.equals(id) && isCloser(id, other, localId)).length < k
    return own.unasked().slice(0, k).filter(({ id }) => this.#table.get(id) === undefined && isNeighbourOf(id))
  }

  /**
   * Pings them: who answers comes into the table, and learns of this node. One at each address, and nobody at suspect ones: whoever
   * names many contacts at the address of somebody else is not to have it flooded.
   */
  async #pingAll (contacts: readonly Contact[], progress: Progress<BootstrapProgress>): Promise<void> {
    const { components: { ping }, suspects } = this.#init.kad
    const asked = contacts.filter(contact => !suspects.isSuspect(contact, this.#now))
    const once = new Map(asked.map(contact => [contact.addresses[0]?.text, contact]))
    if (once.size === 0 || progress.ending !== undefined) return
    await new Promise<void>(resolve => {
      progress.onEnding(resolve)
      void Promise.all(Array.from(once.values(), async contact => await ping(contact))).then(() => resolve())
    })
  }

  async #pause (progress: Progress<BootstrapProgress>): Promise<void> {
    const { clock } = this.#init.kad.components
    await new Promise<void>(resolve => {
      const timer = clock.setTimeout(() => { forget(); resolve() }, this.#nextPauseMs())
      const forget = progress.onEnding(() => { clock.clearTimeout(timer); resolve() })
    })
  }

  #nextPauseMs (): number {
    const pauseMs = this.#pauseMs
    this.#pauseMs = Math.min(2 * pauseMs, this.#init.kad.options.bootstrapRetryMaxMs)
    return pauseMs
  }

  get #rendezvous (): Recipient[] {
    return [...this.#init.seeds.recipients, ...this.#init.former.contacts]
  }

  get #table (): RoutingTable {
    return this.#init.kad.table
  }

  get #now (): number {
    return this.#init.kad.components.clock.now()
  }
}
