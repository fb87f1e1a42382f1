/** Contacts to fill tables with. Unless a test says otherwise, each has an IPv4 address of a group of its own. */

import fc from 'fast-check'
import type { Contact, Endpoint, PeerId, Random } from '@kadmium/interface'
import { peerIdFromBytes, peerIdFromWords, randomIdInBucket } from '@kadmium/peer-id'
import { parseEndpoint } from '@kadmium/wire'

/** One seed for all properties; fast-check prints what it ran when one fails. */
export const runs = { seed: 0x6b6164, numRuns: 100 }

/** The local id of most tests. */
export const local = peerIdFromWords(0x12345678, 0x09abcdef, 0x11223344, 0x55667788, 0x19aabbcc)

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

/** Contact number `i`, the same at each call; its id is uniform and its /24 its own, up to 2^20. */
export function contact (i: number): Contact {
  return { id: peerIdFromBytes(testRandom(i * 7919 + 1).bytes(20)), addresses: [publicAddress(i)] }
}

/** Contact number `i` of a bucket around `local`. */
export function contactIn (bucket: number, i: number): Contact {
  return { id: randomIdInBucket(local, bucket, testRandom(i * 104729 + bucket + 1)), addresses: [publicAddress(bucket * 4096 + i)] }
}

export function contactsIn (bucket: number, count: number): Contact[] {
  return Array.from({ length: count }, (_, i) => contactIn(bucket, i))
}

/** A public address in a /24 of its own. */
function publicAddress (i: number): Endpoint {
  return at(`${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.1:4000`)
}

export function at (text: string): Endpoint {
  return parseEndpoint(text)
}

export function withAddresses (contact: Contact, ...addresses: string[]): Contact {
  return { id: contact.id, addresses: addresses.map(at) }
}

export const anyId: fc.Arbitrary<PeerId> = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(bytes => peerIdFromBytes(bytes))

/** Ids that share prefixes of any length with `id`, itself included now and then: what an attacker would make. */
export function near (id: PeerId): fc.Arbitrary<PeerId> {
  return fc.tuple(fc.nat(160), anyId).map(([shared, other]) => {
    const [own, rest] = [id.bytes, other.bytes]
    return peerIdFromBytes(rest.map((byte, i) => {
      const mask = 0xff00 >> Math.min(8, Math.max(0, shared - 8 * i)) & 0xff
      return (own[i]! & mask) | (byte & ~mask)
    }))
  })
}
