/** The golden records: what test-fixtures/records.json is written from. */
import type { KadRecord, RecordRefusal } from '@kadmium/interface'
import { encodeRecord, recordSigningBytes } from '@kadmium/wire'
import { immutableRecord, signRecord } from '../src/index.ts'
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
const immutable = immutableRecord(bytes('a value that is its own key'))

const golden: readonly GoldenRecord[] = [
  shown('signed', greeting),
  shown('signed-with-salt', signRecord({ key: bytes('greeting'), value: bytes('hallo Welt'), salt: bytes('de'), seq: 1_767_225_600_001, ttl: 3600 }, alice)),
  shown('empty-value-highest-seq', signRecord({ key: new Uint8Array(64).fill(0xff), value: new Uint8Array(0), seq: Number.MAX_SAFE_INTEGER, ttl: 1 }, bob)),
  shown('immutable', immutable),
  shown('changed-value', { ...greeting, value: bytes('hello World') }, 'bad-signature'),
  shown('changed-ttl', { ...greeting, ttl: greeting.ttl - 1 }, 'bad-signature'),
  shown('other-publisher', { ...greeting, publisher: bob.publicKey }, 'bad-signature'),
  shown('unsigned', without(greeting, 'signature'), 'unsigned'),
  shown('too-long-a-ttl', { ...greeting, ttl: 172_801 }, 'ttl-too-long'),
  shown('immutable-under-another-key', { ...immutable, key: greeting.key }, 'wrong-key'),
  shown('immutable-with-seq', { ...immutable, seq: 1 }, 'malformed')
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

function shown (name: string, record: KadRecord, refusal?: RecordRefusal): GoldenRecord {
  return {
    name,
    record: Object.fromEntries(Object.entries(record).map(([part, value]) => [part, typeof value === 'number' ? value : hex(value as Uint8Array)])),
    ...(record.publisher && { signingBytes: hex(recordSigningBytes(record)) }),
    encoded: hex(encodeRecord(record)),
    ...(refusal && { refusal })
  }
}

function without (record: KadRecord, part: 'signature'): KadRecord {
  const { [part]: _, ...rest } = record
  return rest
}
