import { slotOf } from '@kadmium/records'
import type { KadRecord } from '@kadmium/interface'

/**
 * Records that others asked this node to keep alive: it stores them where they belong with each pause of replication, wherever it
 * lies itself, as they are, until their lives end. Their number is bounded, and none gives way, so that nobody can push out another's.
 */
export class KeptRecords {
  readonly #max: number
  /** Made for the first. */
  #endsAt: Map<string, number> | undefined

  constructor (max: number) {
    this.#max = max
  }

  /** Whether there is room for it. */
  hasRoom (record: KadRecord, now: number): boolean {
    const kept = this.#endsAt ??= new Map()
    for (const [slot, endsAt] of kept) if (endsAt <= now) kept.delete(slot)
    return kept.has(slotOf(record)) || kept.size < this.#max
  }

  keep (record: KadRecord, endsAt: number): void {
    this.#endsAt ??= new Map()
    this.#endsAt.set(slotOf(record), endsAt)
  }

  has (record: KadRecord): boolean {
    return this.#endsAt?.has(slotOf(record)) === true
  }
}
