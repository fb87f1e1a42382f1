import { signRecord, slotOf } from '@kadmium/records'
import type { Identity, KadRecord } from '@kadmium/interface'
import type { Slot } from '@kadmium/records'

interface Published {
  readonly record: KadRecord
  readonly signer: Identity
  dueAt: number
}

export interface PublicationsInit {
  readonly max: number
  /** How often each is put anew, in milliseconds. */
  readonly intervalMs: number
  /** Hears of each that is kept alive from now on, again at every time, and of each that no longer is. */
  readonly onKept: (record: KadRecord) => void
  readonly onLeft: (record: KadRecord) => void
}

/**
 * What this node published and keeps alive: before a record ends it is signed anew, with the next seq, so that its life begins
 * again. A record that somebody with the same key put meanwhile has a later seq, from the wall clock, and wins. Records that
 * live no longer than the interval are left to end. The longest not put give way.
 */
export class Publications {
  readonly #init: PublicationsInit
  /** Both are made for the first. */
  #slots: Map<string, Published> | undefined
  /** The lowest seq that counts in a slot: puts may end in another order than they began in, and older ones are not to come back. */
  #newest: Map<string, number> | undefined

  constructor (init: PublicationsInit) {
    this.#init = init
  }

  get size (): number {
    return this.#slots?.size ?? 0
  }

  /** A put or a removal begins: none with a lower seq counts from now on, also if it ends later. */
  begins (record: KadRecord): void {
    this.#outdate(slotOf(record), record.seq)
  }

  published (record: KadRecord, signer: Identity, now: number): void {
    const { intervalMs, onKept } = this.#init
    if (record.seq < (this.#newest?.get(slotOf(record)) ?? 0)) return
    if (record.kind !== undefined || record.ttl * 1000 <= intervalMs) return this.#leave(slotOf(record))
    onKept(record)
    this.#keep({ record, signer, dueAt: now + intervalMs })
  }

  /** One of an earlier run, that was put `agoMs` before now. */
  recall (record: KadRecord, signer: Identity, now: number, agoMs: number): void {
    const { intervalMs } = this.#init
    this.#keep({ record, signer, dueAt: now + Math.max(0, intervalMs - Math.max(0, agoMs)) })
  }

  /** Also puts of it that are under way. */
  forget (slot: Slot): void {
    const seq = this.seqOf(slot)
    if (seq !== undefined) this.#outdate(slotOf(slot), seq + 1)
    this.#leave(slotOf(slot))
  }

  /** The highest that this node knows to have given out. */
  seqOf (slot: Slot): number | undefined {
    const name = slotOf(slot)
    return this.#newest?.get(name) ?? this.#slots?.get(name)?.record.seq
  }

  /** Renewed records to put now; each is due again after `retryMs` unless `published` says that it was put. */
  due (now: number, retryMs: number): Array<{ readonly record: KadRecord, readonly signer: Identity }> {
    const due = [...this.#slots?.values() ?? []].filter(({ dueAt }) => dueAt <= now)
    for (const publication of due) publication.dueAt = now + retryMs
    const puts = due.map(({ record, signer }) => ({ record: renewed(record, signer), signer }))
    for (const { record } of puts) this.begins(record)
    return puts
  }

  /** How long nothing will be due, in milliseconds; `Infinity` without publications. */
  restsMs (now: number): number {
    return Math.max(0, this.#earliest - now)
  }

  get #earliest (): number {
    return [...this.#slots?.values() ?? []].reduce((earliest, { dueAt }) => Math.min(earliest, dueAt), Infinity)
  }

  #leave (slot: string): void {
    const published = this.#slots?.get(slot)
    if (published === undefined) return
    this.#slots?.delete(slot)
    this.#init.onLeft(published.record)
  }

  #outdate (slot: string, seq: number): void {
    const all = this.#newest ??= new Map()
    const newest = Math.max(seq, all.get(slot) ?? 0)
    all.delete(slot)
    all.set(slot, newest)
    for (const oldest of all.keys()) {
      if (all.size <= this.#init.max) break
      all.delete(oldest)
    }
  }

  #keep (published: Published): void {
    const slots = this.#slots ??= new Map()
    const slot = slotOf(published.record)
    slots.delete(slot)
    slots.set(slot, published)
    for (const oldest of slots.keys()) {
      if (slots.size <= this.#init.max) break
      this.#leave(oldest)
    }
  }
}

/** A value that proves itself needs no signature, and lives on by being put again. */
function renewed (record: KadRecord, signer: Identity): KadRecord {
  const { key, value, encoding, salt, ttl, seq, publisher } = record
  return publisher === undefined ? record : signRecord({ key, value, ttl, seq: seq + 1, ...(encoding && { encoding }), ...(salt && { salt }) }, signer)
}
