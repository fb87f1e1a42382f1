import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import fc from 'fast-check'
import { AmplificationLedger } from '../src/amplification-ledger.ts'

const places = [1, 2, 3, 4].map(port => endpoint('192.0.2.1', port))
const place = fc.integer({ min: 0, max: 3 })
const bytes = fc.integer({ min: 0, max: 1200 })

describe('AmplificationLedger', () => {
  it('never lets an endpoint have more than came from it, even where it forgets', () => {
    const step = fc.tuple(fc.constantFrom('received', 'spend'), place, bytes)
    fc.assert(fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step), (capacity, steps) => {
      const ledger = new AmplificationLedger(capacity)
      const balance = [0, 0, 0, 0]
      for (const [what, at, amount] of steps) {
        const who = places[at]!
        if (what === 'received') {
          ledger.received(who, amount)
          balance[at]! += amount
        } else if (ledger.spend(who, amount)) {
          balance[at]! -= amount
        }
        expect(balance[at]).to.be.at.least(0)
        expect(ledger.size).to.be.at.most(capacity)
      }
    }), { seed: 11, numRuns: 300 })
  })

  it('lets it have all of it', () => {
    const ledger = new AmplificationLedger(4)
    ledger.received(places[0]!, 100)
    ledger.received(places[0]!, 50)
    expect(ledger.spend(places[0]!, 151)).to.equal(false)
    expect(ledger.spend(places[0]!, 150)).to.equal(true)
    expect(ledger.credit(places[0]!)).to.equal(0)
  })
})
