import { Refusal } from '@kadmium/interface'
import type { KadRecord } from '@kadmium/interface'
import { expect } from 'chai'
import fc from 'fast-check'
import { MAX_RECORDS, decodeKadRequest, decodeKadResponse, encodeKadRequest, encodeKadResponse, endpoint, isKadResponseTruncated } from '../src/index.ts'
import type { WireHeldRecord, WireKadResponse } from '../src/index.ts'
import { kadRequests, kadResponses, runs } from './arbitraries.ts'
import { toJson } from './json.ts'
import { bytesField, varintField } from './protobuf.ts'

const ROOM = 100_000
const record: KadRecord = { key: Uint8Array.of(1), value: Uint8Array.of(2), seq: 3, ttl: 4 }
const RECORD = [...bytesField(1, [1]), ...varintField(5, 3), ...varintField(6, 4)]
const held = (length: number, remainingMs = 1000): WireHeldRecord => ({ record: { ...record, value: new Uint8Array(length) }, remainingMs })
const contact = { publicKey: new Uint8Array(32), address: endpoint('1.2.3.4', 5) }

describe('kad messages', () => {
  it('decode ∘ encode = identity for requests', () => {
    fc.assert(fc.property(kadRequests, request => {
      const bytes = encodeKadRequest(request, ROOM)
      expect(toJson(bytes && decodeKadRequest(bytes))).to.deep.equal(toJson(request))
    }), runs)
  })

  it('decode ∘ encode = identity for responses', () => {
    fc.assert(fc.property(kadResponses, response => {
      const bytes = encodeKadResponse(response, ROOM)
      expect(toJson(bytes && decodeKadResponse(bytes))).to.deep.equal(toJson(response))
    }), runs)
  })

  it('U5: never exceed the budget; a request is whole or not encoded', () => {
    fc.assert(fc.property(kadRequests, kadResponses, fc.integer({ min: 0, max: 2000 }), (request, response, budget) => {
      expect(encodeKadRequest(request, budget)?.length ?? 0).to.be.at.most(budget)
      expect(encodeKadResponse(response, budget)?.length ?? 0).to.be.at.most(budget)
    }), runs)
  })

  it('a request fits exactly its size and not one byte less', () => {
    const request = { type: 'store' as const, ...held(100) }
    const size = encodeKadRequest(request, ROOM)?.length ?? 0
    expect(encodeKadRequest(request, size)).to.have.length(size)
    expect(encodeKadRequest(request, size - 1)).to.equal(undefined)
  })

  it('the value goes first, then the contacts that still fit', () => {
    const response = { type: 'found-value' as const, records: [held(300)], contacts: [contact, contact, contact], more: false }
    const whole = decoded(response, ROOM)
    expect([whole.records.length, whole.contacts.length, whole.more]).to.deep.equal([1, 3, false])
    const tight = decoded(response, 400)
    expect([tight.records.length, tight.contacts.length, tight.more]).to.deep.equal([1, 1, false])
  })

  it('records that do not fit are announced by `more`, also when none fits: that is not "not found"', () => {
    const response = { type: 'found-value' as const, records: [held(300), held(300), held(300)], contacts: [], more: false }
    expect([decoded(response, 700).records.length, decoded(response, 700).more]).to.deep.equal([2, true])
    expect([decoded(response, 100).records.length, decoded(response, 100).more]).to.deep.equal([0, true])
  })

  it('a record is left out when one byte is missing, and not before', () => {
    const response = { type: 'found-value' as const, records: [held(300)], contacts: [], more: true }
    const size = encodeKadResponse(response, ROOM)?.length ?? 0
    expect([decoded(response, size).records.length, decoded(response, size - 1).records.length]).to.deep.equal([1, 0])
  })

  it('a page has no gaps: after a record that does not fit beside the others, none comes; one that fits no datagram is passed over', () => {
    const lengths = (...values: number[]): number[] => {
      const response = decoded({ type: 'found-value' as const, records: values.map(length => held(length)), contacts: [], more: false }, 700)
      return response.records.map(({ record: { value } }) => value.length)
    }
    expect(lengths(300, 500, 10)).to.deep.equal([300])
    expect(lengths(300, 1000, 10)).to.deep.equal([300, 10])
  })

  it('at most 32 records, and none more is read', () => {
    const many = Array.from({ length: MAX_RECORDS + 1 }, () => held(1))
    const response = decoded({ type: 'found-value', records: many, contacts: [], more: false }, ROOM)
    expect([response.records.length, response.more]).to.deep.equal([MAX_RECORDS, true])
    const entry = bytesField(3, [...bytesField(1, RECORD), ...varintField(2, 1)])
    expectRefused(decodeKadResponse, [...varintField(1, 2), ...many.flatMap(() => entry)], 'field 3 too often')
  })

  it('X3: the life that is left is rounded down, and less than a millisecond is not sent at all', () => {
    const request = (remainingMs: number): unknown => {
      const bytes = encodeKadRequest({ type: 'store', record, remainingMs }, ROOM)
      return bytes && toJson(decodeKadRequest(bytes))
    }
    expect(request(1999.9)).to.have.property('remainingMs', 1999)
    expect(request(1)).to.have.property('remainingMs', 1)
    for (const none of [0.999, 0, -1, NaN]) expect(request(none)).to.equal(undefined)
    expect(decoded({ type: 'found-value', records: [held(1, 0.5), held(1, 2)], contacts: [], more: false }, ROOM).records).to.have.length(1)
  })

  it('X2: a store without remaining life, or with more than any record has, is refused', () => {
    expectRefused(decodeKadRequest, [...varintField(1, 3), ...bytesField(6, bytesField(1, RECORD))], 'no remaining life')
    for (const life of [0, 172_800_001]) {
      expectRefused(decodeKadRequest, [...varintField(1, 3), ...bytesField(6, [...bytesField(1, RECORD), ...varintField(2, life)])], 'field 2 out of range')
    }
  })

  it('an empty message is a refusal, never a default message', () => {
    expectRefused(decodeKadRequest, [], 'no type')
    expectRefused(decodeKadResponse, [], 'no type')
  })

  it('refuse a request without what it asks for (X7), and a type that does not exist', () => {
    expectRefused(decodeKadRequest, varintField(1, 1), 'no target')
    expectRefused(decodeKadRequest, varintField(1, 2), 'no key')
    expectRefused(decodeKadRequest, varintField(1, 3), 'no record')
    expectRefused(decodeKadRequest, [...varintField(1, 3), ...bytesField(6, varintField(2, 1))], 'no record')
    expectRefused(decodeKadResponse, [...varintField(1, 2), ...bytesField(3, varintField(2, 1))], 'no record')
    for (const type of [0, 4]) {
      expectRefused(decodeKadRequest, varintField(1, type), 'field 1 out of range')
      expectRefused(decodeKadResponse, varintField(1, type), 'field 1 out of range')
    }
  })

  it('a page: seed of 1 to 20 bytes, rank of exactly 20 and only with a seed, limit of 1 to 32', () => {
    const find = [...varintField(1, 2), ...bytesField(3, [1])]
    for (const length of [0, 21]) expectRefused(decodeKadRequest, [...find, ...bytesField(8, new Uint8Array(length))], 'field 8 out of range')
    for (const length of [19, 21]) expectRefused(decodeKadRequest, [...find, ...bytesField(8, [1]), ...bytesField(9, new Uint8Array(length))], 'field 9 out of range')
    for (const limit of [0, 33]) expectRefused(decodeKadRequest, [...find, ...varintField(10, limit)], 'field 10 out of range')
    expectRefused(decodeKadRequest, [...find, ...bytesField(9, new Uint8Array(20))], 'after without seed')
  })

  it('fields of one type are ignored in another', () => {
    const bytes = [...varintField(1, 1), ...bytesField(2, new Uint8Array(20)), ...varintField(7, 1), ...bytesField(8, [1]), ...varintField(10, 1), ...varintField(11, 1)]
    expect(toJson(decodeKadRequest(Uint8Array.from(bytes)))).to.deep.equal({ type: 'find-node', target: '00'.repeat(20) })
  })

  it('total and sampled: what is false or not told is not there', () => {
    expect(decodeKadRequest(Uint8Array.from([...varintField(1, 2), ...bytesField(3, [1]), ...varintField(11, 0)]))).to.not.have.property('tombstones')
    expect(decodeKadResponse(Uint8Array.from([...varintField(1, 3), ...varintField(6, 0)]))).to.deep.equal({ type: 'stored' })
    expect(decodeKadResponse(Uint8Array.from([...varintField(1, 2), ...varintField(5, 0)]))).to.have.property('total', 0)
    expectRefused(decodeKadResponse, [...varintField(1, 2), ...varintField(5, 2 ** 32)], 'field 5 out of range')
    expect(encodeKadResponse({ type: 'stored', sampled: false }, ROOM)).to.deep.equal(Uint8Array.from(varintField(1, 3)))
  })

  it('total goes where it and an empty answer fit, and takes no room from the budget', () => {
    const response = { type: 'found-value' as const, records: [], contacts: [], more: true, total: 0xffffffff }
    expect(decoded(response, 10)).to.have.property('total', 0xffffffff)
    expect(encodeKadResponse(response, 10)).to.have.length(10)
    expect(decoded(response, 9)).to.not.have.property('total')
    const full = { ...response, records: [held(300)] }
    const size = encodeKadResponse(full, ROOM)?.length ?? 0
    expect([decoded(full, size).records.length, decoded(full, size - 1).records.length]).to.deep.equal([1, 0])
  })

  it('a record that no datagram holds does not keep out the smaller ones after it, and the answer is truncated', () => {
    const held = (size: number): WireHeldRecord => ({ record: { key: new Uint8Array([1]), value: new Uint8Array(size), seq: 0, ttl: 60 }, remainingMs: 1000 })
    const response = (...sizes: number[]) => ({ type: 'found-value' as const, records: sizes.map(held), contacts: [], more: false })
    expect(decoded(response(300, 5000, 400), 1000)).to.have.property('more', true)
    expect(decoded(response(300, 5000, 400), 1000).records.map(({ record }) => record.value.length)).to.deep.equal([300, 400])
    expect(isKadResponseTruncated(response(300, 5000, 400), 1000)).to.equal(true)
    expect(isKadResponseTruncated(response(600, 600, 600), 1000), 'they can be had one by one').to.equal(false)
    expect(isKadResponseTruncated(response(300, 5000, 400), 70_000)).to.equal(false)
    expect(isKadResponseTruncated({ type: 'stored' }, 10)).to.equal(false)
    for (let size = 950; size < 1000; size++) {
      expect(isKadResponseTruncated(response(size), 1000)).to.equal(decoded(response(size), 1000).records.length === 0)
    }
  })

  it('take a target of exactly 20 bytes and G18: keys and salts of 1 to 64', () => {
    for (const length of [0, 19, 21]) expectRefused(decodeKadRequest, [...varintField(1, 1), ...bytesField(2, new Uint8Array(length))], 'field 2 out of range')
    for (const length of [0, 65]) {
      expectRefused(decodeKadRequest, [...varintField(1, 2), ...bytesField(3, new Uint8Array(length))], 'field 3 out of range')
      expectRefused(decodeKadRequest, [...varintField(1, 2), ...bytesField(3, [1]), ...bytesField(5, new Uint8Array(length))], 'field 5 out of range')
    }
    for (const length of [31, 33]) expectRefused(decodeKadRequest, [...varintField(1, 2), ...bytesField(3, [1]), ...bytesField(4, new Uint8Array(length))], 'field 4 out of range')
  })
})

function decoded (message: Extract<WireKadResponse, { type: 'found-value' }>, budget: number): Extract<WireKadResponse, { type: 'found-value' }> {
  const response = decodeKadResponse(encodeKadResponse(message, budget) ?? new Uint8Array(0))
  if (response instanceof Refusal || response.type !== 'found-value') throw new Error('expected found-value')
  return response
}

function expectRefused (decode: (bytes: Uint8Array) => unknown, bytes: readonly number[], reason: string): void {
  expect(decode(Uint8Array.from(bytes))).to.deep.equal(new Refusal(reason))
}
