import type { Endpoint, NoiseCrypto, Random } from '@kadmium/interface'
import { RotatingSecret } from '../rotating-secret.ts'
import { concat, equal } from './bytes.ts'
import { MAC_BYTES } from './packets.ts'

const MAX_NETWORK_BYTES = 255
const ZERO_NONCE = new Uint8Array(12)
const EMPTY = new Uint8Array(0)

/** Keys of things that only those can make, or read, who know a node's public key and its network. */
export interface PublicKeys {
  /** Authenticates a first flight to the node before any key exchange (WireGuard section 5.4.4). */
  readonly mac1: Uint8Array
  /** Hides its cookies from those who do not know whom they talk to (5.4.7). */
  readonly cookie: Uint8Array
}

/** The cheap checks that come before the costly ones. */
export class Macs {
  readonly #crypto: NoiseCrypto
  readonly #network: Uint8Array
  readonly #helloKey: Uint8Array

  constructor (crypto: NoiseCrypto, network: string) {
    const name = new TextEncoder().encode(network).subarray(0, MAX_NETWORK_BYTES)
    this.#crypto = crypto
    this.#network = concat(new Uint8Array([name.length]), name)
    this.#helloKey = this.#derive('kadmium hello v1', EMPTY)
  }

  /** Section 6 of Noise. The key as it was asked for, since two Ed25519 keys that differ in sign share one X25519 key. */
  prologue (responderKey: Uint8Array, header: Uint8Array): Uint8Array {
    return concat(new TextEncoder().encode('kadmium noise v1'), this.#network, responderKey, header)
  }

  keysOf (publicKey: Uint8Array): PublicKeys {
    return { mac1: this.#derive('kadmium mac1 v1', publicKey), cookie: this.#derive('kadmium cookie v1', publicKey) }
  }

  /** Writes the mac of what is before `at`. HELLOs are keyed by the network: others do not learn that we exist. */
  signHello (packet: Uint8Array, at: number): void {
    packet.set(this.mac(this.#helloKey, packet.subarray(0, at)), at)
  }

  verifyHello (packet: Uint8Array, at: number): boolean {
    return equal(this.mac(this.#helloKey, packet.subarray(0, at)), packet.subarray(at))
  }

  mac (key: Uint8Array, bytes: Uint8Array): Uint8Array {
    return this.#crypto.hmacSha256(key, bytes).subarray(0, MAC_BYTES)
  }

  /** Salt and first flight make a key that is used once. */
  sealCookie (into: Uint8Array, cookie: Uint8Array, cookieKey: Uint8Array, mac1: Uint8Array, salt: Uint8Array): void {
    this.#crypto.seal(into, this.#crypto.hmacSha256(cookieKey, concat(mac1, salt)), ZERO_NONCE, EMPTY, cookie)
  }

  openCookie (sealed: Uint8Array, cookieKey: Uint8Array, mac1: Uint8Array, salt: Uint8Array): Uint8Array | undefined {
    return this.#crypto.open(this.#crypto.hmacSha256(cookieKey, concat(mac1, salt)), ZERO_NONCE, EMPTY, sealed)
  }

  #derive (label: string, publicKey: Uint8Array): Uint8Array {
    return this.#crypto.sha256(concat(new TextEncoder().encode(label), this.#network, publicKey))
  }
}

/** Cookies for first flights: whoever uses one has received it at the endpoint it was made for. Nothing is remembered. */
export class LoadCookies {
  readonly #secret: RotatingSecret
  readonly #macs: Macs

  constructor (random: Random, macs: Macs, epochMs: number) {
    this.#secret = new RotatingSecret(random, epochMs)
    this.#macs = macs
  }

  mint (endpoint: Endpoint, now: number): Uint8Array {
    return this.#macs.mac(this.#secret.current(now), endpoint.bytes)
  }

  /** Whether `mac2` was made with a cookie of `endpoint` that is no older than two epochs. */
  verify (mac2: Uint8Array, mac1: Uint8Array, endpoint: Endpoint, now: number): boolean {
    return [this.#secret.current(now), this.#secret.previous(now)].some(secret =>
      secret !== undefined && equal(this.#macs.mac(this.#macs.mac(secret, endpoint.bytes), mac1), mac2))
  }
}
