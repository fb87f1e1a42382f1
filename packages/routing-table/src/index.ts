/**
 * @packageDocumentation
 *
 * Whom a node knows: 160 k-buckets by shared prefix. A full bucket keeps its oldest contact as long as it answers, newcomers
 * wait in a replacement cache, and no IP group may own a bucket. The table decides and does no IO: it is told what happened
 * and when, and says who is to be pinged, who came and who left.
 *
 * @example
 *
 * ```ts
 * import { RoutingTable } from '@kadmium/routing-table'
 *
 * const table = new RoutingTable({ localId, k: 20 })
 * const outcome = table.insert(contact, clock.now())
 * if (outcome.type === 'pending') {
 *   const alive = await ping(outcome.probe)
 *   alive ? table.answered(outcome.probe.id, clock.now()) : table.failed(outcome.probe.id, clock.now())
 * }
 * const nearest = table.closest(target, 20)
 * ```
 */

export type { RoutingTableInit } from './limits.ts'
export type { AnswerOutcome, BucketView, FailOutcome, InsertOutcome, RejectReason, Removal, TableEntry } from './outcomes.ts'
export { RoutingTable } from './routing-table.ts'
