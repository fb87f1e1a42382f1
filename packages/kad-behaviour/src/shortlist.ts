import { compareDistance } from '@kadmium/peer-id'
import type { PeerId } from '@kadmium/interface'
import type { Candidate } from './candidate.ts'

/**
 * Every candidate of a lookup, nearest first. It is never cut to k: a contact that somebody named and nobody verified must
 * not displace one that is real. At `capacity` the farthest candidate that was not asked gives way.
 *
 * Binary search finds a candidate as well as its place, so there is no second index, and no id is turned into text.
 */
export class Shortlist {
  readonly #target: PeerId
  readonly #capacity: number
  readonly #nearestFirst: Candidate[] = []

  constructor (target: PeerId, capacity: number) {
    this.#target = target
    this.#capacity = capacity
  }

  /** Not to be changed, nor kept across an `add`. */
  get nearestFirst (): readonly Candidate[] {
    return this.#nearestFirst
  }

  get (id: PeerId): Candidate | undefined {
    const found = this.#nearestFirst[this.#placeOf(id)]
    return found?.contact.id.equals(id) === true ? found : undefined
  }

  /** Adds one that is not in it yet; false when it is full and everyone else is nearer or was asked. */
  add (candidate: Candidate): boolean {
    const place = this.#placeOf(candidate.contact.id)
    if (this.#nearestFirst.length >= this.#capacity && !this.#makeRoomBehind(place)) return false
    this.#nearestFirst.splice(place, 0, candidate)
    return true
  }

  /** The index of `id`, or the one where it belongs. */
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

  #makeRoomBehind (place: number): boolean {
    const farthest = this.#nearestFirst.findLastIndex(candidate => candidate.state === 'heard')
    if (farthest < place) return false
    this.#nearestFirst.splice(farthest, 1)
    return true
  }
}
