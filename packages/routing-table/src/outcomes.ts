/** What a routing table answers: closed unions, so that whoever acts on them has thought of every case. */

import type { Contact } from '@kadmium/interface'

/** A contact and what is known of it. A snapshot: it does not change with the table. */
export interface TableEntry {
  readonly contact: Contact
  /** When it last answered or proved its address, in monotonic milliseconds. */
  readonly lastSeen: number
  /** When it entered the bucket, in monotonic milliseconds. */
  readonly addedAt: number
  /** Smoothed as in RFC 6298; `undefined` until it was measured. */
  readonly rttMs: number | undefined
  /** Requests that went unanswered, retries included, since it last answered. */
  readonly failures: number
}

export interface BucketView {
  /** 0 to 159: how many leading bits its contacts share with the local id. */
  readonly index: number
  /** Least recently seen first. */
  readonly entries: readonly TableEntry[]
  /** Who waits for a place, oldest first. */
  readonly replacements: readonly Contact[]
  /** When a lookup last went through it, in monotonic milliseconds. */
  readonly lastRefreshed: number | undefined
}

export type InsertOutcome =
  | { readonly type: 'inserted', readonly bucket: number }
  | { readonly type: 'updated', readonly addressesChanged: boolean }
  /** The bucket is full. Ping `probe` and report with `answered` or `failed` what came of it; the newcomer waits. */
  | { readonly type: 'pending', readonly probe: Contact }
  /** The bucket is full, and nobody is to be pinged for it: the newcomer waits in the replacement cache. */
  | { readonly type: 'cached' }
  | { readonly type: 'rejected', readonly reason: RejectReason }

export type RejectReason = 'self' | 'no-address' | 'group-in-bucket' | 'group-in-table'

export type AnswerOutcome =
  | { readonly type: 'unknown' }
  /** `wasProbe`: the bucket was full and waited for this answer; its candidates go on waiting. */
  | { readonly type: 'updated', readonly wasProbe: boolean }

export type FailOutcome =
  | { readonly type: 'unknown' }
  | { readonly type: 'kept', readonly failures: number }
  | { readonly type: 'evicted', readonly contact: Contact, readonly replacement?: Contact }

export interface Removal {
  readonly removed: Contact
  readonly replacement?: Contact
}
