/** Arbitrary ids, among them many that differ late: uniform ids hardly ever share more than a few bits. */

import fc from 'fast-check'
import type { PeerId, Random } from '@kadmium/interface'
import { ID_BITS, peerIdFromBytes } from '../src/index.ts'

/** One seed for all properties; fast-check prints what it ran when one fails. */
export const runs = { seed: 0x6b6164, numRuns: 300 }

export const anyId: fc.Arbitrary<PeerId> = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(bytes => peerIdFromBytes(bytes))

export const anyBucket: fc.Arbitrary<number> = fc.nat(ID_BITS - 1)

/** An id and others that share prefixes of any length with it. */
export function idAndNeighbours (count: number): fc.Arbitrary<[PeerId, PeerId[]]> {
  return anyId.chain(id => {
    const neighbour = fc.tuple(fc.nat(ID_BITS), anyId).map(([shared, other]) => withPrefixOf(id, shared, other))
    return fc.tuple(fc.constant(id), fc.array(neighbour, { minLength: count, maxLength: count }))
  })
}

/** A small repeatable source; tests of the real ones are in the runtime package. */
export function testRandom (seed: number): Random {
  let state = seed >>> 0 || 1
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
  return {
    bytes: length => Uint8Array.from({ length }, () => next() >>> 11),
    below: limit => next() % limit,
    float: () => next() / 0x1_0000_0000
  }
}

export function toBigInt (id: PeerId): bigint {
  return BigInt(`0x${id.hex}`)
}

export function fromBigInt (value: bigint): PeerId {
  return peerIdFromBytes(Uint8Array.from({ length: 20 }, (_, i) => Number((value >> BigInt(8 * (19 - i))) & 0xffn)))
}

function withPrefixOf (id: PeerId, shared: number, rest: PeerId): PeerId {
  const mask = (1n << BigInt(ID_BITS - shared)) - 1n
  return fromBigInt((toBigInt(id) & ~mask) | (toBigInt(rest) & mask))
}
