import { expect } from 'chai'
import { joinedNetwork, kadOf, utf8 } from '../kad-network.ts'

const SEED = 1
const KEYS = Array.from({ length: 400 }, (_, i) => utf8(`key ${i}`))

describe('batches among 150 nodes', function () {
  this.timeout(120_000)

  it('getMany: gets of near keys share whom they hear of, and need fewer requests than as many single gets', async () => {
    const { sim, nodes } = await joinedNetwork(150, { seed: SEED, fidelity: 'lite' }, { caching: 'off' }, 60_000)
    const [writer, together, alone] = [kadOf(nodes[5]!), kadOf(nodes[70]!), kadOf(nodes[90]!)]
    await sim.until((async () => {
      for await (const one of writer.putMany(KEYS.map(key => ({ key, value: key })))) expect('result' in one).to.equal(true)
    })())
    let [shared, single] = [0, 0]
    await sim.until((async () => {
      for await (const one of together.getMany(KEYS, { concurrency: 4 })) {
        if ('result' in one) shared += one.result.asked
        expect('result' in one && one.result.value).to.deep.equal(one.item)
      }
    })())
    for (const key of KEYS) single += (await sim.until(alone.getRecord(key))).asked
    console.log(`      seed ${SEED}: ${shared} requests for ${KEYS.length} keys together, ${single} one by one`)
    expect(shared).to.be.below(single * 0.6)
  })
})
