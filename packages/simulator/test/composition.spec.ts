import { expect } from 'chai'
import type { BehaviourFactory } from '@kadmium/interface'
import { compositionFrom, runScenario, scenarioFrom } from '../src/index.ts'
import type { Composition } from '../src/index.ts'

const SMALL = { nodes: 6, lookups: 5, records: 2, reads: 2, joinEvery: '50ms', warmUp: '10s', measure: '10s', seed: 3 }

async function failure (composition: Composition, input: object = SMALL): Promise<string> {
  return await runScenario(scenarioFrom(input), { composition }).then(() => 'none', (error: Error) => error.message)
}

describe('an application in a scenario', () => {
  it('runs its behaviours on every node, attackers included, and in every life', async () => {
    const started: number[] = []
    const counting: Composition = {
      compose: (init, node) => {
        const app: BehaviourFactory = () => {
          started.push(node)
          return {}
        }
        return { ...init, behaviours: { ...init.behaviours as Required<typeof init>['behaviours'], app } }
      }
    }
    const events = [{ at: 0, do: 'restart-all', within: '5s' }]
    await runScenario(scenarioFrom({ ...SMALL, attackers: [{ kind: 'silent', share: '50%' }], events }), { composition: counting })
    for (const node of [1, 2, 3, 4, 5]) expect(started.filter(one => one === node), `node ${node}`).to.have.length(2)
  })

  it('is waited for when the measurement ends, and then asked for its figures', async () => {
    let endedAt = 0
    const composition: Composition = {
      async measure ({ simulator, nodes }) {
        await new Promise<void>(resolve => simulator.clock.setTimeout(resolve, 30_000))
        endedAt = simulator.clock.now()
        expect(nodes).to.have.length(6)
      },
      figures: ({ nodes }) => ({ nodes: nodes.length, ended: endedAt > 0 })
    }
    const { report, simulator } = await runScenario(scenarioFrom(SMALL), { composition })
    expect(report.figures).to.deep.equal({ nodes: 6, ended: true })
    expect(simulator.clock.now()).to.be.at.least(endedAt)
  })

  it('changes nothing where it does nothing, and repeats itself where it draws', async () => {
    const traceWith = async (composition?: Composition): Promise<string> =>
      (await runScenario(scenarioFrom(SMALL), composition && { composition })).report.traceHash
    const asking: Composition = {
      async measure ({ nodes, random }) { await nodes[0]!.swarm.behaviours.kad.getClosestPeers(random.bytes(20)) }
    }
    expect(await traceWith({ compose: init => init })).to.equal(await traceWith())
    expect(await traceWith(asking)).to.equal(await traceWith(asking)).and.not.equal(await traceWith())
  })

  it('ends the run by what it throws', async () => {
    expect(await failure({ measure: () => { throw new Error('at once') } })).to.equal('at once')
    expect(await failure({ measure: async () => { await Promise.resolve(); throw new Error('later') } })).to.equal('later')
  })

  it('must leave Kademlia in place, and be there where the scenario names it', async () => {
    expect(await failure({ compose: ({ behaviours: _kad, ...rest }) => rest })).to.match(/^compose: expected options of createSwarm with the given behaviours\.kad for node 0/)
    expect(await failure(undefined as unknown as Composition, { ...SMALL, compose: 'app.mjs' })).to.equal('compose: load app.mjs and give it as composition')
    expect(() => compositionFrom({}, 'app.mjs')).to.throw('compose: expected app.mjs to export compose, measure or figures')
    expect(() => compositionFrom({ compose: 3 }, 'app.mjs')).to.throw('compose: expected app.mjs to export compose as a function, got number')
  })
})
