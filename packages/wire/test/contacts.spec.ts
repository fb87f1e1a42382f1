import { Refusal } from '@kadmium/interface'
import { expect } from 'chai'
import fc from 'fast-check'
import { MAX_CONTACTS, endpoint, packContacts, unpackContacts } from '../src/index.ts'
import type { WireContact } from '../src/index.ts'
import { contacts, runs } from './arbitraries.ts'
import { toJson } from './json.ts'

const ROOM = 1_000_000
const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)
const ipv4 = (byte: number): WireContact => ({ publicKey: key(byte), address: endpoint(`203.0.113.${byte}`, byte) })

describe('packed contacts', () => {
  it('unpack ∘ pack = identity, in order', () => {
    fc.assert(fc.property(fc.array(contacts, { maxLength: MAX_CONTACTS }), list => {
      expect(toJson(unpackContacts(packContacts(list, ROOM)))).to.deep.equal(toJson(list))
    }), runs)
  })

  it('take 39 bytes with IPv4 and 51 with IPv6', () => {
    expect(packContacts([ipv4(1)], ROOM)).to.have.length(39)
    expect(packContacts([{ publicKey: key(1), address: endpoint('::1', 1) }], ROOM)).to.have.length(51)
  })

  it('U5: never take more than the budget, and leave nothing out that fits', () => {
    fc.assert(fc.property(fc.array(contacts, { maxLength: 40 }), fc.integer({ min: -10, max: 2000 }), (list, budget) => {
      const packed = packContacts(list, budget)
      const kept = unpackContacts(packed) as WireContact[]
      const next = list[kept.length]
      expect(packed.length).to.be.at.most(Math.max(0, budget))
      expect(toJson(kept)).to.deep.equal(toJson(list.slice(0, kept.length)))
      if (next !== undefined) expect(packed.length + 33 + next.address.bytes.length).to.be.above(budget)
    }), runs)
  })

  it('tell each contact\'s first address before anyone\'s second one', () => {
    const both = (byte: number): { publicKey: Uint8Array, addresses: ReturnType<typeof endpoint>[] } =>
      ({ publicKey: key(byte), addresses: [endpoint('203.0.113.1', byte), endpoint('2001:db8::1', byte)] })
    const texts = (budget: number): string[] => (unpackContacts(packContacts([both(1), both(2)], budget)) as WireContact[]).map(({ address }) => address.text)
    expect(texts(78)).to.deep.equal(['203.0.113.1:1', '203.0.113.1:2'])
    expect(texts(180)).to.deep.equal(['203.0.113.1:1', '203.0.113.1:2', '[2001:db8::1]:1', '[2001:db8::1]:2'])
  })

  it('leave out a contact without a public key, and one without an address', () => {
    const packed = packContacts([{ addresses: [endpoint('::1', 1)] }, { publicKey: key(1), addresses: [] }, ipv4(2)], ROOM)
    expect(toJson(unpackContacts(packed))).to.deep.equal(toJson([ipv4(2)]))
  })

  it('are at most 64, on the way out and on the way in', () => {
    const many = Array.from({ length: MAX_CONTACTS + 1 }, (_, index) => ipv4(index))
    expect(unpackContacts(packContacts(many, ROOM))).to.have.length(MAX_CONTACTS)
    const one = packContacts([ipv4(1)], ROOM)
    expect(unpackContacts(Uint8Array.from(many.flatMap(() => [...one])))).to.deep.equal(new Refusal('too many contacts'))
  })

  it('are refused whole when one is cut short or of another family', () => {
    const packed = packContacts([ipv4(1), ipv4(2)], ROOM)
    for (let length = 40; length < packed.length; length++) {
      expect(unpackContacts(packed.subarray(0, length)), String(length)).to.deep.equal(new Refusal('contact cut short'))
    }
    for (const family of [0, 5, 255]) {
      expect(unpackContacts(Uint8Array.from([family, ...packed.subarray(1)]))).to.deep.equal(new Refusal('bad contact family'))
    }
  })

  it('keep nothing of the datagram alive: their bytes are their own', () => {
    const [contact] = unpackContacts(packContacts([ipv4(1), ipv4(2)], ROOM)) as WireContact[]
    expect(contact?.publicKey.buffer.byteLength).to.equal(32)
    expect(contact?.address.bytes.buffer.byteLength).to.equal(6)
  })
})
