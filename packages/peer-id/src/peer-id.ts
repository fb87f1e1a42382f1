/**
 * The 160-bit id (Maymounkov and Mazières, "Kademlia", 2002, section 2) and what it is derived from. Inside it is five
 * signed 32-bit words, which V8 keeps unboxed; bytes and text are made when somebody asks for them.
 */

import { InvalidOptionError } from '@kadmium/interface'
import type { PeerId } from '@kadmium/interface'
import { sha1 } from '@noble/hashes/legacy.js'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import type { MultihashDigest } from 'multiformats/hashes/interface'

/** Bytes of an id. */
export const ID_BYTES = 20

/** Bits of an id, and the number of buckets of a routing table. */
export const ID_BITS = 160

/** Multihash code of SHA-1. */
export const SHA1_CODE = 0x11

/** Multicodec of a libp2p key, the content type of a peer id's CID. */
export const LIBP2P_KEY_CODEC = 0x72

/** Bytes of a raw Ed25519 public key. */
export const PUBLIC_KEY_BYTES = 32

/** @param bytes 20 of them, big-endian; they are copied. */
export function peerIdFromBytes (bytes: Uint8Array): PeerId {
  if (bytes.length !== ID_BYTES) throw new InvalidOptionError('id', `expected ${ID_BYTES} bytes, got ${bytes.length}`)
  return new Id160(word(bytes, 0), word(bytes, 4), word(bytes, 8), word(bytes, 12), word(bytes, 16))
}

/** The five 32-bit words of an id, most significant first. Higher bits and fractions are cut off. */
export function peerIdFromWords (w0: number, w1: number, w2: number, w3: number, w4: number): PeerId {
  return new Id160(w0 | 0, w1 | 0, w2 | 0, w3 | 0, w4 | 0)
}

/** @param hex 40 digits of either case. */
export function peerIdFromHex (hex: string): PeerId {
  if (!/^[0-9a-f]{40}$/i.test(hex)) throw new InvalidOptionError('id', `expected 40 hex digits, got ${JSON.stringify(hex)}`)
  const digits = (from: number): number => Number.parseInt(hex.slice(from, from + 8), 16)
  return peerIdFromWords(digits(0), digits(8), digits(16), digits(24), digits(32))
}

/** The id of a node: SHA-1 of its raw 32-byte Ed25519 key in libp2p's protobuf encoding. */
export function peerIdFromPublicKey (publicKey: Uint8Array): PeerId {
  return peerIdFromBytes(sha1(encodedPublicKey(publicKey)))
}

/** The place of a record key: its SHA-1. */
export function keyId (recordKey: Uint8Array): PeerId {
  return peerIdFromBytes(sha1(recordKey))
}

/** Whether `value` is an id; also of another copy of this package. */
export function isPeerId (value: unknown): value is PeerId {
  if (value instanceof Id160) return true
  if (typeof value !== 'object' || value === null) return false
  const { hex, w0, w1, w2, w3, w4 } = value as Partial<PeerId>
  return typeof hex === 'string' && hex.length === ID_BYTES * 2 && [w0, w1, w2, w3, w4].every(word => Number.isInteger(word))
}

/** libp2p's `PublicKey { type: Ed25519 = 1, data: 32 bytes }` as protobuf. */
function encodedPublicKey (publicKey: Uint8Array): Uint8Array {
  if (publicKey.length !== PUBLIC_KEY_BYTES) {
    throw new InvalidOptionError('publicKey', `expected ${PUBLIC_KEY_BYTES} bytes, got ${publicKey.length}`)
  }
  const encoded = new Uint8Array(4 + PUBLIC_KEY_BYTES)
  encoded[0] = 0x08
  encoded[1] = 0x01
  encoded[2] = 0x12
  encoded[3] = PUBLIC_KEY_BYTES
  encoded.set(publicKey, 4)
  return encoded
}

/** Private fields, so that two equal ids are also deeply equal whichever of them was printed before. */
class Id160 implements PeerId {
  readonly w0: number
  readonly w1: number
  readonly w2: number
  readonly w3: number
  readonly w4: number
  #hex: string | undefined

  constructor (w0: number, w1: number, w2: number, w3: number, w4: number) {
    this.w0 = w0
    this.w1 = w1
    this.w2 = w2
    this.w3 = w3
    this.w4 = w4
  }

  /** A fresh array: an id stays what it is, whatever is done to its bytes. */
  get bytes (): Uint8Array {
    const bytes = new Uint8Array(ID_BYTES)
    putWord(bytes, 0, this.w0)
    putWord(bytes, 4, this.w1)
    putWord(bytes, 8, this.w2)
    putWord(bytes, 12, this.w3)
    putWord(bytes, 16, this.w4)
    return bytes
  }

  get hex (): string {
    this.#hex ??= [this.w0, this.w1, this.w2, this.w3, this.w4].map(wordHex).join('') // one string, where a sum keeps nine
    return this.#hex
  }

  equals (other: PeerId): boolean {
    return this.w0 === other.w0 && this.w1 === other.w1 && this.w2 === other.w2 && this.w3 === other.w3 && this.w4 === other.w4
  }

  toString (): string {
    return this.hex
  }

  toJSON (): string {
    return this.hex
  }

  toMultihash (): MultihashDigest<0x11> {
    return Digest.create(SHA1_CODE, this.bytes)
  }

  toCID (): CID {
    return CID.createV1(LIBP2P_KEY_CODEC, this.toMultihash())
  }

  /** What Node's console and assertion messages show. */
  [Symbol.for('nodejs.util.inspect.custom')] (): string {
    return `PeerId(${this.hex})`
  }
}

function word (bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

function putWord (bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24
  bytes[at + 1] = word >>> 16
  bytes[at + 2] = word >>> 8
  bytes[at + 3] = word
}

function wordHex (word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}
