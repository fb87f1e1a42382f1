import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { InvalidOptionError } from '@kadmium/interface'
import type { Ed25519 } from './crypto.ts'

/** DER of an Ed25519 key is a constant and the 32 key bytes (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** Ed25519 by node:crypto. Making a key object costs as much as a signature, so the last `cacheSize` are kept. */
export function nodeEd25519 (cacheSize: number): Ed25519 {
  const privateKeys = new KeyCache(cacheSize, seed => createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' }))
  const publicKeys = new KeyCache(cacheSize, key => createPublicKey({ key: Buffer.concat([SPKI_PREFIX, key]), format: 'der', type: 'spki' }))
  return {
    sign (seed, message) {
      if (seed.length !== 32) throw new InvalidOptionError('seed', `expected 32 bytes, got ${seed.length}`)
      const signature = sign(null, message, privateKeys.get(seed))
      return new Uint8Array(signature.buffer, signature.byteOffset, signature.length)
    },
    verify (publicKey, message, signature) {
      if (publicKey.length !== 32 || signature.length !== 64) return false
      try {
        return verify(null, message, publicKeys.get(publicKey), signature)
      } catch {
        return false
      }
    }
  }
}

/** Least recently used go first. Bounded because strangers choose the keys that we verify with. */
class KeyCache {
  readonly #size: number
  readonly #make: (key: Uint8Array) => KeyObject
  readonly #objects = new Map<string, KeyObject>()

  constructor (size: number, make: (key: Uint8Array) => KeyObject) {
    this.#size = size
    this.#make = make
  }

  get (key: Uint8Array): KeyObject {
    const name = Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
    const object = this.#objects.get(name) ?? this.#make(key)
    this.#objects.delete(name)
    this.#objects.set(name, object)
    if (this.#objects.size > this.#size) this.#objects.delete(this.#objects.keys().next().value as string)
    return object
  }
}
