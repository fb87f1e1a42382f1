import type { NoiseCrypto } from '@kadmium/interface'
import { nodeNoiseCrypto } from './node-noise-crypto.ts'
import { sodiumNoiseCrypto } from './sodium-noise-crypto.ts'

export interface NoiseCryptoInit {
  /** Who does Ed25519, X25519 and ChaCha20-Poly1305. `auto`, the default, takes sodium where it loads and node's own otherwise. */
  readonly cryptoProvider?: 'auto' | 'node' | 'sodium'
  /** So many Ed25519 keys are kept with the X25519 keys they convert to. Default 4,096, as many as there are sessions. */
  readonly conversionCacheSize?: number
}

const DEFAULT_CONVERSION_CACHE_SIZE = 4096

/** What `noise()` needs. Throws `InvalidOptionError` when sodium is asked for by name and does not load. */
export function systemNoiseCrypto (init: NoiseCryptoInit = {}): NoiseCrypto {
  const { cryptoProvider = 'auto', conversionCacheSize = DEFAULT_CONVERSION_CACHE_SIZE } = init
  switch (cryptoProvider) {
    case 'node': return nodeNoiseCrypto(conversionCacheSize)
    case 'sodium': return sodiumNoiseCrypto(conversionCacheSize)
    case 'auto': {
      try {
        return sodiumNoiseCrypto(conversionCacheSize)
      } catch {
        return nodeNoiseCrypto(conversionCacheSize)
      }
    }
  }
}
