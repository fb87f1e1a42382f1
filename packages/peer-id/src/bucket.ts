/**
 * The buckets around an id. Bucket i holds the ids that share exactly their first i bits with it: bucket 0 is the farthest
 * half of the key space, bucket 159 the one id that differs in the last bit.
 */

import { InvalidOptionError } from '@kadmium/interface'
import type { PeerId, Random } from '@kadmium/interface'
import { commonPrefixLength } from './distance.ts'
import { ID_BITS, ID_BYTES, peerIdFromBytes } from './peer-id.ts'

/** 0 to 159; `undefined` for the local id itself, which is in no bucket. */
export function bucketIndex (local: PeerId, other: PeerId): number | undefined {
  const shared = commonPrefixLength(local, other)
  return shared === ID_BITS ? undefined : shared
}

/** The smallest and the largest distance that bucket `index` holds, inclusive; the same around every id. */
export function bucketRange (index: number): readonly [PeerId, PeerId] {
  checkIndex(index)
  const smallest = new Uint8Array(ID_BYTES)
  const largest = new Uint8Array(ID_BYTES)
  for (let bit = index; bit < ID_BITS; bit++) setBit(largest, bit, true)
  setBit(smallest, index, true)
  return [peerIdFromBytes(smallest), peerIdFromBytes(largest)]
}

/** A uniformly random id of exactly that bucket: no table of preimages, no limit on the prefix. */
export function randomIdInBucket (local: PeerId, index: number, random: Random): PeerId {
  checkIndex(index)
  const bytes = random.bytes(ID_BYTES)
  const own = local.bytes
  for (let bit = 0; bit < index; bit++) setBit(bytes, bit, isSet(own, bit))
  setBit(bytes, index, !isSet(own, index))
  return peerIdFromBytes(bytes)
}

function checkIndex (index: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= ID_BITS) {
    throw new InvalidOptionError('index', `expected a bucket from 0 to ${ID_BITS - 1}, got ${index}`)
  }
}

/** Bit 0 is the most significant one. */
function isSet (bytes: Uint8Array, bit: number): boolean {
  return (bytes[bit >> 3]! & (0x80 >> (bit & 7))) !== 0
}

function setBit (bytes: Uint8Array, bit: number, on: boolean): void {
  const mask = 0x80 >> (bit & 7)
  bytes[bit >> 3] = on ? bytes[bit >> 3]! | mask : bytes[bit >> 3]! & ~mask
}
