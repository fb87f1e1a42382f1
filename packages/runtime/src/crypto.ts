import { createHash, createHmac } from 'node:crypto'
import type { Crypto } from '@kadmium/interface'
import type { Ed25519 } from './ed25519.ts'
import { nodeEd25519 } from './node-ed25519.ts'
import { systemNoiseCrypto } from './noise-crypto.ts'
import type { NoiseCryptoInit } from './noise-crypto.ts'
import { sodiumEd25519 } from './sodium-ed25519.ts'

export interface SystemCryptoInit extends NoiseCryptoInit {
  /** Node wants a key object for each key; so many are kept, for signing and verifying each. Default 1,024. */
  readonly keyCacheSize?: number
}

const DEFAULT_KEY_CACHE_SIZE = 1024

/** The crypto libraries of this machine. Throws `InvalidOptionError` when sodium is asked for by name and does not load. */
export function systemCrypto (init: SystemCryptoInit = {}): Crypto {
  return { sha1, hmacSha256, ...ed25519(init), noise: systemNoiseCrypto(init) }
}

function ed25519 ({ cryptoProvider = 'auto', keyCacheSize = DEFAULT_KEY_CACHE_SIZE }: SystemCryptoInit): Ed25519 {
  switch (cryptoProvider) {
    case 'node': return nodeEd25519(keyCacheSize)
    case 'sodium': return sodiumEd25519()
    case 'auto': {
      try {
        return sodiumEd25519()
      } catch {
        return nodeEd25519(keyCacheSize)
      }
    }
  }
}

function sha1 (bytes: Uint8Array): Uint8Array {
  return plain(createHash('sha1').update(bytes).digest())
}

function hmacSha256 (key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return plain(createHmac('sha256', key).update(bytes).digest())
}

/** A `Buffer` prints, slices and compares differently from the `Uint8Array` that the core expects. */
function plain (buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}
