/** The golden records: what test-fixtures/records.json is written from. */
import type { KadRecord, RecordRefusal } from '@kadmium/interface'
import { encodeRecord, parseEndpoint, recordSigningBytes } from '@kadmium/wire'
import { immutableRecord, ownedKey, signAdvertisement, signRecord, signTombstone } from '../src/index.ts'
import { alice, bob, bytes } from './people.ts'

export interface GoldenRecord {
  readonly name: string
  readonly record: Readonly<Record<string, string | number>>
  readonly signingBytes?: string
  readonly encoded: string
  /** What a reader says; absent for a good record. */
  readonly refusal?: RecordRefusal
}

const greeting = signRecord({ key: bytes('greeting'), value: bytes('hello world'), seq: 1_767_225_600_000 }, alice)
const tombstone = signTombstone({ key: bytes('greeting'), seq: 1_767_225_600_002 }, alice)
const advertisement = signAdvertisement({
  key: bytes('chat'), peer: { addresses: [parseEndpoint('203.0.113.9:8009')], mode: 'server', payload: bytes('hi') }, seq: 1_767_225_600_003, ttl: 7200
}, alice)
const owned = signRecord({ key: ownedKey(alice.peerId, 'profile'), value: bytes('alice'), seq: 1_767_225_600_004 }, alice)
const deflated = signRecord({ key: bytes('greeting'), value: hexBytes('cb48cdc9c95728cf2fca49d151c818e58c540e00'), encoding: 'deflate', seq: 1_767_225_600_006 }, alice)
/** 65,537 bytes of 0. */
const bomb = hexBytes(`edc101010000008220ffafae2140010${'0'.repeat(123)}c00d`)
const immutable = immutableRecord(bytes('a value that is its own key'))

const golden: readonly GoldenRecord[] = [
  shown('signed', greeting),
  shown('signed-with-salt', signRecord({ key: bytes('greeting'), value: bytes('hallo Welt'), salt: bytes('de'), seq: 1_767_225_600_001, ttl: 3600 }, alice)),
  shown('empty-value-highest-seq', signRecord({ key: new Uint8Array(64).fill(0xff), value: new Uint8Array(0), seq: Number.MAX_SAFE_INTEGER, ttl: 1 }, bob)),
  shown('deflated', deflated),
  shown('immutable', immutable),
  shown('tombstone', tombstone),
  shown('advertisement', advertisement),
  shown('owned-key', owned),
  shown('owned-key-of-another', signRecord({ key: owned.key, value: bytes('bob'), seq: 1_767_225_600_005 }, bob), 'not-owner'),
  shown('tombstone-as-a-value', without(tombstone, 'kind'), 'bad-signature'),
  shown('tombstone-with-a-value', { ...greeting, kind: 'tombstone' }, 'malformed'),
  shown('advertisement-of-no-peer', { ...greeting, kind: 'advertisement' }, 'malformed'),
  shown('deflated-as-a-plain-value', without(deflated, 'encoding'), 'bad-signature'),
  shown('plain-value-as-deflated', { ...greeting, encoding: 'deflate' }, 'bad-signature'),
  shown('deflated-and-cut-short', signRecord({ key: bytes('greeting'), value: deflated.value.slice(0, 10), encoding: 'deflate', seq: 1_767_225_600_007 }, alice), 'bad-encoding'),
  shown('deflated-bomb', signRecord({ key: bytes('greeting'), value: bomb, encoding: 'deflate', seq: 1_767_225_600_008 }, alice), 'value-too-large'),
  shown('deflated-tombstone', { ...tombstone, encoding: 'deflate' }, 'malformed'),
  shown('deflated-immutable', { ...immutable, encoding: 'deflate' }, 'malformed'),
  shown('changed-value', { ...greeting, value: bytes('hello World') }, 'bad-signature'),
  shown('changed-ttl', { ...greeting, ttl: greeting.ttl - 1 }, 'bad-signature'),
  shown('other-publisher', { ...greeting, publisher: bob.publicKey }, 'bad-signature'),
  shown('unsigned', without(greeting, 'signature'), 'unsigned'),
  shown('too-long-a-ttl', { ...greeting, ttl: 172_801 }, 'ttl-too-long'),
  shown('immutable-under-another-key', { ...immutable, key: greeting.key }, 'wrong-key'),
  shown('immutable-with-seq', { ...immutable, seq: 1 }, 'unsigned')
]

/** What the file holds. */
export const fixtures = {
  about: 'Golden records. Bytes are hex; the seed of a publisher is 32 times one byte; written by: npm run fixtures -w @kadmium/records',
  publishers: { [hex(alice.publicKey)]: '03'.repeat(32), [hex(bob.publicKey)]: '04'.repeat(32) },
  records: golden
}

export function hex (value: Uint8Array): string {
  return Buffer.from(value).toString('hex')
}

function hexBytes (text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}

function shown (name: string, record: KadRecord, refusal?: RecordRefusal): GoldenRecord {
  return {
    name,
    record: Object.fromEntries(Object.entries(record).map(([part, value]) => [part, value instanceof Uint8Array ? hex(value) : value as string | number])),
    ...(record.publisher && { signingBytes: hex(recordSigningBytes(record)) }),
    encoded: hex(encodeRecord(record)),
    ...(refusal && { refusal })
  }
}

function without (record: KadRecord, part: 'signature' | 'kind' | 'encoding'): KadRecord {
  const { [part]: _, ...rest } = record
  return rest
}
