import { Refusal } from '@kadmium/interface'
import { expect } from 'chai'
import fc from 'fast-check'
import { MAX_PEER_ADDRESSES, MAX_PEER_PAYLOAD_BYTES, decodePeerRecord, encodePeerRecord, parseEndpoint } from '../src/index.ts'
import { advertisedPeers, runs } from './arbitraries.ts'
import { toJson } from './json.ts'
import { bytesField, varintField } from './protobuf.ts'

const v4 = parseEndpoint('203.0.113.1:8001')
const v6 = parseEndpoint('[2001:db8::1]:8001')

describe('peer records', () => {
  it('decode ∘ encode = identity', () => {
    fc.assert(fc.property(advertisedPeers, peer => {
      expect(toJson(decodePeerRecord(encodePeerRecord(peer)))).to.deep.equal(toJson(peer))
    }), runs)
  })

  it('G24: hold 8 addresses and 200 bytes of payload, and not one more', () => {
    const eight = Array.from({ length: MAX_PEER_ADDRESSES }, () => v6)
    const payload = new Uint8Array(MAX_PEER_PAYLOAD_BYTES)
    expect(decodePeerRecord(encodePeerRecord({ addresses: eight, mode: 'server', payload }))).to.have.property('addresses').with.length(8)
    expect(() => encodePeerRecord({ addresses: [...eight, v4], mode: 'server' })).to.throw().with.property('name', 'InvalidOptionError')
    expect(() => encodePeerRecord({ addresses: [], mode: 'server', payload: new Uint8Array(201) })).to.throw().with.property('name', 'InvalidOptionError')
    const nine = Array.from({ length: 9 }, () => [4, ...v4.bytes]).flat()
    expectRefused([...bytesField(1, nine), ...varintField(2, 1)], 'too many addresses')
    expectRefused([...bytesField(1, new Uint8Array(153).fill(4)), ...varintField(2, 1)], 'field 1 out of range')
    expectRefused([...varintField(2, 1), ...bytesField(3, new Uint8Array(201))], 'field 3 out of range')
  })

  it('an empty payload is none', () => {
    expect(encodePeerRecord({ addresses: [v4], mode: 'client', payload: new Uint8Array(0) })).to.deep.equal(encodePeerRecord({ addresses: [v4], mode: 'client' }))
  })

  it('are refused without a mode, with an unknown one, with another family, or cut short', () => {
    expectRefused([], 'no mode')
    expectRefused(bytesField(1, [4, ...v4.bytes]), 'no mode')
    for (const mode of [0, 3]) expectRefused(varintField(2, mode), 'field 2 out of range')
    expectRefused([...bytesField(1, [5, ...v4.bytes]), ...varintField(2, 1)], 'bad address family')
    expectRefused([...bytesField(1, [6, ...v4.bytes]), ...varintField(2, 1)], 'address cut short')
  })

  it('U6: bytes of any kind are a peer or a refusal, never an exception', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), bytes => { decodePeerRecord(bytes) }), { ...runs, numRuns: 2000 })
  })

  it('keep nothing of the datagram alive', () => {
    const decoded = decodePeerRecord(Buffer.from(encodePeerRecord({ addresses: [v6], mode: 'server', payload: Uint8Array.of(1, 2) })))
    if (decoded instanceof Refusal) throw new Error(decoded.reason)
    expect(decoded.payload?.buffer.byteLength).to.equal(2)
  })
})

function expectRefused (bytes: readonly number[], reason: string): void {
  expect(decodePeerRecord(Uint8Array.from(bytes))).to.deep.equal(new Refusal(reason))
}
