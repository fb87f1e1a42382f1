/**
 * The golden datagrams: what test-fixtures/datagrams.json is written from, and what docs/wire-protocol.md shows. Every key,
 * cookie and id is fixed, so they never change but with the format.
 */
import { createHash } from 'node:crypto'
import type { Envelope, KadRecord } from '@kadmium/interface'
import {
  MAX_DATAGRAM_VALUE_BYTES, MAX_KEY_BYTES, MAX_PEER_ADDRESSES, MAX_PEER_PAYLOAD_BYTES, MAX_TOKEN_BYTES, NETWORK_TAG_BYTES, encodeEnvelope,
  encodeKadRequest, encodeKadResponse, encodePeerRecord, encodePlaintextFrame, endpoint, parseEndpoint, recordSigningBytes
} from '../src/index.ts'
import type { WireContact, WireKadRequest, WireKadResponse } from '../src/index.ts'
import { testKey } from './ed25519.ts'
import { hex, toJson } from './json.ts'
import type { Json } from './json.ts'

/** Contents of one golden datagram: the meaning in JSON, the bytes in hex. */
export interface Golden {
  readonly name: string
  readonly frame: Json
  readonly padTo: number
  readonly envelope: Json
  readonly payload: Json
  readonly payloadBytes: string
  readonly message: string
  readonly datagram: string
}

const NETWORK = 'kadmium'
const PING = '/kadmium/ping/1.0.0'
const KAD = '/kadmium/kad/1.0.0'
const asker = testKey(1)
const answerer = testKey(2)
const publisher = testKey(3)
const network = new Uint8Array(createHash('sha1').update(NETWORK).digest()).slice(0, NETWORK_TAG_BYTES)
const none = new Uint8Array(8)
const askerCookie = bytes(8, 0xa0)
const answererCookie = bytes(8, 0xb0)
const transactionId = bytes(8, 0x10)
const token = bytes(MAX_TOKEN_BYTES, 0x70)
const observed4 = parseEndpoint('198.51.100.7:8001')
const observed6 = parseEndpoint('[2001:db8::7]:8001')
const WHOLE_LIFE_MS = 172_800_000

const request = (protocol: string, extra: { token?: Uint8Array } = {}): Envelope =>
  ({ kind: 'request', transactionId, mode: 'server', protocol, ...extra })
const response = (observed = observed4): Envelope => ({ kind: 'response', transactionId, mode: 'server', truncated: false, observed })

const greeting = signed({ key: text('greeting'), value: text('hello world'), seq: 1_767_225_600_000, ttl: 172_800 })
const salted = signed({ key: text('greeting'), value: text('hallo Welt'), salt: text('de'), seq: 1_767_225_600_001, ttl: 3600 })
const value = text('a value that is its own key')
const immutable: KadRecord = { key: new Uint8Array(createHash('sha1').update(value).digest()), value, seq: 0, ttl: 172_800 }
/** "hello world, " 40 times; fixed, for versions of zlib may differ in what they make of it. */
const deflated = signed({ key: text('greeting'), value: hexBytes('cb48cdc9c95728cf2fca49d151c818e58c540e00'), encoding: 'deflate', seq: 1_767_225_600_006, ttl: 172_800 })
const largest = signed({ key: bytes(MAX_KEY_BYTES, 0), value: new Uint8Array(MAX_DATAGRAM_VALUE_BYTES).fill(0x76), seq: Number.MAX_SAFE_INTEGER, ttl: 172_800 })
const asked = largest.key
const tombstone = signed({ key: greeting.key, value: new Uint8Array(0), kind: 'tombstone', seq: 1_767_225_600_002, ttl: 172_800 })
const advertisement = signed({
  key: new Uint8Array(createHash('sha1').update('chat').digest()),
  value: encodePeerRecord({ addresses: [parseEndpoint('203.0.113.9:8009'), parseEndpoint('[2001:db8::9]:8009')], mode: 'server', payload: text('hi') }),
  kind: 'advertisement',
  seq: 1_767_225_600_003,
  ttl: 7200
})
const largestAdvertisement = signed({
  key: largest.key,
  value: encodePeerRecord({
    addresses: Array.from({ length: MAX_PEER_ADDRESSES }, (_, index) => endpoint(`2001:db8::${index + 1}`, 8001)),
    mode: 'server',
    payload: bytes(MAX_PEER_PAYLOAD_BYTES, 0)
  }),
  kind: 'advertisement',
  seq: Number.MAX_SAFE_INTEGER,
  ttl: 172_800
})

const contacts4 = Array.from({ length: 20 }, (_, index) => contact(index, `203.0.113.${index + 1}`))
const contacts6 = Array.from({ length: 20 }, (_, index) => contact(index, `2001:db8:0:${index + 1}::1`))
const mixed = [...contacts4.slice(0, 1), ...contacts6.slice(1, 2)]

export const golden: readonly Golden[] = [
  ask('ping-request', request(PING)),
  ask('ping-request-padded', request(PING), undefined, 1200),
  answer('ping-response', response()),
  proof('session-proof'),
  ask('find-node-request', request(KAD), { type: 'find-node', target: bytes(20, 0x40) }),
  answer('find-node-response', response(), { type: 'found-node', contacts: mixed }),
  ask('store-request', request(KAD, { token: token.slice(0, 16) }), { type: 'store', record: greeting, remainingMs: WHOLE_LIFE_MS }),
  ask('store-request-salted', request(KAD, { token: token.slice(0, 16) }), { type: 'store', record: salted, remainingMs: 3_599_000 }),
  ask('store-request-immutable', request(KAD, { token: token.slice(0, 16) }), { type: 'store', record: immutable, remainingMs: WHOLE_LIFE_MS }),
  ask('store-request-tombstone', request(KAD, { token: token.slice(0, 16) }), {
    type: 'store', record: tombstone, remainingMs: WHOLE_LIFE_MS, expectedSeq: greeting.seq
  }),
  ask('store-request-advertisement', request(KAD, { token: token.slice(0, 16) }), { type: 'store', record: advertisement, remainingMs: 7_200_000 }),
  ask('store-request-deflated', request(KAD, { token: token.slice(0, 16) }), { type: 'store', record: deflated, remainingMs: WHOLE_LIFE_MS }),
  answer('stored-response', response(), { type: 'stored' }),
  answer('stored-response-sampled', response(), { type: 'stored', sampled: true }),
  ask('find-value-request', request(KAD), { type: 'find-value', key: greeting.key }),
  ask('find-value-request-slot', request(KAD), { type: 'find-value', key: salted.key, publisher: publisher.publicKey, salt: text('de') }),
  ask('find-value-request-page', request(KAD), {
    type: 'find-value', key: advertisement.key, seed: bytes(8, 0x60), after: bytes(20, 0x80), limit: 16, tombstones: true
  }),
  answer('found-value-response', response(), {
    type: 'found-value', records: [{ record: greeting, remainingMs: 86_400_000 }], contacts: contacts4.slice(0, 1), more: false
  }),
  answer('found-value-response-page', response(), {
    type: 'found-value', records: [{ record: advertisement, remainingMs: 3_600_000 }], contacts: [], more: true, total: 37
  }),
  answer('not-found-response', response(), { type: 'found-value', records: [], contacts: contacts4.slice(0, 1), more: false }),
  answer('error-record-refused', failure('record-refused', 'older-seq: a newer record is held')),
  answer('error-cas-mismatch', failure('record-refused', 'cas-mismatch: another record is held, seq 1767225600001')),
  answer('error-token-required', failure('token-required', 'send the token', token.slice(0, 16))),
  answer('size-20-ipv4', response(observed6), { type: 'found-node', contacts: contacts4 }),
  answer('size-20-ipv6', response(observed6), { type: 'found-node', contacts: contacts6 }),
  ask('size-largest-store', request(KAD, { token }), { type: 'store', record: largest, remainingMs: WHOLE_LIFE_MS }),
  ask('size-largest-store-expected', request(KAD, { token: token.slice(0, 16) }), {
    type: 'store', record: largest, remainingMs: WHOLE_LIFE_MS, expectedSeq: Number.MAX_SAFE_INTEGER
  }),
  ask('size-largest-advertisement', request(KAD, { token }), { type: 'store', record: largestAdvertisement, remainingMs: WHOLE_LIFE_MS }),
  answer('size-largest-value', response(observed6), {
    type: 'found-value', records: [{ record: largest, remainingMs: WHOLE_LIFE_MS }], contacts: [], more: true, total: 0xffffffff
  }),
  ask('size-largest-find-value', request(KAD, { token }), {
    type: 'find-value', key: asked, publisher: publisher.publicKey, salt: bytes(64, 0), seed: bytes(20, 0), after: bytes(20, 0), limit: 32, tombstones: true
  }),
  answer('size-largest-error', { ...failure('token-required', 'r'.repeat(128), token), observed: observed6 })
]

/** What the file holds. */
export const fixtures = {
  about: 'Golden datagrams of the plaintext channel. Bytes are hex, endpoints host:port; written by: npm run fixtures -w @kadmium/wire',
  network: NETWORK,
  seeds: { asker: hex(asker.seed), answerer: hex(answerer.seed), publisher: hex(publisher.seed) },
  datagrams: golden
}

function hexBytes (text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}

function ask (name: string, envelope: Envelope, payload?: WireKadRequest, padTo = 0): Golden {
  const frame = { network, senderKey: asker.publicKey, cookie: askerCookie, echo: none }
  return made(name, frame, envelope, payload, payload && encodeKadRequest(payload, 1200), padTo)
}

function answer (name: string, envelope: Envelope, payload?: WireKadResponse): Golden {
  const frame = { network, senderKey: answerer.publicKey, cookie: answererCookie, echo: askerCookie }
  return made(name, frame, envelope, payload, payload && encodeKadResponse(payload, 1200), 0)
}

/** The empty datagram by which the asker proves its address. */
function proof (name: string): Golden {
  const frame = { network, senderKey: asker.publicKey, cookie: askerCookie, echo: answererCookie }
  const datagram = encodePlaintextFrame({ ...frame, message: new Uint8Array(0) })
  return { name, frame: toJson(frame), padTo: 0, envelope: null, payload: null, payloadBytes: '', message: '', datagram: hex(datagram) }
}

function made (
  name: string, frame: { network: Uint8Array, senderKey: Uint8Array, cookie: Uint8Array, echo: Uint8Array },
  envelope: Envelope, payload: WireKadRequest | WireKadResponse | undefined, encoded: Uint8Array | undefined, padTo: number
): Golden {
  const payloadBytes = encoded ?? new Uint8Array(0)
  const message = encodeEnvelope(envelope, payloadBytes)
  return {
    name,
    frame: toJson(frame),
    padTo,
    envelope: toJson(envelope),
    payload: payload === undefined ? null : toJson(payload),
    payloadBytes: hex(payloadBytes),
    message: hex(message),
    datagram: hex(encodePlaintextFrame({ ...frame, message }, padTo))
  }
}

function failure (code: 'record-refused' | 'token-required', reason: string, given?: Uint8Array): Envelope & { kind: 'error' } {
  return { kind: 'error', transactionId, mode: 'server', observed: observed4, code, reason, ...(given && { token: given }) }
}

function signed (record: Omit<KadRecord, 'publisher' | 'signature'>): KadRecord {
  const unsigned: KadRecord = { ...record, publisher: publisher.publicKey }
  return { ...unsigned, signature: publisher.sign(recordSigningBytes(unsigned)) }
}

function contact (index: number, host: string): WireContact {
  return { publicKey: testKey(0x20 + index).publicKey, address: endpoint(host, 8001 + index) }
}

/** `length` bytes that count up from `first`. */
function bytes (length: number, first: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => first + index)
}

function text (characters: string): Uint8Array {
  return new Uint8Array(Buffer.from(characters))
}
