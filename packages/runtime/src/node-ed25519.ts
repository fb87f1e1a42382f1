import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { InvalidOptionError } from '@kadmium/interface'
import type { Ed25519 } from './ed25519.ts'
import { KeyCache } from './key-cache.ts'

/** DER of an Ed25519 key is a constant and the 32 key bytes (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/**
 * The points of order 1, 2, 4 and 8: anyone can sign for such a key. OpenSSL takes them and sodium refuses them; nodes
 * must agree on what a valid record is, so they are refused here too. Without the sign bit; from libsodium's list.
 */
const SMALL_ORDER_KEYS = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'
])

/** Ed25519 by node:crypto. Making a key object costs as much as a signature, so the last `cacheSize` are kept. */
export function nodeEd25519 (cacheSize: number): Ed25519 {
  const privateKeys = new KeyCache(cacheSize, seed => createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' }))
  const publicKeys = new KeyCache(cacheSize, publicKeyObject)
  return {
    sign (seed, message) {
      if (seed.length !== 32) throw new InvalidOptionError('seed', `expected 32 bytes, got ${seed.length}`)
      const signature = sign(null, message, privateKeys.get(seed))
      return new Uint8Array(signature.buffer, signature.byteOffset, signature.length)
    },
    verify (publicKey, message, signature) {
      if (publicKey.length !== 32 || signature.length !== 64) return false
      try {
        const key = publicKeys.get(publicKey)
        return key !== undefined && verify(null, message, key, signature)
      } catch {
        return false
      }
    }
  }
}

function publicKeyObject (publicKey: Uint8Array) {
  return hasSmallOrder(publicKey) ? undefined : createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
}

function hasSmallOrder (publicKey: Uint8Array): boolean {
  const unsigned = Buffer.from(publicKey)
  unsigned[31] = (unsigned[31] as number) & 0x7f
  return SMALL_ORDER_KEYS.has(unsigned.toString('hex'))
}
