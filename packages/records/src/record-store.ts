import type { Endpoint, KadRecord, PeerId } from '@kadmium/interface'
import type { HeldRecord } from './held-record.ts'
import type { PageAsked, RecordPage } from './page.ts'
import type { RefusedPut } from './refusals.ts'
import type { Slot } from './slot.ts'

export interface PutOptions {
  /** Who sends it; absent when this node puts it. */
  readonly from?: Endpoint
  /** Compare and swap: refused with `cas-mismatch` when the slot holds a record with another seq. A slot that holds none takes it. */
  readonly expectedSeq?: number
}

/**
 * When a record that was taken is as safe as it will be: `undefined`, or the refusal that its sender is to be told instead
 * because it could not be written. Never rejects. Absent where there is nothing to wait for.
 */
export type Durable = Promise<RefusedPut | undefined>

export type PutOutcome =
  /** Held from now on; `replaced` is the older record of its slot. */
  | { readonly type: 'stored', readonly held: HeldRecord, readonly replaced?: KadRecord, readonly durable?: Durable }
  /** An advertisement, of which a sample is kept. `held` is absent where it is not in the sample. */
  | { readonly type: 'sampled', readonly held?: HeldRecord, readonly durable?: Durable }
  /** The same record was held already. */
  | { readonly type: 'unchanged', readonly held: HeldRecord, readonly durable?: Durable }
  | RefusedPut

/** Records of this node and of others. Sync; an implementation on disk keeps what it is asked for in memory. */
export interface RecordStore {
  /**
   * Verifies a record and keeps it for `remainingMs`, at most for its ttl. What it acknowledges it keeps until then, until a
   * newer record of the slot comes, or until it goes for one that is nearer to this node; advertisements are only sampled.
   */
  put (record: KadRecord, remainingMs: number, now: number, options?: PutOptions): PutOutcome
  /** Every living record under `key`, tombstones too, in the order in which their slots were taken; advertisements last. */
  get (key: Uint8Array, now: number): HeldRecord[]
  /** Some of them. Throws for `after` without `seed`. */
  page (asked: PageAsked, now: number): RecordPage
  getSlot (slot: Slot, now: number): HeldRecord | undefined
  /** Whether there was one. */
  remove (slot: Slot): boolean
  /** Every living record; may be changed meanwhile. */
  entries (now: number): IterableIterator<HeldRecord>
  /** The living records whose key id shares at least `bits` leading bits with `id`. */
  near (id: PeerId, bits: number, now: number): HeldRecord[]
  /** Drops what has expired and says how many records those were. */
  expire (now: number): number
  /** Records, those included that expired since the last sweep. */
  readonly size: number
  /** What they count for against the byte limit. */
  readonly bytes: number
}
