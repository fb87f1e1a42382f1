/**
 * Who comes into the region of a record that this node holds is given it (Kademlia, section 2.5): of all holders the one
 * nearest to the key does that. So a record moves with the network, and does not wait for the next replication.
 */
import { commonPrefixLength, isCloser } from '@kadmium/peer-id'
import type { Contact, PeerId, Timer } from '@kadmium/interface'
import type { HeldRecord } from '@kadmium/records'
import { giveCopy } from './distribute.ts'
import { regionRadius } from './placement.ts'
import { placing } from './region.ts'
import { isKept, rankOf } from './replication.ts'
import { normalisedDistance } from './size-estimate.ts'
import type { KadContext } from './context.ts'

interface Gift {
  readonly to: Contact
  readonly held: HeldRecord
}

/** What is handed over in a second, and the pause before the first: a newcomer is busy with joining. */
const ROUND_MS = 1_000

export class HandOver {
  readonly #kad: KadContext
  #newcomers: Contact[] = []
  #gifts: Gift[] = []
  #timer: Timer | undefined
  #isOpen = false

  constructor (kad: KadContext) {
    this.#kad = kad
  }

  start (): void {
    this.#isOpen = true
  }

  stop (): void {
    this.#isOpen = false
    if (this.#timer !== undefined) this.#kad.components.clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#newcomers = []
    this.#gifts = []
  }

  /** A contact came into the table. */
  came (contact: Contact): void {
    const { options: { handOver, maxNewcomers }, store } = this.#kad
    if (!this.#isOpen || handOver === 'off' || store.size === 0) return
    this.#newcomers.push(contact)
    if (this.#newcomers.length > maxNewcomers) this.#newcomers.shift()
    this.#arm(handOver)
  }

  #arm (perSecond: number): void {
    this.#timer ??= this.#kad.components.clock.setTimeout(() => {
      this.#timer = undefined
      this.#give(perSecond)
    }, ROUND_MS)
  }

  /** Gifts are chosen newcomer by newcomer, so that no more of them wait than one newcomer is to have. */
  #give (perSecond: number): void {
    let left = perSecond
    while (left > 0) {
      const gift = this.#gifts.shift()
      if (gift !== undefined) {
        left--
        void giveCopy(this.#kad, gift.to, gift.held)
      } else {
        const newcomer = this.#newcomers.shift()
        if (newcomer === undefined) return
        this.#gifts = giftsFor(newcomer, this.#kad)
      }
    }
    this.#arm(perSecond)
  }
}

/** The records of whose holders `newcomer` is one, where this node is the nearest of the others. */
function giftsFor (newcomer: Contact, kad: KadContext): Gift[] {
  const { components: { clock, localId }, store } = kad
  const now = clock.now()
  return store.near(newcomer.id, sharedBits(kad, localId), now)
    .filter(held => isKept(held, now) && isHolder(newcomer.id, held.keyId, kad) && isNearestOther(newcomer.id, held.keyId, kad))
    .map(held => ({ to: newcomer, held }))
}

/** One bit less than this node shares with the k-th of its neighbours: what lies farther is held by others. */
function sharedBits ({ table, options: { replicationFactor } }: KadContext, localId: PeerId): number {
  const farthest = table.closest(localId, replicationFactor)[replicationFactor - 1]
  return farthest === undefined ? 0 : Math.max(0, commonPrefixLength(localId, farthest.id) - 1)
}

function isHolder (id: PeerId, target: PeerId, kad: KadContext): boolean {
  const region = placing(kad, target)
  if (normalisedDistance(target, id) <= regionRadius(region)) return true
  const { table, components: { localId } } = kad
  return rankOf(id, target, table, region.replicationFactor) + (isCloser(target, localId, id) ? 1 : 0) < region.replicationFactor
}

function isNearestOther (newcomer: PeerId, target: PeerId, { table, components: { localId } }: KadContext): boolean {
  return table.closest(target, 2).every(({ id }) => id.equals(newcomer) || isCloser(target, localId, id))
}
