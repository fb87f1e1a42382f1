import { createRequire } from 'node:module'
import type { DhKeyPair, NoiseCrypto } from '@kadmium/interface'
import { InvalidOptionError } from '@kadmium/interface'
import { KeyCache } from './key-cache.ts'
import { TAG_BYTES, hmacSha256, identitySecret } from './node-noise-crypto.ts'

/** What is used of sodium-native, an optional dependency with compiled code that not every machine has. Failures throw. */
interface Sodium {
  crypto_hash_sha256 (into: Uint8Array, bytes: Uint8Array): void
  crypto_scalarmult (into: Uint8Array, secret: Uint8Array, publicKey: Uint8Array): void
  crypto_scalarmult_base (into: Uint8Array, secret: Uint8Array): void
  crypto_sign_ed25519_pk_to_curve25519 (into: Uint8Array, publicKey: Uint8Array): void
  crypto_aead_chacha20poly1305_ietf_encrypt (
    into: Uint8Array, plaintext: Uint8Array, associated: Uint8Array, secretNonce: null, nonce: Uint8Array, key: Uint8Array): void
  crypto_aead_chacha20poly1305_ietf_decrypt (
    into: Uint8Array, secretNonce: null, sealed: Uint8Array, associated: Uint8Array, nonce: Uint8Array, key: Uint8Array): void
}

/** By libsodium. Throws `InvalidOptionError` where sodium-native does not load. */
export function sodiumNoiseCrypto (conversionCacheSize: number): NoiseCrypto {
  const sodium = load()
  const conversions = new KeyCache(conversionCacheSize, key => {
    return isCanonical(key) ? derive(into => sodium.crypto_sign_ed25519_pk_to_curve25519(into, key)) : undefined
  })
  const keyPair = (secret: Uint8Array): DhKeyPair => {
    if (secret.length !== 32) throw new InvalidOptionError('secret', `expected 32 bytes, got ${secret.length}`)
    const own = secret.slice()
    const publicKey = new Uint8Array(32)
    sodium.crypto_scalarmult_base(publicKey, own)
    return { publicKey, agree: remote => derive(into => sodium.crypto_scalarmult(into, own, remote)) }
  }
  return {
    sha256: bytes => {
      const hash = new Uint8Array(32)
      sodium.crypto_hash_sha256(hash, bytes)
      return hash
    },
    hmacSha256,
    keyPair,
    identityKeyPair: seed => keyPair(identitySecret(seed)),
    toX25519: key => conversions.get(key),
    seal: (into, key, nonce, associated, plaintext) => {
      sodium.crypto_aead_chacha20poly1305_ietf_encrypt(into, plaintext, associated, null, nonce, key)
    },
    open: (key, nonce, associated, sealed) => {
      if (sealed.length < TAG_BYTES) return undefined
      const plaintext = new Uint8Array(sealed.length - TAG_BYTES)
      try {
        sodium.crypto_aead_chacha20poly1305_ietf_decrypt(plaintext, null, sealed, associated, nonce, key)
        return plaintext
      } catch {
        return undefined
      }
    }
  }
}

/** 32 bytes from a function that throws for bad input. */
function derive (fill: (into: Uint8Array) => void): Uint8Array | undefined {
  const into = new Uint8Array(32)
  try {
    fill(into)
    return into
  } catch {
    return undefined
  }
}

/** Whether y is below 2^255 - 19 (RFC 8032, 5.1.3), which libsodium does not check when it converts. */
function isCanonical (publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false
  if ((publicKey[31]! & 0x7f) !== 0x7f || publicKey[0]! < 0xed) return true
  return !publicKey.subarray(1, 31).every(byte => byte === 0xff)
}

function load (): Sodium {
  try {
    return createRequire(import.meta.url)('sodium-native') as Sodium
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown reason'
    throw new InvalidOptionError('cryptoProvider', `sodium-native does not load here (${reason})`)
  }
}
