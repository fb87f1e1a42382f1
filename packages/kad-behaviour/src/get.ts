/**
 * Getting records: asks ever nearer nodes until a quorum of holders has answered, and leaves the copies better than it
 * found them.
 */
import { compareDistance, isCloser, keyId } from '@kadmium/peer-id'
import { equalBytes, selectNewest } from '@kadmium/records'
import type { Contact, PeerId, PeerRecord, QueryResult } from '@kadmium/interface'
import type { Asked } from '@kadmium/records'
import { ask } from './context.ts'
import { peerInfo } from './contacts.ts'
import { okOr } from './find.ts'
import { RecordPages } from './get-pages.ts'
import { GetTally } from './get-tally.ts'
import { rulesOf } from './checked-options.ts'
import { heldFor } from './held.ts'
import { quorumOf } from './quorum.ts'
import { maxHolders, regionRadius } from './placement.ts'
import { ReadPlan } from './read-plan.ts'
import { placing, regionBeyond } from './region.ts'
import { runLookup } from './run-lookup.ts'
import { normalisedDistance } from './size-estimate.ts'
import { cacheCandidates, cachedCopies, isPlaceForCopy, planWriteBacks } from './write-back.ts'
import type { ContactPool } from './contact-pool.ts'
import type { KadContext } from './context.ts'
import type { Page } from './get-pages.ts'
import type { GetOptions, GetResult } from './get-result.ts'
import type { NewestRecord } from './get-tally.ts'
import type { Lookup } from './lookup.ts'
import type { FoundValue, KadRequest } from './protocol.ts'
import type { Outcome, Progress } from './query.ts'
import type { Seen } from './write-back.ts'

/** One get: what is asked, and what came of it so far. */
export class GetRun {
  readonly #kad: KadContext
  readonly #asked: Asked
  readonly #options: GetOptions
  readonly #progress: Progress<PeerRecord>
  readonly #pool: ContactPool | undefined
  readonly #target: PeerId
  readonly #tally: GetTally
  /** Who was named, and who answered. */
  readonly #heard = new Map<string, Contact>()
  readonly #answered = new Map<string, Contact>()
  /** Members of the region that did not answer at once. */
  readonly #gone = new Set<string>()
  readonly #startedAt: number
  #hasMore = false
  #hasEnded = false

  /** @param pool whom others of a batch heard of, and this one tells of whom it hears. */
  constructor (kad: KadContext, asked: Asked, options: GetOptions, progress: Progress<PeerRecord>, pool?: ContactPool) {
    this.#pool = pool
    this.#kad = kad
    this.#asked = asked
    this.#options = options
    this.#progress = progress
    this.#target = keyId(asked.key)
    this.#tally = new GetTally(asked, kad.components.crypto, kad.options.policies, rulesOf(kad.options))
    this.#startedAt = kad.components.clock.now()
  }

  async run (): Promise<Outcome<GetResult>> {
    const { components, store } = this.#kad
    this.#found(this.#tally.own(heldFor(store, this.#asked, components.clock.now())))
    await this.#readAtHolders()
    const lookup = this.#isEnough ? undefined : await this.#lookUp()
    if (lookup !== undefined) await this.#askRegion(lookup)
    if (this.#hasMore) await this.#readPages()
    this.#hasEnded = true
    this.#pool?.add(this.#heard.values())
    const cached = this.#leaveCopies()
    const value = this.#result(lookup)
    return { value, result: this.#lastEvent(value, cached) }
  }

  /** Where the region is known, and not everywhere: some of its members, before a lookup finds the nearest. */
  async #readAtHolders (): Promise<void> {
    const { table, components: { random }, popular } = this.#kad
    if (this.#radius === 0 || this.#radius >= 1 || this.#options.quorum !== undefined) return
    const members = popular.membersOf(this.#name)
    const known = [...members ?? [], ...this.#pooled, ...table.closest(this.#target, Infinity)]
    const plan = new ReadPlan({ target: this.#target, radius: this.#radius, quorum: this.#needed, known, isPopular: members !== undefined, spare: this.#pool === undefined ? SPARE : 0, random })
    await new Promise<void>(resolve => {
      let hasEnded = false
      const end = (): void => {
        hasEnded = true
        forget()
        resolve()
      }
      const tell = async (contact: Contact): Promise<void> => {
        const named = await this.#askOne(contact, () => { this.#isGone(contact); plan.gone(contact); advance() })
        if (named === undefined) plan.gone(contact)
        else plan.answered(contact, this.#tally.isHolder(contact), named)
        advance()
      }
      const advance = (): void => {
        if (hasEnded) return
        for (const contact of plan.next()) void tell(contact)
        if (plan.isOver || this.#isEnough) end()
      }
      const forget = this.#progress.onEnding(() => end())
      advance()
    })
  }

  #isGone (contact: Contact): void {
    this.#gone.add(contact.id.hex)
    this.#pool?.remove(contact)
  }

  get #pooled (): readonly Contact[] {
    return this.#pool?.near(this.#target, maxHolders(this.#kad.options)) ?? []
  }

  async #lookUp (): Promise<Lookup> {
    const { k, replicationFactor } = this.#kad.options
    const { quorum } = this.#options
    return await runLookup(this.#kad, {
      target: this.#target,
      count: Math.max(k, replicationFactor),
      message: this.#wanted,
      seeds: this.#pooled,
      read: (from, response) => response.type === 'found-value' ? this.#read(from, response) : undefined,
      enough: standing => this.#tally.enough(standing, this.#needed, quorum !== undefined, this.#isResponsible)
    }, this.#progress)
  }

  /** Goes on outward until the quorum is there: the nearest may all be Sybils that deny what they should hold. */
  async #askRegion (lookup: Lookup): Promise<void> {
    if (this.#isEnough) return
    const region = await regionBeyond(this.#kad, this.#target, lookup, [...this.#heard.values()], this.#progress)
    const asked = new Set(lookup.trace().map(({ peer }) => peer.hex))
    const waiting = region.filter(({ id }) => !asked.has(id.hex) && !this.#answered.has(id.hex))
    while (waiting.length > 0 && !this.#isEnough) {
      await Promise.all(waiting.splice(0, this.#kad.options.alpha).map(async contact => await this.#askOne(contact)))
    }
  }

  /** All who publish under the key, where they are more than fit an answer. */
  async #readPages (): Promise<void> {
    const { options: { getRequests: maxRequests }, components: { random } } = this.#kad
    const seed = random.bytes(SEED_BYTES)
    const ask = async (holder: Contact, after: Uint8Array | undefined): Promise<Page | undefined> => {
      const found = await this.#request(holder, { ...this.#wanted, seed, ...(after && { after }) })
      if (found === undefined) return undefined
      this.#found(this.#tally.read(holder, found.records))
      return { records: found.records.map(({ record }) => record), more: found.more }
    }
    const holders = this.#tally.holders.filter(this.#isResponsible)
    await new RecordPages({ seed, holders, depth: this.#needed, maxRequests, ask, hasEnded: () => this.#progress.ending !== undefined }).read()
  }

  /** Whom it named; `undefined` when it did not answer before the query ended. */
  async #askOne (contact: Contact, onSlow?: () => void): Promise<readonly Contact[] | undefined> {
    const found = await this.#request(contact, this.#wanted, onSlow)
    return found && this.#kad.filter.ofReply(this.#read(contact, found))
  }

  async #request (contact: Contact, request: KadRequest, onSlow?: () => void): Promise<FoundValue | undefined> {
    const { stats, onEnding } = this.#progress
    stats.requested(contact.id)
    return await new Promise(resolve => {
      const forget = onEnding(() => resolve(undefined))
      void ask(this.#kad, contact, request, onSlow && { onSlow }).then(reply => {
        const found = reply.type === 'response' && reply.message.type === 'found-value' ? reply.message : undefined
        if (found === undefined) stats.failed()
        else stats.succeeded()
        forget()
        resolve(found)
      })
    })
  }

  get #wanted (): Extract<KadRequest, { type: 'find-value' }> {
    return { type: 'find-value', ...this.#asked, tombstones: true }
  }

  get #name (): string {
    return this.#target.hex
  }

  get #radius (): number {
    return regionRadius(placing(this.#kad, this.#target))
  }

  get #needed (): number {
    const { options } = this.#kad
    return quorumOf(this.#options.quorum ?? options.getQuorum, options.replicationFactor)
  }

  get #isEnough (): boolean {
    return this.#progress.ending !== undefined || this.#tally.enough({ waiting: Infinity, slow: 0 }, this.#needed, true, this.#isResponsible)
  }

  /** Whether puts go there: cached copies, which lie elsewhere, may all be old. */
  readonly #isResponsible = ({ id }: Contact): boolean => {
    if (this.#radius > 0 && normalisedDistance(this.#target, id) <= this.#radius) return true
    const nearer = [...this.#heard.values()].filter(other => isCloser(this.#target, other.id, id)).length
    return nearer < this.#kad.options.replicationFactor
  }

  #read (from: Contact, { records, contacts, more }: FoundValue): readonly Contact[] {
    if (this.#hasEnded) return contacts
    this.#answered.set(from.id.hex, from)
    this.#hasMore ||= more
    this.#found(this.#tally.answered(from, records))
    for (const contact of this.#kad.filter.ofReply(contacts.slice(0, this.#kad.options.maxContactsPerReply))) {
      this.#heard.set(contact.id.hex, contact)
    }
    return contacts
  }

  #found (records: readonly PeerRecord[]): void {
    for (const record of records) {
      if (record.record.kind === 'tombstone') continue
      this.#progress.report({ type: 'GetRecord', ok: true, found: 'FoundRecord', record })
      this.#progress.tell(record)
    }
  }

  /** Returns whom it gives one. Nobody waits for these, and a refusal is no loss. */
  #leaveCopies (): readonly Contact[] {
    const { options } = this.#kad
    const seen = this.#seen
    if (this.#progress.ending !== 'cancelled') {
      for (const { to, record, remainingMs } of planWriteBacks(this.#tally, seen, options)) void ask(this.#kad, to, { type: 'store', record, remainingMs })
      this.#keepOwn(seen)
    }
    return cacheCandidates(this.#tally, seen, options)
  }

  /** Who reads what others read too is one of those who have it for them. */
  #keepOwn (seen: Seen): void {
    const { components: { clock, localId, mode }, store, popular, options: { caching } } = this.#kad
    const isPopular = this.#tally.holders.some(({ id }) => normalisedDistance(this.#target, id) > seen.radius)
    if (!isPopular || caching === 'off') return popular.forget(this.#name)
    const members = sortedByDistance(this.#target, [...popular.membersOf(this.#name) ?? [], ...this.#heard.values()])
    popular.read(this.#name, members.filter(({ id }) => normalisedDistance(this.#target, id) <= seen.radius && !this.#gone.has(id.hex)).slice(0, maxHolders(this.#kad.options)))
    const isPlace = isPlaceForCopy(normalisedDistance(this.#target, localId), seen)
    if (mode === 'client' || !isPlace) return
    for (const { record, remainingMs } of cachedCopies(this.#tally, seen, localId)) store.put(record, remainingMs, clock.now())
  }

  /** Where the size of the network is not known, the region is where the nearest lie. */
  get #seen (): Seen {
    const answered = this.#nearestAnswered(Infinity)
    const radius = this.#radius
    if (radius > 0) return { target: this.#target, answered, radius, edge: EDGE * radius }
    const farthest = sortedByDistance(this.#target, [...this.#heard.values(), ...answered])[this.#kad.options.replicationFactor - 1]
    const reach = farthest === undefined ? 1 : normalisedDistance(this.#target, farthest.id)
    return { target: this.#target, answered, radius: reach, edge: reach }
  }

  #nearestAnswered (count: number): readonly Contact[] {
    return sortedByDistance(this.#target, [...this.#answered.values()]).slice(0, count)
  }

  #result (lookup: Lookup | undefined): GetResult {
    const records = this.#selected(this.#tally.newest)
    const [best] = records
    const closest = this.#nearestAnswered(this.#kad.options.k)
    const first = this.#tally.holders[0] ?? closest[0]
    return {
      key: this.#asked.key,
      keyId: this.#target,
      records,
      ...(best && { best: best.record, value: best.value }),
      contested: best !== undefined && records.some(({ value }) => !equalBytes(value, best.value)),
      held: this.#tally.held,
      equivocations: this.#tally.equivocations,
      disbelieved: this.#tally.disbelieved,
      holders: this.#tally.holders.map(({ id }) => id),
      closest: closest.map(peerInfo),
      hops: first === undefined ? 0 : lookup?.hops(first.id) ?? (this.#kad.table.get(first.id) === undefined ? 1 : 0),
      asked: this.#progress.stats.asked,
      elapsedMs: this.#kad.components.clock.now() - this.#startedAt,
      partial: this.#progress.ending !== undefined
    }
  }

  #selected (newest: readonly NewestRecord[]): PeerRecord[] {
    const records = newest.map(({ record }) => record).filter(({ kind }) => kind !== 'tombstone')
    const selected = this.#kad.options.policies?.select(this.#asked.key, records) ?? selectNewest(records)
    return selected.flatMap(record => {
      const found = newest.find(one => one.record === record)
      return found === undefined ? [] : [{ peer: found.peer, record, value: found.value }]
    })
  }

  #lastEvent ({ key, records, closest }: GetResult, cached: readonly Contact[]): QueryResult {
    const okay = okOr(this.#progress.ending)
    if (!okay.ok && (records.length === 0 || okay.error === 'Cancelled')) return { type: 'GetRecord', ...okay, key }
    if (records.length === 0) return { type: 'GetRecord', ok: false, error: 'NotFound', key, closestPeers: closest }
    return { type: 'GetRecord', ok: true, found: 'FinishedWithNoAdditionalRecord', cacheCandidates: cached.map(peerInfo) }
  }
}

const SEED_BYTES = 8

/** A single get waits for the quickest; in a batch others use the time. */
const SPARE = 2

/** By how much estimates of the network's size differ at most times. */
const EDGE = 1.25

function sortedByDistance (target: PeerId, contacts: readonly Contact[]): Contact[] {
  const byId = new Map(contacts.map(contact => [contact.id.hex, contact]))
  return [...byId.values()].sort((a, b) => compareDistance(target, a.id, b.id))
}
