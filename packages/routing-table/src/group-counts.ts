/** How many contacts of an IP group a table knows at most: so cheap that most newcomers need no exact count. */

import type { Contact, Endpoint } from '@kadmium/interface'
import { ipGroup } from '@kadmium/wire'

/** With 300 contacts, and as many that wait, a third of all counts is 0. Half a kilobyte a table. */
const SLOTS = 512
/** A count that was ever so high stays, since nobody knows any more what it is. */
const FULL = 255

/**
 * Groups whose hashes meet share a count. So a count may be too high, and is never too low: only where it reaches a limit
 * do all contacts have to be looked at, each of which is a walk over three objects that no cache holds.
 */
export class GroupCounts {
  readonly #counts = new Uint8Array(SLOTS)

  add ({ addresses }: Contact): void {
    for (const address of addresses) {
      const slot = slotOf(address)
      if (this.#counts[slot]! < FULL) this.#counts[slot]!++
    }
  }

  remove ({ addresses }: Contact): void {
    for (const address of addresses) {
      const slot = slotOf(address)
      if (this.#counts[slot]! < FULL) this.#counts[slot]!--
    }
  }

  atMost (address: Endpoint): number {
    const count = this.#counts[slotOf(address)]!
    return count === FULL ? Infinity : count
  }
}

function slotOf (address: Endpoint): number {
  const group = ipGroup(address)
  return (typeof group === 'number' ? mixed(group) : hashOf(group)) % SLOTS
}

function hashOf (group: string): number {
  let hash = 0
  for (let i = 0; i < group.length; i++) hash = mixed(hash ^ group.charCodeAt(i))
  return hash
}

/** Neighbouring groups are far apart: Knuth's multiplicative hash, its upper bits. */
function mixed (word: number): number {
  return Math.imul(word, 0x9e37_79b1) >>> 16
}
