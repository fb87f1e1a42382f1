import { signRecord, slotOf } from '@kadmium/records'
import type { Identity, KadRecord } from '@kadmium/interface'

interface Publication {
  readonly record: KadRecord
  readonly signer: Identity
  dueAt: number
}

/**
 * What this node published and keeps alive: before a record ends it is signed anew, with the next seq, so that its life begins
 * again. A record that somebody with the same key put meanwhile has a later seq, from the wall clock, and wins. Records that
 * live no longer than the interval are left to end. The longest not put give way.
 */
export class Publications {
  readonly #max: number
  readonly #intervalMs: number
  readonly #slots = new Map<string, Publication>()

  constructor (maxPublications: number, intervalMs: number) {
    this.#max = maxPublications
    this.#intervalMs = intervalMs
  }

  get size (): number {
    return this.#slots.size
  }

  published (record: KadRecord, signer: Identity, now: number): void {
    const slot = slotOf(record)
    this.#slots.delete(slot)
    if (record.kind !== undefined || record.ttl * 1000 <= this.#intervalMs) return
    this.#slots.set(slot, { record, signer, dueAt: now + this.#intervalMs })
    for (const oldest of this.#slots.keys()) {
      if (this.#slots.size <= this.#max) break
      this.#slots.delete(oldest)
    }
  }

  forget (slot: Pick<KadRecord, 'key' | 'publisher' | 'salt'>): void {
    this.#slots.delete(slotOf(slot))
  }

  /** Renewed records to put now; each is due again after `retryMs` unless `published` says that it was put. */
  due (now: number, retryMs: number): Array<{ readonly record: KadRecord, readonly signer: Identity }> {
    const due = [...this.#slots.values()].filter(({ dueAt }) => dueAt <= now)
    for (const publication of due) publication.dueAt = now + retryMs
    return due.map(({ record, signer }) => ({ record: renewed(record, signer), signer }))
  }
}

/** A value that proves itself needs no signature, and lives on by being put again. */
function renewed (record: KadRecord, signer: Identity): KadRecord {
  const { key, value, salt, ttl, seq, publisher } = record
  return publisher === undefined ? record : signRecord({ key, value, ttl, seq: seq + 1, ...(salt && { salt }) }, signer)
}
