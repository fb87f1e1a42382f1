import { expect } from 'chai'
import fc from 'fast-check'
import { RecordPolicies, SequenceNumbers, immutableRecord, selectNewest, signRecord } from '../src/index.ts'
import { alice, bob, bytes } from './people.ts'

const key = bytes('key')
const make = (seq: number, value: string, publisher = alice, salt?: string): ReturnType<typeof signRecord> =>
  signRecord({ key, value: bytes(value), seq, ...(salt !== undefined && { salt: bytes(salt) }) }, publisher)

describe('selectNewest', () => {
  it('G6: keeps the newest of each publisher, newest first', () => {
    const a1 = make(1, 'a')
    const a7 = make(7, 'b')
    const b3 = make(3, 'c', bob)
    expect(selectNewest([a1, b3, a7])).to.deep.equal([a7, b3])
  })

  it('U10: keeps both publishers of one key, and each of one publisher\'s slots', () => {
    expect(selectNewest([make(1, 'a'), make(1, 'a', bob), make(1, 'a', alice, 's')])).to.have.length(3)
  })

  it('picks the same records in the same order, in whatever order they came: equivocation too', () => {
    const records = [make(1, 'a'), make(1, 'b'), make(1, 'a', bob), make(2, 'x', bob, 's'), make(2, 'y', bob, 's'), make(2, 'z', bob, 't')]
    const expected = selectNewest(records)
    expect(expected).to.have.length(4)
    fc.assert(fc.property(fc.shuffledSubarray(records, { minLength: records.length }), shuffled => {
      expect(selectNewest(shuffled)).to.deep.equal(expected)
    }), { seed: 1, numRuns: 50 })
  })

  it('takes the longest life of an immutable value, which nobody signs', () => {
    const [brief, long] = [immutableRecord(key, 5), immutableRecord(key, 9)]
    expect([selectNewest([brief, long]), selectNewest([long, brief])]).to.deep.equal([[long], [long]])
  })

  it('does not touch its input (P13)', () => {
    const records = [make(1, 'a'), make(2, 'b')]
    selectNewest(records)
    expect(records.map(({ seq }) => seq)).to.deep.equal([1, 2])
  })
})

describe('SequenceNumbers', () => {
  it('are wall-clock milliseconds, and rise even when the clock stands or steps back', () => {
    const numbers = new SequenceNumbers()
    expect([1000.7, 1000.9, 1000, 5, 2000].map(now => numbers.next(now))).to.deep.equal([1000, 1001, 1002, 1003, 2000])
  })

  it('rise above what was published before', () => {
    const numbers = new SequenceNumbers()
    numbers.observe(5000)
    numbers.observe(4000)
    expect(numbers.next(1000)).to.equal(5001)
  })
})

describe('RecordPolicies', () => {
  it('decide by the longest prefix that fits the key', () => {
    const policies = new RecordPolicies()
    policies.register('', { validate: () => 'any' })
    policies.register('ke', { validate: () => 'ke' })
    policies.register(bytes('keys'), { validate: () => 'keys' })
    expect(policies.validate(make(1, 'a'))).to.equal('ke')
    expect(policies.validate({ ...make(1, 'a'), key: bytes('keys') })).to.equal('keys')
    expect(policies.validate({ ...make(1, 'a'), key: bytes('keys of mine') })).to.equal('keys')
    expect(policies.validate({ ...make(1, 'a'), key: bytes('other') })).to.equal('any')
  })

  it('refuse with what a validator threw: an application\'s mistake takes down no node', () => {
    const policies = new RecordPolicies()
    policies.register('key', { validate: () => { throw new Error('no number') } })
    expect(policies.validate(make(1, 'a'))).to.equal('no number')
  })

  it('select as the application says, or the newest', () => {
    const policies = new RecordPolicies()
    const records = [make(1, 'a'), make(2, 'b')]
    expect(policies.select(key, records)).to.deep.equal([records[1]])
    policies.register('key', { select: given => [...given].sort((a, b) => a.seq - b.seq) })
    expect(policies.select(key, records)).to.deep.equal(records)
  })

  it('select by an index, as libp2p\'s selectors do; one that picks nothing, or throws, leaves the choice to the newest', () => {
    const records = [make(2, 'a'), make(1, 'b')]
    const choice = (select: () => number): readonly unknown[] => {
      const policies = new RecordPolicies()
      policies.register('key', { select })
      return policies.select(key, records)
    }
    expect(choice(() => 1)).to.deep.equal([records[1]])
    for (const none of [-1, 2, 0.5, NaN]) expect(choice(() => none), `${none}`).to.deep.equal([records[0]])
    expect(choice(() => { throw new Error('no choice') })).to.deep.equal([records[0]])
  })

  it('have one policy a prefix', () => {
    const policies = new RecordPolicies()
    policies.register('key', {})
    expect(() => policies.register('key', {})).to.throw().with.property('name', 'InvalidOptionError')
  })
})
