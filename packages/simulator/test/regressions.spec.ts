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
})
