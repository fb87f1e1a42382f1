import { expect } from 'chai'
import { crowdedNamespace, floodedNamespace } from './kad/namespaces.ts'

/** The whole sizes are parts of `npm run durability`. */
describe('namespaces in a network', function () {
  this.timeout(120_000)

  it('2,000 publishers: bounded holders, fair samples, and one walk of at most 60 requests finds at least 200', async () => {
    const crowd = await crowdedNamespace(2_000, 1)
    console.log(`      seed 1: ${JSON.stringify(crowd)}`)
    expect(crowd.held).to.equal(512)
    expect(crowd.earlyShare, 'who came first is not held more often than who came last').to.be.within(0.47, 0.53)
    expect(crowd.requests).to.be.at.most(60)
    expect(crowd.found).to.be.at.least(200)
    expect(crowd.foundEarly, 'and not found more often').to.be.within(0.35, 0.65)
  })

  it('a flood of one attacker with 2,000 keys in three /24s hides fewer than one in twenty of 50 honest publishers', async () => {
    const { listed, requests } = await floodedNamespace(2_000, 2)
    console.log(`      seed 2: ${listed.join(', ')} of 50 honest publishers, by ${requests.join(', ')} requests`)
    expect(Math.max(...requests)).to.be.at.most(60)
    expect(Math.min(...listed)).to.be.at.least(48)
  })
})
