import { expect } from 'chai'
import { commonPrefixLength, keyId } from '@kadmium/peer-id'
import { firstDifference, recordedScenario, recordingOf, reportText, runPlots, runScenario, scenarioFrom } from '../src/index.ts'
import type { Checkpoint, Report, ScenarioInput, ScenarioProgress, ScenarioRun } from '../src/index.ts'

const SMALL: ScenarioInput = { nodes: 40, seed: 7, lookups: 60, records: 5, reads: 10, warmUp: '20s', measure: '30s' }

async function report (input: ScenarioInput): Promise<Report> {
  return (await runScenario(scenarioFrom({ ...SMALL, ...input }))).report
}

describe('runScenario', function () {
  this.timeout(60_000)

  it('U2: gives the same run for the same seed at each fidelity, and another for another', async () => {
    for (const fidelity of ['lite', 'wire', 'full'] as const) {
      const nodes = fidelity === 'lite' ? 40 : 12
      const [first, again, other] = [await report({ nodes, fidelity }), await report({ nodes, fidelity }), await report({ nodes, fidelity, seed: 8 })]
      expect(again, fidelity).to.deep.equal(first)
      expect(other.traceHash, fidelity).to.not.equal(first.traceHash)
    }
  })

  it('reports lookups, reads, records and tables of a quiet network as theory has them', async () => {
    const { lookups, reads, records, tables, expected, churn } = await report({})
    expect([lookups.count, lookups.success, lookups.recall]).to.deep.equal([60, 1, 1])
    expect([reads.count, reads.success]).to.deep.equal([10, 1])
    expect(records).to.deep.include({ put: 5, acknowledged: 5, lost: 0, unreadable: 0 })
    expect(tables).to.include({ dead: 0, isolated: 0 })
    expect(tables.entries.mean).to.be.within(0.8 * expected.tableEntries, 39)
    expect(lookups.rpcs.mean).to.be.at.most(1.15 * expected.rpcs)
    expect(churn).to.deep.equal({ nodesUp: 40, joined: 0, left: 0, vanished: 0 })
  })

  it('counts bytes where datagrams have some', async () => {
    const inBytes = await report({ fidelity: 'wire', nodes: 10 })
    expect(inBytes.traffic.busyBytes).to.be.greaterThan(50)
    expect(inBytes.traffic.largestDatagram).to.be.within(900, 1200)
    expect(await report({ nodes: 10 })).to.not.have.nested.property('traffic.busyBytes')
  })

  it('starts with tables as endless time would fill them, when asked', async () => {
    const { tables, traffic } = await report({ start: 'oracle', lookups: 0, records: 0, reads: 0 })
    expect(tables.entries.mean).to.be.greaterThan(25)
    expect(traffic.datagrams).to.equal(0)
  })

  it('lets nodes come, leave and vanish, in balance', async () => {
    const { churn, lookups } = await report({ churn: { median: '2m' }, warmUp: '5m', measure: '5m' })
    expect(Math.min(churn.joined, churn.left, churn.vanished)).to.be.greaterThan(3)
    expect(churn.vanished).to.be.greaterThan(churn.left)
    expect(churn.nodesUp).to.be.within(25, 60)
    expect(lookups.success).to.be.greaterThan(0.9)
  })

  it('lets many die, come and be cut off when it says', async () => {
    const death = await report({ events: [{ at: '1s', do: 'mass-death', share: '50%' }] })
    expect(death.churn.nodesUp).to.equal(20)
    expect(death.tables.isolated).to.equal(0)
    expect((await report({ events: [{ at: '1s', do: 'flash-crowd', share: '50%', within: '5s' }] })).churn.nodesUp).to.equal(60)
    const bounced = await report({ events: [{ at: '1s', do: 'restart-all', within: '5s' }] })
    expect([bounced.churn.nodesUp, bounced.tables.isolated]).to.deep.equal([40, 0])
    const { simulator } = await runScenario(scenarioFrom({ ...SMALL, events: [{ at: '0s', do: 'partition' }, { at: '10s', do: 'heal' }] }))
    expect(simulator.report().traffic.partitioned).to.be.greaterThan(10)
  })

  it('loses as much as it says', async () => {
    const { traffic } = await report({ loss: '20%' })
    expect(traffic.lost / traffic.datagrams).to.be.closeTo(0.2, 0.02)
  })

  it('puts nodes behind translators and on other families, and sets their clocks wrong', async () => {
    const { simulator, nodes } = await runScenario(scenarioFrom({ ...SMALL, nat: { symmetric: '50%' }, addresses: { dual: '30%', ipv6: '30%' }, clockSkew: { share: '50%', max: '1d' } }))
    expect(simulator.report().traffic.nobody + simulator.report().traffic.filtered).to.be.greaterThan(0)
    expect(new Set(nodes.map(({ contact }) => contact.addresses.map(({ family }) => family).join())).size).to.equal(3)
  })

  it('checks as it goes, and stops when told to', async () => {
    const controller = new AbortController()
    const phases: ScenarioProgress[] = []
    const onProgress = (progress: ScenarioProgress): void => {
      phases.push(progress)
      if (progress.phase === 'measure') controller.abort(new Error('enough'))
    }
    const error = await runScenario(scenarioFrom(SMALL), { onProgress, signal: controller.signal }).catch((thrown: Error) => thrown)
    expect(error).to.have.property('message', 'enough')
    expect([...new Set(phases.map(({ phase }) => phase))]).to.deep.equal(['join', 'warm-up', 'put', 'measure'])
    expect(phases.every(({ done }) => done >= 0 && done <= 1)).to.equal(true)
  })
})

describe('attackers of a scenario', function () {
  this.timeout(60_000)
  const tenth = (kind: 'silent' | 'garbage' | 'colluding' | 'sybil' | 'eclipse' | 'flooder' | 'observer', more: object = {}) => report({ attackers: [{ kind, share: '20%', ...more }] })

  it('silent ones answer pings only: lookups ask more of them and still succeed', async () => {
    const { lookups } = await tenth('silent')
    expect(lookups.success).to.be.greaterThan(0.95)
    const { report: undisturbed } = await runScenario(scenarioFrom(SMALL))
    expect(lookups.elapsedMs.p90).to.be.greaterThan(1.3 * undisturbed.lookups.elapsedMs.p90)
  })

  it('garbage and collusion are lived with', async () => {
    for (const kind of ['garbage', 'colluding', 'sybil'] as const) expect((await tenth(kind)).lookups.success, kind).to.be.greaterThan(0.95)
  })

  it('an eclipse sits around its key: its nodes share the bits asked for', async () => {
    const { nodes } = await runScenario(scenarioFrom({ ...SMALL, attackers: [{ kind: 'eclipse', share: '20%', bits: 6, key: 'victim' }] }))
    const place = keyId(new TextEncoder().encode('victim'))
    expect(nodes.filter(({ id }) => commonPrefixLength(id, place) >= 6).length).to.be.at.least(5)
  })

  it('flooders cost everybody datagrams, by their rate', async () => {
    const [quiet, slow, fast] = [await report({}), await tenth('flooder', { rate: 5 }), await tenth('flooder', { rate: 50 })]
    expect(slow.traffic.idleDatagrams).to.be.greaterThan(quiet.traffic.idleDatagrams + 0.5)
    expect(fast.traffic.idleDatagrams).to.be.greaterThan(5 * slow.traffic.idleDatagrams)
  })

  it('observers that lie are believed only together', async () => {
    expect((await report({ attackers: [] })).deceived).to.equal(0)
    expect((await tenth('observer')).deceived).to.be.greaterThan(0)
  })
})

describe('recordings and pictures', function () {
  this.timeout(60_000)
  let run: ScenarioRun
  const checkpoints: Checkpoint[] = []
  let recording = ''

  before(async () => {
    run = await runScenario(scenarioFrom(SMALL), { onCheckpoint: checkpoint => { checkpoints.push(checkpoint) } })
    recording = recordingOf(SMALL, checkpoints, run).join('\n') + '\n'
  })

  it('a recording is repeated line by line', async () => {
    const again: Checkpoint[] = []
    const input = recordedScenario(recording)
    const second = await runScenario(scenarioFrom(input), { onCheckpoint: checkpoint => { again.push(checkpoint) } })
    expect(firstDifference(recording, recordingOf(input, again, second))).to.equal(undefined)
  })

  it('a difference is told by its line, also where one is longer', () => {
    const lines = recordingOf(SMALL, checkpoints, run)
    expect(firstDifference(recording, lines.with(2, 'x'))).to.include({ line: 3, now: 'x' })
    expect(firstDifference(recording, lines.slice(0, -1))).to.include({ line: lines.length, now: '' })
    expect(() => recordedScenario('nodes: 3', 'run.ndjson')).to.throw('run.ndjson:1: expected the first line of a recording')
  })

  it('pictures are well-formed, with all four charts and no hole in any number', () => {
    const svg = runPlots(run)
    for (const title of ['Latency', 'Hops', 'Table fill', 'Over time']) expect(svg).to.contain(`>${title}`)
    expect(svg).to.not.match(/NaN|Infinity|undefined/)
    const opened = svg.match(/<(svg|g|text)\b/g)?.length
    expect(svg.match(/<\/(svg|g|text)>/g)?.length).to.equal(opened)
  })

  it('pictures of nothing are drawn too', async () => {
    const svg = runPlots(await runScenario(scenarioFrom({ ...SMALL, nodes: 1, lookups: 0, records: 0, reads: 0, name: 'a < b & c' })))
    expect(svg).to.not.match(/NaN|Infinity|undefined/)
    expect(svg).to.contain('a &lt; b &amp; c')
  })

  it('the report is text that names what theory expects', () => {
    const text = reportText(run.report)
    expect(text).to.match(/lookups {5}60, success 100\.00 %/).and.match(/theory: p50 \d+ ms/).and.contain(run.report.traceHash)
  })
})
