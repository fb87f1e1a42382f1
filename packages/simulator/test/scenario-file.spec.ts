import { expect } from 'chai'
import { parseScenario, scenarioFrom } from '../src/index.ts'

describe('scenario files', () => {
  it('says every default when nothing is said', () => {
    expect(parseScenario('')).to.deep.include({ seed: 1, nodes: 1000, fidelity: 'lite', loss: 0, lookups: 1000, attackers: [], events: [] })
  })

  it('reads times, shares and nested options as people write them', () => {
    const scenario = parseScenario([
      'name: storm',
      'nodes: 50',
      'loss: 5%',
      'warmUp: 90s',
      'joinEvery: 0.5',
      'latency: { fixed: 20ms }',
      'churn: { median: 1.4m }',
      'kad: { k: 8, refreshIntervalMs: off }',
      'attackers:',
      '  - { kind: eclipse, share: 0.2, bits: 4 }',
      'events:',
      '  - { at: 1h, do: mass-death }'
    ].join('\n'))
    expect(scenario).to.deep.include({ name: 'storm', loss: 0.05, warmUp: 90_000, joinEvery: 500, latency: { fixed: 20 }, kad: { k: 8, refreshIntervalMs: 'off' } })
    expect(scenario.churn).to.deep.equal({ median: 84_000, sigma: 1.6, alwaysOn: 0.1, clean: 0.3 })
    expect(scenario.attackers[0]).to.include({ kind: 'eclipse', share: 0.2, bits: 4, rate: 20 })
    expect(scenario.events[0]).to.deep.equal({ at: 3_600_000, do: 'mass-death', share: 0.5 })
  })

  const mistakes: ReadonlyArray<readonly [yaml: string, message: string]> = [
    ['nodes: 10\nlosss: 5%', 'storm.yaml:2: losss: no such option'],
    ['nodes: 0', 'storm.yaml:1: nodes: expected a whole number from 1 to 200000, got 0'],
    ['name: x\nloss: 500%', 'storm.yaml:2: loss: expected a share, as 5% or 0.05, got "500%"'],
    ['warmUp: soon', 'storm.yaml:1: warmUp: expected a time from 0 to 30d, as 500ms, 10s, 5m or 24h, got "soon"'],
    ['\nkad:\n  k: 20\n  alhpa: 3', 'storm.yaml:4: kad.alhpa: no such option'],
    ['kad:\n  k: 65', 'storm.yaml:2: kad.k: expected a whole number from 1 to 64, got 65'],
    ['attackers:\n  - kind: silent\n  - kind: loud', 'storm.yaml:3: attackers.1.kind: Invalid option'],
    ['events:\n  - { at: 1s, do: explode }', 'storm.yaml:2: events.0.do: Invalid'],
    ['nodes: 3\nseeds: 4', 'storm.yaml:2: seeds: expected no more seeds than nodes'],
    ['bandwidth: {}', 'storm.yaml:1: bandwidth: needs a fidelity with bytes'],
    ['limits:\n  connections: 16\n  round: 3', 'storm.yaml:3: limits.round: unknown; expected one of'],
    ['latency: { kind: fixed, ms: 20 }', 'storm.yaml:1: latency: expected internet, regions, or one of'],
    ['latency: { fixed: near }', 'storm.yaml:1: latency.fixed: expected a time'],
    ['latency: { internet: { wide: 3 } }', 'storm.yaml:1: latency.internet.wide: no such option'],
    ['latency: slow', 'storm.yaml:1: latency: expected internet, regions, or one of'],
    ['nat: { symmetric: 60%, fullCone: 60% }', 'storm.yaml:1: nat: expected shares that sum to 100% at most'],
    ['a: [', 'storm.yaml:1: ']
  ]
  for (const [yaml, message] of mistakes) {
    it(`names file, line and option: ${message}`, () => {
      expect(() => parseScenario(yaml, 'storm.yaml')).to.throw(message)
    })
  }

  it('names the option where there is no file', () => {
    expect(() => scenarioFrom({ churn: { median: '1m', clean: 2 } })).to.throw(/^churn\.clean: expected a share/)
  })
})
