import type { Crypto, Random, TokenHolder, WriteTokens } from '@kadmium/interface'
import { RotatingSecret } from './rotating-secret.ts'

const TOKEN_BYTES = 16

/**
 * BEP 5's tokens, bound to all that they permit: the holder's address, port and public key, and the one record key.
 * Accepted for one to two epochs.
 */
export class HmacTokens implements WriteTokens {
  readonly #secret: RotatingSecret
  readonly #crypto: Crypto

  constructor (random: Random, crypto: Crypto, epochMs: number) {
    this.#secret = new RotatingSecret(random, epochMs)
    this.#crypto = crypto
  }

  mint (holder: TokenHolder, now: number): Uint8Array {
    return this.#token(this.#secret.current(now), holder)
  }

  check (token: Uint8Array, holder: TokenHolder, now: number): boolean {
    if (token.length !== TOKEN_BYTES) return false
    if (equal(token, this.#token(this.#secret.current(now), holder))) return true
    const previous = this.#secret.previous(now)
    return previous !== undefined && equal(token, this.#token(previous, holder))
  }

  #token (secret: Uint8Array, { endpoint, peerKey, key }: TokenHolder): Uint8Array {
    const input = new Uint8Array(1 + endpoint.bytes.length + peerKey.length + key.length)
    // The family fixes the length of all that follows but the key, which is last: no two holders give the same input.
    input[0] = endpoint.family
    input.set(endpoint.bytes, 1)
    input.set(peerKey, 1 + endpoint.bytes.length)
    input.set(key, 1 + endpoint.bytes.length + peerKey.length)
    return this.#crypto.hmacSha256(secret, input).slice(0, TOKEN_BYTES)
  }
}

/** Looks at every byte, so that the time taken tells nothing about where a guess went wrong. */
function equal (a: Uint8Array, b: Uint8Array): boolean {
  let difference = 0
  for (let i = 0; i < TOKEN_BYTES; i++) difference |= a[i]! ^ b[i]!
  return difference === 0
}
