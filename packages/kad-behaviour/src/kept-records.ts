import { slotOf } from '@kadmium/records'
import type { KadRecord } from '@kadmium/interface'
import type { Slot } from '@kadmium/records'

export interface KeptRecordsInit {
  readonly max: number
  /** Hears of each record that is kept from now on until `endsAt`, and of each slot that no longer is. */
  readonly onKept?: (record: KadRecord, endsAt: number) => void
  readonly onLeft?: (slot: Slot) => void
}

interface Kept {
  readonly slot: Slot
  readonly endsAt: number
}

/**
 * Records that others asked this node to keep alive: it stores them where they belong with each pause of replication, wherever it
 * lies itself, as they are, until their lives end. Their number is bounded, and none gives way, so that nobody can push out another's.
 */
export class KeptRecords {
  readonly #init: KeptRecordsInit
  readonly #kept = new Map<string, Kept>()

  constructor (init: KeptRecordsInit) {
    this.#init = init
  }

  /** Whether there is room for it. */
  hasRoom (record: KadRecord, now: number): boolean {
    for (const { slot, endsAt } of this.#kept.values()) if (endsAt <= now) this.#leave(slot)
    return this.#kept.has(slotOf(record)) || this.#kept.size < this.#init.max
  }

  keep (record: KadRecord, endsAt: number): void {
    this.#keep(record, endsAt)
    this.#init.onKept?.(record, endsAt)
  }

  /** One that an earlier run was asked to keep. */
  recall (record: KadRecord, endsAt: number, now: number): void {
    if (this.hasRoom(record, now) && endsAt > now) this.#keep(record, endsAt)
    else this.#init.onLeft?.(record)
  }

  has (record: KadRecord): boolean {
    return this.#kept.has(slotOf(record))
  }

  #keep ({ key, publisher, salt }: KadRecord, endsAt: number): void {
    const slot = { key, ...(publisher && { publisher }), ...(salt && { salt }) }
    this.#kept.set(slotOf(slot), { slot, endsAt })
  }

  #leave (slot: Slot): void {
    this.#kept.delete(slotOf(slot))
    this.#init.onLeft?.(slot)
  }
}
