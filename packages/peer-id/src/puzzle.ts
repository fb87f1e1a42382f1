/**
 * S/Kademlia's static crypto puzzle (Baumgart and Mies, 2007, section 4.1): ids cost work to make, so that many of them
 * cost much. The hash is taken twice, or the puzzle would decide the id's own leading bits.
 */

import { InvalidOptionError } from '@kadmium/interface'
import type { Random } from '@kadmium/interface'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { commonPrefixLength } from './distance.ts'
import { ID_BITS, keyId, peerIdFromPublicKey, peerIdFromWords } from './peer-id.ts'
import { generatePrivateKey } from './identity.ts'

const zero = peerIdFromWords(0, 0, 0, 0, 0)

/**
 * The leading zero bits of SHA-1(SHA-1(public key)): 0 to 160. The inner hash is the id, so the key is taken in libp2p's
 * protobuf encoding; the argument is the raw key of 32 bytes.
 */
export function difficultyOf (publicKey: Uint8Array): number {
  return commonPrefixLength(keyId(peerIdFromPublicKey(publicKey).bytes), zero)
}

/** A key of at least that difficulty. Synchronous: about 2^difficulty tries of 0.2 ms each. */
export function solvePuzzle (difficulty: number, random: Random): Ed25519PrivateKey {
  for (;;) {
    const privateKey = solvePuzzleWithin(difficulty, random, 1024)
    if (privateKey !== undefined) return privateKey
  }
}

/** The same in slices: gives up after `tries` keys, so that the caller can show progress or stop. */
export function solvePuzzleWithin (difficulty: number, random: Random, tries: number): Ed25519PrivateKey | undefined {
  if (!Number.isInteger(difficulty) || difficulty < 0 || difficulty > ID_BITS) {
    throw new InvalidOptionError('difficulty', `expected 0 to ${ID_BITS}, got ${difficulty}`)
  }
  for (let i = 0; i < tries; i++) {
    const privateKey = generatePrivateKey(random)
    if (difficultyOf(privateKey.publicKey.raw) >= difficulty) return privateKey
  }
  return undefined
}
