import { Refusal } from '@kadmium/interface'
import type { KadRecord } from '@kadmium/interface'
import { expect } from 'chai'
import fc from 'fast-check'
import { MAX_KEY_BYTES, MAX_SALT_BYTES, MAX_VALUE_BYTES, decodeRecord, encodeRecord, recordSigningBytes } from '../src/index.ts'
import { records, runs } from './arbitraries.ts'
import { hex, toJson } from './json.ts'

const record: KadRecord = { key: Uint8Array.of(1), value: Uint8Array.of(2), seq: 3, ttl: 4 }

describe('record codec', () => {
  it('decode ∘ encode = identity', () => {
    fc.assert(fc.property(records, drawn => {
      expect(toJson(decodeRecord(encodeRecord(drawn)))).to.deep.equal(toJson(drawn))
    }), runs)
  })

  it('X7: an empty message is a refusal, never an empty record', () => {
    expect(decodeRecord(new Uint8Array(0))).to.deep.equal(new Refusal('record without key'))
  })

  it('refuses a record without seq or ttl, and a ttl of 0: no life is no default', () => {
    expect(decodeRecord(Uint8Array.of(10, 1, 1, 48, 4))).to.deep.equal(new Refusal('record without seq'))
    expect(decodeRecord(Uint8Array.of(10, 1, 1, 40, 3))).to.deep.equal(new Refusal('record without ttl'))
    expect(decodeRecord(Uint8Array.of(10, 1, 1, 40, 3, 48, 0))).to.deep.equal(new Refusal('field 6 out of range'))
  })

  it('carries seq up to 2^53 - 1 and no further', () => {
    const seq = Number.MAX_SAFE_INTEGER
    expect(decodeRecord(encodeRecord({ ...record, seq }))).to.have.property('seq', seq)
    expect(decodeRecord(Uint8Array.of(10, 1, 1, 40, 128, 128, 128, 128, 128, 128, 128, 16, 48, 4))).to.deep.equal(new Refusal('bad varint'))
  })

  it('reads each part up to its limit and refuses one byte more', () => {
    const parts: [keyof KadRecord, number, number][] = [
      ['key', 1, MAX_KEY_BYTES], ['value', 2, MAX_VALUE_BYTES], ['publisher', 3, 32], ['salt', 4, MAX_SALT_BYTES], ['signature', 7, 64]
    ]
    for (const [name, field, limit] of parts) {
      expect(toJson(decodeRecord(encodeRecord({ ...record, [name]: new Uint8Array(limit) })))).to.have.property(name, '00'.repeat(limit))
      expect(decodeRecord(encodeRecord({ ...record, [name]: new Uint8Array(limit + 1) })), name).to.deep.equal(new Refusal(`field ${field} out of range`))
    }
    for (const name of ['publisher', 'signature']) expect(decodeRecord(encodeRecord({ ...record, [name]: new Uint8Array(31) }))).to.be.instanceOf(Refusal)
  })

  it('keeps nothing of the datagram alive: its bytes are its own', () => {
    const decoded = decodeRecord(Buffer.from(encodeRecord({ ...record, publisher: new Uint8Array(32), salt: Uint8Array.of(1), signature: new Uint8Array(64) })))
    if (decoded instanceof Refusal) throw new Error(decoded.reason)
    const { key, value, publisher, salt, signature } = decoded
    for (const part of [key, value, publisher, salt, signature]) expect(part?.buffer.byteLength).to.equal(part?.length)
  })
})

describe('record kinds', () => {
  it('a plain value has none on the wire; 0 and unknown ones are refused', () => {
    expect(decodeRecord(Uint8Array.of(10, 1, 1, 40, 3, 48, 4))).to.not.have.property('kind')
    for (const kind of [0, 3]) expect(decodeRecord(Uint8Array.of(10, 1, 1, 40, 3, 48, 4, 64, kind))).to.deep.equal(new Refusal('field 8 out of range'))
    expect([1, 2].map(kind => decodeRecord(Uint8Array.of(10, 1, 1, 40, 3, 48, 4, 64, kind)))).to.have.nested.property('[0].kind', 'tombstone')
    expect(decodeRecord(Uint8Array.of(10, 1, 1, 40, 3, 48, 4, 64, 2))).to.have.property('kind', 'advertisement')
  })

  it('is signed as the domain: no signature of one kind passes for one of another', () => {
    const text = (kind?: 'tombstone' | 'advertisement'): string => Buffer.from(recordSigningBytes({ ...record, ...(kind && { kind }) })).toString('latin1')
    expect(text('tombstone')).to.match(/^kadmium-tombstone-v1/)
    expect(text('advertisement')).to.match(/^kadmium-advertisement-v1/)
    expect(text().slice(17)).to.equal(text('tombstone').slice(20)).and.equal(text('advertisement').slice(24))
  })
})

describe('record encodings', () => {
  it('a value as it was put has none on the wire; 0 and unknown ones are refused', () => {
    expect(decodeRecord(Uint8Array.of(10, 1, 1, 40, 3, 48, 4))).to.not.have.property('encoding')
    for (const encoding of [0, 2]) expect(decodeRecord(Uint8Array.of(10, 1, 1, 40, 3, 48, 4, 72, encoding))).to.deep.equal(new Refusal('field 9 out of range'))
    expect(decodeRecord(Uint8Array.of(10, 1, 1, 40, 3, 48, 4, 72, 1))).to.have.property('encoding', 'deflate')
  })

  it('is signed as the domain: nobody can say of a value that it is compressed, or that it is not', () => {
    const deflated = Buffer.from(recordSigningBytes({ ...record, encoding: 'deflate' })).toString('latin1')
    expect(deflated).to.match(/^kadmium-deflated-v1/)
    expect(deflated.slice(19)).to.equal(Buffer.from(recordSigningBytes(record)).toString('latin1').slice(17))
  })
})

describe('record signing bytes', () => {
  it('begin with their domain, so that no signature of another kind passes for one of a record', () => {
    expect(Buffer.from(recordSigningBytes(record)).subarray(0, 17).toString()).to.equal('kadmium-record-v1')
  })

  it('hold every part with its length: key, publisher, salt, seq, ttl, value', () => {
    const signing = recordSigningBytes({ key: Uint8Array.of(0xaa), publisher: new Uint8Array(32).fill(0xbb), salt: Uint8Array.of(0xcc, 0xcd), seq: 0x1_0000_0002, ttl: 300, value: Uint8Array.of(0xdd) })
    expect(hex(signing.subarray(17))).to.equal(`01aa20${'bb'.repeat(32)}02cccd00000001000000020000012c00000001dd`)
  })

  it('differ for records that differ in anything but the signature, wherever one part ends and the next begins', () => {
    const small = fc.record({
      key: fc.uint8Array({ minLength: 1, maxLength: 2 }),
      value: fc.uint8Array({ maxLength: 2 }),
      publisher: fc.constantFrom(undefined, new Uint8Array(32)),
      salt: fc.constantFrom(undefined, Uint8Array.of(0), Uint8Array.of(0, 0)),
      seq: fc.constantFrom(0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
      ttl: fc.constantFrom(1, 256),
      sort: fc.constantFrom({}, { kind: 'tombstone' as const }, { kind: 'advertisement' as const }, { encoding: 'deflate' as const })
    }).map(({ publisher, salt, sort, ...rest }): KadRecord => ({ ...rest, ...(publisher && { publisher }), ...(salt && { salt }), ...sort }))
    fc.assert(fc.property(small, small, (a, b) => {
      expect(hex(recordSigningBytes(a)) === hex(recordSigningBytes(b))).to.equal(JSON.stringify(toJson(a)) === JSON.stringify(toJson(b)))
    }), { ...runs, numRuns: 2000 })
  })
})
