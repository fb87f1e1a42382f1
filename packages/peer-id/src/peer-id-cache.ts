/**
 * Remembers the ids of keys. A node sees the same contacts over and over, and to hash each again is most of the cost of
 * decoding a reply. Direct-mapped: one slot per key, the last one wins, nothing is ever searched or evicted.
 */

import { InvalidOptionError } from '@kadmium/interface'
import type { PeerId } from '@kadmium/interface'
import { PUBLIC_KEY_BYTES, peerIdFromPublicKey } from './peer-id.ts'

export interface PeerIdCacheInit {
  /** Ids remembered at most; a power of two. Each takes about 200 bytes. Default 1,024. */
  readonly capacity?: number
}

/** An id depends on nothing but its key, so any number of nodes in one process may share a cache. */
export class PeerIdCache {
  readonly capacity: number
  readonly #slots = new Map<number, Slot>()

  constructor ({ capacity = 1024 }: PeerIdCacheInit = {}) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > 0x100_0000 || (capacity & (capacity - 1)) !== 0) {
      throw new InvalidOptionError('capacity', `expected a power of two from 1 to ${0x100_0000}, got ${capacity}`)
    }
    this.capacity = capacity
  }

  /** Ids remembered now. */
  get size (): number {
    return this.#slots.size
  }

  /** The id of a raw 32-byte Ed25519 key; the same object as long as it is remembered. */
  get (publicKey: Uint8Array): PeerId {
    if (publicKey.length !== PUBLIC_KEY_BYTES) return peerIdFromPublicKey(publicKey)
    const at = (publicKey[0]! | (publicKey[1]! << 8) | (publicKey[2]! << 16)) & (this.capacity - 1)
    const slot = this.#slots.get(at)
    if (slot !== undefined && sameBytes(slot.publicKey, publicKey)) return slot.id
    const id = peerIdFromPublicKey(publicKey)
    // a copy: the argument is often a view into a datagram, which the cache must not keep alive
    this.#slots.set(at, { publicKey: publicKey.slice(), id })
    return id
  }
}

interface Slot {
  readonly publicKey: Uint8Array
  readonly id: PeerId
}

function sameBytes (a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false
  }
  return true
}
