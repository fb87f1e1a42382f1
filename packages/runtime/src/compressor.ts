import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Compressor } from '@kadmium/interface'

/** Node's zlib. */
export function systemCompressor (): Compressor {
  return {
    deflate: bytes => new Uint8Array(deflateRawSync(bytes)),
    inflate (bytes, maxBytes) {
      try {
        return new Uint8Array(inflateRawSync(bytes, { maxOutputLength: maxBytes }))
      } catch (error) {
        return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'malformed'
      }
    }
  }
}
