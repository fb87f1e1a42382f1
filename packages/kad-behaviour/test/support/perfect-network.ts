import { commonPrefixLength, compareDistance, peerIdFromWords } from '@kadmium/peer-id'
import type { Contact, Endpoint, PeerId, Random } from '@kadmium/interface'

/** The machine under test never reads an address. */
const nowhere = Object.freeze<Endpoint[]>([])

export function contactOf (id: PeerId): Contact {
  return { id, addresses: nowhere }
}

export interface SimulatedNode {
  readonly contact: Contact
  /** Place in the unit square. */
  readonly x: number
  readonly y: number
  readonly accessMs: number
  readonly bad: boolean
  /** Filled when it is first asked. */
  table: Contact[] | undefined
}

/**
 * A static network whose routing tables are perfect: each bucket holds k random nodes of its range, or all of them. With
 * the latency model that the analytical limits were checked with: 2-D unit square x 230 ms, lognormal access delay of
 * median 8 ms and sigma 0.7 at each end, 6 ms fixed, lognormal jitter of sigma 0.12.
 */
export class PerfectNetwork {
  readonly nodes: readonly SimulatedNode[]
  readonly bad: readonly SimulatedNode[]
  readonly #k: number
  readonly #random: Random
  readonly #byId = new Map<string, SimulatedNode>()

  constructor (init: { size: number, k: number, random: Random, badShare?: number }) {
    this.#k = init.k
    this.#random = init.random
    for (let i = 0; i < init.size; i++) {
      const contact = contactOf(randomId(this.#random))
      const accessMs = 8 * Math.exp(0.7 * normal(this.#random))
      const bad = this.#random.float() < (init.badShare ?? 0)
      this.#byId.set(contact.id.hex, { contact, x: this.#random.float(), y: this.#random.float(), accessMs, bad, table: undefined })
    }
    this.nodes = [...this.#byId.values()].sort((a, b) => (a.contact.id.w0 >>> 0) - (b.contact.id.w0 >>> 0))
    this.bad = this.nodes.filter(node => node.bad)
  }

  /** `undefined` for an id that somebody made up. */
  get (id: PeerId): SimulatedNode | undefined {
    return this.#byId.get(id.hex)
  }

  some (): SimulatedNode {
    return this.nodes[this.#random.below(this.nodes.length)]!
  }

  someHonest (): SimulatedNode {
    for (;;) {
      const node = this.some()
      if (!node.bad) return node
    }
  }

  /** What `node` answers: the k nearest of its own table. */
  closest (node: SimulatedNode, target: PeerId, k = this.#k): Contact[] {
    node.table ??= this.#fill(node)
    return nearest(node.table, target, k)
  }

  /** The truth: of all nodes that `counts`. */
  trueClosest (target: PeerId, k: number, counts: (node: SimulatedNode) => boolean): Contact[] {
    return nearest(this.nodes.filter(counts).map(node => node.contact), target, k)
  }

  roundTripMs (a: SimulatedNode, b: SimulatedNode): number {
    const apart = Math.hypot(a.x - b.x, a.y - b.y)
    return (6 + 230 * apart + a.accessMs + b.accessMs) * Math.exp(0.12 * normal(this.#random))
  }

  /** Buckets from the farthest half on; as the nodes are sorted, each is a slice of them. */
  #fill (node: SimulatedNode): Contact[] {
    const own = node.contact.id.w0 >>> 0
    const table: Contact[] = []
    for (let size = 2 ** 31; size >= 1; size /= 2) {
      const sibling = (own ^ size) >>> 0
      const from = sibling - sibling % size
      const [start, end] = [this.#firstFrom(from), this.#firstFrom(from + size)]
      for (const index of this.#draw(start, end)) table.push(this.nodes[index]!.contact)
    }
    return table
  }

  #firstFrom (word: number): number {
    let [low, high] = [0, this.nodes.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.nodes[middle]!.contact.id.w0 >>> 0 < word) low = middle + 1
      else high = middle
    }
    return low
  }

  #draw (start: number, end: number): Iterable<number> {
    if (end - start <= this.#k) return Array.from({ length: end - start }, (_, i) => start + i)
    const drawn = new Set<number>()
    while (drawn.size < this.#k) drawn.add(start + this.#random.below(end - start))
    return drawn
  }
}

/** Brute force: what every other way of finding the nearest is compared with. Cheaper than a sort where k is small. */
export function nearest (contacts: readonly Contact[], target: PeerId, k: number): Contact[] {
  const best: Contact[] = []
  for (const contact of contacts) {
    if (best.length >= k && compareDistance(target, best.at(-1)!.id, contact.id) <= 0) continue
    const place = best.findLastIndex(other => compareDistance(target, other.id, contact.id) < 0) + 1
    best.splice(place, 0, contact)
    if (best.length > k) best.pop()
  }
  return best
}

export function randomId (random: Random): PeerId {
  const word = (): number => random.below(2 ** 32) | 0
  return peerIdFromWords(word(), word(), word(), word(), word())
}

/** An id that shares `prefix` (up to 64) leading bits with `id`; the rest is random. */
export function idNear (id: PeerId, prefix: number, random: Random): PeerId {
  for (;;) {
    const low = prefix < 32 ? 2 ** (32 - prefix) : 1
    const w0 = id.w0 ^ (prefix < 32 ? random.below(low) : 0)
    const w1 = prefix < 32 ? random.below(2 ** 32) : id.w1 ^ random.below(2 ** (64 - prefix))
    const near = peerIdFromWords(w0, w1, id.w2, id.w3, id.w4)
    if (commonPrefixLength(near, id) >= prefix && !near.equals(id)) return near
  }
}

/** Box and Muller. */
function normal (random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.float())) * Math.cos(2 * Math.PI * random.float())
}
