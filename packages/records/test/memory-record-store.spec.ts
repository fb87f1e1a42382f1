import type { Crypto, KadRecord } from '@kadmium/interface'
import { commonPrefixLength, keyId } from '@kadmium/peer-id'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import fc from 'fast-check'
import { MemoryRecordStore, RECORD_OVERHEAD_BYTES, RecordPolicies, immutableRecord, remainingMs, signRecord } from '../src/index.ts'
import type { HeldRecord, MemoryRecordStoreOptions } from '../src/index.ts'
import { alice, bob, bytes, crypto, person } from './people.ts'

const HOUR = 3_600_000
const FOREVER = 48 * HOUR
const key = bytes('key')
const credulous: Crypto = {
  sha1: bytes => crypto.sha1(bytes),
  hmacSha256: (key, bytes) => crypto.hmacSha256(key, bytes),
  sign: (seed, message) => crypto.sign(seed, message),
  verify: () => true
}
const newStore = (options: MemoryRecordStoreOptions = {}): MemoryRecordStore => new MemoryRecordStore({ crypto, ...options })
const make = (text: string, extra: { key?: Uint8Array, seq?: number, ttl?: number, salt?: Uint8Array } = {}, publisher = alice): KadRecord =>
  signRecord({ key, value: bytes(text), seq: 1, ...extra }, publisher)
const values = (held: readonly HeldRecord[]): string[] => held.map(({ record }) => Buffer.from(record.value).toString())

describe('MemoryRecordStore', () => {
  it('G2: gives back what was put, with its times', () => {
    const store = newStore()
    const record = make('a')
    expect(store.put(record, 5 * HOUR, 1000)).to.have.property('type', 'stored')
    const [held] = store.get(key, 2000)
    expect(held).to.include({ expiresAt: 1000 + 5 * HOUR, firstReceivedAt: 1000, receivedAt: 1000 })
    expect(held?.record).to.equal(record)
    expect(held?.keyId.hex).to.equal(keyId(key).hex)
    expect(store.getSlot(record, 2000)).to.equal(held)
  })

  it('remembers who sent it, and nobody for this node\'s own', () => {
    const store = newStore()
    const from = endpoint('203.0.113.1', 1)
    store.put(make('a'), HOUR, 0, { from })
    expect(store.getSlot(make('a'), 0)?.from).to.equal(from)
    store.put(make('a'), HOUR, 0)
    expect(store.getSlot(make('a'), 0)).to.not.have.property('from')
  })

  it('verifies before it keeps: a forged record is refused and the good one stays', () => {
    const store = newStore()
    store.put(make('a'), FOREVER, 0)
    expectRefused(store, { ...make('b', { seq: 2 }), value: bytes('forged') }, 'bad-signature')
    expectRefused(store, { ...make('b', { seq: 2 }, bob), publisher: alice.publicKey }, 'bad-signature')
    const { signature: _, ...unsigned } = make('b', { seq: 2 })
    expectRefused(store, unsigned, 'unsigned')
    expectRefused(store, { ...make('b', { seq: 2 }), ttl: 172_801 }, 'ttl-too-long')
    expectRefused(store, { ...immutableRecord(key), key }, 'wrong-key')
    expectRefused(store, { ...make('b'), key: new Uint8Array(65) }, 'malformed')
    expect(values(store.get(key, 0))).to.deep.equal(['a'])
  })

  it('G3: in one slot the higher seq wins, and an older one is refused', () => {
    const store = newStore()
    store.put(make('old', { seq: 1 }), FOREVER, 0)
    const outcome = store.put(make('new', { seq: 2 }), FOREVER, 0)
    expect(outcome).to.have.nested.property('replaced.seq', 1)
    expectRefused(store, make('old', { seq: 1 }), 'older-seq')
    expect(values(store.get(key, 0))).to.deep.equal(['new'])
    expect(store.size).to.equal(1)
  })

  it('equivocation: same seq with other bytes is refused, be it the value or the ttl', () => {
    const store = newStore()
    store.put(make('a'), FOREVER, 0)
    expectRefused(store, make('b'), 'same-seq-other-value')
    expectRefused(store, make('a', { ttl: 100 }), 'same-seq-other-value')
    expectRefused(store, { ...make('a'), signature: new Uint8Array(64) }, 'bad-signature')
    expect(values(store.get(key, 0))).to.deep.equal(['a'])
  })

  it('U10: a publisher replaces only its own slots', () => {
    const store = newStore()
    store.put(make('alice'), FOREVER, 0)
    store.put(make('bob', { seq: 9 }, bob), FOREVER, 0)
    store.put(make('salted', { seq: 9, salt: bytes('s') }), FOREVER, 0)
    expect(values(store.get(key, 0))).to.deep.equal(['alice', 'bob', 'salted'])
  })

  it('is indexed by the whole key: a prefix or an extension is another key', () => {
    const store = newStore()
    store.put(make('a'), FOREVER, 0)
    for (const other of ['ke', 'key ', 'key\0', 'kez']) expect(store.get(bytes(other), 0)).to.deep.equal([])
  })

  it('X2: a record without remaining life is refused, and ttl bounds what a sender claims', () => {
    const store = newStore()
    for (const none of [0, -1, 0.5, NaN]) expectRefused(store, make('a'), 'expired', none)
    const outcome = store.put(make('a', { ttl: 10 }), FOREVER, 0)
    expect(outcome).to.have.nested.property('held.expiresAt', 10_000)
  })

  it('G27: what has expired is never served, before any sweep too', () => {
    const store = newStore()
    const record = make('a')
    store.put(record, 1000, 0)
    expect([store.get(key, 999).length, [...store.entries(999)].length, store.near(keyId(key), 160, 999).length]).to.deep.equal([1, 1, 1])
    expect([store.get(key, 1000).length, [...store.entries(1000)].length, store.near(keyId(key), 160, 1000).length]).to.deep.equal([0, 0, 0])
    expect(store.getSlot(record, 1000)).to.equal(undefined)
  })

  it('a sweep drops exactly what has expired, and says how much', () => {
    const store = newStore()
    store.put(make('a'), 1000, 0)
    store.put(make('b', {}, bob), 2000, 0)
    store.put(make('c', { key: bytes('other') }), 1000, 0)
    expect([store.expire(999), store.size]).to.deep.equal([0, 3])
    expect([store.expire(1000), store.size]).to.deep.equal([2, 1])
    expect([store.keyCount, store.expire(1999), store.expire(2000)]).to.deep.equal([1, 0, 1])
    expect([store.size, store.bytes, store.keyCount]).to.deep.equal([0, 0, 0])
  })

  it('X3: what is left of a life is told rounded down', () => {
    const store = newStore()
    store.put(make('a'), 1000, 0.5)
    const [held] = store.get(key, 100)
    expect(held && remainingMs(held, 100)).to.equal(900)
    expect(held && remainingMs(held, 5000)).to.equal(0)
  })

  it('a longer life that another sender knows of counts, a shorter one does not', () => {
    const store = newStore()
    store.put(make('a'), HOUR, 0)
    expect(store.put(make('a'), 2 * HOUR, 0)).to.include({ type: 'unchanged' }).and.have.nested.property('held.expiresAt', 2 * HOUR)
    expect(store.put(make('a'), HOUR, 10)).to.have.nested.property('held.expiresAt', 2 * HOUR)
    expect(store.getSlot(make('a'), 20)).to.include({ firstReceivedAt: 0, receivedAt: 10 })
  })

  it('repeating a record does not keep it for ever: its life ends one ttl after it first came', () => {
    const store = newStore()
    const record = make('a', { ttl: 3600 })
    let now = 0
    for (; now < 2 * HOUR && (now === 0 || store.getSlot(record, now) !== undefined); now += HOUR / 4) store.put(record, HOUR, now)
    expect(now).to.equal(HOUR)
  })

  it('a put renews an immutable value, whatever ttl the first one asked for: it has no newer record', () => {
    const store = newStore()
    store.put(immutableRecord(bytes('v'), 3600), HOUR, 0)
    const renewed = store.put(immutableRecord(bytes('v'), 7200), 2 * HOUR, HOUR / 2)
    expect(renewed).to.include({ type: 'unchanged' }).and.have.nested.property('held.expiresAt', 2.5 * HOUR)
    expect(renewed).to.have.nested.property('held.record.ttl', 7200)
    expect(store.put(immutableRecord(bytes('v'), 10), FOREVER, HOUR)).to.have.nested.property('held.expiresAt', 2.5 * HOUR)
    expect(store.put(immutableRecord(bytes('v'), 7200), FOREVER, HOUR), 'at most its ttl').to.have.nested.property('held.expiresAt', 3 * HOUR)
  })

  it('puts again what had expired: a replay is a new record to a holder that forgot it', () => {
    const store = newStore()
    store.put(make('a', { seq: 5 }), 1000, 0)
    expect(store.put(make('b', { seq: 4 }), 1000, 1000)).to.have.property('type', 'stored')
    expect(store.size).to.equal(1)
  })

  it('removes one slot', () => {
    const store = newStore()
    store.put(make('a'), FOREVER, 0)
    store.put(make('b', {}, bob), FOREVER, 0)
    expect([store.remove(make('a')), store.remove(make('a')), store.remove({ key: bytes('none') })]).to.deep.equal([true, false, false])
    expect(values(store.get(key, 0))).to.deep.equal(['b'])
    expect(store.remove(make('b', {}, bob))).to.equal(true)
    expect([store.size, store.bytes, store.keyCount]).to.deep.equal([0, 0, 0])
  })

  it('near: the records whose key id shares a prefix, as a brute-force filter finds them', () => {
    const store = newStore()
    const keys = Array.from({ length: 200 }, (_, index) => bytes(`key ${index}`))
    for (const one of keys) store.put(make('a', { key: one }), FOREVER, 0)
    for (const one of keys.slice(0, 50)) store.remove(make('a', { key: one }))
    for (const bits of [0, 1, 3, 6, 9, 160]) {
      for (const target of [keyId(bytes('target')), keyId(keys[100] ?? key), keyId(keys[10] ?? key)]) {
        const expected = keys.slice(50).filter(one => commonPrefixLength(keyId(one), target) >= bits).map(one => keyId(one).hex).sort()
        expect(store.near(target, bits, 0).map(({ keyId }) => keyId.hex), `${bits} bits`).to.deep.equal(expected)
      }
    }
  })

  it('entries may be changed while they are read', () => {
    const store = newStore()
    for (let index = 0; index < 10; index++) store.put(make('a', { key: Uint8Array.of(index) }), FOREVER, 0)
    for (const { record } of store.entries(0)) store.remove(record)
    expect(store.size).to.equal(0)
  })

  it('behaves as a list of records would, for any sequence of operations', () => {
    const operation = fc.oneof(
      { weight: 8, arbitrary: fc.record({ type: fc.constant('put' as const), record: fc.nat(recordsToDraw.length - 1), remaining: fc.integer({ min: 0, max: 4000 }) }) },
      fc.record({ type: fc.constant('remove' as const), record: fc.nat(recordsToDraw.length - 1) }),
      fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 1500 }) }),
      fc.record({ type: fc.constant('expire' as const) })
    )
    fc.assert(fc.property(fc.array(operation, { maxLength: 40 }), operations => {
      const store = newStore()
      const model = new Model()
      let now = 0
      for (const step of operations) {
        const record = recordsToDraw['record' in step ? step.record : 0] as KadRecord
        switch (step.type) {
          case 'put': expect(store.put(record, step.remaining, now).type).to.equal(model.put(record, step.remaining, now)); break
          case 'remove': store.remove(record); model.remove(record); break
          case 'wait': now += step.ms; break
          case 'expire': store.expire(now); expect(store.size).to.equal(model.living(now).length); break
        }
        const living = [...store.entries(now)]
        expect(living.map(({ record, expiresAt }) => [record, expiresAt])).to.have.deep.members(model.living(now))
        expect(living).to.have.deep.members(store.near(keyId(key), 0, now))
      }
      store.expire(Infinity)
      expect([store.size, store.bytes, store.keyCount]).to.deep.equal([0, 0, 0])
    }), { seed: 20_260_101, numRuns: 150 })
  })
})

describe('MemoryRecordStore limits', () => {
  it('maxRecords: takes so many and refuses one more, until one expires or is removed', () => {
    const store = newStore({ maxRecords: 2 })
    store.put(make('a', { key: bytes('1') }), 1000, 0)
    store.put(make('a', { key: bytes('2') }), 2000, 0)
    const third = make('a', { key: bytes('3') })
    expectRefused(store, third, 'store-full')
    expect(store.put(make('b', { key: bytes('1'), seq: 2 }), 1000, 0), 'a newer record needs no room').to.have.property('type', 'stored')
    expect(store.put(third, 1000, 1000), 'after one expired').to.have.property('type', 'stored')
  })

  it('maxBytes: counts keys, values, proofs and a fixed part for each record; takes exactly so many', () => {
    const first = make('a'.repeat(100))
    const size = RECORD_OVERHEAD_BYTES + 3 + 100 + 32 + 64
    const second = make('b'.repeat(100), {}, bob)
    expect(newStore({ maxBytes: size }).put(first, FOREVER, 0)).to.have.property('type', 'stored')
    expectRefused(newStore({ maxBytes: size - 1 }), first, 'store-full')
    const store = newStore({ maxBytes: 2 * size })
    store.put(first, FOREVER, 0)
    store.put(second, FOREVER, 0)
    expect(store.bytes).to.equal(2 * size)
    expectRefused(store, make('', { key: bytes('third') }), 'store-full')
    expectRefused(store, make('a'.repeat(101), { seq: 2 }), 'store-full')
    expect(store.put(make('a'.repeat(99), { seq: 2 }), FOREVER, 0)).to.have.property('type', 'stored')
    expect(store.bytes).to.equal(2 * size - 1)
  })

  it('maxValueBytes: takes so many and refuses one more', () => {
    const store = newStore({ maxValueBytes: 10 })
    expect(store.put(make('0123456789'), FOREVER, 0)).to.have.property('type', 'stored')
    expectRefused(store, make('0123456789a', { seq: 2 }), 'value-too-large')
  })

  it('maxRecordsPerKey: a full key refuses newcomers, other keys and its own publishers go on', () => {
    const store = newStore({ maxRecordsPerKey: 2 })
    store.put(make('a'), FOREVER, 0)
    store.put(make('b', {}, bob), 1000, 0)
    const third = make('c', {}, person(5))
    expectRefused(store, third, 'key-full')
    expect(store.put(make('a2', { seq: 2 }), FOREVER, 0)).to.have.property('type', 'stored')
    expect(store.put(make('a', { key: bytes('other') }), FOREVER, 0)).to.have.property('type', 'stored')
    expect(store.put(third, FOREVER, 1000), 'after one expired').to.have.property('type', 'stored')
  })

  it('are 65,536 records, 64 MiB, 64 KiB a value and 1,024 records a key by default', function () {
    this.timeout(60_000) // it stores 65,536 records
    const store = newStore()
    expect(store.put(make('v'.repeat(65_536)), FOREVER, 0)).to.have.property('type', 'stored')
    const small = new MemoryRecordStore({ crypto: credulous, maxBytes: 1_000_000_000, maxRecordsPerPublisher: 70_000 })
    const signature = new Uint8Array(64)
    const drawn = (index: number, slots: number, length: number): KadRecord =>
      ({ key: bytes(`${Math.floor(index / slots)}`), salt: bytes(`${index}`), value: new Uint8Array(length), publisher: alice.publicKey, seq: 1, ttl: 1, signature })
    for (let index = 0; index < 1024; index++) small.put(drawn(index, 1024, 0), 1000, 0)
    expect(small.put({ ...drawn(0, 1, 0), salt: bytes('x') }, 1000, 0)).to.have.property('reason', 'key-full')
    for (let index = 1024; index < 65_536; index++) small.put(drawn(index, 1024, 0), 1000, 0)
    expect(small.size).to.equal(65_536)
    expect(small.put(drawn(65_536, 1024, 0), 1000, 0)).to.have.property('reason', 'store-full')
    expect(small.expire(1000)).to.equal(65_536)
    const large = new MemoryRecordStore({ crypto: credulous, maxBytesPerPublisher: 1_000_000_000 })
    for (let index = 0; index < 1100; index++) large.put(drawn(index, 1, 65_536), 1000, 1000)
    expect(large.bytes).to.be.within(67_108_864 - 70_000, 67_108_864)
  })

  it('policies: a value that its application objects to is refused in its words', () => {
    const policies = new RecordPolicies()
    policies.register('key', { validate: ({ value }) => value.length > 1 ? 'one letter only' : undefined })
    const store = newStore({ policies })
    expect(store.put(make('ab'), FOREVER, 0)).to.deep.equal({ type: 'refused', reason: 'invalid-value', message: 'one letter only' })
    expect(store.put(make('a'), FOREVER, 0)).to.have.property('type', 'stored')
  })

  it('that are no whole numbers are a programmer\'s mistake', () => {
    for (const name of ['maxRecords', 'maxBytes', 'maxValueBytes', 'maxRecordsPerKey']) {
      for (const limit of [-1, 0.5, NaN]) expect(() => newStore({ [name]: limit })).to.throw().with.property('option', name)
    }
  })

  it('are looked at before the signature, which costs far more', () => {
    let verified = 0
    const store = new MemoryRecordStore({ crypto: { ...credulous, verify: () => { verified++; return true } }, maxRecords: 1, maxValueBytes: 5 })
    store.put(make('a', { seq: 2 }), FOREVER, 0)
    for (const refused of [make('a', { seq: 1 }), make('a', {}, bob), make('long value', { seq: 3 })]) store.put(refused, FOREVER, 0)
    store.put(make('a', { seq: 2 }), FOREVER, 0)
    expect(verified).to.equal(1)
  })
})

const recordsToDraw: readonly KadRecord[] = [
  ...[1, 2, 3].flatMap(seq => ['a', 'b'].map(value => make(value, { seq, ttl: 3 }))),
  make('c', { ttl: 2 }, bob),
  make('d', { key: bytes('other'), ttl: 3 }),
  immutableRecord(bytes('immutable'), 3)
]

/** The same rules over a plain list. */
class Model {
  #held: { record: KadRecord, expiresAt: number, first: number }[] = []

  put (record: KadRecord, remaining: number, now: number): 'stored' | 'unchanged' | 'refused' {
    if (remaining < 1) return 'refused'
    this.#held = this.#held.filter(({ expiresAt }) => expiresAt > now)
    const held = this.#held.find(({ record: other }) => inOneSlot(other, record))
    if (held?.record === record) {
      held.expiresAt = Math.max(held.expiresAt, Math.min(now + remaining, (record.publisher ? held.first : now) + record.ttl * 1000))
      return 'unchanged'
    }
    if (held !== undefined && held.record.seq >= record.seq) return 'refused'
    this.#held = this.#held.filter(other => other !== held)
    this.#held.push({ record, expiresAt: now + Math.min(remaining, record.ttl * 1000), first: now })
    return 'stored'
  }

  remove (record: KadRecord): void {
    this.#held = this.#held.filter(({ record: other }) => !inOneSlot(other, record))
  }

  living (now: number): [KadRecord, number][] {
    return this.#held.filter(({ expiresAt }) => expiresAt > now).map(({ record, expiresAt }) => [record, expiresAt])
  }
}

function inOneSlot (a: KadRecord, b: KadRecord): boolean {
  return Buffer.from(a.key).equals(b.key) && a.publisher === b.publisher
}

function expectRefused (store: MemoryRecordStore, record: KadRecord, reason: string, remaining = FOREVER): void {
  const before = [store.size, store.bytes]
  expect(store.put(record, remaining, 0)).to.include({ type: 'refused', reason })
  expect([store.size, store.bytes]).to.deep.equal(before)
}
