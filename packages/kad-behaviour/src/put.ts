/** Putting a record: the own copy, the lookup of its key, a copy for each of the nearest, the quorum. */
import { keyId } from '@kadmium/peer-id'
import type { Contact, Identity, KadRecord, PeerId, PeerInfo, PutResult, QueryOptions, QueryResult, Quorum, Refused, Reply, Timer } from '@kadmium/interface'
import { ask } from './context.ts'
import { QuorumFailedError } from './errors.ts'
import { findNodes } from './find.ts'
import { quorumOf } from './quorum.ts'
import { refusalOf } from './refusals.ts'
import { findHolders } from './region.ts'
import type { Regions } from './batch.ts'
import type { KadContext } from './context.ts'
import type { Lookup } from './lookup.ts'
import type { KadResponse } from './protocol.ts'
import type { Outcome, Progress } from './query.ts'
import type { Holders } from './region.ts'

export interface RecordToPut {
  /** 1 to 64 bytes. */
  readonly key: Uint8Array
  /** At most 64 KiB; where the swarm has no reliable transport, at most 850 bytes together with the salt. */
  readonly value: Uint8Array
  /** The record's whole life, in seconds. Default: the behaviour's `recordTtl`. */
  readonly ttl?: number
  /** At most 64 bytes: several records of one publisher under one key. */
  readonly salt?: Uint8Array
  /** Default: wall-clock milliseconds, but strictly rising. */
  readonly seq?: number
}

export type PutOptions = QueryOptions & {
  /** Holders that must acknowledge, of min(replicationFactor, peers found). Default: the behaviour's `putQuorum`. */
  readonly quorum?: Quorum
  /** Who signs. Default: this node. */
  readonly publisher?: Identity
  /**
   * Compare and swap: holders that have a record of the slot with another seq refuse (`cas-mismatch`, whose message ends with the
   * seq that they have). 0 means only where there is none.
   */
  readonly expectedSeq?: number
  /** Peers that are given a copy besides the holders, and asked to keep it alive. Whether they took it, `holders` and `refused` say. */
  readonly also?: readonly (PeerInfo | Contact)[]
  /** Nobody signs, and everybody can replace it: for networks whose nodes all have `allowUnsigned`. Default false. */
  readonly unsigned?: boolean
}

/** What became of one copy. */
export type PutProgress =
  | { readonly type: 'stored', readonly peer: PeerId, readonly sampled?: boolean }
  | { readonly type: 'refused' } & Refused

/** How a put differs from the usual one. */
export interface PutHow {
  readonly expectedSeq?: number
  readonly also?: readonly Contact[]
  /** What is known of the network already, and is added to. */
  readonly regions?: Regions
  /** What its last event says that it was. Default `PutRecord`. */
  readonly type?: 'PutRecord' | 'RepublishRecord'
}

/** One put: the record, and who holds it so far. */
export class PutRun {
  readonly #kad: KadContext
  readonly #record: KadRecord
  readonly #quorum: Quorum
  readonly #progress: Progress<PutProgress>
  readonly #how: PutHow
  readonly #success: PeerId[] = []
  readonly #sampled: PeerId[] = []
  readonly #refused: Refused[] = []
  readonly #startedAt: number

  constructor (kad: KadContext, record: KadRecord, quorum: Quorum, progress: Progress<PutProgress>, how: PutHow = {}) {
    this.#kad = kad
    this.#record = record
    this.#quorum = quorum
    this.#progress = progress
    this.#how = how
    this.#startedAt = kad.components.clock.now()
  }

  async run (): Promise<Outcome<PutResult>> {
    const own = await this.#storeOwn()
    if (own.refused !== undefined) return this.#outcome(false, [own.refused], 1)
    const isAlone = this.#kad.table.size === 0
    const { lookup, holders, nearest } = await this.#findHolders()
    const needed = Math.max(quorumOf(this.#quorum, nearest), isAlone && own.stored ? 0 : 1)
    const also = (this.#how.also ?? []).filter(({ id }) => holders.every(holder => !holder.id.equals(id)))
    await this.#storeOn([...holders, ...also], needed)
    return this.#outcome(own.stored, holders.length === 0 && lookup !== undefined ? this.#silent(lookup) : this.#refused, needed)
  }

  /** Among many puts, what the lookup of one found serves the next; such puts go to exactly the nearest. */
  async #findHolders (): Promise<Omit<Holders, 'lookup'> & { readonly lookup?: Lookup }> {
    const { regions } = this.#how
    const { k, replicationFactor } = this.#kad.options
    const target = keyId(this.#record.key)
    if (regions === undefined) return await findHolders(this.#kad, target, this.#progress)
    const known = regions.nearest(target, this.#startedAt)
    const lookup = known === undefined ? await this.#explore(regions, target, Math.max(k, replicationFactor)) : undefined
    const holders = known ?? lookup?.closest(replicationFactor) ?? []
    return { holders, nearest: holders.length, ...(lookup && { lookup }) }
  }

  async #explore (regions: Regions, target: PeerId, count: number): Promise<Lookup> {
    const lookup = await findNodes(this.#kad, target, count, this.#progress)
    await regions.explore(target, count, this.#startedAt, async place => {
      const done = place === target ? lookup : await findNodes(this.#kad, place, count, this.#progress)
      return this.#progress.ending === undefined ? done.closest(count) : undefined
    })
    return lookup
  }

  /**
   * A server holds what it publishes. A client holds nothing, since nobody could read it there. When this node knows a newer
   * record, nobody is sent an older one.
   */
  async #storeOwn (): Promise<{ readonly stored: boolean, readonly refused?: Refused }> {
    const { components, store } = this.#kad
    if (components.mode === 'client') return { stored: false }
    const outcome = store.put(this.#record, this.#record.ttl * 1000, components.clock.now(), this.#expected)
    const refusal = outcome.type === 'refused' ? outcome : await outcome.durable
    if (refusal === undefined) return { stored: true }
    const { reason, message } = refusal
    const isFinal = reason !== 'store-full' && reason !== 'key-full' && reason !== 'publisher-quota'
    return { stored: false, ...(isFinal && { refused: { peer: components.localId, reason, message } }) }
  }

  /**
   * Resolves when all have answered. When enough have, and the others are slow, it waits for those once more as long as it
   * has taken so far: a lost packet is made up for by then, and a dead holder delays nobody for long.
   */
  async #storeOn (holders: readonly Contact[], needed: number): Promise<void> {
    const { clock } = this.#kad.components
    let waiting = holders.length
    let slow = 0
    let timer: Timer | undefined
    await new Promise<void>(resolve => {
      const check = (): void => {
        if (waiting === 0) resolve()
        else if (waiting === slow && this.#success.length >= needed) timer ??= clock.setTimeout(resolve, clock.now() - this.#startedAt)
      }
      for (const holder of holders) {
        let isSlow = 0
        void this.#storeAt(holder, () => { isSlow = 1; slow++; check() }).then(() => { slow -= isSlow; waiting--; check() })
      }
      this.#progress.onEnding(resolve)
      check()
    })
    if (timer !== undefined) clock.clearTimeout(timer)
  }

  async #storeAt (holder: Contact, onSlow: () => void): Promise<void> {
    const { stats } = this.#progress
    stats.requested(holder.id)
    const keep = (this.#how.also ?? []).some(({ id }) => id.equals(holder.id))
    const message = { type: 'store', record: this.#record, remainingMs: this.#record.ttl * 1000, ...this.#expected, ...(keep && { keep }) } as const
    const reply = await ask(this.#kad, holder, message, { onSlow })
    const refused = refusalOf(holder.id, reply)
    if (refused === undefined) {
      stats.succeeded()
      this.#success.push(holder.id)
      const sampled = isSampled(reply)
      if (sampled) this.#sampled.push(holder.id)
      this.#progress.tell({ type: 'stored', peer: holder.id, ...(sampled && { sampled }) })
    } else {
      stats.failed()
      this.#refused.push(refused)
      this.#progress.tell({ type: 'refused', ...refused })
    }
  }

  get #expected (): { readonly expectedSeq?: number } {
    const { expectedSeq } = this.#how
    return expectedSeq === undefined ? {} : { expectedSeq }
  }

  /** Whom the lookup asked in vain, when nobody answered it. */
  #silent (lookup: Lookup): Refused[] {
    return lookup.trace()
      .filter(({ state }) => state !== 'answered')
      .map(({ peer }) => ({ peer, reason: 'timeout', message: 'did not answer' }))
  }

  #outcome (storedLocally: boolean, refused: readonly Refused[], quorum: number): Outcome<PutResult> {
    const { key } = this.#record
    const success = [...this.#success]
    if (success.length < quorum || this.#progress.ending === 'cancelled') {
      const result: QueryResult = { type: this.#how.type ?? 'PutRecord', ok: false, error: this.#missed(), key, success, quorum, refused }
      return { error: new QuorumFailedError(success, refused, quorum), result }
    }
    const value: PutResult = {
      key,
      keyId: keyId(key),
      holders: success,
      storedOn: success.length,
      ...(this.#sampled.length > 0 && { sampled: [...this.#sampled] }),
      storedLocally,
      refused: [...refused],
      asked: this.#progress.stats.asked,
      quorum,
      elapsedMs: this.#kad.components.clock.now() - this.#startedAt
    }
    return { value, result: { type: this.#how.type ?? 'PutRecord', ok: true, key, success } }
  }

  #missed (): 'QuorumFailed' | 'Timeout' | 'Cancelled' {
    switch (this.#progress.ending) {
      case 'timeout': return 'Timeout'
      case 'cancelled': return 'Cancelled'
      case 'finished':
      case undefined: return 'QuorumFailed'
    }
  }
}

function isSampled (reply: Reply<KadResponse>): boolean {
  return reply.type === 'response' && reply.message.type === 'stored' && reply.message.sampled === true
}
