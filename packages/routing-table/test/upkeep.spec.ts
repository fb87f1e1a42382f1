import { expect } from 'chai'
import { RoutingTable } from '../src/index.ts'
import { contactIn, contactsIn, local, testRandom } from './contacts.ts'

describe('upkeep', () => {
  it('P12: buckets up to the deepest that holds anybody are due until a lookup went through them', () => {
    const table = new RoutingTable({ localId: local })
    expect(table.refreshCandidates(0, 1000)).to.deep.equal([])
    table.insert(contactIn(3, 1), 0)
    expect(table.refreshCandidates(0, 1000)).to.deep.equal([0, 1, 2, 3])
    table.touchBucket(1, 0)
    table.touchBucket(3, 500)
    expect(table.refreshCandidates(999, 1000)).to.deep.equal([0, 2])
    expect(table.refreshCandidates(1000, 1000)).to.deep.equal([0, 1, 2])
    expect(table.refreshCandidates(1500, 1000)).to.deep.equal([0, 1, 2, 3])
    expect(table.refreshCandidates(1500, 5000)).to.deep.equal([0, 2])
  })

  it('P12: the list grows and shrinks with the table', () => {
    const table = new RoutingTable({ localId: local })
    table.insert(contactIn(2, 1), 0)
    table.insert(contactIn(9, 1), 0)
    expect(table.refreshCandidates(0, 1)).to.have.length(10)
    table.remove(contactIn(9, 1).id, 1)
    expect(table.refreshCandidates(0, 1)).to.deep.equal([0, 1, 2])
  })

  it('says of each bucket when a lookup last went through it', () => {
    const table = new RoutingTable({ localId: local })
    table.insert(contactIn(0, 1), 0)
    table.insert(contactIn(2, 1), 0)
    table.touchBucket(2, 77)
    expect([...table.buckets()].map(({ index, lastRefreshed }) => [index, lastRefreshed])).to.deep.equal([[0, undefined], [2, 77]])
  })

  it('names those who were not seen for longest, over all buckets', () => {
    const table = new RoutingTable({ localId: local })
    const [a, b, c, d] = [contactIn(0, 1), contactIn(0, 2), contactIn(5, 3), contactIn(9, 4)]
    table.insert(b, 10)
    table.insert(c, 20)
    table.insert(a, 30)
    table.insert(d, 40)
    expect(table.leastRecentlySeen(100, 60, 10)).to.deep.equal([b, c, a, d])
    expect(table.leastRecentlySeen(100, 70, 10)).to.deep.equal([b, c, a])
    expect(table.leastRecentlySeen(100, 60, 2)).to.deep.equal([b, c])
    table.answered(b.id, 100)
    expect(table.leastRecentlySeen(100, 60, 10)).to.deep.equal([c, a, d])
  })

  it('samples different contacts, each about as often as any other', () => {
    const table = new RoutingTable({ localId: local })
    const contacts = [...contactsIn(0, 8), ...contactsIn(4, 2)]
    for (const each of contacts) table.insert(each, 0)
    const drawn = new Map<string, number>()
    const random = testRandom(5)
    for (let i = 0; i < 2000; i++) {
      const sample = table.sample(3, random)
      expect(new Set(sample).size).to.equal(3)
      for (const { id } of sample) drawn.set(id.hex, (drawn.get(id.hex) ?? 0) + 1)
    }
    for (const { id } of contacts) expect(drawn.get(id.hex)).to.be.within(500, 700)
    expect(table.sample(100, random)).to.have.members(contacts)
    expect(table.size).to.equal(10)
  })
})
