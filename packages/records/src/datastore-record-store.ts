import { InvalidOptionError } from '@kadmium/interface'
import type { Clock, KadRecord } from '@kadmium/interface'
import { Key } from 'interface-datastore'
import type { Datastore } from 'interface-datastore'
import { getIfThere } from './get-if-there.ts'
import { datastoreKeyOf, decodeSaved, encodeSaved } from './held-codec.ts'
import type { SavedRecord } from './held-codec.ts'
import type { HeldRecord } from './held-record.ts'
import { isSoft } from './holdings.ts'
import type { Entry } from './holdings.ts'
import { MemoryRecordStore } from './memory-record-store.ts'
import type { MemoryRecordStoreInit } from './memory-record-store.ts'
import type { Durable, PutOptions, PutOutcome } from './record-store.ts'
import { refused } from './refusals.ts'
import type { RefusedPut } from './refusals.ts'
import { sealNumber, unsealNumber } from './sealed.ts'
import { slotOf } from './slot.ts'
import type { Slot } from './slot.ts'
import { WallTime } from './wall-time.ts'
import { writeFailure } from './write-failure.ts'

export interface DatastoreRecordStoreInit extends MemoryRecordStoreInit {
  /** Open; whoever opened it closes it. */
  readonly datastore: Datastore
  readonly clock: Pick<Clock, 'now' | 'wallNow'>
  /** What its keys begin with. Default `/kadmium`. */
  readonly prefix?: string
  /** Changes that wait for the disk; beyond it puts are refused: with `store-busy`, or for why the last write failed. Default 4,096. */
  readonly maxPendingWrites?: number
  /** How often the time is written down where nothing else is, in milliseconds: see `WallTime`. Default 60,000. */
  readonly timeMarkMs?: number
  /** Hears why a write failed; others are only told that it did. Must not throw. */
  readonly onWriteError?: (error: unknown) => void
}

/** What an opened store found. */
export interface LoadReport {
  /** Held now. */
  readonly records: number
  /** Skipped, and left where they are: torn, rotten, misplaced, or of a later version. */
  readonly unreadable: number
  /** Their lives ended meanwhile. */
  readonly expired: number
  /** Against the limits, rules or policies of this run. */
  readonly dropped: number
}

/**
 * Why a slot changes. What a put changes can be taken back, what it displaces included; what is forgotten stays so, and is
 * deleted with the next write that succeeds. What is loaded is on the disk already.
 */
type Phase = 'idle' | 'putting' | 'forgetting' | 'loading' | 'undoing'

interface Change {
  readonly before: Entry | undefined
  readonly after: Entry | undefined
}

/** What is written together. */
interface Batch {
  readonly changes: Change[]
  readonly slots: Map<string, Slot>
  readonly done: Durable
  readonly settle: (failure: RefusedPut | undefined) => void
}

/**
 * Records in memory and in a datastore. Decisions and answers come from memory; every change is written, what changes
 * while a write is under way in one batch after it. Who acknowledges a put waits for its `durable`. A batch that fails is
 * taken back, and with it what came after, so that memory holds what was acknowledged, and later writes put the disk right.
 */
export class DatastoreRecordStore extends MemoryRecordStore {
  readonly #datastore: Datastore
  readonly #clock: Pick<Clock, 'now' | 'wallNow'>
  readonly #time: WallTime
  readonly #prefix: string
  readonly #maxPendingWrites: number
  readonly #timeMarkMs: number
  readonly #onWriteError: ((error: unknown) => void) | undefined
  #loaded: LoadReport = { records: 0, unreadable: 0, expired: 0, dropped: 0 }
  #phase: Phase = 'idle'
  #queued: Batch | undefined
  #writing: Batch | undefined
  #draining: Promise<void> | undefined
  /** Slots that the disk may hold otherwise: their write failed. */
  readonly #doubtful = new Map<string, Slot>()
  /** Why the last write failed. */
  #failure: RefusedPut | undefined
  #markedAt = -Infinity
  #closed = false

  /** Rejects when the datastore cannot be read; single entries that cannot are counted in `loaded`. */
  static async open (init: DatastoreRecordStoreInit): Promise<DatastoreRecordStore> {
    const prefix = init.prefix ?? '/kadmium'
    const { saved, unreadable, latest } = await read(init.datastore, prefix)
    const store = new DatastoreRecordStore(init, new WallTime(init.clock, latest))
    store.#load(saved, unreadable, init.clock.now())
    return store
  }

  private constructor (init: DatastoreRecordStoreInit, time: WallTime) {
    super(init)
    const { datastore, clock, prefix = '/kadmium', maxPendingWrites = 4096, timeMarkMs = 60_000, onWriteError } = init
    for (const [name, limit] of Object.entries({ maxPendingWrites, timeMarkMs })) {
      if (!Number.isSafeInteger(limit) || limit < 1) throw new InvalidOptionError(name, `expected a whole number of at least 1, got ${limit}`)
    }
    this.#datastore = datastore
    this.#clock = clock
    this.#time = time
    this.#prefix = prefix
    this.#maxPendingWrites = maxPendingWrites
    this.#timeMarkMs = timeMarkMs
    this.#onWriteError = onWriteError
  }

  get loaded (): LoadReport {
    return this.#loaded
  }

  /** Changes that are not known to be on the disk. */
  get pendingWrites (): number {
    return (this.#queued?.changes.length ?? 0) + (this.#writing?.changes.length ?? 0) + this.#doubtful.size
  }

  override put (record: KadRecord, remainingMs: number, now: number, options: PutOptions = {}): PutOutcome {
    if (this.#closed) return refused('store-failed', 'this node is stopping')
    if (this.pendingWrites >= this.#maxPendingWrites) {
      this.#batch()
      return this.#failure ?? refused('store-busy')
    }
    const outcome = this.#during('putting', () => super.put(record, remainingMs, now, options))
    if (outcome.type === 'refused') return outcome
    const durable = this.#durableOf(slotOf(record))
    return durable === undefined ? outcome : { ...outcome, durable }
  }

  override expire (now: number): number {
    if (now - this.#markedAt >= this.#timeMarkMs) this.#batch()
    return this.#during('forgetting', () => super.expire(now))
  }

  override remove (slot: Slot): boolean {
    return this.#during('forgetting', () => super.remove(slot))
  }

  /** Resolves when everything that has changed so far is written, or has failed to be. */
  async flush (): Promise<void> {
    await this.#draining
  }

  /** Refuses puts from now on, writes what is left and the time. The datastore stays open. */
  async close (): Promise<void> {
    if (this.#closed) return await this.flush()
    this.#closed = true
    this.#batch()
    await this.flush()
  }

  protected override changed (before: Entry | undefined, after: Entry | undefined): void {
    const entry = after ?? before
    if (entry === undefined || this.#phase === 'undoing' || (this.#phase === 'loading' && after !== undefined)) return
    if (before?.record === after?.record && before?.expiresAt === after?.expiresAt) return // only when and from whom it came last
    const { changes, slots } = this.#batch()
    if (this.#phase === 'putting') changes.push({ before, after })
    slots.set(entry.slot, entry.record)
  }

  #load (saved: readonly SavedRecord[], unreadable: number, now: number): void {
    let expired = 0
    for (const one of saved) {
      const held = this.#held(one, now)
      if (held.expiresAt <= now) expired++
      if (held.expiresAt > now && this.#during('loading', () => this.restore(held, one.soft))) continue
      this.#batch().slots.set(slotOf(one.record), one.record)
    }
    this.#loaded = { records: this.size, unreadable, expired, dropped: saved.length - expired - this.size }
  }

  #held ({ record, expiresAt, firstReceivedAt, receivedAt, from }: SavedRecord, now: number): Omit<HeldRecord, 'keyId'> {
    return {
      record,
      expiresAt: Math.min(this.#time.fromWall(expiresAt), now + record.ttl * 1000),
      firstReceivedAt: this.#time.fromWall(firstReceivedAt),
      receivedAt: this.#time.fromWall(receivedAt),
      ...(from && { from })
    }
  }

  #saved (entry: Entry): SavedRecord {
    const { record, expiresAt, firstReceivedAt, receivedAt, from } = entry
    return {
      record,
      expiresAt: this.#time.toWall(expiresAt),
      firstReceivedAt: this.#time.toWall(firstReceivedAt),
      receivedAt: this.#time.toWall(receivedAt),
      soft: isSoft(entry),
      ...(from && { from })
    }
  }

  /** What a slot's last change waits for, where it is not on the disk. */
  #durableOf (slot: string): Durable | undefined {
    return [this.#queued, this.#writing].find(batch => batch?.slots.has(slot))?.done
  }

  /** What is written next; begins to be when this turn is over. */
  #batch (): Batch {
    this.#queued ??= newBatch()
    this.#drain()
    return this.#queued
  }

  /** Writes one batch after the other until none waits. */
  #drain (): void {
    this.#draining ??= (async () => {
      await undefined // what changes in this turn goes together
      while (this.#queued !== undefined) await this.#write(this.#queued)
      this.#draining = undefined
    })()
  }

  async #write (batch: Batch): Promise<void> {
    this.#queued = undefined
    this.#writing = batch
    const slots = new Map([...this.#doubtful, ...batch.slots])
    const failure = await this.#commit(slots)
    this.#writing = undefined
    this.#failure = failure
    if (failure === undefined) for (const slot of slots.keys()) this.#doubtful.delete(slot)
    else this.#takeBack(batch, slots, failure)
    batch.settle(failure)
  }

  /** Writes what the slots hold by now. */
  async #commit (slots: ReadonlyMap<string, Slot>): Promise<RefusedPut | undefined> {
    try {
      const batch = this.#datastore.batch()
      for (const slot of slots.values()) {
        const entry = this.held(slot)
        if (entry === undefined) batch.delete(datastoreKeyOf(recordsUnder(this.#prefix), slot))
        else batch.put(datastoreKeyOf(recordsUnder(this.#prefix), slot), encodeSaved(this.#saved(entry)))
      }
      const now = this.#clock.now()
      batch.put(timeUnder(this.#prefix), sealNumber(this.#time.toWall(now)))
      await batch.commit()
      this.#markedAt = now
      return undefined
    } catch (error) {
      this.#onWriteError?.(error)
      return writeFailure(error)
    }
  }

  #takeBack (batch: Batch, slots: ReadonlyMap<string, Slot>, failure: RefusedPut): void {
    const later = this.#queued
    this.#queued = undefined
    this.#during('undoing', () => {
      for (const { before, after } of [...batch.changes, ...later?.changes ?? []].reverse()) this.undo(before, after)
    })
    for (const [slot, of] of [...slots, ...later?.slots ?? []]) this.#doubtful.set(slot, of)
    later?.settle(failure)
  }

  #during<T> (phase: Phase, work: () => T): T {
    const before = this.#phase
    this.#phase = phase
    try {
      return work()
    } finally {
      this.#phase = before
    }
  }
}

function newBatch (): Batch {
  let settle: Batch['settle'] = () => {}
  const done: Durable = new Promise(resolve => { settle = resolve })
  return { changes: [], slots: new Map(), done, settle }
}

interface Read {
  readonly saved: SavedRecord[]
  readonly unreadable: number
  /** The latest time that was written down. */
  readonly latest: number
}

async function read (datastore: Datastore, prefix: string): Promise<Read> {
  const saved: SavedRecord[] = []
  let unreadable = 0
  for await (const { key, value } of datastore.query({ prefix: `${recordsUnder(prefix)}/` })) {
    const one = decodeSaved(value)
    const isHere = one !== undefined && datastoreKeyOf(recordsUnder(prefix), one.record).toString() === key.toString()
    if (isHere) saved.push(one)
    else unreadable++
  }
  const mark = await getIfThere(datastore, timeUnder(prefix))
  const marked = mark && unsealNumber(mark)
  if (mark !== undefined && marked === undefined) unreadable++
  return { saved, unreadable, latest: saved.reduce((latest, { receivedAt }) => Math.max(latest, receivedAt), marked ?? 0) }
}

function recordsUnder (prefix: string): string {
  return `${prefix}/records`
}

function timeUnder (prefix: string): Key {
  return new Key(`${prefix}/time`, false)
}
