/** What the nodes of a scenario are asked to do, and what came of it. */
import type { Random } from '@kadmium/interface'
import { isCloser, peerIdFromBytes } from '@kadmium/peer-id'
import type { Simulator } from '../simulator.ts'
import { equalBytes } from '@kadmium/records'
import { kadOf } from './kad-node.ts'
import type { KadNode } from './kad-node.ts'
import type { Population } from './population.ts'
import { recordKey, recordValue } from './records.ts'

/** A lookup that ended while the node that made it was up. Times are virtual, in milliseconds. */
export interface LookupDone {
  readonly at: number
  readonly hops: number
  readonly rpcs: number
  readonly elapsedMs: number
  /** Whether the nearest living node was found. */
  readonly succeeded: boolean
  /** Of the living nodes that belong among those found, how many were. */
  readonly recall: number
}

export interface ReadDone {
  readonly at: number
  readonly elapsedMs: number
  readonly succeeded: boolean
}

export interface Stored {
  readonly number: number
  storedOn: number
  acknowledged: boolean
}

/** Whether one life of a node is over. */
type Life = () => boolean

/** More than k, since some of them may leave before the lookup ends. */
const SPARE = 20
const AT_ONCE = 25
/** Longer than any query lasts. */
const GRACE_MS = 65_000
const SETTLE_STEP_MS = 100

export class Workload {
  readonly lookups: LookupDone[] = []
  readonly reads: ReadDone[] = []
  readonly stored: Stored[] = []
  /** Lookups and reads whose node left before they ended, or that found no node to start from. */
  unfinished = 0
  readonly #running = new Set<Life>()
  readonly #sim: Simulator
  readonly #population: Population
  readonly #k: number
  readonly #random: Random

  constructor (sim: Simulator, population: Population, k: number, random: Random) {
    this.#sim = sim
    this.#population = population
    this.#k = k
    this.#random = random
  }

  /** Puts the records 0 to `count` - 1, some at a time. */
  async put (count: number, onProgress: (done: number) => void): Promise<void> {
    for (let first = 0; first < count; first += AT_ONCE) {
      const numbers = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, i) => first + i)
      for (const number of numbers) this.#begin(async node => { await this.#put(node, number) })
      await this.settle()
      onProgress(first + numbers.length)
    }
  }

  /** Lets so many lookups begin at random times from now on. */
  scatterLookups (count: number, overMs: number): void {
    this.#scatter(count, overMs, async node => { await this.#lookUp(node) })
  }

  /** Lets so many reads of random acknowledged records begin at random times from now on. */
  scatterReads (count: number, overMs: number): void {
    const readable = this.stored.filter(({ acknowledged }) => acknowledged)
    if (readable.length === 0) return
    this.#scatter(count, overMs, async node => { await this.#read(node, (readable[this.#random.below(readable.length)] as Stored).number) })
  }

  /** Lets time pass until all that began has ended, or its node has. */
  async settle (): Promise<void> {
    const end = this.#sim.clock.now() + GRACE_MS
    while ([...this.#running].some(isOver => !isOver()) && this.#sim.clock.now() < end) await this.#sim.run(SETTLE_STEP_MS)
  }

  /** Reads records, each from some good node, and gives those that were not found. */
  async unreadable (numbers: readonly number[]): Promise<number[]> {
    const missing = new Set(numbers)
    for (let first = 0; first < numbers.length; first += AT_ONCE) {
      for (const number of numbers.slice(first, first + AT_ONCE)) {
        const reader = this.#population.anyoneUp(this.#random)
        this.#begin(async node => { if (await this.#isFound(node, number)) missing.delete(number) }, reader)
      }
      await this.settle()
    }
    return [...missing]
  }

  /** How many nodes that are up hold a record. */
  holders (number: number): number {
    const now = this.#sim.clock.now()
    return this.#population.up.filter(node => kadOf(node).store.get(recordKey(number), now).length > 0).length
  }

  async #put (node: KadNode, number: number): Promise<void> {
    const stored: Stored = { number, storedOn: 0, acknowledged: false }
    this.stored.push(stored)
    const { storedOn } = await kadOf(node).putRecord({ key: recordKey(number), value: recordValue(number) })
    stored.storedOn = storedOn
    stored.acknowledged = true
  }

  #scatter (count: number, overMs: number, work: (node: KadNode) => Promise<void>): void {
    for (let i = 0; i < count; i++) {
      this.#sim.clock.setTimeout(() => { this.#begin(work) }, Math.floor(this.#random.float() * overMs))
    }
  }

  #begin (work: (node: KadNode) => Promise<void>, node = this.#population.anyone(this.#random)): void {
    if (node === undefined) this.unfinished++
    else void this.#track(node, work)
  }

  /** What a node began that crashed meanwhile never ends, so nothing waits for it. */
  async #track (node: KadNode, work: (node: KadNode) => Promise<void>): Promise<void> {
    const { swarm } = node
    const isOver: Life = () => node.status !== 'up' || node.swarm !== swarm
    this.#running.add(isOver)
    try {
      await work(node)
    } catch {
      this.unfinished++
    } finally {
      this.#running.delete(isOver)
    }
  }

  async #lookUp (node: KadNode): Promise<void> {
    const target = peerIdFromBytes(this.#random.bytes(20))
    const before = this.#population.closest(node, target, this.#k + SPARE).map(near => ({ near, swarm: near.swarm }))
    const at = this.#sim.clock.now()
    const found = await kadOf(node).getClosestPeers(target)
    const ids = new Set(found.peers.map(({ id }) => id.hex))
    const living = before.filter(({ near, swarm }) => near.status === 'up' && near.swarm === swarm && this.#population.areTogether(node, near))
    const last = found.peers.length < this.#k ? undefined : found.peers.at(-1)
    const truth = living.slice(0, this.#k).filter(({ near }) => last === undefined || !isCloser(target, last.id, near.id))
    const hits = truth.filter(({ near }) => ids.has(near.id.hex)).length
    this.lookups.push({
      at,
      hops: found.hops,
      rpcs: found.asked,
      elapsedMs: found.elapsedMs,
      succeeded: truth[0] === undefined || ids.has(truth[0].near.id.hex),
      recall: truth.length === 0 ? 1 : hits / truth.length
    })
  }

  async #read (node: KadNode, number: number): Promise<void> {
    const at = this.#sim.clock.now()
    const succeeded = await this.#isFound(node, number)
    this.reads.push({ at, elapsedMs: this.#sim.clock.now() - at, succeeded })
  }

  async #isFound (node: KadNode, number: number): Promise<boolean> {
    const { value } = await kadOf(node).getRecord(recordKey(number))
    return value !== undefined && equalBytes(value, recordValue(number))
  }
}
