/**
 * @packageDocumentation
 *
 * Records: values that a publisher signs and that anyone can hold and check. How they are made, what makes them
 * believable, which of several to prefer, and a store, in memory or on disk, with a limit for everything a stranger can grow.
 *
 * ```ts
 * import { MemoryRecordStore, SequenceNumbers, signRecord, verifyAnswer } from '@kadmium/records'
 *
 * const record = signRecord({ key, value, seq: new SequenceNumbers().next(clock.wallNow()) }, identity)
 * const store = new MemoryRecordStore({ crypto, maxBytes: 1_000_000 })
 * const outcome = store.put(record, record.ttl * 1000, clock.now())      // { type: 'stored', held }
 * const [held] = store.get(key, clock.now())
 * verifyAnswer(held.record, { key }, crypto)                             // undefined: nothing is wrong with it
 * ```
 */
export { DatastoreRecordStore } from './datastore-record-store.ts'
export type { DatastoreRecordStoreInit, LoadReport } from './datastore-record-store.ts'
export { packValue, plainValue } from './encoding.ts'
export type { PackedValue } from './encoding.ts'
export { remainingMs } from './held-record.ts'
export type { HeldRecord } from './held-record.ts'
export { RECORD_OVERHEAD_BYTES } from './holdings.ts'
export { MemoryRecordStore } from './memory-record-store.ts'
export type { Equivocation, MemoryRecordStoreInit, MemoryRecordStoreOptions } from './memory-record-store.ts'
export { NodeStateStore } from './node-state-store.ts'
export type { KeptRecord, Loaded, NetworkSizeEstimate, Publication, SavedContact } from './node-state-store.ts'
export { equalBytes } from './bytes.ts'
export { isAllowedUnder, ownedKey } from './owned-key.ts'
export { slotRank } from './page.ts'
export type { PageAsked, RecordPage } from './page.ts'
export { RecordPolicies } from './record-policies.ts'
export type { RecordPolicy } from './record-policies.ts'
export type { Durable, PutOptions, PutOutcome, RecordStore } from './record-store.ts'
export { RECORD_REFUSALS, heldSeqIn } from './refusals.ts'
export type { RefusedPut } from './refusals.ts'
export type { StoreLimits } from './room.ts'
export { selectNewest } from './select.ts'
export { SequenceNumbers } from './sequence-numbers.ts'
export { immutableRecord, signAdvertisement, signRecord, signTombstone, unsignedRecord } from './sign.ts'
export type { AdvertisementInit, RecordInit, TombstoneInit } from './sign.ts'
export { slotOf } from './slot.ts'
export type { Slot } from './slot.ts'
export { isImmutable, verifyAnswer, verifyRecord } from './verify.ts'
export type { Asked, RecordRules } from './verify.ts'
export { isDiskFull } from './write-failure.ts'
