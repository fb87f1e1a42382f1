import type { Contact, PeerId } from '@kadmium/interface'

export interface LookupInit {
  readonly target: PeerId
  /** Never a candidate. */
  readonly localId: PeerId
  /** The nearest contacts of the own table. */
  readonly seeds: readonly Contact[]
  /** How slow and unreliable a seed is, by own measurements, in any unit. Default: not known. */
  readonly costOf?: ((seed: Contact) => number | undefined) | undefined
  /** How many of the nearest are wanted. */
  readonly k: number
  /** Requests in flight while there is progress, on the only path or in the closing step. */
  readonly alpha: number
  /** The same on each of several paths. Default `alpha`. */
  readonly pathAlpha?: number
  /** 1 (plain Kademlia) to 30; never more paths than seeds. */
  readonly disjointPaths: number
  /** How many of its nearest each of several paths asks. Default 8. */
  readonly pathWidth?: number
  /** Contacts that are remembered; the farthest that was not asked gives way. Default 512. */
  readonly maxCandidates?: number
  /** Contacts that are read of one answer. Default `k`. */
  readonly maxContactsPerReply?: number
  /** How many contacts are asked on the word of a source none of whose contacts has answered. Default 3. */
  readonly distrustAfterDead?: number
  /** How often a contact that failed is asked in all, when others name other addresses for it. Default 3. */
  readonly maxTriesPerContact?: number
  /** Requests in all. Default 256. */
  readonly maxRequests?: number
}

export function withDefaults (init: LookupInit): Required<Omit<LookupInit, 'costOf'>> & Pick<LookupInit, 'costOf'> {
  return {
    pathAlpha: init.alpha,
    pathWidth: 8,
    maxCandidates: 512,
    maxContactsPerReply: init.k,
    distrustAfterDead: 3,
    maxTriesPerContact: 3,
    maxRequests: 256,
    ...init
  }
}
