import type { Endpoint, ExternalAddressVotes, PeerId } from '@kadmium/interface'
import { ipGroup, isPrivateAddress } from '@kadmium/wire'
import { BoundedMap } from './bounded-map.ts'
import { checkCount } from './check-option.ts'

export type Observation =
  | { readonly type: 'known' }
  | { readonly type: 'candidate' }
  /** `expired`: what was confirmed by votes so long ago that it made room. */
  | { readonly type: 'confirmed', readonly expired: Endpoint | undefined }

const DEFAULT_VOTES = { public: 3, private: 2 }

/** Addresses that wait for votes: behind some NATs each observer sees another one. */
const MAX_CANDIDATES = 32
/** Addresses that votes can make: two providers, each with both families. */
const MAX_VOTED = 4

/**
 * Where others reach this node: what the application says, and what enough others agree on. One observer, or many in one
 * network, could say anything, so observers of a public address are counted by IP group.
 */
export class ExternalAddresses {
  readonly #votes: Required<ExternalAddressVotes>
  /** Made for the first. */
  #told: Map<string, Endpoint> | undefined
  readonly #voted = new BoundedMap<string, Endpoint>(MAX_VOTED)
  readonly #candidates = new BoundedMap<string, Set<string>>(MAX_CANDIDATES)

  constructor (votes: ExternalAddressVotes = {}) {
    this.#votes = { ...DEFAULT_VOTES, ...votes }
    for (const [kind, count] of Object.entries(this.#votes)) checkCount(`externalAddressVotes.${kind}`, count)
  }

  get confirmed (): readonly Endpoint[] {
    return [...this.#told?.values() ?? [], ...this.#voted.values()]
  }

  /** Returns whether it is new. */
  add (address: Endpoint): boolean {
    const isNew = !this.#isConfirmed(address)
    this.#voted.delete(address.text)
    this.#told ??= new Map()
    this.#told.set(address.text, address)
    return isNew
  }

  /** Returns whether it was there. */
  remove (address: Endpoint): boolean {
    return this.#told?.delete(address.text) === true || this.#voted.delete(address.text)
  }

  /** `observer`, who is at `endpoint`, sees us at `address`. */
  observed (address: Endpoint, observer: PeerId, endpoint: Endpoint): Observation {
    if (this.#isConfirmed(address)) return { type: 'known' }
    const isPrivate = isPrivateAddress(address)
    const voter = isPrivate ? observer.hex : String(ipGroup(endpoint))
    const voters = this.#candidates.get(address.text) ?? new Set()
    if (voters.has(voter)) return { type: 'known' }
    voters.add(voter)
    if (voters.size < (isPrivate ? this.#votes.private : this.#votes.public)) {
      this.#candidates.set(address.text, voters)
      return { type: 'candidate' }
    }
    this.#candidates.delete(address.text)
    return { type: 'confirmed', expired: this.#voted.set(address.text, address) }
  }

  #isConfirmed (address: Endpoint): boolean {
    return this.#told?.has(address.text) === true || this.#voted.has(address.text)
  }
}
