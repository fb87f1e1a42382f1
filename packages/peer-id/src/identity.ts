/**
 * Ed25519 keys (RFC 8032) as libp2p has them, so that one key file serves both stacks.
 */

import { InvalidOptionError, UnsupportedKeyTypeError } from '@kadmium/interface'
import type { Crypto, Identity, PeerId, Random } from '@kadmium/interface'
import { privateKeyFromProtobuf, privateKeyFromRaw, privateKeyToProtobuf, publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey, PeerId as Libp2pPeerId, PrivateKey, PublicKey } from '@libp2p/interface'
import { peerIdFromPublicKey as libp2pPeerIdFromPublicKey } from '@libp2p/peer-id'
import { ed25519 } from '@noble/curves/ed25519.js'
import { PUBLIC_KEY_BYTES, peerIdFromPublicKey } from './peer-id.ts'

/** Bytes of an Ed25519 seed: the secret itself. */
const SEED_BYTES = 32

/** Who a node is. Signatures are made with `crypto`, not with the key's own methods. */
export function createIdentity (privateKey: PrivateKey, crypto: Crypto): Identity {
  const { raw, publicKey } = ed25519Only(privateKey)
  const seed = raw.subarray(0, SEED_BYTES)
  return {
    peerId: peerIdFromPublicKey(publicKey.raw),
    publicKey: publicKey.raw,
    privateKey,
    sign: message => crypto.sign(seed, message)
  }
}

/**
 * A new key from 32 bytes of `random`, which has to be a secure source for any key that matters.
 * @param crypto computes its public half where it can
 */
export function generatePrivateKey (random: Random, crypto?: Pick<Crypto, 'publicKey'>): Ed25519PrivateKey {
  return privateKeyFromSeed(random.bytes(SEED_BYTES), crypto)
}

/** From libp2p's protobuf encoding (what a libp2p key file holds), or from a raw 32-byte seed. */
export function privateKeyFromBytes (bytes: Uint8Array): Ed25519PrivateKey {
  if (bytes.length === SEED_BYTES) return privateKeyFromSeed(bytes)
  const { raw } = ed25519Only(decodePrivateKey(bytes))
  const privateKey = privateKeyFromSeed(raw.subarray(0, SEED_BYTES))
  if (raw.some((byte, i) => byte !== privateKey.raw[i])) {
    throw new InvalidOptionError('privateKey', 'its public half does not belong to its private half')
  }
  return privateKey
}

/** libp2p's protobuf encoding: the inverse of `privateKeyFromBytes`. */
export function privateKeyToBytes (privateKey: PrivateKey): Uint8Array {
  return privateKeyToProtobuf(ed25519Only(privateKey))
}

/** The id of a libp2p key or peer id. Throws `UnsupportedKeyTypeError` for anything but Ed25519. */
export function peerIdFromKey (key: PublicKey | PrivateKey | Libp2pPeerId): PeerId {
  if (key.type !== 'Ed25519') throw new UnsupportedKeyTypeError(String(key.type))
  return peerIdFromPublicKey('publicKey' in key ? key.publicKey.raw : key.raw)
}

/** The libp2p peer id (`12D3KooW…`) of the same raw 32-byte key. */
export function toLibp2pPeerId (publicKey: Uint8Array): Libp2pPeerId {
  if (publicKey.length !== PUBLIC_KEY_BYTES) {
    throw new InvalidOptionError('publicKey', `expected ${PUBLIC_KEY_BYTES} bytes, got ${publicKey.length}`)
  }
  return libp2pPeerIdFromPublicKey(publicKeyFromRaw(publicKey))
}

/** libp2p's own way from a seed to a key is asynchronous; its raw form is the seed and the public key behind it. */
function privateKeyFromSeed (seed: Uint8Array, crypto?: Pick<Crypto, 'publicKey'>): Ed25519PrivateKey {
  const raw = new Uint8Array(SEED_BYTES + PUBLIC_KEY_BYTES)
  raw.set(seed)
  raw.set(crypto?.publicKey?.(seed) ?? ed25519.getPublicKey(seed), SEED_BYTES)
  return ed25519Only(privateKeyFromRaw(raw))
}

function ed25519Only (privateKey: PrivateKey): Ed25519PrivateKey {
  if (privateKey.type !== 'Ed25519') throw new UnsupportedKeyTypeError(privateKey.type)
  return privateKey
}

function decodePrivateKey (bytes: Uint8Array): PrivateKey {
  try {
    return privateKeyFromProtobuf(bytes)
  } catch {
    const wanted = `libp2p's protobuf encoding or a seed of ${SEED_BYTES} bytes`
    throw new InvalidOptionError('privateKey', `expected ${wanted}, got ${bytes.length} bytes that are neither`)
  }
}
