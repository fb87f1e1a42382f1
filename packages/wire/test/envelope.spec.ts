import { Refusal } from '@kadmium/interface'
import type { Envelope } from '@kadmium/interface'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  MAX_PROTOCOL_BYTES, MAX_REASON_BYTES, MAX_TOKEN_BYTES, MAX_TRANSACTION_ID_BYTES, decodeEnvelope, encodeEnvelope, envelopeOverhead
} from '../src/index.ts'
import { envelopes, runs } from './arbitraries.ts'
import { toJson } from './json.ts'
import { bytesField, varintField } from './protobuf.ts'

const ID = bytesField(2, [1, 2, 3, 4, 5, 6, 7, 8])
const REQUEST = [...varintField(1, 1), ...ID, ...varintField(3, 2), ...bytesField(4, [...Buffer.from('/a')])]

describe('envelope', () => {
  it('decode ∘ encode = identity, payload included', () => {
    fc.assert(fc.property(envelopes, fc.uint8Array({ maxLength: 200 }), (envelope, payload) => {
      const opened = decodeEnvelope(encodeEnvelope(envelope, payload))
      expect(toJson(opened)).to.deep.equal(toJson({ envelope, payload }))
    }), runs)
  })

  it('encode ∘ decode = identity on what we send, so a datagram has one form', () => {
    fc.assert(fc.property(envelopes, fc.uint8Array({ maxLength: 50 }), (envelope, payload) => {
      const bytes = encodeEnvelope(envelope, payload)
      const opened = decodeEnvelope(bytes)
      if (opened instanceof Refusal) throw new Error(opened.reason)
      expect(toJson(encodeEnvelope(opened.envelope, opened.payload))).to.equal(toJson(bytes))
    }), runs)
  })

  it('overhead is exact from 128 payload bytes on, and never too small', () => {
    fc.assert(fc.property(envelopes, fc.integer({ min: 1, max: 16_383 }), (envelope, length) => {
      const added = encodeEnvelope(envelope, new Uint8Array(length)).length - length
      expect(envelopeOverhead(envelope) - added).to.equal(length < 128 ? 1 : 0)
    }), runs)
  })

  it('an empty message is a refusal, never a default envelope', () => {
    expectRefused([], 'no transaction id')
  })

  it('refuses a message that lacks what its kind needs', () => {
    expectRefused([...ID, ...varintField(3, 2)], 'no kind')
    expectRefused([...varintField(1, 1), ...varintField(3, 2), ...bytesField(4, [97])], 'no transaction id')
    expectRefused([...varintField(1, 1), ...ID, ...bytesField(4, [97])], 'no mode')
    expectRefused([...varintField(1, 1), ...ID, ...varintField(3, 2)], 'no protocol')
    expectRefused([...varintField(1, 3), ...ID, ...varintField(3, 2)], 'no error code')
  })

  it('refuses enum values that do not exist: 0 is never sent', () => {
    for (const kind of [0, 4, 127]) expectRefused([...varintField(1, kind), ...REQUEST.slice(2)], 'field 1 out of range')
    for (const mode of [0, 3]) expectRefused([...varintField(1, 1), ...ID, ...varintField(3, mode), ...bytesField(4, [97])], 'field 3 out of range')
    for (const code of [0, 9]) expectRefused([...varintField(1, 3), ...ID, ...varintField(3, 2), ...varintField(8, code)], 'field 8 out of range')
  })

  it('reads each field up to its limit and refuses one byte more', () => {
    const limits: [number, number][] = [[2, MAX_TRANSACTION_ID_BYTES], [4, MAX_PROTOCOL_BYTES], [9, MAX_REASON_BYTES], [10, MAX_TOKEN_BYTES]]
    for (const [field, limit] of limits) {
      const rest = [...varintField(1, 1), ...(field === 2 ? [] : ID), ...varintField(3, 2), ...(field === 4 ? [] : bytesField(4, [97]))]
      expect(decodeEnvelope(Uint8Array.from([...rest, ...bytesField(field, new Array<number>(limit).fill(97))])), `field ${field}`).to.not.be.instanceOf(Refusal)
      expectRefused([...rest, ...bytesField(field, new Array<number>(limit + 1).fill(97))], `field ${field} out of range`)
    }
    for (const field of [2, 4, 10]) expectRefused([...REQUEST.slice(0, 2), ...bytesField(field, [])], `field ${field} out of range`)
  })

  it('takes an observed address of 6 or 18 bytes only', () => {
    const response = [...varintField(1, 2), ...ID, ...varintField(3, 1)]
    for (const length of [6, 18]) expect(decodeEnvelope(Uint8Array.from([...response, ...bytesField(6, new Array<number>(length).fill(1))]))).to.not.be.instanceOf(Refusal)
    for (const length of [7, 17]) expectRefused([...response, ...bytesField(6, new Array<number>(length).fill(1))], 'bad observed address')
  })

  it('skips unknown fields of every wire type, so that later versions may add some', () => {
    const unknown = [...varintField(30, 5), 31 * 8 % 128 + 128 + 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, ...bytesField(40, [1, 2]), ...[29 * 8 % 128 + 128 + 5, 1, 1, 2, 3, 4]]
    const opened = decodeEnvelope(Uint8Array.from([...unknown, ...REQUEST]))
    expect(toJson(opened)).to.deep.equal({
      envelope: { kind: 'request', transactionId: '0102030405060708', mode: 'server', protocol: '/a' }, payload: ''
    })
  })

  it('refuses text that is no UTF-8, in protocol and reason', () => {
    for (const bad of [[0xff], [0xc0, 0x80], [0xe2, 0x82], [0xed, 0xa0, 0x80]]) {
      expectRefused([...varintField(1, 1), ...ID, ...varintField(3, 2), ...bytesField(4, bad)], 'bad UTF-8')
      expectRefused([...varintField(1, 3), ...ID, ...varintField(3, 2), ...varintField(8, 1), ...bytesField(9, bad)], 'bad UTF-8')
    }
  })

  it('cuts a reason that is too long between characters', () => {
    const error: Envelope = { kind: 'error', transactionId: new Uint8Array(8), mode: 'server', code: 'internal', reason: 'é'.repeat(65) }
    const opened = decodeEnvelope(encodeEnvelope(error))
    expect(opened).to.have.nested.property('envelope.reason', 'é'.repeat(64))
  })

  it('gives plain views of a socket\'s Buffer, whose slice would not copy', () => {
    const opened = decodeEnvelope(Buffer.from([...REQUEST, ...bytesField(5, [1, 2, 3])]))
    if (opened instanceof Refusal) throw new Error(opened.reason)
    expect(opened.payload.constructor).to.equal(Uint8Array)
  })
})

function expectRefused (bytes: readonly number[], reason: string): void {
  const result = decodeEnvelope(Uint8Array.from(bytes))
  expect(result).to.be.instanceOf(Refusal)
  expect((result as Refusal).reason).to.equal(reason)
}
