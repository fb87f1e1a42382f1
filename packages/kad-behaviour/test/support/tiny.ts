import { peerIdFromWords } from '@kadmium/peer-id'
import { Lookup } from '../../src/lookup.ts'
import { contactOf } from './perfect-network.ts'
import type { Contact, PeerId } from '@kadmium/interface'
import type { LookupInit } from '../../src/lookup.ts'

/** An 8-bit world, that a person can check by eye: the id is `byte` in the top 8 bits, and the target is 0. */
export function tinyId (byte: number): PeerId {
  return peerIdFromWords(byte << 24, 0, 0, 0, 0)
}

export function tiny (...bytes: number[]): Contact[] {
  return bytes.map(byte => contactOf(tinyId(byte)))
}

function bytesOf (contacts: readonly { readonly id: PeerId }[]): number[] {
  return contacts.map(({ id }) => byteOf(id))
}

export function byteOf (id: PeerId): number {
  return id.w0 >>> 24
}

/** The local node is 0xff, the distance of a node is its byte. */
export function tinyLookup (seeds: number[], options: Partial<LookupInit> = {}): TinyLookup {
  const lookup = new Lookup({ target: tinyId(0), localId: tinyId(0xff), seeds: tiny(...seeds), k: 4, alpha: 2, disjointPaths: 1, ...options })
  return new TinyLookup(lookup)
}

/** The same verbs in bytes; time stands still unless it is told. */
export class TinyLookup {
  readonly lookup: Lookup
  now = 0

  constructor (lookup: Lookup) {
    this.lookup = lookup
  }

  next (): number[] {
    return bytesOf(this.lookup.next(this.now))
  }

  answered (byte: number, ...closer: number[]): number[] {
    this.lookup.answered(tinyId(byte), tiny(...closer), this.now)
    return this.next()
  }

  failed (byte: number): number[] {
    this.lookup.failed(tinyId(byte), this.now)
    return this.next()
  }

  slow (byte: number): number[] {
    this.lookup.slow(tinyId(byte), this.now)
    return this.next()
  }

  closest (n?: number): number[] {
    return bytesOf(this.lookup.closest(n))
  }

  hops (byte: number): number | undefined {
    return this.lookup.hops(tinyId(byte))
  }

  heardFrom (byte: number): number | undefined {
    const id = this.lookup.heardFrom(tinyId(byte))
    return id === undefined ? undefined : byteOf(id)
  }

  get done (): boolean {
    return this.lookup.done
  }
}
