import type { Contact } from '@kadmium/interface'
import { expect } from 'chai'
import fc from 'fast-check'
import { bucketIndex } from '@kadmium/peer-id'
import { ipGroup } from '@kadmium/wire'
import { RoutingTable } from '../src/index.ts'
import { at, contactIn, local, runs } from './contacts.ts'

/** Forty peers in five buckets, from few networks; each event is about one of them. */
const peer = fc.nat(39)
const place = { network: fc.nat(11), host: fc.nat(3), family: fc.constantFrom(4, 6, 46) }
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('insert' as const), peer, ...place }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('answered' as const), peer, rttMs: fc.option(fc.nat(900), { nil: undefined }) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('failed' as const), peer }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('remove' as const), peer }) }
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const limits = { k: 4, replacementCacheSize: 3, maxPerGroupInBucket: 2, maxPerGroupInTable: 5 }

describe('after any history', () => {
  it('P5: the outcomes mirror the table exactly, replacements too; P7: nobody leaves who did not fail', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 300 }), steps => {
      const table = new RoutingTable({ localId: local, ...limits })
      const mirror = new Set<string>()
      steps.forEach((each, now) => {
        apply(table, each, now, mirror)
        expect(ids(table)).to.deep.equal([...mirror].sort())
        expect(table.size).to.equal(mirror.size)
      })
    }), runs)
  })

  it('buckets keep their size, order and places, and groups their limits', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 300 }), steps => {
      const table = new RoutingTable({ localId: local, ...limits })
      const mirror = new Set<string>()
      steps.forEach((each, now) => apply(table, each, now, mirror))
      for (const { index, entries, replacements } of table.buckets()) {
        const members = entries.map(({ contact }) => contact)
        expect(entries.length).to.be.within(1, limits.k)
        expect(replacements.length).to.be.at.most(limits.replacementCacheSize)
        expect(entries.map(({ lastSeen }) => lastSeen)).to.deep.equal(entries.map(({ lastSeen }) => lastSeen).sort((a, b) => a - b))
        expect(new Set([...members, ...replacements].map(({ id }) => id.hex)).size).to.equal(members.length + replacements.length)
        for (const { id } of [...members, ...replacements]) expect(bucketIndex(local, id)).to.equal(index)
        for (const { failures } of entries) expect(failures).to.be.below(2)
        expectLimit(members, limits.maxPerGroupInBucket)
      }
      expectLimit([...table.buckets()].flatMap(({ entries }) => entries.map(({ contact }) => contact)), limits.maxPerGroupInTable)
    }), runs)
  })
})

function apply (table: RoutingTable, step: Step, now: number, mirror: Set<string>): void {
  const { id } = contactIn(step.peer % 5, step.peer)
  switch (step.type) {
    case 'insert': {
      const outcome = table.insert({ id, addresses: addresses(step) }, now)
      if (outcome.type === 'inserted') mirror.add(id.hex)
      return
    }
    case 'answered':
      expect(table.answered(id, now, step.rttMs).type === 'updated').to.equal(table.get(id) !== undefined)
      return
    case 'failed': {
      const outcome = table.failed(id, now)
      if (outcome.type === 'evicted') replace(mirror, outcome.contact, outcome.replacement)
      return
    }
    case 'remove': {
      const removal = table.remove(id, now)
      if (removal !== undefined) replace(mirror, removal.removed, removal.replacement)
    }
  }
}

function replace (mirror: Set<string>, left: Contact, came: Contact | undefined): void {
  expect(mirror.delete(left.id.hex)).to.equal(true)
  if (came !== undefined) mirror.add(came.id.hex)
}

function addresses ({ network, host, family }: Extract<Step, { type: 'insert' }>) {
  const v4 = at(`198.51.${network}.${host + 1}:4000`)
  const v6 = at(`[2001:db8:0:${network}00::${host + 1}]:4000`)
  return family === 4 ? [v4] : family === 6 ? [v6] : [v4, v6]
}

function ids (table: RoutingTable): string[] {
  return [...table.buckets()].flatMap(({ entries }) => entries.map(({ contact }) => contact.id.hex)).sort()
}

function expectLimit (contacts: readonly Contact[], limit: number): void {
  const counts = new Map<string | number, number>()
  for (const { addresses } of contacts) {
    for (const address of addresses) counts.set(ipGroup(address), (counts.get(ipGroup(address)) ?? 0) + 1)
  }
  for (const [group, count] of counts) expect(count, `${group}`).to.be.at.most(limit)
}
