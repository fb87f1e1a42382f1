/** Drives a `Lookup`: sends what it says, feeds it what comes back as it comes, and stops when it or the query has ended. */
import { bucketIndex, isCloser } from '@kadmium/peer-id'
import type { Contact, PeerId, PeerInfo, Reply } from '@kadmium/interface'
import type { RoutingTable, TableEntry } from '@kadmium/routing-table'
import { AddressBudget } from './address-budget.ts'
import { ask } from './context.ts'
import { peerInfo } from './contacts.ts'
import { Lookup } from './lookup.ts'
import { foundNodeBytes } from './protocol.ts'
import type { KadContext } from './context.ts'
import type { KadOptions } from './options.ts'
import type { KadRequest, KadResponse } from './protocol.ts'
import type { Progress } from './query.ts'

/** What a lookup did, as it happens. */
export type LookupProgress =
  | { readonly type: 'asked', readonly peer: PeerInfo, readonly hops: number, readonly heardFrom: PeerId | undefined }
  | { readonly type: 'answered', readonly peer: PeerId, readonly hops: number, readonly contacts: number, readonly elapsedMs: number }
  | { readonly type: 'failed', readonly peer: PeerId, readonly hops: number, readonly reason: string, readonly elapsedMs: number }

/** What a lookup waits for. */
export interface Standing {
  readonly lookup: Lookup
  /** Requests that are worth waiting for, those included that come next. */
  readonly waiting: number
  /** Requests whose first try has timed out, and those to peers that were silent before: the answer may still come. */
  readonly slow: number
}

export interface LookupRun {
  readonly target: PeerId
  /** How many of the nearest nodes are wanted. */
  readonly count: number
  /** What each of them is asked. */
  readonly message: KadRequest | ((to: Contact) => KadRequest)
  /** The contacts that an answer names; `undefined` when it does not answer what was asked. */
  readonly read: (from: Contact, response: KadResponse) => readonly Contact[] | undefined
  /** Whether to end before the lookup itself ends. */
  readonly enough?: (standing: Standing) => boolean
  readonly onProgress?: (progress: LookupProgress) => void
  /** Whom to begin with, besides the nearest of the table. Default: nobody. */
  readonly seeds?: readonly Contact[]
  /** Who may be asked. Default: everybody. */
  readonly isEligible?: (contact: Contact) => boolean
  /** Default: the option. */
  readonly disjointPaths?: number
  /** How many contacts a stranger's answer to `find-node` is to have room for; one who knows this node as proven names all it would. Default k. */
  readonly named?: number
}

/** What a lookup needs of the query that it belongs to. */
export type Asking = Pick<Progress<never>, 'stats' | 'onEnding'>

export async function runLookup (kad: KadContext, run: LookupRun, asking: Asking): Promise<Lookup> {
  return await new Promise(resolve => new LookupDriver(kad, run, asking, resolve).start())
}

class LookupDriver {
  readonly #kad: KadContext
  readonly #run: LookupRun
  readonly #asking: Asking
  readonly #ended: (lookup: Lookup) => void
  readonly #lookup: Lookup
  /** Peers that are not waited for; true for those of whom no answer is expected. */
  readonly #slow = new Map<string, boolean>()
  readonly #addresses: AddressBudget
  #inFlight = 0
  #answered = 0
  #hasEnded = false
  #forget: () => void = () => {}

  constructor (kad: KadContext, run: LookupRun, asking: Asking, ended: (lookup: Lookup) => void) {
    this.#kad = kad
    this.#run = run
    this.#asking = asking
    this.#ended = ended
    this.#lookup = lookupOf(kad, run)
    this.#addresses = new AddressBudget(kad.options.maxPerAddress)
  }

  start (): void {
    this.#forget = this.#asking.onEnding(() => this.#end())
    this.#advance()
  }

  /** Goes round as long as somebody is asked: who is slow from the start leaves his place to others. */
  #advance (): void {
    while (!this.#hasEnded) {
      const next = this.#lookup.next(this.#now)
      if (this.#lookup.done) this.#measure()
      if (this.#isOver(next.length)) return this.#end()
      if (next.length === 0) return
      for (const contact of next) this.#ask(contact)
    }
  }

  #isOver (next: number): boolean {
    const standing = { lookup: this.#lookup, waiting: this.#inFlight - this.#slow.size + next, slow: this.#slow.size }
    return this.#lookup.done || this.#run.enough?.(standing) === true || (standing.waiting === 0 && this.#onlySilentLeft)
  }

  /** Whether nobody is left but peers that were silent before, and fewer than have answered. */
  get #onlySilentLeft (): boolean {
    return this.#slow.size < this.#answered && [...this.#slow.values()].every(isSilent => isSilent)
  }

  /** Requests under way go on, so that the table notices who never answers. */
  #end (): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#lookup.finish()
    this.#watchForSybils()
    this.#forget()
    this.#ended(this.#lookup)
  }

  /** The nearest of all nodes are known now, which says how many there are. */
  #measure (): void {
    const { components: { localId, mode }, size, options } = this.#kad
    const { target, count } = this.#run
    if (count < options.k) return
    const nearest = this.#lookup.closest(count).map(({ id }) => id)
    const rank = nearest.findIndex(id => isCloser(target, localId, id))
    if (mode === 'server' && !target.equals(localId)) nearest.splice(rank < 0 ? nearest.length : rank, 0, localId)
    size.measured(target, nearest.slice(0, count), this.#now, weightOf(this.#kad, target))
    if (target.equals(localId) && nearest.length >= options.k) size.neighbours(localId, nearest.slice(0, options.k))
  }

  /** Where the lookup ends early, fewer were heard of than there are: then nobody is suspected without reason. */
  #watchForSybils (): void {
    const { components, size, eclipse, options, table } = this.#kad
    const { target, count } = this.#run
    if (count < options.k) return
    const measured = size.atMostElsewhere(target, this.#now)
    const networkSize = measured && Math.max(measured, table.size + 1)
    const suspicion = eclipse.check(target, this.#lookup.nearestHeard(count), networkSize, this.#now)
    if (suspicion !== undefined) components.emit('EclipseSuspected', suspicion)
  }

  #ask (contact: Contact): void {
    const address = contact.addresses[0]?.text ?? ''
    const { suspects } = this.#kad
    const mayAsk = (): boolean => suspects.lives(contact) || this.#addresses.take(address, this.#lookup.isVouchedFor(contact.id))
    if (suspects.isSuspect(contact, this.#now) || !mayAsk()) return this.#lookup.failed(contact.id, this.#now)
    const askedAt = this.#now
    this.#inFlight++
    this.#asking.stats.requested(contact.id)
    this.#run.onProgress?.({ type: 'asked', peer: peerInfo(contact), hops: this.#hops(contact), heardFrom: this.#lookup.heardFrom(contact.id) })
    const silence = this.#kad.silent.of(contact)
    if (silence !== undefined) this.#slowed(contact, silence === 'silent')
    const onSlow = (): void => {
      this.#slowed(contact, false)
      this.#advance()
    }
    const message = this.#message(contact)
    const how = { onSlow, mayRepeat: mayAsk, answerBytes: this.#answerBytes(contact, message) }
    void ask(this.#kad, contact, message, how).then(reply => this.#replied(contact, reply, this.#now - askedAt))
  }

  #replied (contact: Contact, reply: Reply<KadResponse>, elapsedMs: number): void {
    this.#inFlight--
    this.#slow.delete(contact.id.hex)
    this.#settle(contact, reply, elapsedMs)
    this.#advance()
  }

  #answerBytes ({ addresses: [address] }: Contact, { type }: KadRequest): number | undefined {
    const { named = this.#kad.options.k } = this.#run
    return address === undefined || type !== 'find-node' ? undefined : foundNodeBytes(named, address.family)
  }

  #message (to: Contact): KadRequest {
    const { message } = this.#run
    return typeof message === 'function' ? message(to) : message
  }

  #slowed (contact: Contact, isSilent: boolean): void {
    if (this.#slow.has(contact.id.hex)) return
    this.#slow.set(contact.id.hex, isSilent)
    this.#lookup.slow(contact.id, this.#now)
  }

  #settle (contact: Contact, reply: Reply<KadResponse>, elapsedMs: number): void {
    const { stats } = this.#asking
    const named = reply.type === 'response' ? this.#read(contact, reply.message) : undefined
    if (named === undefined) {
      stats.failed()
      this.#lookup.failed(contact.id, this.#now)
      this.#run.onProgress?.({ type: 'failed', ...this.#about(contact, elapsedMs), reason: failure(reply) })
    } else {
      stats.succeeded()
      this.#answered++
      this.#addresses.answered(contact.addresses[0]?.text ?? '')
      this.#lookup.answered(contact.id, named, this.#now)
      this.#run.onProgress?.({ type: 'answered', ...this.#about(contact, elapsedMs), contacts: named.length })
    }
  }

  /** What comes after the end changes nothing that was told. */
  #read (contact: Contact, response: KadResponse): readonly Contact[] | undefined {
    if (this.#hasEnded) return []
    const named = this.#run.read(contact, response)
    const usable = named && this.#kad.filter.ofReply(named)
    return this.#run.isEligible === undefined ? usable : usable?.filter(this.#run.isEligible)
  }

  #about (contact: Contact, elapsedMs: number): { readonly peer: PeerId, readonly hops: number, readonly elapsedMs: number } {
    return { peer: contact.id, hops: this.#hops(contact), elapsedMs }
  }

  #hops (contact: Contact): number {
    return this.#lookup.hops(contact.id) ?? 0
  }

  get #now (): number {
    return this.#kad.components.clock.now()
  }
}

function lookupOf ({ components, options, table }: KadContext, run: LookupRun): Lookup {
  const { target, count, disjointPaths } = run
  const { alpha, pathAlpha, pathWidth, maxCandidates, maxContactsPerReply, distrustAfterDead, maxTriesPerContact, maxRequests } = options
  const bucket = bucketIndex(components.localId, target)
  if (bucket !== undefined) table.touchBucket(bucket, components.clock.now())
  return new Lookup({
    target,
    localId: components.localId,
    seeds: seedsOf(table, run, Math.max(count, options.k)),
    costOf: ({ id }) => costOf(table.entry(id), options.preferFast),
    k: count,
    alpha,
    pathAlpha,
    disjointPaths: disjointPaths ?? pathsOf(options, table.size),
    pathWidth,
    maxCandidates,
    maxContactsPerReply,
    distrustAfterDead,
    maxTriesPerContact,
    maxRequests
  })
}

function seedsOf (table: RoutingTable, { target, seeds = [], isEligible }: LookupRun, count: number): Contact[] {
  if (isEligible === undefined) return [...table.closest(target, count), ...seeds]
  return [...table.closest(target, Infinity).filter(isEligible).slice(0, count), ...seeds.filter(isEligible)]
}

/**
 * Lookups near this node meet the same neighbours over and over: where a bucket has room, all of it is known, and each free
 * place halves what a lookup there adds to the estimate (as in go-libp2p-kad-dht).
 */
function weightOf ({ components: { localId }, options: { k }, table }: KadContext, target: PeerId): number {
  const index = bucketIndex(localId, target)
  const free = index === undefined ? k : k - table.bucketSize(index)
  let weight = 1
  for (let i = 0; i < free; i++) weight /= 2
  return weight
}

/** Who left the last request unanswered goes last. */
function costOf (entry: TableEntry | undefined, preferFast: boolean): number | undefined {
  if (entry === undefined) return undefined
  if (entry.failures > 0) return Infinity
  return preferFast ? entry.rttMs : 0
}

function pathsOf ({ disjointPaths, disjointFromPeers }: KadOptions, known: number): number {
  if (disjointPaths !== 'auto') return disjointPaths
  return known >= disjointFromPeers ? AUTO_PATHS : 1
}

/** With 30 % colluding nodes four paths of width 8 still find 100 % of what is there, for 26 requests instead of 22 (with one request in flight on each, 23, they find 99.5 %). */
const AUTO_PATHS = 4

function failure (reply: Reply<KadResponse>): string {
  switch (reply.type) {
    case 'response': return 'answered something else'
    case 'error': return `${reply.code}: ${reply.reason}`
    case 'unsent': return reply.reason
    case 'timeout':
    case 'cancelled': return reply.type
  }
}
