/**
 * Getting records: asks ever nearer nodes until a quorum of holders has answered, and leaves the copies better than it
 * found them.
 */
import { keyId } from '@kadmium/peer-id'
import { selectNewest } from '@kadmium/records'
import type { Contact, KadRecord, PeerId, PeerInfo, PeerRecord, QueryOptions, QueryResult, Quorum } from '@kadmium/interface'
import type { Asked } from '@kadmium/records'
import { ask } from './context.ts'
import { peerInfo } from './contacts.ts'
import { okOr } from './find.ts'
import { GetTally } from './get-tally.ts'
import { rulesOf } from './options.ts'
import { heldFor } from './held.ts'
import { quorumOf } from './quorum.ts'
import { regionBeyond } from './region.ts'
import { runLookup } from './run-lookup.ts'
import { cacheCandidates, planWriteBacks } from './write-back.ts'
import type { KadContext } from './context.ts'
import type { Disbelieved, Equivocation, NewestRecord, RecordHolders } from './get-tally.ts'
import type { Lookup } from './lookup.ts'
import type { KadResponse } from './protocol.ts'
import type { Outcome, Progress } from './query.ts'
import type { Seen, WriteBack } from './write-back.ts'

export type GetOptions = QueryOptions & {
  /**
   * Holders whose verified records are waited for. Default: the behaviour's `getQuorum`, or fewer when all that is left to
   * wait for is slow. A quorum that is asked for here is waited for until nobody is left; `majority` and `all` are of the
   * replication factor.
   */
  readonly quorum?: Quorum
  /** Raw Ed25519 key: only records of this publisher. */
  readonly publisher?: Uint8Array
  /** Only records of this slot. */
  readonly salt?: Uint8Array
}

export interface GetResult {
  readonly key: Uint8Array
  readonly keyId: PeerId
  /** The newest record of each publisher and salt, best first; this node's own copies included. Empty: not found. */
  readonly records: readonly PeerRecord[]
  /** The first of `records`. */
  readonly best?: KadRecord
  /** Its value. */
  readonly value?: Uint8Array
  /**
   * Whether other publishers hold other values than the best: then the best is only the newest, and whoever wants a certain
   * publisher's has to say so, or to use an owned key.
   */
  readonly contested: boolean
  /** Who gave what: each record that was seen, older ones and tombstones too. */
  readonly held: readonly RecordHolders[]
  /** Publishers that signed two values with one sequence number. */
  readonly equivocations: readonly Equivocation[]
  /** Peers that gave a record which cannot be believed or read, each with the reason. */
  readonly disbelieved: readonly Disbelieved[]
  /** Peers that gave a verified record, or a tombstone. */
  readonly holders: readonly PeerId[]
  /** The peers nearest to the key that answered, nearest first. */
  readonly closest: readonly PeerInfo[]
  /** Answers that lay between the own table and the first holder; without one, and the nearest peer. */
  readonly hops: number
  /** Peers that were sent anything. */
  readonly asked: number
  readonly elapsedMs: number
  /** True when this is what was reached when time was up, or `finish()` was called. */
  readonly partial: boolean
}

/** One get: what is asked, and what came of it so far. */
export class GetRun {
  readonly #kad: KadContext
  readonly #asked: Asked
  readonly #options: GetOptions
  readonly #progress: Progress<PeerRecord>
  readonly #tally: GetTally
  readonly #heard = new Map<string, Contact>()
  readonly #startedAt: number

  constructor (kad: KadContext, asked: Asked, options: GetOptions, progress: Progress<PeerRecord>) {
    this.#kad = kad
    this.#asked = asked
    this.#options = options
    this.#progress = progress
    this.#tally = new GetTally(asked, kad.components.crypto, kad.options.policies, rulesOf(kad.options))
    this.#startedAt = kad.components.clock.now()
  }

  async run (): Promise<Outcome<GetResult>> {
    const { components, store, options } = this.#kad
    this.#found(this.#tally.own(heldFor(store, this.#asked, components.clock.now())))
    const lookup = await this.#lookUp()
    await this.#askRegion(lookup)
    const heard = [...this.#heard.values()].map(({ id }) => id)
    const seen: Seen = { target: keyId(this.#asked.key), answered: lookup.closest(options.maxRequests), heard }
    if (this.#progress.ending !== 'cancelled') this.#writeBack(planWriteBacks(this.#tally, seen, options))
    const value = this.#result(lookup)
    return { value, result: this.#lastEvent(value, cacheCandidates(this.#tally, seen, options)) }
  }

  async #lookUp (): Promise<Lookup> {
    const { k, replicationFactor } = this.#kad.options
    const { quorum } = this.#options
    const needed = this.#needed
    return await runLookup(this.#kad, {
      target: keyId(this.#asked.key),
      count: Math.max(k, replicationFactor),
      message: { type: 'find-value', ...this.#asked, tombstones: true },
      read: (from, response) => this.#read(from, response),
      enough: standing => this.#tally.enough(standing, needed, quorum !== undefined)
    }, this.#progress)
  }

  /** Goes on outward until the quorum is there: the nearest may all be Sybils that deny what they should hold. */
  async #askRegion (lookup: Lookup): Promise<void> {
    if (this.#isEnough) return
    const target = keyId(this.#asked.key)
    const region = await regionBeyond(this.#kad, target, lookup, [...this.#heard.values()], this.#progress)
    const asked = new Set(lookup.trace().map(({ peer }) => peer.hex))
    const waiting = region.filter(({ id }) => !asked.has(id.hex))
    while (waiting.length > 0 && !this.#isEnough) {
      await Promise.all(waiting.splice(0, this.#kad.options.alpha).map(async contact => await this.#askOne(contact)))
    }
  }

  async #askOne (contact: Contact): Promise<void> {
    const { stats, onEnding } = this.#progress
    stats.requested(contact.id)
    await new Promise<void>(resolve => {
      const forget = onEnding(resolve)
      void ask(this.#kad, contact, { type: 'find-value', ...this.#asked }).then(reply => {
        const isAnswer = reply.type === 'response' && this.#read(contact, reply.message) !== undefined
        if (isAnswer) stats.succeeded()
        else stats.failed()
        forget()
        resolve()
      })
    })
  }

  get #needed (): number {
    const { options } = this.#kad
    return quorumOf(this.#options.quorum ?? options.getQuorum, options.replicationFactor)
  }

  get #isEnough (): boolean {
    return this.#tally.holders.length >= this.#needed || this.#progress.ending !== undefined
  }

  #read (from: Contact, response: KadResponse): readonly Contact[] | undefined {
    if (response.type !== 'found-value') return undefined
    this.#found(this.#tally.answered(from, response.records))
    for (const contact of this.#kad.filter.ofReply(response.contacts.slice(0, this.#kad.options.maxContactsPerReply))) {
      this.#heard.set(contact.id.hex, contact)
    }
    return response.contacts
  }

  #found (records: readonly PeerRecord[]): void {
    for (const record of records) {
      if (record.record.kind === 'tombstone') continue
      this.#progress.report({ type: 'GetRecord', ok: true, found: 'FoundRecord', record })
      this.#progress.tell(record)
    }
  }

  /** Nobody waits for these, and a refusal is no loss. */
  #writeBack (copies: readonly WriteBack[]): void {
    for (const { to, record, remainingMs } of copies) void ask(this.#kad, to, { type: 'store', record, remainingMs })
  }

  #result (lookup: Lookup): GetResult {
    const records = this.#selected(this.#tally.newest)
    const [best] = records
    const closest = lookup.closest(this.#kad.options.k)
    const first = this.#tally.holders[0] ?? closest[0]
    return {
      key: this.#asked.key,
      keyId: keyId(this.#asked.key),
      records,
      ...(best && { best: best.record, value: best.value }),
      contested: best !== undefined && records.some(({ value }) => !sameValue(value, best.value)),
      held: this.#tally.held,
      equivocations: this.#tally.equivocations,
      disbelieved: this.#tally.disbelieved,
      holders: this.#tally.holders.map(({ id }) => id),
      closest: closest.map(peerInfo),
      hops: first === undefined ? 0 : lookup.hops(first.id) ?? 0,
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

function sameValue (a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
