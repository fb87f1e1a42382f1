import type { PrivateKey } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { MultihashDigest } from 'multiformats/hashes/interface'

/**
 * A point in the 160-bit key space: a node's id (SHA-1 of its public key in libp2p's protobuf encoding) or the place of a
 * record key. Immutable.
 */
export interface PeerId {
  /** 20 bytes, big-endian. Not to be changed. */
  readonly bytes: Uint8Array
  /** 40 lower-case hex digits; the same id always gives the same text, so it serves as a `Map` key. */
  readonly hex: string
  /** The id as five signed 32-bit words, most significant first: what distance arithmetic reads. */
  readonly w0: number
  readonly w1: number
  readonly w2: number
  readonly w3: number
  readonly w4: number
  equals (other: PeerId): boolean
  /** The same as `hex`. */
  toString (): string
  /** Multihash with code 0x11 (SHA-1), length 20. */
  toMultihash (): MultihashDigest<0x11>
  /** CIDv1 with the libp2p-key codec (0x72). */
  toCID (): CID
}

/** Who this node is, and its right to sign. */
export interface Identity {
  readonly peerId: PeerId
  /** 32 bytes, raw Ed25519. */
  readonly publicKey: Uint8Array
  readonly privateKey: PrivateKey
  /** An Ed25519 signature, 64 bytes. */
  sign (message: Uint8Array): Uint8Array
}
