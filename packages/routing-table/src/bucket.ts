/**
 * One k-bucket (Kademlia, section 2.2): contacts sorted by when they were last seen.
 *
 * Held as columns instead of an object per contact: 60 bytes each where objects take 122 (a full bucket of 20, Node 20), and a
 * search reads the `words` column only. A simulation of 100,000 nodes holds 28 million entries, most of them cold in every
 * cache.
 */

import { compareDistance } from '@kadmium/peer-id'
import type { Contact, PeerId } from '@kadmium/interface'
import type { Candidates } from './candidates.ts'
import type { TableEntry } from './outcomes.ts'

/** Who was asked whether it still lives, and since when. */
export interface Probe {
  readonly id: PeerId
  readonly since: number
}

/** Numbers per contact in the `figures` column. */
const FIGURES = 4
const LAST_SEEN = 0
const ADDED_AT = 1
/** NaN until measured: `undefined` would turn a column of plain doubles into one of pointers. */
const RTT_MS = 2
const FAILURES = 3

/** RFC 6298, section 2.3. */
const RTT_GAIN = 1 / 8

export class Bucket {
  readonly index: number
  probe: Probe | undefined
  candidates: Candidates | undefined
  #contacts: Contact[] = []
  /** Of each id the word in which this bucket's ids start to differ. */
  #words: number[] = []
  #figures: number[] = []

  constructor (index: number) {
    this.index = index
    this.probe = undefined
    this.candidates = undefined
  }

  get size (): number {
    return this.#contacts.length
  }

  /** Least recently seen first. Not to be changed. */
  get contacts (): readonly Contact[] {
    return this.#contacts
  }

  contactAt (position: number): Contact {
    return this.#contacts[position]!
  }

  lastSeenAt (position: number): number {
    return this.#figures[position * FIGURES + LAST_SEEN]!
  }

  entryAt (position: number): TableEntry {
    const at = position * FIGURES
    const rttMs = this.#figures[at + RTT_MS]!
    return {
      contact: this.#contacts[position]!,
      lastSeen: this.#figures[at + LAST_SEEN]!,
      addedAt: this.#figures[at + ADDED_AT]!,
      rttMs: Number.isNaN(rttMs) ? undefined : rttMs,
      failures: this.#figures[at + FAILURES]!
    }
  }

  /** The entries not seen for `idleMs`, longest first. */
  idle (now: number, idleMs: number): TableEntry[] {
    const entries: TableEntry[] = []
    for (let i = 0; i < this.size && now - this.lastSeenAt(i) >= idleMs; i++) entries.push(this.entryAt(i))
    return entries
  }

  positionOf (id: PeerId): number | undefined {
    const word = wordOf(id, this.index)
    const words = this.#words
    for (let i = 0; i < words.length; i++) {
      if (words[i] === word && this.#contacts[i]!.id.equals(id)) return i
    }
    return undefined
  }

  /** Adds a contact behind those that were seen no later than it. */
  add (contact: Contact, seenAt: number, now: number): void {
    let position = this.size
    while (position > 0 && this.lastSeenAt(position - 1) > seenAt) position--
    this.#contacts = inserted(this.#contacts, position, [contact])
    this.#words = inserted(this.#words, position, [wordOf(contact.id, this.index)])
    this.#figures = inserted(this.#figures, position * FIGURES, [seenAt, now, NaN, 0])
  }

  removeAt (position: number): Contact {
    const contact = this.#contacts[position]!
    this.#contacts.splice(position, 1)
    this.#words.splice(position, 1)
    this.#figures.splice(position * FIGURES, FIGURES)
    if (this.probe?.id.equals(contact.id)) this.probe = undefined
    return contact
  }

  /**
   * It was seen: its failures are forgotten and it moves to the end. One loop per kind of column: a shared function that
   * stores into both doubles and pointers makes V8 box the doubles, at 35 bytes more per contact.
   */
  touch (position: number, contact: Contact, now: number, rttMs: number | undefined): void {
    const last = this.size - 1
    const addedAt = this.#figures[position * FIGURES + ADDED_AT]!
    const rtt = smoothed(this.#figures[position * FIGURES + RTT_MS]!, rttMs)
    const word = this.#words[position]!
    for (let i = position; i < last; i++) this.#contacts[i] = this.#contacts[i + 1]!
    for (let i = position; i < last; i++) this.#words[i] = this.#words[i + 1]!
    for (let i = position * FIGURES; i < last * FIGURES; i++) this.#figures[i] = this.#figures[i + FIGURES]!
    this.#contacts[last] = contact
    this.#words[last] = word
    this.#figures[last * FIGURES + LAST_SEEN] = now
    this.#figures[last * FIGURES + ADDED_AT] = addedAt
    this.#figures[last * FIGURES + RTT_MS] = rtt
    this.#figures[last * FIGURES + FAILURES] = 0
  }

  /** Counts a request that went unanswered, and says how many in a row. */
  fail (position: number): number {
    return ++this.#figures[position * FIGURES + FAILURES]!
  }

  /** Appends the contacts nearest to `target`, nearest first, until `found` has `n` of them. @param onlyAnswering without those that failed last. */
  appendNearest (target: PeerId, n: number, found: Contact[], onlyAnswering: boolean): void {
    const kept = this.#rankNearest(target, Math.min(n - found.length, this.size), onlyAnswering)
    for (let i = 0; i < kept; i++) found.push(this.#contacts[positions[i]!]!)
  }

  /**
   * Leaves the positions of the `wanted` nearest in `positions`, nearest first: an insertion sort that never holds more than
   * it must. For a full bucket of 20 it takes half the time of a copy and `sort` with a comparator.
   */
  #rankNearest (target: PeerId, wanted: number, onlyAnswering: boolean): number {
    reserve(wanted)
    const words = this.#words
    const targetWord = wordOf(target, this.index)
    let held = 0
    for (let position = 0; position < words.length; position++) {
      if (onlyAnswering && this.#figures[position * FIGURES + FAILURES]! > 0) continue
      const rank = (words[position]! ^ targetWord) >>> 0
      if (held === wanted && !this.#isBefore(rank, position, held - 1, target)) continue
      let place = held === wanted ? held - 1 : held++
      for (; place > 0 && this.#isBefore(rank, position, place - 1, target); place--) {
        ranks[place] = ranks[place - 1]!
        positions[place] = positions[place - 1]!
      }
      ranks[place] = rank
      positions[place] = position
    }
    return held
  }

  /** Ranks are equal only among ids that share 32 bits more than the bucket says: by chance hardly ever, by attack at will. */
  #isBefore (rank: number, position: number, place: number, target: PeerId): boolean {
    const other = ranks[place]!
    if (rank !== other) return rank < other
    return compareDistance(target, this.#contacts[position]!.id, this.#contacts[positions[place]!]!.id) < 0
  }
}

/** Scratch of `rankNearest`, shared by all buckets since nothing is kept in it between calls. */
let ranks = new Uint32Array(64)
let positions = new Uint32Array(64)

function reserve (length: number): void {
  if (length <= ranks.length) return
  ranks = new Uint32Array(length * 2)
  positions = new Uint32Array(length * 2)
}

/** The word of an id that holds the bit after the prefix which a bucket's ids share. */
function wordOf (id: PeerId, index: number): number {
  switch ((index + 1) >> 5) {
    case 0: return id.w0
    case 1: return id.w1
    case 2: return id.w2
    case 3: return id.w3
    default: return id.w4
  }
}

/** A copy with exactly the room it needs: `push` would reserve 41 places for 18 contacts. */
function inserted<T> (column: T[], at: number, values: T[]): T[] {
  return at === column.length ? column.concat(values) : column.slice(0, at).concat(values, column.slice(at))
}

function smoothed (known: number, measured: number | undefined): number {
  if (measured === undefined) return known
  return Number.isNaN(known) ? measured : known + RTT_GAIN * (measured - known)
}
