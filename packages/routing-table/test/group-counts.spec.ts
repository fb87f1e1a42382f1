import { expect } from 'chai'
import fc from 'fast-check'
import { ipGroup } from '@kadmium/wire'
import { GroupCounts } from '../src/group-counts.ts'
import { at, contactIn, runs, withAddresses } from './contacts.ts'

const address = fc.oneof(
  fc.record({ network: fc.nat(300), host: fc.nat(3) }).map(({ network, host }) => `198.${network >> 8}.${network & 255}.${host}:4000`),
  fc.nat(255).map(network => `[2001:db8:0:${(network << 8).toString(16)}::1]:4000`)
)

describe('GroupCounts', () => {
  it('is never below the true count, whoever came and went: a limit that it allows is kept', () => {
    fc.assert(fc.property(fc.array(address, { maxLength: 400 }), fc.array(fc.nat(399), { maxLength: 400 }), (addresses, leaving) => {
      const counts = new GroupCounts()
      const present = new Set(addresses.map((address, i) => withAddresses(contactIn(0, i), address)))
      for (const contact of present) counts.add(contact)
      for (const contact of [...present].filter((_, i) => leaving.includes(i))) {
        counts.remove(contact)
        present.delete(contact)
      }
      for (const text of addresses) {
        const truth = [...present].filter(({ addresses: [first] }) => ipGroup(first!) === ipGroup(at(text))).length
        expect(counts.atMost(at(text))).to.be.at.least(truth)
      }
    }), runs)
  })

  it('is 0 again for most groups when all have left, so that it goes on saving work', () => {
    const counts = new GroupCounts()
    const contacts = Array.from({ length: 500 }, (_, i) => withAddresses(contactIn(0, i), `198.${i >> 8}.${i & 255}.1:1`))
    for (const contact of contacts) counts.add(contact)
    for (const contact of contacts) counts.remove(contact)
    expect(contacts.filter(({ addresses: [first] }) => counts.atMost(first!) > 0)).to.have.length(0)
  })

  it('knows few groups to be above one in a full table, and none exactly once it was too full to count', () => {
    const counts = new GroupCounts()
    const contacts = Array.from({ length: 250 }, (_, i) => withAddresses(contactIn(0, i), `198.${i >> 8}.${i & 255}.1:1`))
    for (const contact of contacts) counts.add(contact)
    expect(contacts.filter(({ addresses: [first] }) => counts.atMost(first!) > 1).length).to.be.at.most(contacts.length / 2)
    const one = withAddresses(contactIn(0, 1), '203.0.113.1:1')
    for (let i = 0; i < 300; i++) counts.add(one)
    for (let i = 0; i < 300; i++) counts.remove(one)
    expect(counts.atMost(one.addresses[0]!)).to.equal(Infinity)
  })
})
