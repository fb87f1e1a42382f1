import type { PeerId } from '@kadmium/interface'
import { commonPrefixLength, compareDistance, peerIdFromWords } from '@kadmium/peer-id'

interface Located {
  readonly place: PeerId
}

const ZERO = peerIdFromWords(0, 0, 0, 0, 0)

/**
 * Things in the order of their places. All that share a prefix stand side by side in it, so what is near a place is found
 * by one binary search, and what is farthest stands at the end.
 */
export class KeyIndex<T extends Located> {
  #sorted: T[] = []

  get size (): number {
    return this.#sorted.length
  }

  add (item: T): void {
    this.#sorted.splice(this.#position(item.place), 0, item)
  }

  remove (item: T): void {
    const at = this.#sorted.indexOf(item, this.#position(item.place))
    if (at >= 0) this.#sorted.splice(at, 1)
  }

  /** Keeps what `keeps` says, in one pass. */
  retain (keeps: (item: T) => boolean): void {
    this.#sorted = this.#sorted.filter(keeps)
  }

  /** Everything beyond `place`, the farthest first. */
  * beyond (place: PeerId): IterableIterator<T> {
    for (let at = this.#sorted.length - 1; at >= 0; at--) {
      const item = this.#sorted[at]
      if (item === undefined || compareDistance(ZERO, item.place, place) <= 0) return
      yield item
    }
  }

  /** Everything whose place shares at least `bits` leading bits with `id`, in order. */
  near (id: PeerId, bits: number): T[] {
    const isNear = (item: T | undefined): boolean => item !== undefined && commonPrefixLength(item.place, id) >= bits
    let start = this.#position(id)
    let end = start
    while (isNear(this.#sorted[start - 1])) start--
    while (isNear(this.#sorted[end])) end++
    return this.#sorted.slice(start, end)
  }

  /** Where the first item stands whose place is not below `id`. */
  #position (id: PeerId): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const item = this.#sorted[middle]
      if (item !== undefined && compareDistance(ZERO, item.place, id) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
