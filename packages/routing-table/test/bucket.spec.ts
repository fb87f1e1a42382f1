import { InvalidOptionError } from '@kadmium/interface'
import type { Contact } from '@kadmium/interface'
import { expect } from 'chai'
import fc from 'fast-check'
import { RoutingTable } from '../src/index.ts'
import { contact, contactIn, contactsIn, local, runs } from './contacts.ts'

describe('a bucket', () => {
  it('K9: has no place for the local id', () => {
    const table = new RoutingTable({ localId: local })
    expect(table.insert({ ...contact(1), id: local }, 0)).to.deep.equal({ type: 'rejected', reason: 'self' })
    expect(table.entry(local)).to.equal(undefined)
    expect(table.get(local)).to.equal(undefined)
    expect(table.answered(local, 0)).to.deep.equal({ type: 'unknown' })
    expect(table.failed(local, 0)).to.deep.equal({ type: 'unknown' })
    expect(table.remove(local, 0)).to.equal(undefined)
  })

  it('P1: holds the contacts that share as long a prefix as its index, and no others', () => {
    const table = new RoutingTable({ localId: local })
    for (let index = 0; index < 160; index++) {
      expect(table.insert(contactIn(index, index), 0)).to.deep.equal({ type: 'inserted', bucket: index })
    }
    expect([...table.buckets()].map(({ index, entries }) => [index, entries.map(entry => entry.contact)]))
      .to.deep.equal(Array.from({ length: 160 }, (_, index) => [index, [contactIn(index, index)]]))
  })

  it('P2: counts right per prefix length', () => {
    const { table } = full({ k: 20 }, 3)
    for (const each of contactsIn(5, 7)) table.insert(each, 0)
    expect([...table.buckets()].map(({ index, entries }) => [index, entries.length])).to.deep.equal([[3, 20], [5, 7]])
    expect(table.size).to.equal(27)
  })

  for (const k of [2, 20, 200, 2000]) {
    it(`B5: holds exactly ${k} when k is ${k}`, () => {
      const { table, contacts } = full({ k })
      expect(table.k).to.equal(k)
      expect(table.insert(contactIn(0, k), 1).type).to.equal('pending')
      expect(table.size).to.equal(k)
      expect(order(table)).to.deep.equal(contacts)
    })
  }

  it('B5: holds 20 when nothing is said', () => {
    const table = new RoutingTable({ localId: local })
    for (let i = 0; i < 30; i++) table.insert(contactIn(0, i), i)
    expect(table.size).to.equal(20)
    expect(table.k).to.equal(20)
  })

  it('B1: is sorted by when its contacts were last seen, longest ago first', () => {
    fc.assert(fc.property(fc.array(fc.nat(19), { maxLength: 60 }), answers => {
      const { table, contacts } = full({ k: 20 })
      answers.forEach((i, now) => table.answered(contacts[i]!.id, 100 + now))
      const last = (each: Contact): number => answers.lastIndexOf(contacts.indexOf(each))
      expect(order(table)).to.deep.equal(contacts.toSorted((a, b) => last(a) - last(b)))
      const seen = [...table.buckets()][0]!.entries.map(entry => entry.lastSeen)
      expect(seen).to.deep.equal(seen.toSorted((a, b) => a - b))
    }), runs)
  })

  it('B4: an answer moves only the one that gave it; all others keep order and figures', () => {
    fc.assert(fc.property(fc.nat(19), fc.array(fc.tuple(fc.nat(19), fc.nat(500)), { maxLength: 20 }), (mover, before) => {
      const { table, contacts } = full({ k: 20 })
      before.forEach(([i, rtt], now) => table.answered(contacts[i]!.id, 50 + now, rtt))
      const others = (): unknown => [...table.buckets()][0]!.entries.filter(entry => entry.contact !== contacts[mover])
      const kept = others()
      table.answered(contacts[mover]!.id, 1000, 7)
      expect(others()).to.deep.equal(kept)
      expect(order(table).at(-1)).to.equal(contacts[mover])
    }), runs)
  })

  it('B4: a failure moves nobody', () => {
    const { table, contacts } = full({ k: 5 })
    table.failed(contacts[2]!.id, 10)
    expect(order(table)).to.deep.equal(contacts)
    expect(contacts.map(({ id }) => table.entry(id)!.failures)).to.deep.equal([0, 0, 1, 0, 0])
  })

  it('P9: keeps when a contact came, when it was last seen, its failures and its smoothed round-trip time', () => {
    const table = new RoutingTable({ localId: local })
    table.insert(contact(1), 10.5)
    expect(table.entry(contact(1).id)).to.deep.equal({ contact: contact(1), lastSeen: 10.5, addedAt: 10.5, rttMs: undefined, failures: 0 })
    table.answered(contact(1).id, 20, 100)
    table.failed(contact(1).id, 25)
    expect(table.entry(contact(1).id)).to.deep.equal({ contact: contact(1), lastSeen: 20, addedAt: 10.5, rttMs: 100, failures: 1 })
    table.answered(contact(1).id, 30, 20)
    expect(table.entry(contact(1).id)).to.deep.equal({ contact: contact(1), lastSeen: 30, addedAt: 10.5, rttMs: 90, failures: 0 })
    table.answered(contact(1).id, 40)
    expect(table.entry(contact(1).id)!.rttMs).to.equal(90)
  })

  it('P9: takes the round-trip time with the contact, where the caller has one', () => {
    const table = new RoutingTable({ localId: local })
    table.insert(contact(1), 10, 40)
    expect(table.entry(contact(1).id)).to.include({ rttMs: 40, addedAt: 10, lastSeen: 10 })
    table.insert(contact(1), 20, 80)
    expect(table.entry(contact(1).id)).to.include({ rttMs: 45, addedAt: 10, lastSeen: 20 })
  })

  it('an entry is a snapshot, so that what was read stays read', () => {
    const table = new RoutingTable({ localId: local })
    table.insert(contact(1), 1)
    const entry = table.entry(contact(1).id)!
    table.answered(contact(1).id, 2, 5)
    expect(entry).to.include({ lastSeen: 1, rttMs: undefined })
  })

  it('keeps others in place when one is removed, and can be filled again', () => {
    const { table, contacts } = full({ k: 5 })
    expect(table.remove(contacts[1]!.id, 9)).to.deep.equal({ removed: contacts[1] })
    expect(order(table)).to.deep.equal([contacts[0], contacts[2], contacts[3], contacts[4]])
    expect(table.insert(contacts[1]!, 10)).to.deep.equal({ type: 'inserted', bucket: 0 })
    expect(order(table)).to.deep.equal([contacts[0], contacts[2], contacts[3], contacts[4], contacts[1]])
    expect(table.size).to.equal(5)
  })

  it('is gone when its last contact is, and costs nothing', () => {
    const table = new RoutingTable({ localId: local })
    table.insert(contactIn(7, 1), 1)
    table.remove(contactIn(7, 1).id, 2)
    expect([...table.buckets()]).to.deep.equal([])
    expect(table.size).to.equal(0)
  })

  it('refuses what cannot be asked', () => {
    const table = new RoutingTable({ localId: local })
    expect(table.insert({ id: contact(1).id, addresses: [] }, 0)).to.deep.equal({ type: 'rejected', reason: 'no-address' })
    expect(table.size).to.equal(0)
  })

  const counts = ['k', 'replacementCacheSize', 'maxPerGroupInBucket', 'maxPerGroupInTable', 'maxFailures', 'probeExpiryMs'] as const
  for (const option of counts) {
    it(`${option} has to be at least 1`, () => {
      for (const bad of [0, -1, NaN]) {
        expect(() => new RoutingTable({ localId: local, [option]: bad })).to.throw(InvalidOptionError, option)
      }
    })
  }

  for (const option of ['probeIdleMs', 'maxCandidateAgeMs'] as const) {
    it(`${option} has to be at least 0`, () => {
      for (const bad of [-1, NaN]) {
        expect(() => new RoutingTable({ localId: local, [option]: bad })).to.throw(InvalidOptionError, option)
      }
    })
  }
})

/** A table with one full bucket, and its contacts, longest seen first. */
function full ({ k }: { k: number }, bucket = 0): { table: RoutingTable, contacts: Contact[] } {
  const table = new RoutingTable({ localId: local, k, maxPerGroupInTable: Infinity })
  const contacts = contactsIn(bucket, k)
  contacts.forEach((each, i) => table.insert(each, i / k))
  return { table, contacts }
}

function order (table: RoutingTable): Contact[] {
  return [...table.buckets()][0]!.entries.map(entry => entry.contact)
}
