import { createIdentity, generatePrivateKey } from '@kadmium/peer-id'
import { signRecord } from '@kadmium/records'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { expect } from 'chai'
import { readFileSync, readdirSync } from 'node:fs'
import { parse } from 'yaml'
import { brokenInvariants, randomScenario, runScenario, scenarioFrom } from '../src/index.ts'
import type { ScenarioInput } from '../src/index.ts'

const FOLDER = new URL('../../regressions/', import.meta.url)

interface Regression {
  readonly scenario: ScenarioInput
  readonly expect: { readonly success: number, readonly lost: number, readonly upkeep?: number }
}

describe('regressions', function () {
  this.timeout(60_000)
  for (const file of readdirSync(FOLDER).filter(name => name.endsWith('.yaml')).sort()) {
    it(`${file}: every invariant holds`, async () => {
      const { scenario, expect: wanted } = parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Regression
      const run = await runScenario(scenarioFrom(scenario))
      expect(run.report.lookups.success).to.be.at.least(wanted.success)
      expect(run.report.records.lost).to.be.at.most(wanted.lost)
      expect(run.report.traffic.idleDatagrams).to.be.at.most(wanted.upkeep ?? Infinity)
      expect(await brokenInvariants(run)).to.deep.equal([])
    })
  }
})

describe('soak', function () {
  this.timeout(60_000)

  it('makes the same scenario of the same seed, and valid ones of all', () => {
    expect(randomScenario(1)).to.deep.equal(randomScenario(1))
    expect(randomScenario(1)).to.not.deep.equal(randomScenario(2))
    for (let seed = 0; seed < 300; seed++) scenarioFrom(randomScenario(seed))
  })

  it('U3: notices what breaks an invariant: a timer that is left, a record that nobody finds, a dead contact', async () => {
    const run = await runScenario(scenarioFrom({ seed: 1, nodes: 8, lookups: 0, records: 2, reads: 0, warmUp: '5s', measure: '5s', kad: { livenessIntervalMs: 'off' } }))
    run.simulator.clock.setTimeout(() => {}, 86_400_000)
    const unreadable = { ...run, report: { ...run.report, records: { ...run.report.records, unreadable: 1 } } }
    expect(await brokenInvariants(unreadable)).to.deep.equal([
      '1 acknowledged records are not readable although a holder lives',
      '1 timers are left after all nodes stopped'
    ])
    const other = await runScenario(scenarioFrom({ seed: 1, nodes: 8, lookups: 0, records: 0, reads: 0, warmUp: '5s', measure: '5s', kad: { livenessIntervalMs: 86_400_000 } }))
    other.simulator.crash(other.nodes[3]!)
    const scenario = { ...other.scenario, kad: { livenessIntervalMs: 1 } }
    expect(await brokenInvariants({ ...other, scenario })).to.deep.equal(['tables hold 7 contacts that have been dead for more than two liveness intervals'])
  })

  it('notices two values of one record, a request without end, and what grows beyond its bound', async () => {
    const run = await runScenario(scenarioFrom({ seed: 1, nodes: 8, lookups: 0, records: 0, reads: 0, warmUp: '5s', measure: '5s', kad: { livenessIntervalMs: 'off' } }))
    const mallory = createIdentity(generatePrivateKey(seededRandom('mallory')), systemCrypto())
    const now = run.simulator.clock.now()
    for (const [i, value] of [Uint8Array.of(1), Uint8Array.of(2)].entries()) {
      run.nodes[i]!.swarm.behaviours.kad.store.put(signRecord({ key: Uint8Array.of(7), value, seq: 9 }, mallory), 3_600_000, now)
    }
    Object.defineProperty(run.nodes[2]!.swarm, 'pendingRequests', { value: 1 })
    const scenario = { ...run.scenario, kad: { ...run.scenario.kad, replacementCacheSize: -1 } }
    const broken = await brokenInvariants({ ...run, scenario })
    expect(broken[0]).to.equal('1 nodes wait for answers without end')
    expect(broken[1]).to.match(/^8 tables have more than -1 candidates waiting for a bucket$/)
    expect(broken[2]).to.match(/^two nodes hold different values of one record: 7\/.* seq 9$/)
    expect(broken).to.have.length(3)
  })

  it('a node has its disk back at each restart, and without one nothing', async () => {
    for (const [disks, kept] of [[1, true], [0, false]] as const) {
      const { simulator, nodes } = await runScenario(scenarioFrom({ seed: 1, nodes: 2, disks, lookups: 0, records: 0, reads: 0, warmUp: '5s', measure: '5s' }))
      const key = Uint8Array.of(7)
      const [, node] = nodes
      await simulator.until(node!.swarm.behaviours.kad.putRecord({ key, value: key }))
      simulator.crash(nodes[0]!)
      simulator.crash(node!)
      await simulator.restart(node!)
      expect(node!.swarm.behaviours.kad.store.get(key, simulator.clock.now()).length === 1).to.equal(kept)
    }
  })
})
