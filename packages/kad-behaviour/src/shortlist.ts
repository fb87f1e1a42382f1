import { compareDistance } from '@kadmium/peer-id'
import type { PeerId } from '@kadmium/interface'
import type { Candidate } from './candidate.ts'

/**
 * Every candidate of a lookup, nearest first. It is never cut to k: a contact that someone named and nobody verified must
 * not displace one that is real. At `capacity` the farthest candidate that was not asked gives way.
 */
export class Shortlist {
  readonly #target: PeerId
  readonly #capacity: number
  readonly #nearestFirst: Candidate[] = []
  readonly #byId = new Map<string, Candidate>()

  constructor (target: PeerId, capacity: number) {
    this.#target = target
    this.#capacity = capacity
  }

  /** Not to be changed, and not to be kept across an `add`. */
  get nearestFirst (): readonly Candidate[] {
    return this.#nearestFirst
  }

  get (id: PeerId): Candidate | undefined {
    return this.#byId.get(id.hex)
  }

  /** Adds one that is not in it yet; false when it is full and all the rest is nearer or asked. */
  add (candidate: Candidate): boolean {
    const place = this.#placeOf(candidate.contact.id)
    if (this.#nearestFirst.length >= this.#capacity && !this.#makeRoom(place)) return false
    this.#nearestFirst.splice(place, 0, candidate)
    this.#byId.set(candidate.contact.id.hex, candidate)
    return true
  }

  #placeOf (id: PeerId): number {
    let low = 0
    let high = this.#nearestFirst.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareDistance(this.#target, this.#nearestFirst[middle]!.contact.id, id) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Drops the farthest unasked candidate behind `place`. */
  #makeRoom (place: number): boolean {
    const farthest = this.#nearestFirst.findLastIndex(candidate => candidate.state === 'heard')
    if (farthest < place) return false
    const [dropped] = this.#nearestFirst.splice(farthest, 1)
    return this.#byId.delete(dropped!.contact.id.hex)
  }
}
