import type { KadRecord, RecordRefusal } from '@kadmium/interface'
import { decodePeerRecord, decodeRecord, encodeRecord, endpoint, parseEndpoint } from '@kadmium/wire'
import { expect } from 'chai'
import {
  MemoryRecordStore, RECORD_REFUSALS, RecordPolicies, heldSeqIn, immutableRecord, isAllowedUnder, isImmutable, ownedKey, signAdvertisement,
  signRecord, signTombstone, unsignedRecord, verifyAnswer, verifyRecord
} from '../src/index.ts'
import type { Equivocation, MemoryRecordStoreOptions } from '../src/index.ts'
import { alice, bob, bytes, crypto } from './people.ts'

const HOUR = 3_600_000
const FOREVER = 48 * HOUR
const key = bytes('key')
const peer = { addresses: [parseEndpoint('203.0.113.9:8009')], mode: 'server' as const, payload: bytes('hi') }
const value = (text: string, seq: number, publisher = alice): KadRecord => signRecord({ key, value: bytes(text), seq }, publisher)
const newStore = (options: MemoryRecordStoreOptions = {}): MemoryRecordStore => new MemoryRecordStore({ crypto, ...options })

describe('tombstones', () => {
  it('take the place of what their publisher had, and only of that', () => {
    const store = newStore()
    store.put(value('a', 1), FOREVER, 0)
    store.put(value('b', 1, bob), FOREVER, 0)
    expect(store.put(signTombstone({ key, seq: 2 }, alice), FOREVER, 0)).to.have.nested.property('replaced.seq', 1)
    expect(store.page({ key }, 0).records.map(({ record }) => record.publisher)).to.deep.equal([bob.publicKey])
    expect(store.put(value('a', 1), FOREVER, 0), 'an older copy does not come back').to.include({ type: 'refused', reason: 'older-seq', heldSeq: 2 })
    expect(store.put(value('c', 3), FOREVER, 0), 'a newer value does').to.have.property('type', 'stored')
  })

  it('live 48 h by default, and no longer than they are signed for', () => {
    const store = newStore()
    expect(signTombstone({ key, seq: 1 }, alice).ttl).to.equal(172_800)
    store.put(signTombstone({ key, seq: 1, ttl: 10 }, alice), FOREVER, 0)
    expect([store.get(key, 9999).length, store.get(key, 10_000).length]).to.deep.equal([1, 0])
  })

  it('lose to a higher seq, and cannot be made of a value or be made one: the kind is signed', () => {
    const tombstone = signTombstone({ key, seq: 2, salt: bytes('s') }, alice)
    expect(verifyRecord(tombstone, crypto)).to.equal(undefined)
    expect(verifyRecord(decodeRecord(encodeRecord(tombstone)) as KadRecord, crypto)).to.equal(undefined)
    const { kind: _, ...plain } = tombstone
    expect(verifyRecord(plain, crypto)).to.equal('bad-signature')
    const empty = signRecord({ key, value: new Uint8Array(0), seq: 2 }, alice)
    expect(verifyRecord({ ...empty, kind: 'tombstone' }, crypto)).to.equal('bad-signature')
    const holder = newStore()
    holder.put(empty, HOUR, 0)
    expect(holder.put({ ...empty, kind: 'tombstone' }, FOREVER, 0), 'nor as the same record again').to.have.property('reason', 'bad-signature')
    expect(verifyRecord({ ...value('a', 1), kind: 'tombstone' }, crypto)).to.equal('malformed')
    const store = newStore()
    store.put(value('a', 3), FOREVER, 0)
    expect(store.put(signTombstone({ key, seq: 2 }, alice), FOREVER, 0)).to.include({ type: 'refused', reason: 'older-seq' })
  })

  it('are not shown to an application\'s rules, which know values only', () => {
    const policies = new RecordPolicies()
    policies.register('key', { validate: ({ value }) => value.length === 0 ? 'empty' : undefined })
    expect(newStore({ policies }).put(signTombstone({ key, seq: 1 }, alice), FOREVER, 0)).to.have.property('type', 'stored')
  })
})

describe('advertisements', () => {
  const advertisement = signAdvertisement({ key, peer, seq: 1, ttl: 7200 }, alice)

  it('carry where their publisher is, signed', () => {
    const read = decodeRecord(encodeRecord(advertisement)) as KadRecord
    expect(verifyRecord(read, crypto)).to.equal(undefined)
    const decoded = decodePeerRecord(read.value) as typeof peer
    expect([decoded.addresses[0]?.text, decoded.mode, decoded.payload]).to.deep.equal(['203.0.113.9:8009', 'server', bytes('hi')])
    const { kind: _, ...plain } = advertisement
    expect(verifyRecord(plain, crypto)).to.equal('bad-signature')
  })

  it('are one a publisher and key: a salt would make more of them', () => {
    expect(verifyRecord({ ...advertisement, salt: bytes('s') }, crypto)).to.equal('malformed')
    expect(verifyRecord({ ...advertisement, salt: new Uint8Array(0) }, crypto)).to.equal(undefined)
  })

  it('G24: must be a peer record', () => {
    expect(verifyRecord({ ...value('no peer', 1), kind: 'advertisement' }, crypto)).to.equal('malformed')
    expect(() => signAdvertisement({ key, peer: { ...peer, payload: new Uint8Array(201) }, seq: 1 }, alice)).to.throw().with.property('name', 'InvalidOptionError')
  })

  it('share the slot with values: the higher seq stands, whatever it is', () => {
    const store = newStore()
    store.put(value('a', 1), FOREVER, 0)
    expect(store.put(signAdvertisement({ key, peer, seq: 2 }, alice), FOREVER, 0)).to.have.nested.property('replaced.seq', 1)
    expect([store.size, store.advertisementCount]).to.deep.equal([1, 1])
    store.put(signTombstone({ key, seq: 3 }, alice), FOREVER, 0)
    expect([store.size, store.advertisementCount], 'a tombstone of one takes no room from records').to.deep.equal([1, 1])
    store.put(value('b', 4), FOREVER, 0)
    expect([store.size, store.advertisementCount]).to.deep.equal([1, 0])
    store.put(signTombstone({ key, seq: 5 }, alice), FOREVER, 0)
    expect([store.size, store.advertisementCount]).to.deep.equal([1, 0])
    store.remove({ key, publisher: alice.publicKey })
    expect([store.size, store.bytes, store.keyCount, store.advertisementCount]).to.deep.equal([0, 0, 0, 0])
  })

  it('come after records in what a key holds', () => {
    const store = newStore()
    store.put(advertisement, FOREVER, 0)
    store.put(value('b', 1, bob), FOREVER, 0)
    expect(store.get(key, 0).map(({ record }) => record.kind)).to.deep.equal([undefined, 'advertisement'])
  })
})

describe('owned keys', () => {
  const mine = ownedKey(alice.peerId, 'profile')

  it('are /pk/, the publisher\'s id, a slash and a name', () => {
    expect(Buffer.from(mine).toString()).to.equal(`/pk/${alice.peerId.hex}/profile`)
    expect(ownedKey(alice.peerId, bytes('profile'))).to.deep.equal(mine)
    expect(ownedKey(alice.peerId, 'n'.repeat(19))).to.have.length(64)
    for (const name of ['', 'n'.repeat(20)]) expect(() => ownedKey(alice.peerId, name)).to.throw().with.property('name', 'InvalidOptionError')
  })

  it('take records of their owner and of nobody else, at holder and reader alike', () => {
    const store = newStore()
    expect(store.put(signRecord({ key: mine, value: key, seq: 1 }, alice), FOREVER, 0)).to.have.property('type', 'stored')
    const shadow = signRecord({ key: mine, value: key, seq: 2 }, bob)
    expect(store.put(shadow, FOREVER, 0)).to.include({ type: 'refused', reason: 'not-owner' })
    expect(verifyAnswer(shadow, { key: mine }, crypto)).to.equal('not-owner')
    expect(store.put(signTombstone({ key: mine, seq: 2 }, bob), FOREVER, 0)).to.have.property('reason', 'not-owner')
    expect(store.put(signAdvertisement({ key: mine, peer, seq: 2 }, bob), FOREVER, 0)).to.have.property('reason', 'not-owner')
    expect(newStore({ allowUnsigned: true }).put(unsignedRecord({ key: mine, value: key, seq: 2 }), FOREVER, 0)).to.have.property('reason', 'not-owner')
    expect(store.put(signTombstone({ key: mine, seq: 3 }, alice), FOREVER, 0)).to.have.property('type', 'stored')
  })

  it('nobody owns what is not well formed under /pk/', () => {
    const { hex } = alice.peerId
    for (const text of ['/pk/', '/pk/x', `/pk/${hex}`, `/pk/${hex}/`, `/pk/${hex.toUpperCase()}/n`, `/pk/${hex}0/n`, `/pk/${hex.slice(1)}/n`]) {
      expect(verifyRecord(signRecord({ key: bytes(text), value: key, seq: 1 }, alice), crypto), text).to.equal('not-owner')
    }
    for (const text of ['/pk', '/pkx', '/PK/x', 'pk/x', `x/pk/${hex}/n`]) expect(isAllowedUnder({ key: bytes(text) }), text).to.equal(true)
    expect(isAllowedUnder({ key: new Uint8Array([...bytes(`/pk/${hex}/`), 10]), publisher: alice.publicKey }), 'a name of any byte').to.equal(true)
  })
})

describe('compare and swap', () => {
  it('expectedSeq: replaces exactly the record that it names, and else says which one is held', () => {
    const store = newStore()
    store.put(value('a', 5), FOREVER, 0)
    const refusal = store.put(value('c', 9), FOREVER, 0, { expectedSeq: 4 })
    expect(refusal).to.deep.include({ type: 'refused', reason: 'cas-mismatch', heldSeq: 5 })
    expect('message' in refusal && heldSeqIn(refusal.message)).to.equal(5)
    expect(store.getSlot(value('a', 5), 0)?.record.seq).to.equal(5)
    expect(store.put(value('c', 9), FOREVER, 0, { expectedSeq: 5 })).to.have.property('type', 'stored')
  })

  it('a retry whose first try was taken is acknowledged', () => {
    const store = newStore()
    store.put(value('a', 5), FOREVER, 0)
    store.put(value('b', 6), FOREVER, 0, { expectedSeq: 5 })
    expect(store.put(value('b', 6), FOREVER, 0, { expectedSeq: 5 })).to.have.property('type', 'unchanged')
  })

  it('a holder that has none takes it, and 0 means: only if there is none', () => {
    expect(newStore().put(value('a', 5), FOREVER, 0, { expectedSeq: 4 })).to.have.property('type', 'stored')
    const store = newStore()
    expect(store.put(value('a', 5), FOREVER, 0, { expectedSeq: 0 })).to.have.property('type', 'stored')
    expect(store.put(value('b', 6), FOREVER, 0, { expectedSeq: 0 })).to.have.property('reason', 'cas-mismatch')
  })

  it('of an older or equal seq is refused even where the expectation holds', () => {
    const store = newStore()
    store.put(value('a', 5), FOREVER, 0)
    expect(store.put(value('b', 4), FOREVER, 0, { expectedSeq: 5 })).to.have.property('reason', 'older-seq')
    expect(store.put(value('b', 5), FOREVER, 0, { expectedSeq: 5 })).to.have.property('reason', 'same-seq-other-value')
  })

  it('the seq is read from the end of the text only, and from nothing that is no seq', () => {
    expect(heldSeqIn('another record is held, seq 9007199254740991')).to.equal(Number.MAX_SAFE_INTEGER)
    for (const text of ['', 'seq', 'seq 12 was held', 'seq 9007199254740992', 'seq -1', 'aseq 1']) expect(heldSeqIn(text), text).to.equal(undefined)
  })
})

describe('equivocation', () => {
  it('onEquivocation: is reported with both records, when both signatures prove it', () => {
    const caught: Equivocation[] = []
    const store = newStore({ onEquivocation: evidence => caught.push(evidence) })
    store.put(value('a', 5), FOREVER, 0)
    expect(store.put(value('b', 5), FOREVER, 0)).to.include({ reason: 'same-seq-other-value', heldSeq: 5 })
    expect(store.put(signTombstone({ key, seq: 5 }, alice), FOREVER, 0)).to.include({ reason: 'same-seq-other-value' })
    expect(caught.map(({ held, refused }) => [held, refused])).to.deep.equal([[value('a', 5), value('b', 5)], [value('a', 5), signTombstone({ key, seq: 5 }, alice)]])
    expect(store.equivocations).to.equal(2)
  })

  it('nobody is accused by a forgery', () => {
    const store = newStore({ onEquivocation: () => { throw new Error('accused') } })
    store.put(value('a', 5), FOREVER, 0)
    expect(store.put({ ...value('a', 5), value: bytes('forged') }, FOREVER, 0)).to.have.property('reason', 'bad-signature')
    expect(store.equivocations).to.equal(0)
  })
})

describe('unsigned records', () => {
  const note = unsignedRecord({ key, value: bytes('note'), seq: 1 })

  it('allowUnsigned: are refused, unless a network allows them', () => {
    expect(newStore().put(note, FOREVER, 0)).to.include({ type: 'refused', reason: 'unsigned' })
    expect(verifyRecord(note, crypto)).to.equal('unsigned')
    expect(verifyAnswer(note, { key }, crypto)).to.equal('unsigned')
    expect(verifyRecord(note, crypto, { allowUnsigned: true })).to.equal(undefined)
    expect(verifyAnswer(note, { key }, crypto, { allowUnsigned: true })).to.equal(undefined)
    const store = newStore({ allowUnsigned: true })
    expect(store.put(note, FOREVER, 0)).to.have.property('type', 'stored')
    expect(store.put({ ...note, seq: 2 }, FOREVER, 0)).to.have.property('type', 'stored')
    expect(store.put(note, FOREVER, 0)).to.have.property('reason', 'older-seq')
    expect(store.put({ ...note, seq: 3, kind: 'tombstone', value: new Uint8Array(0) }, FOREVER, 0)).to.have.property('type', 'stored')
    expect(store.put({ ...note, publisher: alice.publicKey }, FOREVER, 0), 'a publisher always signs').to.have.property('reason', 'unsigned')
    expect(store.put({ ...note, signature: new Uint8Array(64) }, FOREVER, 0)).to.have.property('reason', 'malformed')
    expect(store.put({ ...note, kind: 'advertisement' }, FOREVER, 0)).to.have.property('reason', 'malformed')
  })

  it('are told from immutable values by their seq, which is 1 at least', () => {
    expect(isImmutable(note)).to.equal(false)
    expect(() => unsignedRecord({ key, value: key, seq: 0 })).to.throw().with.property('name', 'InvalidOptionError')
  })

  it('never shadow an immutable value, whichever came first', () => {
    const immutable = immutableRecord(bytes('value'))
    const shadow = unsignedRecord({ key: immutable.key, value: bytes('shadow'), seq: 9 })
    const store = newStore({ allowUnsigned: true })
    store.put(immutable, FOREVER, 0)
    expect(store.put(shadow, FOREVER, 0)).to.include({ type: 'refused', reason: 'wrong-key' })
    const late = newStore({ allowUnsigned: true })
    late.put(shadow, FOREVER, 0)
    expect(late.put(immutable, FOREVER, 0)).to.have.property('type', 'stored')
    expect(late.get(immutable.key, 0).map(({ record }) => record)).to.deep.equal([immutable])
  })
})

describe('record forging', () => {
  it('each forgery is refused by its name, and the victim\'s record stands on (attack 19)', () => {
    const mine = ownedKey(alice.peerId, 'n')
    const good = signRecord({ key, value: bytes('good'), seq: 5, salt: bytes('s') }, alice)
    const store = newStore({ maxValueBytes: 1000 })
    store.put(good, FOREVER, 0)
    const forgeries: [string, KadRecord, RecordRefusal][] = [
      ['bad signature', { ...good, seq: 6 }, 'bad-signature'],
      ['other publisher', { ...signRecord({ key, value: bytes('x'), seq: 6, salt: bytes('s') }, bob), publisher: alice.publicKey }, 'bad-signature'],
      ['seq - 1', signRecord({ key, value: bytes('x'), seq: 4, salt: bytes('s') }, alice), 'older-seq'],
      ['same seq, other value', signRecord({ key, value: bytes('x'), seq: 5, salt: bytes('s') }, alice), 'same-seq-other-value'],
      ['seq 2^64 - 1', { ...good, seq: 2 ** 64 }, 'malformed'],
      ['ttl of 10 years', { ...good, seq: 6, ttl: 315_360_000 }, 'ttl-too-long'],
      ['salt of 65 bytes', { ...good, seq: 6, salt: new Uint8Array(65) }, 'malformed'],
      ['value of 1001 bytes', signRecord({ key, value: new Uint8Array(1001), seq: 6, salt: bytes('s') }, alice), 'value-too-large'],
      ['other namespace', { ...signRecord({ key: bytes('other'), value: bytes('x'), seq: 6, salt: bytes('s') }, alice), key }, 'bad-signature'],
      ['the key of another', signRecord({ key: mine, value: bytes('x'), seq: 6 }, bob), 'not-owner'],
      ['a value made a tombstone', { ...good, seq: 6, value: new Uint8Array(0), kind: 'tombstone' }, 'bad-signature']
    ]
    for (const [what, forgery, reason] of forgeries) {
      expect(store.put(forgery, FOREVER, 0, { from: endpoint('203.0.113.1', 1) }), what).to.include({ type: 'refused', reason })
      expect(RECORD_REFUSALS, what).to.include(reason)
    }
    expect(store.get(key, 0).map(({ record }) => record)).to.deep.equal([good])
    expect(store.size).to.equal(1)
  })
})
