import { createCipheriv, createDecipheriv, createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { DhKeyPair, NoiseCrypto } from '@kadmium/interface'
import { InvalidOptionError } from '@kadmium/interface'
import { ed25519 } from '@noble/curves/ed25519.js'
import { KeyCache } from './key-cache.ts'

export const TAG_BYTES = 16

const CIPHER = 'chacha20-poly1305'

/**
 * By node:crypto. Raw keys go in as JWK (RFC 8037): 6 µs for a public and 22 for a private one, where the DER of RFC 8410
 * takes 67 and 288. A pair keeps its key object; there is nothing to gain from keeping those of others.
 */
export function nodeNoiseCrypto (conversionCacheSize: number): NoiseCrypto {
  const conversions = new KeyCache(conversionCacheSize, convert)
  const identityKeyPair = (seed: Uint8Array): DhKeyPair => keyPair(identitySecret(seed))
  return { sha256, hmacSha256, keyPair, identityKeyPair, toX25519: key => conversions.get(key), seal, open }
}

function sha256 (bytes: Uint8Array): Uint8Array {
  return plain(createHash('sha256').update(bytes).digest())
}

export function hmacSha256 (key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return plain(createHmac('sha256', key).update(bytes).digest())
}

/** X25519 clamps it itself. */
export function identitySecret (seed: Uint8Array): Uint8Array {
  if (seed.length !== 32) throw new InvalidOptionError('seed', `expected 32 bytes, got ${seed.length}`)
  return plain(createHash('sha512').update(seed).digest()).slice(0, 32)
}

function keyPair (secret: Uint8Array): DhKeyPair {
  if (secret.length !== 32) throw new InvalidOptionError('secret', `expected 32 bytes, got ${secret.length}`)
  // `x` has to be there and is not read: OpenSSL derives the public half from the private one.
  const key = { kty: 'OKP', crv: 'X25519', x: base64url(new Uint8Array(32)), d: base64url(secret) }
  const privateKey = createPrivateKey({ key, format: 'jwk' })
  const publicKey = plain(Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x as string, 'base64url'))
  return { publicKey, agree: remote => agree(privateKey, remote) }
}

function agree (privateKey: KeyObject, remote: Uint8Array): Uint8Array | undefined {
  try {
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: base64url(remote) }, format: 'jwk' })
    return plain(diffieHellman({ privateKey, publicKey }))
  } catch {
    return undefined
  }
}

/** As strict as libsodium, so that all nodes agree on who may exist: the check of the group takes most of its 0.6 ms. */
function convert (publicKey: Uint8Array): Uint8Array | undefined {
  try {
    const point = ed25519.Point.fromBytes(publicKey)
    return point.isSmallOrder() || !point.isTorsionFree() ? undefined : ed25519.utils.toMontgomery(publicKey)
  } catch {
    return undefined
  }
}

function seal (into: Uint8Array, key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plaintext: Uint8Array): void {
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(associated, { plaintextLength: plaintext.length })
  into.set(cipher.update(plaintext))
  cipher.final()
  into.set(cipher.getAuthTag(), plaintext.length)
}

function open (key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  const length = sealed.length - TAG_BYTES
  if (length < 0) return undefined
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(associated, { plaintextLength: length })
  decipher.setAuthTag(sealed.subarray(length))
  const plaintext = decipher.update(sealed.subarray(0, length))
  try {
    decipher.final()
    return plain(plaintext)
  } catch {
    return undefined
  }
}

function base64url (bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
}

/** A `Buffer` prints, slices and compares differently from the `Uint8Array` that the core expects. */
function plain (buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}
