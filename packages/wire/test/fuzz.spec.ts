import { Refusal } from '@kadmium/interface'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  decodeEnvelope, decodeKadRequest, decodeKadResponse, decodePeerRecord, decodePlaintextFrame, decodeRecord, encodeEnvelope, encodeKadRequest,
  encodeKadResponse, encodePeerRecord, encodeRecord, unpackContacts
} from '../src/index.ts'
import { advertisedPeers, envelopes, kadRequests, kadResponses, records, runs } from './arbitraries.ts'

type Decode = (bytes: Uint8Array) => unknown

const decoders: Record<string, Decode> = { decodeEnvelope, decodeKadRequest, decodeKadResponse, decodeRecord, decodePeerRecord, unpackContacts, decodePlaintextFrame }
const messages = fc.oneof(
  fc.tuple(envelopes, fc.uint8Array({ maxLength: 64 })).map(([envelope, payload]) => encodeEnvelope(envelope, payload)),
  kadRequests.map(request => encodeKadRequest(request, 2000) ?? new Uint8Array(0)),
  kadResponses.map(response => encodeKadResponse(response, 2000) ?? new Uint8Array(0)),
  records.map(encodeRecord),
  advertisedPeers.map(encodePeerRecord)
)
const mutations = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255), action: fc.constantFrom('set', 'flip', 'insert', 'delete', 'cut') }), { minLength: 1, maxLength: 6 })
const many = { ...runs, numRuns: 2000 }

describe('U6: hostile bytes', () => {
  it('random bytes never throw out of a decoder', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 1200 }), decodeEverywhere), many)
  })

  it('mutated messages never throw out of a decoder', () => {
    fc.assert(fc.property(messages, mutations, (bytes, steps) => {
      decodeEverywhere(steps.reduce((mutated, { at, byte, action }) => mutate(mutated, at % (mutated.length + 1), byte, action), [...bytes]))
    }), many)
  })

  it('every prefix of a message is refused or whole, and never throws', () => {
    fc.assert(fc.property(messages, bytes => {
      for (let length = 0; length <= bytes.length; length += 7) decodeEverywhere(bytes.subarray(0, length))
    }), { ...runs, numRuns: 100 })
  })

  it('bombs are refused: 2^31 lengths, endless nesting, a hundred thousand fields, names of Object\'s own', () => {
    const bombs = [
      [18, 0xff, 0xff, 0xff, 0xff, 7],
      new Array<number>(1200).fill(0x33),
      new Array<number>(100_000).fill(0x50).flatMap(tag => [tag, 1]),
      [8, 1, 34, 9, ...Buffer.from('__proto__')],
      nested(1000)
    ]
    for (const bomb of bombs) {
      for (const [name, decode] of Object.entries(decoders)) expect(decode(Uint8Array.from(bomb)), name).to.be.instanceOf(Refusal)
    }
    expect(Object.keys(Object.prototype)).to.deep.equal([])
  })
})

function decodeEverywhere (bytes: readonly number[] | Uint8Array): void {
  const copy = Uint8Array.from(bytes)
  for (const decode of Object.values(decoders)) decode(copy)
  expect(copy).to.deep.equal(Uint8Array.from(bytes))
}

function mutate (bytes: readonly number[], at: number, byte: number, action: string): number[] {
  switch (action) {
    case 'set': return [...bytes.slice(0, at), byte, ...bytes.slice(at + 1)]
    case 'flip': return [...bytes.slice(0, at), (bytes[at] ?? 0) ^ (1 << (byte & 7)), ...bytes.slice(at + 1)]
    case 'insert': return [...bytes.slice(0, at), byte, ...bytes.slice(at)]
    case 'delete': return [...bytes.slice(0, at), ...bytes.slice(at + 1)]
    default: return bytes.slice(0, at)
  }
}

/** A field 6 in a field 6 in a field 6 … */
function nested (depth: number): number[] {
  let bytes: number[] = []
  for (let level = 0; level < depth; level++) bytes = [0x32, ...(bytes.length < 128 ? [bytes.length] : [bytes.length % 128 + 128, bytes.length >> 7]), ...bytes]
  return bytes
}
