import type { Crypto, Endpoint, Random } from '@kadmium/interface'
import { COOKIE_BYTES } from '@kadmium/wire'
import { RotatingSecret } from './rotating-secret.ts'

const MAC_BYTES = COOKIE_BYTES - 1

/** Why a cookie was sent: with something we asked, or with an answer. Who echoes it tells us who began. */
export type CookieRole = 'asked' | 'answered'

/**
 * Cookies prove addresses without a table of who was sent what: whoever echoes one has received it at the endpoint that
 * it was minted for (the idea of RFC 6347 section 4.2.1). A tag byte and 56 bits of HMAC, which nobody guesses within an
 * epoch. The tag holds the role in its lowest bit and the parity of the epoch above it, so that one HMAC decides.
 */
export class Cookies {
  readonly #secret: RotatingSecret
  readonly #crypto: Crypto

  constructor (random: Random, crypto: Crypto, epochMs: number) {
    this.#secret = new RotatingSecret(random, epochMs)
    this.#crypto = crypto
  }

  epoch (now: number): number {
    return this.#secret.epoch(now)
  }

  mint (endpoint: Endpoint, role: CookieRole, now: number): Uint8Array {
    const cookie = new Uint8Array(COOKIE_BYTES)
    cookie[0] = tagOf(role, this.epoch(now))
    cookie.set(this.#mac(this.#secret.current(now), endpoint, cookie[0]), 1)
    return cookie
  }

  /** The role of `cookie`; `undefined` unless it is ours, for `endpoint`, and fresh. */
  verify (cookie: Uint8Array, endpoint: Endpoint, now: number): CookieRole | undefined {
    const tag = cookie[0]!
    if (tag >> 2 !== MARK) return undefined
    const role = tag & 1 ? 'asked' : 'answered'
    const secret = tag === tagOf(role, this.epoch(now)) ? this.#secret.current(now) : this.#secret.previous(now)
    if (secret === undefined) return undefined
    const mac = this.#mac(secret, endpoint, tag)
    for (let i = 0; i < MAC_BYTES; i++) {
      if (cookie[1 + i] !== mac[i]) return undefined
    }
    return role
  }

  #mac (secret: Uint8Array, endpoint: Endpoint, tag: number): Uint8Array {
    const input = new Uint8Array(endpoint.bytes.length + 1)
    input.set(endpoint.bytes)
    input[endpoint.bytes.length] = tag
    return this.#crypto.hmacSha256(secret, input).subarray(0, MAC_BYTES)
  }
}

/** The upper six bits are fixed, so that the echo of a sender without a cookie, all zero, is refused without an HMAC. */
const MARK = 0b101010

function tagOf (role: CookieRole, epoch: number): number {
  return MARK << 2 | (epoch & 1) << 1 | (role === 'asked' ? 1 : 0)
}
