import { expect } from 'chai'
import fc from 'fast-check'
import { compareDistance, peerIdFromWords, xor } from '@kadmium/peer-id'
import type { Contact, PeerId } from '@kadmium/interface'
import { RoutingTable } from '../src/index.ts'
import { anyId, at, contact, contactIn, contactsIn, local, near, runs } from './contacts.ts'

describe('closest', () => {
  it('closestAnswering leaves out who left the last request unanswered, until it is seen again', () => {
    const table = new RoutingTable({ localId: local, k: 3, maxFailures: 2 })
    const contacts = [contactIn(0, 1), contactIn(0, 2), contactIn(1, 3)]
    for (const each of contacts) table.insert(each, 0)
    const silent = contacts[1]!
    table.failed(silent.id, 1)
    expect(table.closest(local, 3)).to.have.lengthOf(3)
    expect(table.closestAnswering(silent.id, 1)).to.deep.equal(table.closest(silent.id, 2).slice(1))
    expect(table.closestAnswering(local, 3)).to.not.deep.include(silent)
    table.insert(silent, 2)
    expect(table.closestAnswering(silent.id, 3)).to.deep.equal(table.closest(silent.id, 3))
  })

  it('K8: finds what was inserted', () => {
    const table = tableOf([contact(1)])
    expect(table.closest(contact(1).id, 1)).to.deep.equal([contact(1)])
    expect(table.closest(local, 20)).to.deep.equal([contact(1)])
  })

  it('K10: equals a brute-force sort of the full table, for 10 random targets and 100 entries', () => {
    const contacts = Array.from({ length: 100 }, (_, i) => contact(i))
    const table = tableOf(contacts, 100)
    for (let i = 0; i < 10; i++) expectClosest(table, contacts, contact(1000 + i).id, 100)
  })

  it('K10: equals a brute-force sort for ids that share any prefix with us, with the target and with each other', () => {
    fc.assert(fc.property(anyId, anyId, (self, target) => {
      const ids = fc.sample(fc.oneof(near(self), near(target), anyId), { numRuns: 60, seed: self.w4 ^ target.w4 })
      const contacts = distinct([...ids, target, xor(target, lastBit), xor(self, lastBit)]).filter(id => !id.equals(self)).map(asContact)
      const table = new RoutingTable({ localId: self, k: 100 })
      for (const each of contacts) table.insert(each, 0)
      for (const n of [1, 3, 20, contacts.length + 1]) {
        for (const goal of [target, self, xor(self, lastBit)]) expectClosest(table, contacts, goal, n)
      }
    }), runs)
  })

  it('P8: equals brute force across buckets for n = 20 and n = all, when no bucket alone has enough', () => {
    const contacts = [0, 1, 2, 3, 5, 8, 13, 40, 100, 158, 159].flatMap(bucket => contactsIn(bucket, bucket > 150 ? 1 : 7))
    const table = tableOf(contacts)
    for (const target of [local, ...contacts.map(({ id }) => id), ...Array.from({ length: 50 }, (_, i) => contact(i).id)]) {
      expectClosest(table, contacts, target, 20)
      expectClosest(table, contacts, target, contacts.length)
    }
  })

  for (const [what, shift] of [['first', 24], ['last', 0]] as const) {
    it(`X1: returns nobody twice, for every target among all ids of 8 bits (the ${what} ones)`, () => {
      const idOf = (n: number): PeerId => shift === 24 ? peerIdFromWords(n << 24, 0, 0, 0, 0) : peerIdFromWords(0, 0, 0, 0, n)
      for (const self of [0, 1, 85, 254, 255]) {
        const contacts = Array.from({ length: 256 }, (_, n) => n).filter(n => n !== self).map(n => asContact(idOf(n)))
        const table = new RoutingTable({ localId: idOf(self), k: 128 })
        for (const each of contacts) table.insert(each, 0)
        expect(table.size).to.equal(255)
        for (let target = 0; target < 256; target++) {
          const numbers = table.closest(idOf(target), 256).map(({ id }) => (shift === 24 ? id.w0 >>> 24 : id.w4) ^ target)
          expect(numbers).to.deep.equal(Array.from({ length: 256 }, (_, n) => n).filter(n => n !== (self ^ target)))
        }
      }
    })
  }

  it('X1: a peer that differs from us in the last bit only is returned once, at distance 0 too', () => {
    const neighbour = asContact(xor(local, lastBit))
    const table = tableOf([neighbour, contactIn(0, 1)])
    expect(table.closest(local, 20)).to.deep.equal([neighbour, contactIn(0, 1)])
    expect(table.closest(neighbour.id, 20)).to.deep.equal([neighbour, contactIn(0, 1)])
  })

  it('tells apart ids that share all the bits that are ranked first', () => {
    const base = contactIn(3, 1).id
    const contacts = [1, 2, 4, 1 << 30, -1].map(word => asContact(peerIdFromWords(base.w0, base.w1, base.w2, base.w3, word)))
    const table = tableOf(contacts)
    for (const { id } of contacts) expectClosest(table, contacts, id, 3)
  })

  it('never gives more than n, none for n = 0, and all there are when n is larger', () => {
    const table = tableOf(contactsIn(0, 10))
    expect([0, 1, 9, 10, 11, Infinity].map(n => table.closest(local, n).length)).to.deep.equal([0, 1, 9, 10, 10, 10])
    expect(new RoutingTable({ localId: local }).closest(local, 5)).to.deep.equal([])
  })

  it('P13: gives a fresh list, sorted, and leaves the order in the bucket alone', () => {
    const contacts = contactsIn(0, 20)
    const table = tableOf(contacts)
    table.closest(contacts[7]!.id, 20).reverse()
    expect([...table.buckets()][0]!.entries.map(entry => entry.contact)).to.deep.equal(contacts)
  })

  it('gives the contact objects that were inserted, which many tables may share', () => {
    const shared = contact(5)
    expect(tableOf([shared]).closest(local, 1)[0]).to.equal(shared)
  })

  it('P6: answers after 10,000 adds', () => {
    const table = new RoutingTable({ localId: local })
    for (let i = 0; i < 10_000; i++) table.insert(contact(i), i)
    expect(table.size).to.be.within(150, 250)
    expect(table.closest(contact(10_001).id, 20)).to.have.length(20)
  })
})

describe('countNodesBetween', () => {
  it('counts the contacts no farther from us than the target', () => {
    const contacts = [0, 1, 2, 5, 9, 30].flatMap(bucket => contactsIn(bucket, 6))
    const table = tableOf(contacts)
    for (const target of [local, ...contacts.map(({ id }) => id), contact(1).id, contact(2).id]) {
      const expected = contacts.filter(({ id }) => compareDistance(local, id, target) <= 0).length
      expect(table.countNodesBetween(target)).to.equal(expected)
    }
  })

  it('K12: grows when a bit of the distance is set, and shrinks when one is cleared', () => {
    const contacts = [0, 1, 2, 3, 4, 5, 6].flatMap(bucket => contactsIn(bucket, 20))
    const table = tableOf(contacts)
    fc.assert(fc.property(anyId, fc.nat(9), (distance, bit) => {
      const mask = peerIdFromWords(0x8000_0000 >>> bit, 0, 0, 0, 0)
      const [one, other] = [distance, xor(distance, mask)].map(d => table.countNodesBetween(xor(local, d)))
      if ((distance.w0 & mask.w0) === 0) expect(one).to.be.at.most(other!)
      else expect(one).to.be.at.least(other!)
    }), runs)
  })
})

const lastBit = peerIdFromWords(0, 0, 0, 0, 1)

function tableOf (contacts: readonly Contact[], k = 20): RoutingTable {
  const table = new RoutingTable({ localId: local, k })
  for (const each of contacts) expect(table.insert(each, 0).type).to.equal('inserted')
  return table
}

function asContact (id: PeerId): Contact {
  return { id, addresses: [at('127.0.0.1:4000')] }
}

function distinct (ids: readonly PeerId[]): PeerId[] {
  return [...new Map(ids.map(id => [id.hex, id])).values()]
}

function expectClosest (table: RoutingTable, inserted: readonly Contact[], target: PeerId, n: number): void {
  const held = inserted.filter(({ id }) => table.get(id) !== undefined)
  expect(held).to.have.length(table.size)
  const expected = held.toSorted((a, b) => compareDistance(target, a.id, b.id)).slice(0, n)
  expect(table.closest(target, n).map(({ id }) => id.hex)).to.deep.equal(expected.map(({ id }) => id.hex))
}
