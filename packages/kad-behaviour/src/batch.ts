/**
 * Many operations in one go: so many at once, near keys one after the other, so that what one lookup found serves the next.
 */
import { commonPrefixLength, compareDistance, keyId, peerIdFromWords, xor } from '@kadmium/peer-id'
import type { Contact, PeerId, Query } from '@kadmium/interface'

/** What came of one item: a result, or why there is none. */
export type Batched<T, R> =
  | { readonly item: T, readonly result: R }
  | { readonly item: T, readonly error: Error }

export interface BatchInit<T, R> {
  readonly keyOf: (item: T) => Uint8Array
  readonly work: (item: T) => Query<R, unknown>
  readonly concurrency: number
  /** Ends it: what runs ends with what it reached, and nothing more begins. */
  readonly signal?: AbortSignal | null | undefined
}

/** Items that are read ahead for each that is worked on: among so many, neighbours are found. */
const READ_AHEAD = 8

/** The results as they come; their order is not that of the items. Reads on only as fast as its reader does. */
export async function * batched<T, R> (items: Iterable<T> | AsyncIterable<T>, init: BatchInit<T, R>): AsyncGenerator<Batched<T, R>, void> {
  const batch = new Batch(init)
  const end = (): void => batch.end()
  if (init.signal?.aborted === true) end()
  init.signal?.addEventListener('abort', end, { once: true })
  try {
    let window: T[] = []
    for await (const item of items) {
      if (batch.hasEnded) return
      window.push(item)
      if (window.length < READ_AHEAD * init.concurrency) continue
      yield * batch.run(window)
      window = []
    }
    yield * batch.run(window)
  } finally {
    end()
    init.signal?.removeEventListener('abort', end)
  }
}

class Batch<T, R> {
  hasEnded = false
  readonly #init: BatchInit<T, R>
  readonly #running = new Set<Query<R, unknown>>()

  constructor (init: BatchInit<T, R>) {
    this.#init = init
  }

  end (): void {
    this.hasEnded = true
    for (const query of this.#running) query.finish()
  }

  async * run (window: readonly T[]): AsyncGenerator<Batched<T, R>, void> {
    const { concurrency, keyOf } = this.#init
    const sorted = window.map(item => ({ item, place: placeOf(item, keyOf) })).sort((a, b) => a.place < b.place ? -1 : 1)
    const length = Math.ceil(sorted.length / concurrency)
    const done: Batched<T, R>[] = []
    let wake: () => void = () => {}
    const lanes = new Set<readonly T[]>()
    for (let at = 0; at < sorted.length; at += length) {
      const lane = sorted.slice(at, at + length).map(({ item }) => item)
      lanes.add(lane)
      void this.#runLane(lane, one => { done.push(one); wake() }).then(() => { lanes.delete(lane); wake() })
    }
    while (lanes.size > 0 || done.length > 0) {
      const one = done.shift()
      if (one !== undefined) yield one
      else await new Promise<void>(resolve => { wake = resolve })
    }
  }

  async #runLane (items: readonly T[], tell: (one: Batched<T, R>) => void): Promise<void> {
    for (const item of items) {
      if (this.hasEnded) return
      const query = this.#init.work(item)
      this.#running.add(query)
      try {
        tell({ item, result: await query })
      } catch (error) {
        tell({ item, error: error instanceof Error ? error : new Error(String(error)) })
      }
      this.#running.delete(query)
    }
  }
}

/** What is no key comes first, and fails in its turn. */
function placeOf<T> (item: T, keyOf: (item: T) => Uint8Array): string {
  const key = keyOf(item)
  return key instanceof Uint8Array && key.length > 0 ? keyId(key).hex : ''
}

interface Region {
  readonly center: PeerId
  /** All nodes that share so many leading bits with the center are among `nodes`. */
  readonly bits: number
  readonly nodes: readonly Contact[]
  readonly foundAt: number
}

/** Longer than a batch needs a region, and shorter than a network changes in. */
const REGION_MAX_AGE_MS = 60_000
const MAX_REGIONS = 256

/** The nodes nearest to a place, nearest first; `undefined` where it ended before it could tell. */
type LookUp = (target: PeerId) => Promise<readonly Contact[] | undefined>

/** What lookups found of the network, as far as it is known to be all there is at a place. */
export class Regions {
  readonly #holders: number
  #regions: Region[] = []

  /** @param holders how many nodes are wanted for a key. */
  constructor (holders: number) {
    this.#holders = holders
  }

  /**
   * Makes a region of what lookups for `wanted` nodes find. The first one ends in the midst of the nodes that share so many bits
   * with its target; a second one, for the other half of those, tells the rest, unless that half has many.
   */
  async explore (center: PeerId, wanted: number, now: number, lookUp: LookUp): Promise<void> {
    const found = await lookUp(center)
    if (found === undefined) return
    const farthest = found[wanted - 1]
    if (farthest === undefined) return this.#add({ center, bits: 0, nodes: found, foundAt: now })
    const bits = commonPrefixLength(center, farthest.id)
    const beside = await lookUp(flipped(center, bits))
    if (beside === undefined) return
    const half = beside.filter(({ id }) => commonPrefixLength(center, id) === bits)
    if (half.length === wanted) return
    const nodes = [...found.filter(({ id }) => commonPrefixLength(center, id) > bits), ...half]
    if (nodes.length >= this.#holders) this.#add({ center, bits, nodes, foundAt: now })
  }

  #add (region: Region): void {
    this.#regions = [region, ...this.#regions.slice(0, MAX_REGIONS - 1)]
  }

  /** The nodes nearest to `target`, nearest first; `undefined` when that is not known for certain. */
  nearest (target: PeerId, now: number): Contact[] | undefined {
    this.#regions = this.#regions.filter(({ foundAt }) => now - foundAt < REGION_MAX_AGE_MS)
    const region = this.#regions.find(({ center, bits }) => commonPrefixLength(center, target) >= bits)
    return region && [...region.nodes].sort((a, b) => compareDistance(target, a.id, b.id)).slice(0, this.#holders)
  }
}

/** The id that differs in that bit alone. */
function flipped (id: PeerId, bit: number): PeerId {
  const word = (i: number): number => bit >> 5 === i ? 1 << (31 - (bit & 31)) : 0
  return xor(id, peerIdFromWords(word(0), word(1), word(2), word(3), word(4)))
}
