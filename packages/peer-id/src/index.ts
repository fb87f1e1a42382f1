/**
 * @packageDocumentation
 *
 * Ids of nodes and keys: 160 bits, the SHA-1 of an Ed25519 public key in libp2p's encoding or of a record key. Their text
 * forms, the XOR metric exact to the last bit, buckets by shared prefix, and the identities behind them.
 *
 * @example
 *
 * ```ts
 * import { createIdentity, generatePrivateKey, isCloser, keyId, parsePeerId } from '@kadmium/peer-id'
 * import { systemCrypto, systemRandom } from '@kadmium/runtime'
 *
 * const { peerId } = createIdentity(generatePrivateKey(systemRandom()), systemCrypto())
 * const other = parsePeerId('8843d7f92416211de9ebb963ff4ce28125932878')
 * console.log(`${peerId}`, peerId.toCID().toString())
 * console.log(isCloser(keyId(new TextEncoder().encode('my key')), peerId, other))
 * ```
 */

export { bucketIndex, bucketRange, randomIdInBucket } from './bucket.ts'
export { commonPrefixLength, compareDistance, distance, isCloser, xor } from './distance.ts'
export { createIdentity, generatePrivateKey, peerIdFromKey, privateKeyFromBytes, privateKeyToBytes, toLibp2pPeerId } from './identity.ts'
export { parsePeerId } from './parse.ts'
export { PeerIdCache } from './peer-id-cache.ts'
export type { PeerIdCacheInit } from './peer-id-cache.ts'
export { ID_BITS, ID_BYTES, isPeerId, keyId, peerIdFromBytes, peerIdFromHex, peerIdFromPublicKey, peerIdFromWords } from './peer-id.ts'
export { difficultyOf, solvePuzzle, solvePuzzleWithin } from './puzzle.ts'
