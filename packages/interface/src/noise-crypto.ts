/**
 * What an encrypted channel needs of a crypto library: Noise's DH, cipher and hash functions (Noise section 4) for
 * 25519, ChaChaPoly and SHA256, and the way from Ed25519 to X25519. Synchronous, so that a run can be replayed.
 */
export interface NoiseCrypto {
  /** 32 bytes. */
  sha256 (bytes: Uint8Array): Uint8Array
  /** 32 bytes. */
  hmacSha256 (key: Uint8Array, bytes: Uint8Array): Uint8Array
  /** The X25519 pair of a 32-byte secret (RFC 7748). */
  keyPair (secret: Uint8Array): DhKeyPair
  /** The X25519 pair that belongs to an Ed25519 seed: the first half of its SHA-512, as Ed25519 takes it (RFC 8032, 5.1.5). */
  identityKeyPair (seed: Uint8Array): DhKeyPair
  /**
   * The X25519 key of an Ed25519 key (the map of RFC 7748, 4.1). `undefined` for what is no canonical point of the prime
   * order group. The last results are kept.
   */
  toX25519 (publicKey: Uint8Array): Uint8Array | undefined
  /** ChaCha20-Poly1305 (RFC 8439): `into` is 16 bytes longer than `plaintext`. `nonce` is 12 bytes. */
  seal (into: Uint8Array, key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plaintext: Uint8Array): void
  /** `undefined` where the tag does not fit. Never throws for what came from the network. */
  open (key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined
}

/** An X25519 pair; the secret half stays inside. */
export interface DhKeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  /** The shared secret, 32 bytes; `undefined` for public keys of small order, with which everybody shares it. */
  agree (publicKey: Uint8Array): Uint8Array | undefined
}
