import { expect } from 'chai'
import fc from 'fast-check'
import type { Contact } from '@kadmium/interface'
import { commonPrefixLength, compareDistance, peerIdFromBytes } from '@kadmium/peer-id'
import { RoutingTable } from '@kadmium/routing-table'
import { seededRandom } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { tableHealth } from '../src/index.ts'
import { fillTable, sortedById } from '../src/oracle.ts'

const K = 4

interface Owner {
  readonly id: Contact['id']
  readonly contact: Contact
  readonly table: RoutingTable
}

function owners (count: number, seed: number): Owner[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, i) => {
    const contact = { id: peerIdFromBytes(random.bytes(20)), addresses: [endpoint(`20.${i >> 8}.${i & 255}.1`, 4001)] }
    return { id: contact.id, contact, table: new RoutingTable({ localId: contact.id, k: K }) }
  })
}

function filled (count: number, seed: number): Owner[] {
  const all = owners(count, seed)
  const sorted = sortedById(all.map(({ contact }) => contact))
  for (const { id, table } of all) fillTable(table, id, sorted, K, seededRandom(seed), 0)
  return all
}

describe('tableHealth', () => {
  it('finds nothing wrong with tables that the oracle filled', () => {
    for (const count of [2, 3, 30, 300]) {
      const { fill, emptyBuckets, deadEntries, isolated } = tableHealth(filled(count, count), K)
      expect({ fill, emptyBuckets, deadEntries, isolated }).to.deep.equal({ fill: 1, emptyBuckets: 0, deadEntries: 0, isolated: 0 })
    }
  })

  it('says of empty tables that they are', () => {
    const { fill, neighboursKnown, wholeNeighbourhoods, buckets, emptyBuckets, isolated } = tableHealth(owners(30, 1), K)
    expect({ fill, neighboursKnown, wholeNeighbourhoods, isolated }).to.deep.equal({ fill: 0, neighboursKnown: 0, wholeNeighbourhoods: 0, isolated: 30 })
    expect(emptyBuckets).to.equal(buckets)
  })

  it('a lone node lacks nothing and is not isolated', () => {
    expect(tableHealth(owners(1, 1), K)).to.deep.equal({
      fill: 1, neighboursKnown: 1, neighboursCrowdedOut: 0, wholeNeighbourhoods: 1, buckets: 0, emptyBuckets: 0, deadEntries: 0, isolated: 0
    })
  })

  it('counts the entries of who is gone, and who knows nobody else', () => {
    const all = filled(40, 3)
    const gone = new Set(all.slice(0, 20))
    const up = all.filter(owner => !gone.has(owner))
    const dead = up.map(({ id, table }) => table.closest(id, Infinity).filter(entry => [...gone].some(owner => owner.id.equals(entry.id))).length)
    expect(tableHealth(up, K).deadEntries).to.equal(dead.reduce((sum, each) => sum + each, 0)).and.to.be.above(0)
    const loner = up[0]!
    for (const { id } of loner.table.closest(loner.id, Infinity)) if (![...gone].some(owner => owner.id.equals(id))) loner.table.remove(id, 1)
    expect(tableHealth(up, K).isolated).to.equal(1)
  })

  it('agrees with counting every pair, whatever is missing', () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: 40 }), fc.integer(), fc.array(fc.nat(1000), { maxLength: 60 }), (count, seed, missing) => {
      const all = filled(count, seed)
      for (const number of missing) all[number % count]!.table.remove(all[(number * 7 + 1) % count]!.id, 1)
      expect(tableHealth(all, K)).to.deep.equal(counted(all))
    }), { numRuns: 50, seed: 1 })
  })
})

function counted (all: readonly Owner[]): ReturnType<typeof tableHealth> {
  let [entries, wanted, neighbours, known, crowdedOut, whole, buckets, emptyBuckets, isolated] = [0, 0, 0, 0, 0, 0, 0, 0, 0]
  for (const { id, table } of all) {
    const others = all.filter(other => other.id !== id)
    for (let index = 0; index < 160; index++) {
      const here = others.filter(other => commonPrefixLength(id, other.id) === index)
      wanted += Math.min(K, here.length)
      entries += table.bucketSize(index)
      if (here.length > 0) buckets++
      if (here.length > 0 && table.bucketSize(index) === 0) emptyBuckets++
    }
    const nearest = others.sort((a, b) => compareDistance(id, a.id, b.id)).slice(0, K)
    const knows = nearest.filter(other => table.get(other.id) !== undefined).length
    for (const other of nearest) if (table.get(other.id) === undefined && table.bucketSize(commonPrefixLength(id, other.id)) === K) crowdedOut++
    neighbours += nearest.length
    known += knows
    if (knows === nearest.length) whole++
    if (table.size === 0) isolated++
  }
  return {
    fill: entries / wanted,
    neighboursKnown: known / neighbours,
    neighboursCrowdedOut: crowdedOut / neighbours,
    wholeNeighbourhoods: whole,
    buckets,
    emptyBuckets,
    deadEntries: 0,
    isolated
  }
}
