import type { Contact } from '@kadmium/interface'
import type { LookupPath } from './lookup-path.ts'

/**
 * `heard` of and to be asked; `waiting` for its answer; `slow` when the first try went unanswered; `answered`; `failed`. An
 * answer that comes late turns `slow` and `failed` into `answered`; nothing undoes `answered`.
 */
export type CandidateState = 'heard' | 'waiting' | 'slow' | 'answered' | 'failed'

/** What a lookup knows of one contact. */
export interface Candidate {
  /** With the addresses at which it is asked. */
  contact: Contact
  /** The same contact as others named it since. */
  readonly elsewhere: Contact[]
  /** Answers that lie between the own table and this contact: 0 for a seed. */
  readonly hops: number
  /** What this node has measured of a seed: of two that are as useful the cheaper is asked first. */
  readonly cost: number | undefined
  /** Whose answers named it, in order. */
  readonly sources: Candidate[]
  /** The bits of the paths that know it. */
  paths: number
  /** The bits of the path that heard of it first. */
  heardOn: number
  state: CandidateState
  /** In order; the last one is that which counts. */
  readonly requests: LookupRequest[]
  /** How many of the contacts that it named answered. */
  live: number
  /** How many were asked on its word alone, and how many of those left the first try unanswered. */
  asked: number
  silent: number
}

/** One request of a lookup. */
export interface LookupRequest {
  readonly peer: Candidate
  readonly contact: Contact
  readonly path: LookupPath
  /** Requests of the lookup that were sent before it. */
  readonly sentBefore: number
  readonly askedAt: number
  state: RequestState
  endedAt: number | undefined
}

export type RequestState = Exclude<CandidateState, 'heard'>

/** One that was just heard of, from `source` or, without one, from the own table. */
export function candidate (contact: Contact, source?: Candidate, cost?: number): Candidate {
  const hops = source === undefined ? 0 : source.hops + 1
  return { contact, elsewhere: [], hops, cost, sources: [], paths: 0, heardOn: 0, state: 'heard', requests: [], live: 0, asked: 0, silent: 0 }
}

/** Whether nothing speaks against its answering soon. */
export function isAlive ({ state }: Candidate): boolean {
  return state !== 'failed' && state !== 'slow'
}

/** What the word of its sources is worth. */
export type Standing = 'believed' | 'unproven' | 'doubted'

/**
 * Whoever invents contacts next to the target makes us ask for them in vain. So a source is taken at its word for `limit`
 * contacts: the others are unproven until one of those it named answers, and doubted when all `limit` are silent. What
 * somebody else names too is not held against it: where many nodes have died, honest ones name the same dead.
 */
export function standing ({ hops, sources }: Candidate, limit: number): Standing {
  if (hops === 0) return 'believed'
  let best: Standing = 'doubted'
  for (const { live, asked, silent } of sources) {
    if (live > 0 || asked < limit) return 'believed'
    if (silent < limit) best = 'unproven'
  }
  return best
}

export function addSource (peer: Candidate, source: Candidate): void {
  const only = onlySource(peer)
  if (only !== undefined && peer.requests.length > 0) only.asked--
  if (only !== undefined && !isAlive(peer)) only.silent--
  peer.sources.push(source)
}

export function countRequest (peer: Candidate, request: LookupRequest): void {
  const only = onlySource(peer)
  if (only !== undefined) only.asked++
  peer.requests.push(request)
  peer.state = 'waiting'
}

export function countSilence (peer: Candidate): void {
  const only = onlySource(peer)
  if (only !== undefined) only.silent++
}

/** Who alone vouches for it. */
function onlySource ({ hops, sources }: Candidate): Candidate | undefined {
  return hops > 0 && sources.length === 1 ? sources[0] : undefined
}

/**
 * Whoever named a contact first may have named a wrong address, because it moved or to hide it. So one that failed is to
 * be asked again, `limit` times in all, when somebody else has named an address that was not tried.
 */
export function tryElsewhere (peer: Candidate, limit: number): void {
  if (peer.state !== 'failed' || peer.requests.length >= limit) return
  const tried = new Set(peer.requests.flatMap(({ contact }) => contact.addresses.map(address => address.text)))
  const contact = peer.elsewhere.find(({ addresses }) => addresses.some(address => !tried.has(address.text)))
  if (contact === undefined) return
  peer.contact = contact
  peer.state = 'heard'
}
