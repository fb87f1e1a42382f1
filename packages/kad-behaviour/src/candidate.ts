import type { Contact, PeerId } from '@kadmium/interface'
import type { LookupPath } from './lookup-path.ts'

/**
 * `heard` of and not asked; `waiting` for its answer; `slow` when the first try went unanswered; `answered`; `failed`. An
 * answer that comes late turns `slow` and `failed` into `answered`; nothing undoes `answered`.
 */
export type CandidateState = 'heard' | 'waiting' | 'slow' | 'answered' | 'failed'

/** What a lookup knows of one contact. */
export interface Candidate {
  readonly contact: Contact
  /** Answers that lie between the own table and this contact: 0 for a seed. */
  readonly hops: number
  /** Whose answers named it, in order; empty when the own table did. */
  readonly sources: Candidate[]
  /** The bits of the paths that may ask it; once it is asked, of the one that did. */
  paths: number
  state: CandidateState
  request: Request | undefined
  /** How many of the contacts that it named answered, and how many failed. */
  live: number
  dead: number
}

interface Request {
  readonly path: LookupPath
  readonly round: number
  readonly at: number
  endedAt: number | undefined
}

export function candidate (contact: Contact, source?: Candidate): Candidate {
  const hops = source === undefined ? 0 : source.hops + 1
  return { contact, hops, sources: [], paths: 0, state: 'heard', request: undefined, live: 0, dead: 0 }
}

/** One request of a lookup, for people to read. */
export interface LookupStep {
  readonly peer: PeerId
  /** Who named it first; `undefined` for the own table. */
  readonly heardFrom: PeerId | undefined
  readonly hops: number
  readonly state: CandidateState
  /** Monotonic milliseconds. */
  readonly askedAt: number
  /** From the first try to the answer or the failure, in milliseconds; `undefined` while it is awaited. */
  readonly elapsedMs: number | undefined
}
