import type { KadRecord } from '@kadmium/interface'
import { keyId } from '@kadmium/peer-id'
import { decodeRecord, encodeRecord } from '@kadmium/wire'
import { expect } from 'chai'
import fc from 'fast-check'
import { immutableRecord, isImmutable, signRecord, slotOf, verifyAnswer, verifyRecord } from '../src/index.ts'
import { alice, bob, bytes, crypto } from './people.ts'

const runs = { seed: 20_260_101, numRuns: 60 }
const key = bytes('key')
const record = signRecord({ key, value: bytes('value'), seq: 7, ttl: 100, salt: bytes('salt') }, alice)

describe('signRecord', () => {
  it('makes records that verify, also after the wire', () => {
    const inits = fc.record({
      key: fc.uint8Array({ minLength: 1, maxLength: 64 }),
      value: fc.uint8Array({ maxLength: 850 }),
      salt: fc.uint8Array({ maxLength: 64 }),
      seq: fc.maxSafeNat(),
      ttl: fc.integer({ min: 1, max: 172_800 })
    })
    fc.assert(fc.property(inits, init => {
      const made = signRecord(init, alice)
      expect(verifyRecord(made, crypto)).to.equal(undefined)
      expect(verifyRecord(decodeRecord(encodeRecord(made)) as KadRecord, crypto)).to.equal(undefined)
    }), runs)
  })

  it('lives 48 h unless it is told otherwise', () => {
    expect(signRecord({ key, value: key, seq: 1 }, alice).ttl).to.equal(172_800)
    expect(immutableRecord(key).ttl).to.equal(172_800)
    expect(immutableRecord(key, 5).ttl).to.equal(5)
  })

  it('takes copies, so that later changes of the caller\'s bytes do not break the signature', () => {
    const mine = { key: bytes('key'), value: bytes('value'), salt: bytes('salt') }
    const made = signRecord({ ...mine, seq: 1 }, alice)
    for (const part of Object.values(mine)) part.fill(0)
    expect(verifyRecord(made, crypto)).to.equal(undefined)
  })

  it('G18: throws for a caller\'s mistake, at each limit', () => {
    const good = { key, value: key, seq: 0, ttl: 1 }
    const mistakes = [
      { key: new Uint8Array(0) }, { key: new Uint8Array(65) }, { salt: new Uint8Array(65) }, { seq: -1 }, { seq: 0.5 }, { seq: 2 ** 53 },
      { ttl: 0 }, { ttl: 172_801 }, { ttl: 1.5 }
    ]
    for (const mistake of mistakes) expect(() => signRecord({ ...good, ...mistake }, alice)).to.throw().with.property('name', 'InvalidOptionError')
    expect(() => signRecord({ ...good, value: new Uint8Array(65_537) }, alice)).to.throw().with.property('name', 'ValueTooLargeError')
    expect(() => immutableRecord(new Uint8Array(65_537))).to.throw().with.property('name', 'ValueTooLargeError')
    expect(() => immutableRecord(key, 0)).to.throw().with.property('name', 'InvalidOptionError')
    for (const limit of [{ key: new Uint8Array(64) }, { salt: new Uint8Array(64) }, { seq: 2 ** 53 - 1 }, { ttl: 172_800 }, { value: new Uint8Array(65_536) }]) {
      expect(() => signRecord({ ...good, ...limit }, alice)).to.not.throw()
    }
  })
})

describe('verifyRecord', () => {
  it('refuses a change of any signed part: ttl and salt too', () => {
    const changes: Partial<KadRecord>[] = [
      { key: bytes('kez') }, { value: bytes('valuf') }, { publisher: bob.publicKey }, { salt: bytes('sal') }, { seq: 8 }, { ttl: 99 }
    ]
    for (const change of changes) expect(verifyRecord({ ...record, ...change }, crypto), Object.keys(change)[0]).to.equal('bad-signature')
    const { salt: _, ...unsalted } = record
    expect(verifyRecord(unsalted, crypto)).to.equal('bad-signature')
  })

  it('refuses a signature with any bit changed or any other length', () => {
    const signature = record.signature ?? new Uint8Array(0)
    fc.assert(fc.property(fc.nat(511), bit => {
      const changed = signature.with(bit >> 3, (signature[bit >> 3] ?? 0) ^ (1 << (bit & 7)))
      expect(verifyRecord({ ...record, signature: changed }, crypto)).to.equal('bad-signature')
    }), runs)
    for (const length of [0, 63, 65]) expect(verifyRecord({ ...record, signature: new Uint8Array(length) }, crypto)).to.equal('bad-signature')
  })

  it('has its own word for each thing that can be wrong', () => {
    const { signature: _, ...unsigned } = record
    expect(verifyRecord(unsigned, crypto)).to.equal('unsigned')
    expect(verifyRecord({ ...record, ttl: 172_801 }, crypto)).to.equal('ttl-too-long')
    const malformed: Partial<KadRecord>[] = [
      { key: new Uint8Array(0) }, { key: new Uint8Array(65) }, { salt: new Uint8Array(65) }, { seq: -1 }, { seq: 2 ** 53 }, { seq: NaN },
      { ttl: 0 }, { ttl: 0.5 }, { ttl: NaN }, { publisher: new Uint8Array(31) }
    ]
    for (const change of malformed) expect(verifyRecord({ ...record, ...change }, crypto), JSON.stringify(change)).to.equal('malformed')
  })

  it('believes an immutable value under its own SHA-1 and nowhere else', () => {
    const immutable = immutableRecord(bytes('value'))
    expect(isImmutable(immutable)).to.equal(true)
    expect(isImmutable(record)).to.equal(false)
    expect(immutable.key).to.deep.equal(keyId(bytes('value')).bytes)
    expect(verifyRecord(immutable, crypto)).to.equal(undefined)
    expect(verifyRecord({ ...immutable, value: bytes('other') }, crypto)).to.equal('wrong-key')
    expect(verifyRecord({ ...immutable, key }, crypto)).to.equal('wrong-key')
  })

  it('gives one immutable value one slot: salt, seq and signature would make more of them for nothing', () => {
    const immutable = immutableRecord(bytes('value'))
    expect(verifyRecord({ ...immutable, seq: 1 }, crypto)).to.equal('unsigned')
    for (const change of [{ salt: bytes('s') }, { signature: new Uint8Array(64) }, { kind: 'tombstone' as const }, { kind: 'advertisement' as const }]) {
      expect(verifyRecord({ ...immutable, ...change }, crypto)).to.equal('malformed')
    }
  })

  it('U6: never throws, whatever the record is made of', () => {
    const junk = fc.record({
      key: fc.uint8Array({ maxLength: 70 }),
      value: fc.uint8Array({ maxLength: 100 }),
      publisher: fc.uint8Array({ maxLength: 40 }),
      salt: fc.uint8Array({ maxLength: 70 }),
      seq: fc.double(),
      ttl: fc.double(),
      signature: fc.uint8Array({ maxLength: 70 })
    }, { requiredKeys: ['key', 'value', 'seq', 'ttl'] })
    fc.assert(fc.property(junk, drawn => { expect(verifyRecord(drawn, crypto)).to.be.a('string') }), { ...runs, numRuns: 1000 })
  })
})

describe('verifyAnswer', () => {
  it('X6: refuses a good record of another key than the asked one', () => {
    expect(verifyAnswer(record, { key }, crypto)).to.equal(undefined)
    expect(verifyAnswer(record, { key: bytes('kez') }, crypto)).to.equal('wrong-key')
    expect(verifyAnswer(record, { key: bytes('key ') }, crypto)).to.equal('wrong-key')
  })

  it('X6: refuses a good record of another publisher or salt, where one was asked for', () => {
    expect(verifyAnswer(record, { key, publisher: alice.publicKey, salt: bytes('salt') }, crypto)).to.equal(undefined)
    expect(verifyAnswer(record, { key, publisher: bob.publicKey }, crypto)).to.equal('wrong-key')
    expect(verifyAnswer(record, { key, salt: bytes('pepper') }, crypto)).to.equal('wrong-key')
  })

  it('G5: refuses a bad record under the right key', () => {
    expect(verifyAnswer({ ...record, value: bytes('forged') }, { key }, crypto)).to.equal('bad-signature')
  })
})

describe('slotOf', () => {
  it('is equal for equal slots only, wherever one part ends and the next begins', () => {
    const parts = fc.record({
      key: fc.uint8Array({ minLength: 1, maxLength: 3, max: 2 }),
      publisher: fc.constantFrom(undefined, alice.publicKey, bob.publicKey),
      salt: fc.option(fc.uint8Array({ minLength: 1, maxLength: 3, max: 2 }), { nil: undefined })
    }).map(({ key, publisher, salt }) => ({ key, ...(publisher && { publisher }), ...(salt && { salt }) }))
    expect(slotOf({ key: bytes('ab') })).to.not.equal(slotOf({ key: bytes('a'), salt: bytes('b') }))
    fc.assert(fc.property(parts, parts, (a, b) => {
      const same = JSON.stringify([a.key, a.publisher, a.salt]) === JSON.stringify([b.key, b.publisher, b.salt])
      expect(slotOf(a) === slotOf(b)).to.equal(same)
    }), { ...runs, numRuns: 2000 })
  })

  it('takes an empty salt for none, as the signature does', () => {
    expect(slotOf({ key, salt: new Uint8Array(0) })).to.equal(slotOf({ key }))
  })
})
