/** Many publishers, made without the cost of signing: for stores whose crypto believes everything. */
import { createHash } from 'node:crypto'
import type { Crypto, Endpoint, KadRecord } from '@kadmium/interface'
import { encodePeerRecord, endpoint } from '@kadmium/wire'
import { crypto } from './people.ts'

export const credulous: Crypto = {
  sha1: bytes => crypto.sha1(bytes),
  hmacSha256: (key, bytes) => crypto.hmacSha256(key, bytes),
  sign: (seed, message) => crypto.sign(seed, message),
  verify: () => true
}

const signature = new Uint8Array(64)
const peerRecord = encodePeerRecord({ addresses: [endpoint('203.0.113.9', 8009)], mode: 'server' })

export function publisherOf (index: number): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`publisher ${index}`).digest())
}

/** What the publisher of this number puts under `key`. */
export function recordOf (index: number, key: Uint8Array, valueBytes = 0): KadRecord {
  return { key, value: new Uint8Array(valueBytes), publisher: publisherOf(index), seq: 1, ttl: 172_800, signature }
}

export function advertisementOf (index: number, key: Uint8Array, seq = 1): KadRecord {
  return { key, value: peerRecord, kind: 'advertisement', publisher: publisherOf(index), seq, ttl: 7200, signature }
}

/** An address in the /24 of this number: public for every number below 4 million. */
export function addressIn (group: number, host = 1): Endpoint {
  return endpoint(`${11 + Math.floor(group / 65_536)}.${(group >> 8) & 255}.${group & 255}.${host}`, 8001)
}
