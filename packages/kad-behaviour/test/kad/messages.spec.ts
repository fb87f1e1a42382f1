import { PeerIdCache, keyId, peerIdFromPublicKey } from '@kadmium/peer-id'
import { MemoryRecordStore, immutableRecord } from '@kadmium/records'
import { RoutingTable } from '@kadmium/routing-table'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import fc from 'fast-check'
import { Refusal } from '@kadmium/interface'
import { kadProtocol } from '../../src/index.ts'
import { refusalOf, refusalReply } from '../../src/refusals.ts'
import { serve } from '../../src/serve.ts'
import { text } from '../network.ts'
import type { Contact, RecordRefusal, Requester } from '@kadmium/interface'
import type { KadResponse } from '../../src/index.ts'
import { KeptRecords } from '../../src/kept-records.ts'
import type { Served } from '../../src/serve.ts'

const random = seededRandom('messages')
const protocol = kadProtocol(new PeerIdCache())
const BUDGET = 1100
const NOW = 1_000

function contact (n: number): Contact {
  const publicKey = random.bytes(32)
  return { id: peerIdFromPublicKey(publicKey), publicKey, addresses: [endpoint(`10.0.${n >> 8}.${n & 255}`, 4000)] }
}

const contacts = Array.from({ length: 60 }, (_, n) => contact(n))
const local = contact(1000)

function served (k = 20): Served {
  const table = new RoutingTable({ localId: local.id, k: 60 })
  for (const one of contacts) table.insert(one, 0)
  return { table, store: new MemoryRecordStore({ crypto: systemCrypto() }), k, random, radiusOf: () => 0, kept: new KeptRecords({ max: 1 }), written: () => undefined }
}

function requester (from: Contact): Requester {
  return { peer: from.id, contact: from, endpoint: from.addresses[0]!, mode: 'server', proven: true }
}

function idsOf (reply: unknown): string[] {
  return (reply as { contacts: readonly Contact[] }).contacts.map(({ id }) => id.hex)
}

describe('answers to others', () => {
  it('FIND_NODE: the k nearest, less the requester, and never oneself', () => {
    const keys = fc.uint8Array({ minLength: 1, maxLength: 9 })
    fc.assert(fc.property(fc.nat(59), fc.integer({ min: 1, max: 30 }), keys, (from, k, key) => {
      const target = keyId(key)
      const state = served(k)
      const { reply, event } = serve({ type: 'find-node', target }, requester(contacts[from]!), state, NOW)
      const expected = state.table.closest(target, 60).filter(({ id }) => !id.equals(contacts[from]!.id)).slice(0, k)
      expect(idsOf(reply)).to.deep.equal(expected.map(({ id }) => id.hex))
      expect(event).to.deep.equal({ type: 'FindNode', numCloserPeers: k })
    }), { numRuns: 50, seed: 1 })
  })

  it('X17: also when it is the requester itself who is asked for, it is k and not k + 1', () => {
    const { reply } = serve({ type: 'find-node', target: contacts[3]!.id }, requester(contacts[3]!), served(), NOW)
    expect(idsOf(reply)).to.have.length(20)
    expect(idsOf(reply)[0]).to.equal(contacts[3]!.id.hex)
    const own = serve({ type: 'find-node', target: local.id }, requester(contacts[3]!), served(), NOW)
    expect(idsOf(own.reply)).to.have.length(20).and.not.include(local.id.hex)
  })

  it('FIND_VALUE: the records and the nearest peers, each with what is left of its life', () => {
    const state = served()
    const record = immutableRecord(text('value'), 100)
    state.store.put(record, 50_000, NOW)
    const { reply, event } = serve({ type: 'find-value', key: record.key }, requester(contacts[0]!), state, NOW + 20_000.5)
    expect(reply).to.deep.include({ type: 'found-value', records: [{ record, remainingMs: 29_999 }], more: false })
    expect(idsOf(reply)).to.have.length(20)
    expect(event).to.deep.equal({ type: 'GetRecord', numCloserPeers: 20, presentLocally: true })
    const none = serve({ type: 'find-value', key: text('other') }, requester(contacts[0]!), state, NOW)
    expect(none.reply).to.deep.include({ records: [] })
    expect(none.event).to.deep.include({ presentLocally: false })
  })

  it('STORE: stored, or refused with the reason', () => {
    const state = served()
    const record = immutableRecord(text('value'), 100)
    const store = (of: typeof record, remainingMs = 1_000): unknown =>
      serve({ type: 'store', record: of, remainingMs }, requester(contacts[0]!), state, NOW)
    expect(store(record)).to.deep.equal({ reply: { type: 'stored' }, event: { type: 'PutRecord', record, stored: true } })
    const forged = { ...record, key: text('key') }
    expect(store(forged)).to.deep.equal({
      reply: { error: 'record-refused', reason: 'wrong-key: the key is not the SHA-1 of the value' },
      event: { type: 'PutRecord', record: forged, stored: false }
    })
    const expired = { error: 'record-refused', reason: 'expired: nothing is left of the record\'s life' }
    expect(store(record, 0)).to.deep.include({ reply: expired })
    expect(state.store.get(record.key, NOW)[0]!.from?.text).to.equal(contacts[0]!.addresses[0]!.text)
  })

  it('G26: where there are more records than fit, another asker sees others first', () => {
    const state = served()
    const key = text('namespace')
    const times = { expiresAt: NOW + 9, receivedAt: 0, firstReceivedAt: 0 }
    const held = Array.from({ length: 20 }, (_, n) => ({ record: { ...immutableRecord(text(`${n}`), 100), key }, ...times }))
    const many: Served = { ...state, store: { page: () => ({ records: held, more: false, total: held.length }) } as never }
    const firsts = new Set<string>()
    for (let i = 0; i < 50; i++) {
      const { reply } = serve({ type: 'find-value', key }, requester(contacts[0]!), many, NOW)
      const { records } = reply as Extract<KadResponse, { type: 'found-value' }>
      expect(new Set(records.map(({ record: { value } }) => `${value}`)).size).to.equal(20)
      firsts.add(`${records[0]!.record.value}`)
    }
    expect(firsts.size).to.be.above(10)
  })
})

describe('the messages of the protocol', () => {
  it('requests survive the wire', () => {
    const record = immutableRecord(text('value'), 100)
    for (const message of [
      { type: 'find-node', target: contacts[0]!.id },
      { type: 'find-value', key: text('key') },
      { type: 'find-value', key: text('key'), publisher: new Uint8Array(32).fill(1), salt: text('salt') },
      { type: 'store', record, remainingMs: 9 }
    ] as const) {
      expect(protocol.request.decode(protocol.request.encode(message, BUDGET)!)).to.deep.equal(message)
    }
  })

  it('responses survive the wire, with contacts of both families whole', () => {
    const both = { ...contacts[1]!, addresses: [...contacts[1]!.addresses, endpoint('2001:db8::1', 4001)] }
    const record = immutableRecord(text('value'), 100)
    for (const message of [
      { type: 'found-node', contacts: [contacts[0]!, both, contacts[2]!] },
      { type: 'found-value', records: [{ record, remainingMs: 9 }], contacts: [both], more: false },
      { type: 'stored' }
    ] as const) {
      const decoded = protocol.response.decode(protocol.response.encode(message, BUDGET)!) as KadResponse
      expect(readable(decoded)).to.deep.equal(readable(message))
    }
  })

  it('X17, U5: twenty contacts fit in one answer, and what does not fit is left out at the end', () => {
    const bytes = protocol.response.encode({ type: 'found-node', contacts }, BUDGET)!
    expect(bytes.length).to.be.at.most(BUDGET)
    const fitting = idsOf(protocol.response.decode(bytes))
    expect(fitting.length).to.be.at.least(20)
    expect(fitting).to.deep.equal(contacts.slice(0, fitting.length).map(({ id }) => id.hex))
  })

  it('U6: bytes that are no message are refused, never thrown', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      for (const codec of [protocol.request, protocol.response]) {
        const message = codec.decode(bytes)
        if (!(message instanceof Refusal)) expect(message).to.have.property('type')
      }
    }), { numRuns: 500, seed: 2 })
  })

  it('only a store writes, and under its own key', () => {
    const record = immutableRecord(text('value'), 100)
    expect(protocol.writeKey!({ type: 'store', record, remainingMs: 9 })).to.equal(record.key)
    expect(protocol.writeKey!({ type: 'find-value', key: text('key') })).to.equal(undefined)
    expect(protocol.writeKey!({ type: 'find-node', target: contacts[0]!.id })).to.equal(undefined)
  })
})

describe('refusals', () => {
  const peer = contacts[0]!.id
  const all: readonly RecordRefusal[] = [
    'malformed', 'bad-signature', 'unsigned', 'wrong-key', 'expired', 'ttl-too-long', 'older-seq', 'same-seq-other-value', 'store-full',
    'publisher-quota', 'invalid-value', 'key-full'
  ]

  it('X21: each reaches the asker as it was meant', () => {
    for (const reason of all) {
      const { error: code, reason: told } = refusalReply(reason, 'a message: with a colon')
      const refused = refusalOf(peer, { type: 'error', code, reason: told, from: contacts[0]! })
      expect(refused).to.deep.equal({ peer, reason, message: 'a message: with a colon' })
    }
    const { error: code, reason: told } = refusalReply('value-too-large', 'no')
    const refused = refusalOf(peer, { type: 'error', code, reason: told, from: contacts[0]! })
    expect(refused).to.deep.equal({ peer, reason: 'too-large', message: 'no' })
  })

  it('a text that no refusal begins is kept as it is', () => {
    const reply = { type: 'error', code: 'record-refused', reason: 'because: of this', from: contacts[0]! } as const
    expect(refusalOf(peer, reply)).to.deep.equal({ peer, reason: 'record-refused', message: 'because: of this' })
  })

  it('silence, and what could not be sent, are refusals too', () => {
    expect(refusalOf(peer, { type: 'timeout' })).to.deep.equal({ peer, reason: 'timeout', message: 'did not answer' })
    expect(refusalOf(peer, { type: 'unsent', reason: 'no-address' })).to.deep.equal({ peer, reason: 'unreachable', message: 'has no address that can be reached from here' })
    expect(refusalOf(peer, { type: 'unsent', reason: 'unreachable' })).to.deep.include({ reason: 'unreachable', message: 'takes no connection, which a value of this size needs' })
    expect(refusalOf(peer, { type: 'unsent', reason: 'too-large' })).to.deep.equal({ peer, reason: 'too-large', message: 'cannot be sent so much' })
    expect(refusalOf(peer, { type: 'response', message: { type: 'stored' }, from: contacts[0]!, rttMs: 1 })).to.equal(undefined)
  })
})

/** Without what endpoints and ids keep for themselves. */
function readable (message: KadResponse): unknown {
  return JSON.parse(JSON.stringify(message, (key, value: unknown) => {
    if (key === 'addresses') return (value as unknown[]).map(String)
    return key === 'id' ? String(value) : value
  }))
}
