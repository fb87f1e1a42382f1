/**
 * The XOR metric (Kademlia, section 2.1), exact for all 160 bits. The words are signed, so each XOR is made unsigned
 * before it is compared.
 */

import type { PeerId } from '@kadmium/interface'
import { ID_BITS, peerIdFromWords } from './peer-id.ts'

/** `a XOR b`, 20 bytes, big-endian. */
export function distance (a: PeerId, b: PeerId): Uint8Array {
  return xor(a, b).bytes
}

/** `a XOR b` as an id: a distance between two ids, or the id at a distance from another. */
export function xor (a: PeerId, b: PeerId): PeerId {
  return peerIdFromWords(a.w0 ^ b.w0, a.w1 ^ b.w1, a.w2 ^ b.w2, a.w3 ^ b.w3, a.w4 ^ b.w4)
}

/** Below 0 when `a` is nearer to `target` than `b`, above 0 when it is farther, 0 when they are the same id. */
export function compareDistance (target: PeerId, a: PeerId, b: PeerId): number {
  if (a.w0 !== b.w0) return compareWords(target.w0, a.w0, b.w0)
  if (a.w1 !== b.w1) return compareWords(target.w1, a.w1, b.w1)
  if (a.w2 !== b.w2) return compareWords(target.w2, a.w2, b.w2)
  if (a.w3 !== b.w3) return compareWords(target.w3, a.w3, b.w3)
  if (a.w4 !== b.w4) return compareWords(target.w4, a.w4, b.w4)
  return 0
}

/** Whether `a` is strictly nearer to `target` than `b`. */
export function isCloser (target: PeerId, a: PeerId, b: PeerId): boolean {
  return compareDistance(target, a, b) < 0
}

/** How many leading bits two ids share: 0 to 160. */
export function commonPrefixLength (a: PeerId, b: PeerId): number {
  if (a.w0 !== b.w0) return Math.clz32(a.w0 ^ b.w0)
  if (a.w1 !== b.w1) return 32 + Math.clz32(a.w1 ^ b.w1)
  if (a.w2 !== b.w2) return 64 + Math.clz32(a.w2 ^ b.w2)
  if (a.w3 !== b.w3) return 96 + Math.clz32(a.w3 ^ b.w3)
  if (a.w4 !== b.w4) return 128 + Math.clz32(a.w4 ^ b.w4)
  return ID_BITS
}

function compareWords (target: number, a: number, b: number): number {
  return ((a ^ target) >>> 0) - ((b ^ target) >>> 0)
}
