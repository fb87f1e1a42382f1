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
  /** Whose answers named it, in order. */
  readonly sources: Candidate[]
  /** The bits of the paths that know it. */
  paths: number
  state: CandidateState
  request: Request | undefined
  /** Of the contacts that it named: how many answered, and how many were asked on its word alone. */
  live: number
  asked: number
}

export interface Request {
  readonly path: LookupPath
  readonly round: number
  /** Monotonic milliseconds. */
  readonly at: number
  endedAt: number | undefined
}

/** One that was just heard of, from `source` or, without one, from the own table. */
export function candidate (contact: Contact, source?: Candidate): Candidate {
  const hops = source === undefined ? 0 : source.hops + 1
  return { contact, hops, sources: [], paths: 0, state: 'heard', request: undefined, live: 0, asked: 0 }
}

/** Whether nothing speaks against its answering soon. */
export function isAlive ({ state }: Candidate): boolean {
  return state !== 'failed' && state !== 'slow'
}

/** Whether nobody but its one source vouches for it. */
export function hasOneSource (peer: Candidate): boolean {
  return peer.hops > 0 && peer.sources.length === 1
}

/**
 * Whoever invents contacts next to the target makes us ask for them in vain. So a source is taken at its word for `limit`
 * contacts only, until one of those it named answers. What two sources name is not held against either: where many nodes
 * have died, honest ones name the same dead.
 */
export function isDoubted (peer: Candidate, limit: number): boolean {
  return peer.hops > 0 && peer.sources.every(({ live, asked }) => live === 0 && asked >= limit)
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

export function stepOf ({ contact, hops, sources, state }: Candidate, { at, endedAt }: Request): LookupStep {
  const heardFrom = hops === 0 ? undefined : sources[0]?.contact.id
  return { peer: contact.id, heardFrom, hops, state, askedAt: at, elapsedMs: endedAt === undefined ? undefined : endedAt - at }
}
