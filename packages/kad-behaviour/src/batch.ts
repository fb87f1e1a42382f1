/**
 * Many operations in one go: so many at once, near keys one after the other, so that what one lookup found serves the next.
 */
import { commonPrefixLength, compareDistance, keyId } from '@kadmium/peer-id'
import type { Contact, PeerId } from '@kadmium/interface'

/** What came of one item: a result, or why there is none. */
export type Batched<T, R> =
  | { readonly item: T, readonly result: R }
  | { readonly item: T, readonly error: Error }

export interface BatchInit<T, R> {
  readonly keyOf: (item: T) => Uint8Array
  readonly work: (item: T) => PromiseLike<R>
  readonly concurrency: number
  /** Ends it, with the results of what has begun. */
  readonly signal?: AbortSignal | null | undefined
}

/** Items that are read ahead for each that is worked on: among so many, neighbours are found. */
const READ_AHEAD = 8

/** The results as they come; their order is not that of the items. Reads on only as fast as its reader does. */
export async function * batched<T, R> (items: Iterable<T> | AsyncIterable<T>, init: BatchInit<T, R>): AsyncGenerator<Batched<T, R>, void> {
  let window: T[] = []
  for await (const item of items) {
    if (init.signal?.aborted === true) return
    window.push(item)
    if (window.length < READ_AHEAD * init.concurrency) continue
    yield * runWindow(window, init)
    window = []
  }
  yield * runWindow(window, init)
}

async function * runWindow<T, R> (window: readonly T[], init: BatchInit<T, R>): AsyncGenerator<Batched<T, R>, void> {
  const { concurrency, keyOf } = init
  const sorted = window.map(item => ({ item, place: placeOf(item, keyOf) })).sort((a, b) => a.place < b.place ? -1 : 1)
  const length = Math.ceil(sorted.length / concurrency)
  const done: Batched<T, R>[] = []
  let wake: () => void = () => {}
  const lanes = new Set<readonly T[]>()
  for (let at = 0; at < sorted.length; at += length) {
    const lane = sorted.slice(at, at + length).map(({ item }) => item)
    lanes.add(lane)
    void runLane(lane, init, one => { done.push(one); wake() }).then(() => { lanes.delete(lane); wake() })
  }
  while (lanes.size > 0 || done.length > 0) {
    const one = done.shift()
    if (one !== undefined) yield one
    else await new Promise<void>(resolve => { wake = resolve })
  }
}

async function runLane<T, R> (items: readonly T[], { work, signal }: BatchInit<T, R>, tell: (one: Batched<T, R>) => void): Promise<void> {
  for (const item of items) {
    if (signal?.aborted === true) return
    try {
      tell({ item, result: await work(item) })
    } catch (error) {
      tell({ item, error: error instanceof Error ? error : new Error(String(error)) })
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

/** What lookups found of the network, as far as it is known to be all there is at a place. */
export class Regions {
  readonly #holders: number
  #regions: Region[] = []

  /** @param holders how many nodes are wanted for a key. */
  constructor (holders: number) {
    this.#holders = holders
  }

  /** `found` answered a lookup that was after `wanted` nodes, nearest to `center` first. */
  add (center: PeerId, found: readonly Contact[], wanted: number, now: number): void {
    const farthest = found.at(-1)
    if (farthest === undefined) return
    const bits = found.length < wanted ? 0 : commonPrefixLength(center, farthest.id) + 1
    const nodes = found.filter(({ id }) => commonPrefixLength(center, id) >= bits)
    if (bits > 0 && nodes.length < this.#holders) return
    this.#regions = [{ center, bits, nodes, foundAt: now }, ...this.#regions.slice(0, MAX_REGIONS - 1)]
  }

  /** The nodes nearest to `target`, nearest first; `undefined` when that is not known for certain. */
  nearest (target: PeerId, now: number): Contact[] | undefined {
    this.#regions = this.#regions.filter(({ foundAt }) => now - foundAt < REGION_MAX_AGE_MS)
    const region = this.#regions.find(({ center, bits }) => commonPrefixLength(center, target) >= bits)
    return region && [...region.nodes].sort((a, b) => compareDistance(target, a.id, b.id)).slice(0, this.#holders)
  }
}
