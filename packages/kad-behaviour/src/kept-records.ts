import { slotOf } from '@kadmium/records'
import type { KadRecord } from '@kadmium/interface'

/**
 * Records that others asked this node to keep alive: it stores them where they belong with each pause of replication, wherever it
 * lies itself, as they are, until their lives end. Their number is bounded, and none gives way, so that nobody can push out another's.
 */
export class KeptRecords {
  readonly #max: number
  readonly #endsAt = new Map<string, number>()

  constructor (max: number) {
    this.#max = max
  }

  /** Whether there is room for it. */
  hasRoom (record: KadRecord, now: number): boolean {
    for (const [slot, endsAt] of this.#endsAt) if (endsAt <= now) this.#endsAt.delete(slot)
    return this.#endsAt.has(slotOf(record)) || this.#endsAt.size < this.#max
  }

  keep (record: KadRecord, endsAt: number): void {
    this.#endsAt.set(slotOf(record), endsAt)
  }

  has (record: KadRecord): boolean {
    return this.#endsAt.has(slotOf(record))
  }
}
