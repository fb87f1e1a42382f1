import type { NoiseCrypto } from '@kadmium/interface'
import { concat } from './bytes.ts'

const HASH_BYTES = 32
export const TAG_BYTES = 16
const NONCE_BYTES = 12

const EMPTY = new Uint8Array(0)
const ONE = new Uint8Array([1])

/**
 * The SymmetricState of the Noise Protocol Framework (revision 34, section 5.2) with the CipherState in it (5.1), for
 * ChaChaPoly and SHA256 (12.3, 12.5). Not for anything but a handshake: its nonces count by themselves.
 */
export class SymmetricState {
  readonly #crypto: NoiseCrypto
  #chainingKey: Uint8Array
  #hash: Uint8Array
  #key: Uint8Array | undefined
  #nonce = 0

  /** InitializeSymmetric. A name of at most HASHLEN bytes is padded with zeros; all of ours have 32. */
  constructor (crypto: NoiseCrypto, protocolName: string) {
    this.#crypto = crypto
    this.#hash = new Uint8Array(HASH_BYTES)
    this.#hash.set(new TextEncoder().encode(protocolName))
    this.#chainingKey = this.#hash
  }

  /** A second state from here on, so that a forged message leaves the first one as it was. */
  clone (): SymmetricState {
    const clone = new SymmetricState(this.#crypto, '')
    clone.#chainingKey = this.#chainingKey
    clone.#hash = this.#hash
    clone.#key = this.#key
    clone.#nonce = this.#nonce
    return clone
  }

  /** GetHandshakeHash. */
  get hash (): Uint8Array {
    return this.#hash
  }

  /** MixHash. */
  mixHash (bytes: Uint8Array): void {
    this.#hash = this.#crypto.sha256(concat(this.#hash, bytes))
  }

  /** MixKey. */
  mixKey (inputKey: Uint8Array): void {
    const [chainingKey, key] = this.#hkdf(inputKey)
    this.#chainingKey = chainingKey
    this.#key = key
    this.#nonce = 0
  }

  /** EncryptAndHash. */
  encryptAndHash (plaintext: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(plaintext.length + TAG_BYTES)
    this.#crypto.seal(sealed, this.#cipherKey(), nonceOf(this.#nonce++), this.#hash, plaintext)
    this.mixHash(sealed)
    return sealed
  }

  /** DecryptAndHash; `undefined`, and nothing changed, when it does not open. */
  decryptAndHash (sealed: Uint8Array): Uint8Array | undefined {
    const plaintext = this.#crypto.open(this.#cipherKey(), nonceOf(this.#nonce), this.#hash, sealed)
    if (plaintext === undefined) return undefined
    this.#nonce++
    this.mixHash(sealed)
    return plaintext
  }

  /** Split: the keys of the initiator's and of the responder's messages. */
  split (): readonly [Uint8Array, Uint8Array] {
    return this.#hkdf(EMPTY)
  }

  /** IK seals nothing before its first DH, so there always is a key. */
  #cipherKey (): Uint8Array {
    if (this.#key === undefined) throw new Error('no key was mixed in yet')
    return this.#key
  }

  /** HKDF with two outputs (4.3). */
  #hkdf (inputKey: Uint8Array): readonly [Uint8Array, Uint8Array] {
    const temporary = this.#crypto.hmacSha256(this.#chainingKey, inputKey)
    const first = this.#crypto.hmacSha256(temporary, ONE)
    return [first, this.#crypto.hmacSha256(temporary, concat(first, new Uint8Array([2])))]
  }
}

/** 4 zero bytes and the counter in 8, little-endian (12.3). */
export function nonceOf (counter: number): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES)
  writeCounter(nonce, 4, counter)
  return nonce
}

/** 8 bytes, little-endian; exact below 2^53. */
export function writeCounter (into: Uint8Array, at: number, counter: number): void {
  let rest = counter
  for (let i = 0; i < 7; i++) {
    into[at + i] = rest & 255
    rest = Math.floor(rest / 256)
  }
}
