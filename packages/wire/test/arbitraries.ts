/** What fast-check draws from: every message that the wire can carry. Seeds are fixed, so that a failure repeats itself. */
import type { Endpoint, Envelope, ErrorCode, KadRecord } from '@kadmium/interface'
import fc from 'fast-check'
import { endpointFromBytes } from '../src/index.ts'
import type { AdvertisedPeer, WireContact, WireHeldRecord, WireKadRequest, WireKadResponse } from '../src/index.ts'

export const runs = { seed: 20_260_101, numRuns: 300 }

const byteString = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength }).map(bytes => new Uint8Array(bytes))
const exactly = (length: number): fc.Arbitrary<Uint8Array> => byteString(length, length)
const utf8 = (maxBytes: number, minLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: 'binary', minLength, maxLength: Math.floor(maxBytes / 4) })

const publicKeys = exactly(32)
export const endpoints: fc.Arbitrary<Endpoint> = fc.oneof(exactly(6), exactly(18)).map(endpointFromBytes)
export const contacts: fc.Arbitrary<WireContact> = fc.record({ publicKey: publicKeys, address: endpoints })

const codes: readonly ErrorCode[] = ['protocol-unknown', 'malformed', 'token-required', 'record-refused', 'key-full', 'too-large', 'busy', 'internal']
const common = { transactionId: byteString(1, 16), mode: fc.constantFrom('client' as const, 'server' as const) }

export const envelopes: fc.Arbitrary<Envelope> = fc.oneof(
  fc.record({ kind: fc.constant('request' as const), ...common, protocol: utf8(64, 1), token: byteString(1, 32) },
    { requiredKeys: ['kind', 'transactionId', 'mode', 'protocol'] }),
  fc.record({ kind: fc.constant('response' as const), ...common, observed: endpoints, truncated: fc.boolean() },
    { requiredKeys: ['kind', 'transactionId', 'mode', 'truncated'] }),
  fc.record({ kind: fc.constant('error' as const), ...common, observed: endpoints, code: fc.constantFrom(...codes), reason: utf8(128, 0), token: byteString(1, 32) },
    { requiredKeys: ['kind', 'transactionId', 'mode', 'code', 'reason'] })
)

export const records: fc.Arbitrary<KadRecord> = fc.record({
  key: byteString(1, 64),
  value: byteString(0, 850),
  publisher: publicKeys,
  salt: byteString(1, 64),
  seq: fc.maxSafeNat(),
  ttl: fc.integer({ min: 1, max: 172_800 }),
  signature: exactly(64),
  kind: fc.constantFrom('tombstone' as const, 'advertisement' as const),
  encoding: fc.constant('deflate' as const)
}, { requiredKeys: ['key', 'value', 'seq', 'ttl'] })

const heldRecords: fc.Arbitrary<WireHeldRecord> = fc.record({ record: records, remainingMs: fc.integer({ min: 1, max: 172_800_000 }) })

const findValues = fc.record({
  type: fc.constant('find-value' as const),
  key: byteString(1, 64),
  publisher: publicKeys,
  salt: byteString(1, 64),
  seed: byteString(1, 20),
  limit: fc.integer({ min: 1, max: 32 }),
  tombstones: fc.constant(true),
  advertisements: fc.constant(true)
}, { requiredKeys: ['type', 'key'] })

export const kadRequests: fc.Arbitrary<WireKadRequest> = fc.oneof(
  fc.record({ type: fc.constant('find-node' as const), target: exactly(20) }),
  findValues,
  findValues.map(asked => ({ seed: Uint8Array.of(1), ...asked, after: new Uint8Array(20).fill(9) })),
  heldRecords.map(held => ({ type: 'store' as const, ...held })),
  fc.record({ held: heldRecords, expectedSeq: fc.maxSafeNat() }).map(({ held, expectedSeq }) => ({ type: 'store' as const, ...held, expectedSeq })),
  heldRecords.map(held => ({ type: 'store' as const, ...held, keep: true }))
)

export const kadResponses: fc.Arbitrary<WireKadResponse> = fc.oneof(
  fc.record({ type: fc.constant('found-node' as const), contacts: fc.array(contacts, { maxLength: 64 }) }),
  fc.record({
    type: fc.constant('found-value' as const),
    records: fc.array(heldRecords, { maxLength: 4 }),
    contacts: fc.array(contacts, { maxLength: 20 }),
    more: fc.boolean(),
    total: fc.nat({ max: 0xffffffff })
  }, { requiredKeys: ['type', 'records', 'contacts', 'more'] }),
  fc.constantFrom<WireKadResponse>({ type: 'stored' }, { type: 'stored', sampled: true })
)

export const advertisedPeers: fc.Arbitrary<AdvertisedPeer> = fc.record({
  addresses: fc.array(endpoints, { maxLength: 8 }),
  mode: fc.constantFrom('client' as const, 'server' as const),
  payload: byteString(1, 200)
}, { requiredKeys: ['addresses', 'mode'] })
