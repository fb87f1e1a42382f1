import { InvalidOptionError } from '@kadmium/interface'
import type { KadRecord } from '@kadmium/interface'
import { bytesText } from './bytes.ts'
import { selectNewest } from './select.ts'

/** What an application says about records whose key starts with a prefix, as libp2p's validators and selectors do. */
export interface RecordPolicy {
  /** What is wrong with a record whose signature is right; `undefined` when nothing is. May throw instead. Not asked about tombstones. */
  validate? (record: KadRecord): string | undefined
  /** The records to believe, best first; or the index of the only one. Default: `selectNewest`. */
  select? (records: readonly KadRecord[]): KadRecord[] | number
}

/** Policies by key prefix; the longest prefix that fits a key decides. */
export class RecordPolicies {
  readonly #policies = new Map<string, RecordPolicy>()

  /** `prefix` is text (UTF-8) or bytes. Throws when it has a policy already. */
  register (prefix: string | Uint8Array, policy: RecordPolicy): void {
    const text = bytesText(typeof prefix === 'string' ? new TextEncoder().encode(prefix) : prefix)
    if (this.#policies.has(text)) throw new InvalidOptionError('prefix', 'has a policy already')
    this.#policies.set(text, policy)
  }

  /** Whether keys like this have a policy: then their values are not compressed, so that every holder's policy can read them. */
  cover (key: Uint8Array): boolean {
    return this.#of(key) !== undefined
  }

  /** A policy that throws refuses the record, with the message of what it threw. */
  validate (record: KadRecord): string | undefined {
    if (record.kind === 'tombstone') return undefined
    if (record.encoding !== undefined && this.cover(record.key)) return 'compressed values are not taken under this key'
    try {
      return this.#of(record.key)?.validate?.(record)
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  /** `records` are verified and all have this key. A policy that throws, or picks none of them, leaves the choice to `selectNewest`. */
  select (key: Uint8Array, records: readonly KadRecord[]): KadRecord[] {
    const chosen = this.#chosen(key, records)
    if (typeof chosen !== 'number') return chosen ?? selectNewest(records)
    const only = records[chosen]
    return only === undefined ? selectNewest(records) : [only]
  }

  #chosen (key: Uint8Array, records: readonly KadRecord[]): KadRecord[] | number | undefined {
    try {
      return this.#of(key)?.select?.(records)
    } catch {
      return undefined
    }
  }

  #of (key: Uint8Array): RecordPolicy | undefined {
    const text = bytesText(key)
    for (let length = text.length; length >= 0; length--) {
      const policy = this.#policies.get(text.slice(0, length))
      if (policy !== undefined) return policy
    }
    return undefined
  }
}
