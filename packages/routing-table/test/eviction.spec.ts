import type { Contact } from '@kadmium/interface'
import { expect } from 'chai'
import { RoutingTable } from '../src/index.ts'
import type { RoutingTableInit } from '../src/index.ts'
import { contactIn, contactsIn, local } from './contacts.ts'

describe('ping before evict', () => {
  const newcomers = Array.from({ length: 30 }, (_, i) => contactIn(0, 100 + i))
  const [first, second, third] = newcomers as [Contact, Contact, Contact]

  it('B2: a newcomer to a full bucket waits and names the least recently seen; the next ones wait too', () => {
    const { table, contacts } = full()
    expect(table.insert(first, 10)).to.deep.equal({ type: 'pending', probe: contacts[0] })
    expect(table.insert(second, 11)).to.deep.equal({ type: 'cached' })
    expect(table.insert(first, 12)).to.deep.equal({ type: 'cached' })
    expect(entries(table)).to.deep.equal(contacts)
    expect(replacements(table)).to.deep.equal([second, first])
    expect(table.get(first.id)).to.equal(undefined)
  })

  it('B3: when the probed one answers it stays, becomes most recently seen, and newcomers go on waiting', () => {
    const { table, contacts } = full()
    table.insert(first, 10)
    expect(table.answered(contacts[0]!.id, 11)).to.deep.equal({ type: 'updated', wasProbe: true })
    expect(entries(table)).to.deep.equal([...contacts.slice(1), contacts[0]])
    expect(replacements(table)).to.deep.equal([first])
    expect(table.insert(second, 12)).to.deep.equal({ type: 'pending', probe: contacts[1] })
  })

  it('B3: being heard in any other way ends a probe too', () => {
    const { table, contacts } = full()
    table.insert(first, 10)
    table.insert(contacts[0]!, 11)
    expect(table.insert(second, 12)).to.deep.equal({ type: 'pending', probe: contacts[1] })
  })

  it('only the answer of the probed one ends the probe', () => {
    const { table, contacts } = full()
    table.insert(first, 10)
    expect(table.answered(contacts[3]!.id, 11)).to.deep.equal({ type: 'updated', wasProbe: false })
    expect(table.insert(second, 12)).to.deep.equal({ type: 'cached' })
  })

  it('K11: when the probed one fails, the newest candidate takes its place, once', () => {
    const { table, contacts } = full()
    table.insert(first, 10)
    table.insert(second, 11)
    expect(table.failed(contacts[0]!.id, 12)).to.deep.equal({ type: 'evicted', contact: contacts[0], replacement: second })
    expect(entries(table)).to.deep.equal([...contacts.slice(1), second])
    expect(table.entry(second.id)).to.include({ lastSeen: 11, addedAt: 12 })
    expect(replacements(table)).to.deep.equal([first])
    expect(table.failed(contacts[0]!.id, 13)).to.deep.equal({ type: 'unknown' })
    expect(table.size).to.equal(5)
    expect(table.insert(third, 14)).to.deep.equal({ type: 'pending', probe: contacts[1] })
  })

  it('maxCandidateAgeMs: who waited for longer takes no place, and makes nobody leave', () => {
    const { table, contacts } = full({ maxCandidateAgeMs: 100 })
    table.insert(first, 10)
    table.insert(second, 50)
    expect(table.failed(contacts[3]!.id, 111)).to.deep.equal({ type: 'kept', failures: 1 })
    expect(replacements(table)).to.deep.equal([second])
    expect(table.failed(contacts[3]!.id, 150)).to.deep.equal({ type: 'evicted', contact: contacts[3], replacement: second })
    table.insert(third, 160)
    expect(table.failed(contacts[0]!.id, 261)).to.deep.equal({ type: 'kept', failures: 1 })
    expect(table.remove(contacts[0]!.id, 262)).to.deep.equal({ removed: contacts[0] })
  })

  it('a replacement is placed by when it was seen, not by when its turn came', () => {
    const { table, contacts } = full()
    table.insert(first, 10)
    table.answered(contacts[2]!.id, 20)
    table.failed(contacts[0]!.id, 30)
    expect(entries(table)).to.deep.equal([contacts[1], contacts[3], contacts[4], first, contacts[2]])
    expect(table.entry(first.id)).to.include({ lastSeen: 10, addedAt: 30 })
    expect(table.get(first.id)).to.equal(first)
    expect(table.closest(first.id, 1)).to.deep.equal([first])
  })

  it('one missed answer never evicts anybody who was not probed, even while others wait', () => {
    const { table, contacts } = full()
    table.insert(first, 10)
    expect(table.failed(contacts[3]!.id, 11)).to.deep.equal({ type: 'kept', failures: 1 })
    expect(table.failed(contacts[3]!.id, 12)).to.deep.equal({ type: 'evicted', contact: contacts[3], replacement: first })
  })

  it('an answer makes failures forgotten', () => {
    const { table, contacts } = full()
    for (let i = 0; i < 5; i++) {
      expect(table.failed(contacts[3]!.id, i)).to.deep.equal({ type: 'kept', failures: 1 })
      table.answered(contacts[3]!.id, i)
    }
  })

  for (const maxFailures of [1, 2, 5]) {
    it(`a dead contact leaves after maxFailures: ${maxFailures}, also when nobody waits`, () => {
      const { table, contacts } = full({ maxFailures })
      for (let failures = 1; failures < maxFailures; failures++) {
        expect(table.failed(contacts[1]!.id, failures)).to.deep.equal({ type: 'kept', failures })
      }
      expect(table.failed(contacts[1]!.id, maxFailures)).to.deep.equal({ type: 'evicted', contact: contacts[1] })
      expect(entries(table)).to.deep.equal(contacts.filter((_, i) => i !== 1))
    })
  }

  it('a probed contact for whom nobody waits any more is treated like any other', () => {
    const { table, contacts } = full()
    table.insert(first, 10)
    table.failed(first.id, 11)
    expect(replacements(table)).to.deep.equal([])
    expect(table.failed(contacts[0]!.id, 12)).to.deep.equal({ type: 'kept', failures: 1 })
    expect(table.insert(second, 13), 'the probe is over').to.deep.equal({ type: 'pending', probe: contacts[0] })
  })

  it('P7: works with buckets of one', () => {
    const table = new RoutingTable({ localId: local, k: 1 })
    const old = contactIn(0, 1)
    expect(table.insert(old, 0)).to.deep.equal({ type: 'inserted', bucket: 0 })
    expect(table.insert(first, 1)).to.deep.equal({ type: 'pending', probe: old })
    expect(table.failed(old.id, 2)).to.deep.equal({ type: 'evicted', contact: old, replacement: first })
    expect(entries(table)).to.deep.equal([first])
  })

  it('P7: old proven contacts are never evicted by newcomers, however many come', () => {
    const { table, contacts } = full()
    for (let i = 0; i < 10_000; i++) {
      const outcome = table.insert(contactIn(0, 1000 + i), 10 + i)
      if (outcome.type === 'pending') expect(table.answered(outcome.probe.id, 10.5 + i).type).to.equal('updated')
    }
    expect(entries(table)).to.have.members(contacts)
  })

  it('the replacement cache holds replacementCacheSize and drops the oldest', () => {
    const { table } = full({ replacementCacheSize: 3 })
    newcomers.forEach((each, i) => table.insert(each, 10 + i))
    expect(replacements(table)).to.deep.equal(newcomers.slice(-3))
  })

  it('the replacement cache holds k when nothing is said', () => {
    const { table } = full()
    newcomers.forEach((each, i) => table.insert(each, 10 + i))
    expect(replacements(table)).to.deep.equal(newcomers.slice(-5))
  })

  it('the newest candidate is promoted on every departure', () => {
    const { table, contacts } = full()
    table.insert(first, 10)
    table.insert(second, 11)
    expect(table.remove(contacts[2]!.id, 12)).to.deep.equal({ removed: contacts[2], replacement: second })
    expect(table.remove(contacts[3]!.id, 13)).to.deep.equal({ removed: contacts[3], replacement: first })
    expect(table.remove(contacts[4]!.id, 14)).to.deep.equal({ removed: contacts[4] })
    expect(table.size).to.equal(4)
  })

  it('a candidate that is heard again becomes the newest, seen now, and the others keep their order', () => {
    const { table, contacts } = full({ replacementCacheSize: 4 })
    const fourth = newcomers[3]!
    for (const [i, each] of [first, second, third, fourth].entries()) table.insert(each, 10 + i)
    table.insert(third, 20)
    expect(replacements(table)).to.deep.equal([first, second, fourth, third])
    table.insert(newcomers[4]!, 21)
    table.remove(newcomers[4]!.id, 22)
    for (const each of contacts.slice(0, 3)) table.remove(each.id, 30)
    expect([second, fourth, third].map(({ id }) => table.entry(id)?.lastSeen)).to.deep.equal([11, 13, 20])
  })

  it('a candidate that is removed or fails is forgotten', () => {
    const { table } = full()
    table.insert(first, 10)
    table.insert(second, 11)
    expect(table.remove(first.id, 12)).to.equal(undefined)
    expect(table.failed(second.id, 12)).to.deep.equal({ type: 'unknown' })
    expect(replacements(table)).to.deep.equal([])
  })

  it('a candidate that enters a free place waits no longer', () => {
    const { table, contacts } = full({ maxPerGroupInTable: 1 })
    const sharing = { id: first.id, addresses: contactIn(1, 50).addresses }
    table.insert(contactIn(1, 50), 1)
    table.insert(sharing, 10)
    table.remove(contacts[0]!.id, 11)
    expect(replacements(table)).to.deep.equal([sharing])
    table.remove(contactIn(1, 50).id, 12)
    expect(table.insert(sharing, 13)).to.deep.equal({ type: 'inserted', bucket: 0 })
    expect(replacements(table)).to.deep.equal([])
  })

  it('probeIdleMs: whoever was seen lately is not pinged for a newcomer', () => {
    const { table, contacts } = full({ probeIdleMs: 1000 })
    expect(table.insert(first, 999)).to.deep.equal({ type: 'cached' })
    expect(table.insert(second, 1000)).to.deep.equal({ type: 'pending', probe: contacts[0] })
    expect(replacements(table)).to.deep.equal([first, second])
  })

  for (const [probeExpiryMs, init] of [[30_000, {}], [500, { probeExpiryMs: 500 }]] as const) {
    it(`probeExpiryMs: a probe without outcome does not block the bucket for longer than ${probeExpiryMs} ms`, () => {
      const { table, contacts } = full(init)
      table.insert(first, 10)
      expect(table.insert(second, 10 + probeExpiryMs - 1)).to.deep.equal({ type: 'cached' })
      expect(table.insert(third, 10 + probeExpiryMs)).to.deep.equal({ type: 'pending', probe: contacts[0] })
    })
  }

  it('the probe of one bucket says nothing about another', () => {
    const { table, contacts } = full()
    const others = contactsIn(4, 5)
    others.forEach((each, i) => table.insert(each, i / 5))
    expect(table.insert(first, 10)).to.deep.equal({ type: 'pending', probe: contacts[0] })
    expect(table.insert(contactIn(4, 99), 10)).to.deep.equal({ type: 'pending', probe: others[0] })
  })

  it('a probed contact that is removed takes its probe along', () => {
    const { table, contacts } = full()
    table.insert(first, 10)
    expect(table.remove(contacts[0]!.id, 11)).to.deep.equal({ removed: contacts[0], replacement: first })
    expect(table.insert(second, 12)).to.deep.equal({ type: 'pending', probe: contacts[1] })
    table.insert(contacts[0]!, 13)
    expect(table.failed(contacts[0]!.id, 14)).to.deep.equal({ type: 'unknown' })
  })
})

/** A table whose bucket 0 is full, k = 5, seen at times from 0 to 0.8. */
function full (init: Partial<RoutingTableInit> = {}): { table: RoutingTable, contacts: Contact[] } {
  const table = new RoutingTable({ localId: local, k: 5, ...init })
  const contacts = contactsIn(0, 5)
  contacts.forEach((each, i) => table.insert(each, i / 5))
  return { table, contacts }
}

function entries (table: RoutingTable): Contact[] {
  return [...table.buckets()].find(({ index }) => index === 0)!.entries.map(entry => entry.contact)
}

function replacements (table: RoutingTable): readonly Contact[] {
  return [...table.buckets()].find(({ index }) => index === 0)!.replacements
}
