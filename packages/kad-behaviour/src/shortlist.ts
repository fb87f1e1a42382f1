import { compareDistance } from '@kadmium/peer-id'
import type { PeerId } from '@kadmium/interface'
import type { Candidate } from './candidate.ts'

/**
 * Every candidate of a lookup, nearest first. It is never cut to k: a contact that somebody named and nobody verified must
 * not displace one that is real. At `capacity` the farthest candidate that was not asked gives way.
 *
 * Binary search finds a candidate as well as its place, so there is no second index, and no id is turned into text. It reads
 * one column of numbers, and ids only where the first 32 bits of two distances are equal: candidates are looked up 20 times
 * an answer, and to follow pointers to each id on the way took a third of a lookup's time.
 */
export class Shortlist {
  readonly #target: PeerId
  readonly #capacity: number
  readonly #nearestFirst: Candidate[] = []
  /** The first word of each one's distance, in the same order. */
  readonly #ranks: number[] = []

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
    this.#ranks.splice(place, 0, this.#rankOf(candidate.contact.id))
    return true
  }

  /** The index of `id`, or the one where it belongs. */
  #placeOf (id: PeerId): number {
    const rank = this.#rankOf(id)
    let low = 0
    let high = this.#ranks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#isNearer(middle, rank, id)) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Whether the candidate at `place` is nearer than `id`, whose rank is `rank`. */
  #isNearer (place: number, rank: number, id: PeerId): boolean {
    const other = this.#ranks[place]!
    return other < rank || (other === rank && compareDistance(this.#target, this.#nearestFirst[place]!.contact.id, id) < 0)
  }

  /** Ordered as the distances are; the flipped sign makes it a small integer, which V8 keeps unboxed. */
  #rankOf ({ w0 }: PeerId): number {
    return w0 ^ this.#target.w0 ^ SIGN
  }

  #makeRoomBehind (place: number): boolean {
    const farthest = this.#nearestFirst.findLastIndex(candidate => candidate.state === 'heard')
    if (farthest < place) return false
    this.#nearestFirst.splice(farthest, 1)
    this.#ranks.splice(farthest, 1)
    return true
  }
}

const SIGN = 0x8000_0000
