import { createRequire } from 'node:module'
import { InvalidOptionError } from '@kadmium/interface'
import type { Ed25519 } from './ed25519.ts'

/** What is used of sodium-native, an optional dependency with compiled code that not every machine has. */
interface Sodium {
  crypto_sign_seed_keypair (publicKey: Buffer, secretKey: Buffer, seed: Buffer): void
  crypto_sign_detached (signature: Buffer, message: Buffer, secretKey: Buffer): void
  crypto_sign_verify_detached (signature: Buffer, message: Buffer, publicKey: Buffer): boolean
}

/** Ed25519 by libsodium. Throws `InvalidOptionError` where sodium-native does not load. */
export function sodiumEd25519 (): Ed25519 {
  const sodium = load()
  const keyPair = (seed: Uint8Array): { publicKey: Uint8Array, secretKey: Buffer } => {
    if (seed.length !== 32) throw new InvalidOptionError('seed', `expected 32 bytes, got ${seed.length}`)
    const [publicKey, secretKey] = [new Uint8Array(32), Buffer.alloc(64)]
    sodium.crypto_sign_seed_keypair(buffer(publicKey), secretKey, buffer(seed))
    return { publicKey, secretKey }
  }
  return {
    // A copy: what compiled code has written to has a buffer outside the heap, at 150 bytes more.
    publicKey: seed => keyPair(seed).publicKey.slice(),
    sign (seed, message) {
      const { secretKey } = keyPair(seed)
      const signature = new Uint8Array(64)
      sodium.crypto_sign_detached(buffer(signature), buffer(message), secretKey)
      return signature
    },
    verify (publicKey, message, signature) {
      if (publicKey.length !== 32 || signature.length !== 64) return false
      return sodium.crypto_sign_verify_detached(buffer(signature), buffer(message), buffer(publicKey))
    }
  }
}

function load (): Sodium {
  try {
    return createRequire(import.meta.url)('sodium-native') as Sodium
  } catch (cause) {
    throw new InvalidOptionError('cryptoProvider', `sodium-native does not load here (${cause instanceof Error ? cause.message : 'unknown reason'})`)
  }
}

/** A view, no copy. */
function buffer (bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
