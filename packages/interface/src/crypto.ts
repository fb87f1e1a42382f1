import type { NoiseCrypto } from './noise-crypto.ts'

/** The primitives that a node is given; synchronous, so that a run can be replayed. */
export interface Crypto {
  /** 20 bytes. */
  sha1 (bytes: Uint8Array): Uint8Array
  /** 32 bytes. */
  hmacSha256 (key: Uint8Array, bytes: Uint8Array): Uint8Array
  /** The Ed25519 public key, 32 bytes, of a 32-byte private key. Where absent, JavaScript computes it, in 20 times the time. */
  publicKey? (seed: Uint8Array): Uint8Array
  /** Ed25519 (RFC 8032): 64 bytes. `seed` is the 32-byte private key. */
  sign (seed: Uint8Array, message: Uint8Array): Uint8Array
  /** Ed25519: false for anything that is not a valid signature, whatever its length. Never throws. */
  verify (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** What `noise()` needs on top; may be absent where only `plaintext()` is used. */
  readonly noise?: NoiseCrypto
}
