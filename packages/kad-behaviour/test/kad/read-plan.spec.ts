import { expect } from 'chai'
import { seededRandom } from '@kadmium/runtime'
import { peerIdFromBytes } from '@kadmium/peer-id'
import { ReadPlan } from '../../src/read-plan.ts'
import type { Contact } from '@kadmium/interface'

const TARGET = peerIdFromBytes(new Uint8Array(20))
const RADIUS = 0.25

/** `apart` in 256ths of the key space; below 64 it is a member of the region. */
function contact (apart: number): Contact {
  return { id: peerIdFromBytes(Uint8Array.of(apart, ...new Uint8Array(19))), addresses: [] }
}

const members = (count: number): Contact[] => Array.from({ length: count }, (_, i) => contact(i + 1))
const beyond = (count: number): Contact[] => Array.from({ length: count }, (_, i) => contact(100 + i))

function plan (known: readonly Contact[], isPopular = false, seed = 1): ReadPlan {
  return new ReadPlan({ target: TARGET, radius: RADIUS, quorum: 3, known, isPopular, spare: 3, random: seededRandom(`plan ${seed}`) })
}

describe('whom a get asks first', () => {
  it('any members of the region, each as often as the others: the readers of one key are spread over its holders', () => {
    const asked = new Map<Contact, number>()
    const known = members(24)
    for (let seed = 0; seed < 1_000; seed++) {
      for (const one of plan(known, false, seed).next()) asked.set(one, (asked.get(one) ?? 0) + 1)
    }
    for (const one of known) expect(asked.get(one)).to.be.within(195, 305) // 250, of which 55 are four standard deviations
  })

  it('three more than the quorum, so that the quickest count; and of those beyond the region one, which has a copy if many read it', () => {
    const reads = plan([...members(24), ...beyond(20)])
    const asked = reads.next()
    expect(asked.filter(one => reads.isMember(one))).to.have.length(6)
    expect(asked).to.have.length(7)
    expect(reads.next()).to.deep.equal([])
  })

  it('some of the nearest beyond, where too few members are known; whom they name is asked at once', () => {
    const reads = plan([...members(2), ...beyond(40)])
    const asked = reads.next()
    expect(asked, 'none of the two, whom everybody may know').to.have.length(6)
    expect(beyond(18), 'of three times as many').to.deep.include.members(asked)
    reads.answered(asked[0]!, false, [contact(50), contact(51), contact(52), contact(53), contact(54)])
    expect(reads.next()).to.have.length(6)
  })

  it('of the nearest beyond each as often as the others: the nearest of all is the same for many readers', () => {
    const asked = new Map<string, number>()
    for (let seed = 0; seed < 1_000; seed++) {
      for (const { id } of plan(beyond(40), false, seed).next()) asked.set(id.hex, (asked.get(id.hex) ?? 0) + 1)
    }
    for (const { id } of beyond(18)) expect(asked.get(id.hex)).to.be.within(270, 396) // 333, of which 60 are four standard deviations
  })

  it('no more than the quorum, once a copy beyond the region shows that the key is popular', () => {
    const answers = (hasRecord: boolean): number => {
      const reads = plan([...members(8), ...beyond(20)])
      const [guide, ...others] = reads.next().filter(one => !reads.isMember(one))
      for (const other of others) reads.answered(other, false, [])
      reads.answered(guide!, hasRecord, [])
      return reads.next().length
    }
    expect(answers(false), 'two are asked already').to.equal(4)
    expect(answers(true)).to.equal(0)
  })

  it('of a popular key one member, who knows what is newest, and two of anybody', () => {
    const reads = plan([...members(20), ...beyond(20)], true)
    const asked = reads.next()
    expect(asked.map(one => reads.isMember(one)).sort()).to.deep.equal([false, false, true])
    const [a, b] = asked.filter(one => !reads.isMember(one))
    reads.answered(a!, true, [])
    expect(reads.next()).to.deep.equal([])
    reads.answered(b!, false, [])
    expect(reads.next().map(one => reads.isMember(one)), 'for one who has none').to.deep.equal([true])
  })

  it('copies beyond the region alone are never enough', () => {
    const reads = plan([...members(2), ...beyond(20)], true)
    const asked = reads.next()
    for (const one of asked.filter(other => !reads.isMember(other))) reads.answered(one, true, [])
    reads.gone(asked.find(one => reads.isMember(one))!)
    expect(reads.isOver).to.equal(false)
    const [other] = reads.next()
    reads.answered(other!, true, [])
    expect(reads.isOver).to.equal(true)
  })

  it('gives up when members say no, so that a lookup finds out', () => {
    const reads = plan(members(20))
    const asked = reads.next()
    for (const one of asked.slice(0, 2)) reads.answered(one, false, [])
    expect(reads.isOver).to.equal(false)
    reads.answered(asked[2]!, false, [])
    expect(reads.isOver).to.equal(true)
  })

  it('is over when nobody is left', () => {
    const reads = plan(members(2))
    expect(reads.isOver).to.equal(false)
    for (const one of [...reads.next(), ...reads.next()]) reads.gone(one)
    expect(reads.isOver).to.equal(true)
    expect(plan([]).isOver).to.equal(true)
  })
})
