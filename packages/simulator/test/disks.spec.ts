import { seededRandom } from '@kadmium/runtime'
import { expect } from 'chai'
import { Simulator, scenarioFrom } from '../src/index.ts'
import { kadOf } from '../src/scenario/kad-node.ts'
import { Population } from '../src/scenario/population.ts'

describe('disks', () => {
  it('the same nodes have one in every life, as many as the share says, and no newcomer is another for it', async () => {
    const placesAfter = async (restarts: number): Promise<{ kept: number[], latePlaces: unknown[] }> => {
      const scenario = scenarioFrom({ nodes: 24, seed: 5, disks: '50%', nat: { symmetric: '50%' } })
      const population = new Population(scenario, {}, seededRandom('disks'))
      const simulator = new Simulator({ seed: 5, fidelity: 'lite', placeOf: node => population.placeOf(node) })
      population.attach(simulator)
      for (let i = 0; i < 24; i++) await population.add()
      const stores = population.nodes.map(node => kadOf(node).store)
      for (let i = 0; i < restarts; i++) {
        for (const node of population.nodes) {
          simulator.crash(node)
          await simulator.restart(node)
        }
      }
      const kept = population.nodes.filter((node, i) => kadOf(node).store === stores[i]).map(({ index }) => index)
      return { kept, latePlaces: Array.from({ length: 20 }, (_, i) => population.placeOf(24 + i)) }
    }
    const once = await placesAfter(1)
    expect(once.kept.length).to.be.within(7, 17)
    expect(await placesAfter(3)).to.deep.equal(once)
  })
})
