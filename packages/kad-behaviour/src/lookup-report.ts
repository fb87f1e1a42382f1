import type { PeerId } from '@kadmium/interface'
import type { LookupRequest, RequestState } from './candidate.ts'

/** `requests` is the sum of the other three. */
export interface LookupStats {
  readonly requests: number
  readonly successes: number
  readonly failures: number
  readonly waiting: number
}

/** One request, for people to read. */
export interface LookupStep {
  readonly peer: PeerId
  /** Who named it first; `undefined` for the own table. */
  readonly heardFrom: PeerId | undefined
  readonly hops: number
  readonly state: RequestState
  /** Monotonic milliseconds. */
  readonly askedAt: number
  /** From the first try to the answer or the failure, in milliseconds; `undefined` while it is awaited. */
  readonly elapsedMs: number | undefined
}

export function stepOf ({ peer: { contact, hops, sources }, state, askedAt, endedAt }: LookupRequest): LookupStep {
  const heardFrom = hops === 0 ? undefined : sources[0]?.contact.id
  return { peer: contact.id, heardFrom, hops, state, askedAt, elapsedMs: endedAt === undefined ? undefined : endedAt - askedAt }
}

export function statsOf (requests: readonly LookupRequest[]): LookupStats {
  const count = { waiting: 0, slow: 0, answered: 0, failed: 0 }
  for (const { state } of requests) count[state]++
  return { requests: requests.length, successes: count.answered, failures: count.failed, waiting: count.waiting + count.slow }
}
