import { expect } from 'chai'
import fc from 'fast-check'
import type { Contact } from '@kadmium/interface'
import { commonPrefixLength, compareDistance, peerIdFromBytes } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import { closestOf, fillTable, nearestFirst, sortedById } from '../src/oracle.ts'

const contact = (bytes: Uint8Array): Contact => ({ id: peerIdFromBytes(bytes), addresses: [] })
const contacts = fc.uniqueArray(fc.uint8Array({ minLength: 20, maxLength: 20 }), { minLength: 1, maxLength: 120, selector: String })
  .map(ids => ids.map(contact))

/** Ids that differ in their last bits only: the hard case of all that walks prefixes. */
const neighbours = fc.uniqueArray(fc.nat(1023), { minLength: 1, maxLength: 120 })
  .map(numbers => numbers.map(number => contact(new Uint8Array(20).fill(0x5a, 0, 18).fill(number >> 8, 18, 19).fill(number & 255, 19))))

describe('oracle', () => {
  for (const [name, networks] of Object.entries({ 'random ids': contacts, 'ids that share 150 bits': neighbours })) {
    it(`K10: finds the closest of ${name} as sorting all does`, () => {
      fc.assert(fc.property(networks, fc.uint8Array({ minLength: 20, maxLength: 20 }), fc.integer({ min: 1, max: 30 }), (all, target, k) => {
        const id = peerIdFromBytes(target)
        const expected = [...all].sort((a, b) => compareDistance(id, a.id, b.id)).slice(0, k)
        expect(closestOf(all, id, k).map(each => each.id.hex)).to.deep.equal(expected.map(each => each.id.hex))
        expect([...nearestFirst(sortedById(all), id)].slice(0, k).map(each => each.id.hex)).to.deep.equal(expected.map(each => each.id.hex))
      }), { numRuns: 100, seed: 1 })
    })

    it(`fills every bucket of ${name} with all that belong there, or k of them`, () => {
      fc.assert(fc.property(networks, fc.integer({ min: 1, max: 20 }), (all, k) => {
        const self = all[0] as Contact
        const filled: Contact[] = []
        fillTable({ insert: each => { filled.push(each) } }, self.id, sortedById(all), k, seededRandom(1), 0)
        const inBucket = (among: Contact[], bucket: number): number => among.filter(each => each !== self && commonPrefixLength(self.id, each.id) === bucket).length
        for (let bucket = 0; bucket < 160; bucket++) expect(inBucket(filled, bucket)).to.equal(Math.min(k, inBucket(all, bucket)))
        expect(filled).to.not.include(self)
        expect(new Set(filled).size).to.equal(filled.length)
      }), { numRuns: 100, seed: 1 })
    })
  }

  it('chooses among many at random: all are chosen equally often', () => {
    const all = Array.from({ length: 101 }, (_, i) => contact(new Uint8Array(20).fill(i === 0 ? 0 : 128, 0, 1).fill(i, 1)))
    const times = new Map<Contact, number>()
    const random = seededRandom(1)
    const sorted = sortedById(all)
    for (let i = 0; i < 2000; i++) fillTable({ insert: each => { times.set(each, (times.get(each) ?? 0) + 1) } }, (all[0] as Contact).id, sorted, 20, random, 0)
    expect(times.size).to.equal(100)
    for (const count of times.values()) expect(count).to.be.closeTo(400, 100)
  })
})
