import type { Contact, PeerId } from '@kadmium/interface'

/**
 * What a lookup knows of one contact. It is `heard` of, then asked and `waiting`; `slow` when its first try went
 * unanswered; at last `answered` or `failed`. An answer may still come after either of the last two but one.
 */
export interface Candidate {
  readonly contact: Contact
  /** Answers that lie between the own table and this contact: 0 for a seed. */
  readonly depth: number
  /** Everyone who named it, in order; empty when only the own table did. */
  readonly namedBy: Candidate[]
  /** One bit for each path that may ask it; once it is asked, that of the path that did. */
  paths: number
  state: CandidateState
  askedAt: number
  endedAt: number
  /** Of the contacts that it named: how many answered, and how many failed. */
  live: number
  dead: number
}

export type CandidateState = 'heard' | 'waiting' | 'slow' | 'answered' | 'failed'

export function seed (contact: Contact, path: number): Candidate {
  return { contact, depth: 0, namedBy: [], paths: path, state: 'heard', askedAt: 0, endedAt: 0, live: 0, dead: 0 }
}

export function named (contact: Contact, by: Candidate): Candidate {
  return { contact, depth: by.depth + 1, namedBy: [], paths: 0, state: 'heard', askedAt: 0, endedAt: 0, live: 0, dead: 0 }
}

/** One request of a lookup, for people to read. */
export interface LookupStep {
  readonly peer: PeerId
  /** Who named it first; `undefined` for the own table. */
  readonly heardFrom: PeerId | undefined
  readonly hops: number
  readonly askedAt: number
  readonly state: Exclude<CandidateState, 'heard'>
  /** From the first try to the answer or the failure, in milliseconds; `undefined` while it is awaited. */
  readonly elapsedMs: number | undefined
}
