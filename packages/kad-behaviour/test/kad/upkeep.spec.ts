import { bucketIndex } from '@kadmium/peer-id'
import { expect } from 'chai'
import { QUIET as SILENT, TestNetwork, progressed, text } from '../network.ts'
import type { Sent, TestNode } from '../network.ts'

const QUIET = { ...SILENT, maxFormerPeers: 0 }
const MINUTE_MS = 60_000

/** The requests that `node` sends from now on. */
function requestsOf (network: TestNetwork, node: TestNode): Sent[] {
  const sent: Sent[] = []
  network.fate = one => {
    if (one.from.text === node.address.text && one.envelope.kind === 'request') sent.push(one)
    return 'delivered'
  }
  return sent
}

function protocols (sent: readonly Sent[]): string[] {
  return sent.map(({ envelope }) => envelope.kind === 'request' ? envelope.protocol : '')
}

describe('upkeep', () => {
  it('refresh: each bucket that no lookup went through for refreshIntervalMs is looked through, without events', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(8, QUIET)
    const node = await network.node({ ...QUIET, refreshIntervalMs: 10 * MINUTE_MS })
    network.introduce([node, ...nodes])
    await network.until(node.kad.bootstrap())
    const sent = requestsOf(network, node)
    await network.run(9 * MINUTE_MS)
    expect(sent).to.have.length(0)
    await network.run(4 * MINUTE_MS)
    expect(new Set(protocols(sent))).to.deep.equal(new Set(['/kadmium/kad/1.0.0']))
    const due = node.kad.table.refreshCandidates(network.clock.now(), 10 * MINUTE_MS)
    expect(due).to.deep.equal([])
    expect(progressed(node).filter(({ result }) => result.type !== 'Bootstrap')).to.deep.equal([])
  })

  it('a lookup of the application refreshes its bucket', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(3, QUIET)
    await network.until(nodes[0]!.kad.getClosestPeers(nodes[1]!.id))
    const [bucket] = [...nodes[0]!.kad.table.buckets()].filter(({ index }) => index === bucketIndex(nodes[0]!.id, nodes[1]!.id))
    expect(bucket!.lastRefreshed).to.be.a('number')
  })

  it('U7: who falls silent is gone from every table within two liveness intervals, who answers stays', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(20, { ...QUIET, livenessIntervalMs: 10 * MINUTE_MS })
    network.kill(...nodes.slice(10))
    await network.run(20 * MINUTE_MS)
    for (const { kad } of nodes.slice(0, 10)) expect(kad.table.size).to.equal(9)
  })

  it('U7: who cannot be asked, since its address is owed no bytes, is gone within two liveness intervals too', async () => {
    const network = new TestNetwork()
    const [node, silent, ...others] = await network.acquainted(4, { ...QUIET, livenessIntervalMs: 10 * MINUTE_MS })
    network.fate = ({ to }) => to.text === silent!.address.text ? 'over-limit' : 'delivered'
    network.kill(silent!)
    await network.run(20 * MINUTE_MS)
    expect(node!.kad.table.get(silent!.id)).to.equal(undefined)
    expect(node!.kad.table.size).to.equal(others.length)
  })

  it('U7: who waited for a place for longer than a liveness interval takes none', async () => {
    const network = new TestNetwork({ seed: 5 })
    const node = await network.node({ ...QUIET, k: 1, replacementCacheSize: 20, livenessIntervalMs: 10 * MINUTE_MS })
    const others = await network.acquainted(8, QUIET)
    network.introduce([node, ...others])
    expect(node.kad.kbuckets().reduce((sum, { waiting }) => sum + waiting, 0)).to.be.above(3)
    network.kill(...others)
    await network.run(20 * MINUTE_MS)
    expect(node.kad.table.size).to.equal(0)
  })

  it('liveness: who was heard within livenessIntervalMs is not pinged', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(3, QUIET)
    const node = await network.node({ ...QUIET, livenessIntervalMs: 10 * MINUTE_MS })
    network.introduce([node, ...nodes])
    const sent = requestsOf(network, node)
    await network.run(9 * MINUTE_MS)
    expect(sent).to.deep.equal([])
    nodes.slice(0, 2).forEach(({ contact }) => node.kad.peerProven(contact, 'server'))
    await network.run(4 * MINUTE_MS)
    expect(sent.map(({ to }) => to.text)).to.deep.equal([nodes[2]!.address.text])
    expect(protocols(sent)).to.deep.equal(['/kadmium/ping/1.0.0'])
  })

  it('maxLivenessPings bounds each round', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(12, QUIET)
    const node = await network.node({ ...QUIET, livenessIntervalMs: 10 * MINUTE_MS, maxLivenessPings: 5 })
    network.introduce([node, ...nodes])
    const sent = requestsOf(network, node)
    await network.run(9 * MINUTE_MS)
    const perRound: number[] = []
    for (let i = 0; i < 60; i++) {
      const before = sent.length
      await network.run(10_000)
      if (sent.length > before) perRound.push(sent.length - before)
    }
    expect(Math.max(...perRound)).to.equal(5)
  })

  it('expire: a record is gone from memory expireIntervalMs after its life, not only from answers', async () => {
    const network = new TestNetwork()
    const node = await network.node({ ...QUIET, expireIntervalMs: 1_000 })
    await network.until(node.kad.putRecord({ key: text('key'), value: text('value'), ttl: 10 }))
    await network.run(9_000)
    expect(node.kad.store.size).to.equal(1)
    await network.run(3_000)
    expect(node.kad.store.size).to.equal(0)
  })

  it('former peers are tried ever more rarely, from formerRetryMs to formerRetryMaxMs, and return when they answer', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(3, QUIET)
    const node = await network.node({ ...QUIET, maxFormerPeers: 8, formerRetryMs: 10_000, formerRetryMaxMs: 80_000 })
    network.introduce([node, ...nodes])
    network.kill(nodes[0]!)
    for (let i = 0; i < 2; i++) await network.until(node.kad.ping(nodes[0]!.id))
    expect(node.kad.table.size).to.equal(2)
    const sent = requestsOf(network, node)
    await network.run(30 * MINUTE_MS)
    // 10, 20, 40, then every 80 s
    expect(sent.length).to.be.within(18, 26)
    network.revive(nodes[0]!)
    await network.run(100_000)
    expect(node.kad.table.size).to.equal(3)
    sent.length = 0
    await network.run(30 * MINUTE_MS)
    expect(sent).to.deep.equal([])
  })

  it('maxFormerPeers bounds who is remembered: the latest to leave', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(5, QUIET)
    const node = await network.node({ ...QUIET, maxFormerPeers: 2, maxFailures: 1, bootstrapRetryMs: MINUTE_MS })
    network.introduce([node, ...nodes])
    network.kill(...nodes)
    for (const { id } of nodes) await network.until(node.kad.ping(id))
    network.revive(...nodes)
    const sent = requestsOf(network, node)
    await network.run(MINUTE_MS)
    expect(new Set(sent.filter(one => protocols([one])[0]!.includes('ping')).map(({ to }) => to.text)))
      .to.deep.equal(new Set(nodes.slice(3).map(({ address }) => address.text)))
  })

  it('a network that was cut in two grows together again by itself, and every key is readable from both sides', async () => {
    const network = new TestNetwork()
    const nodes = await network.joined(8, { livenessIntervalMs: MINUTE_MS })
    const [left, right] = [new Set(nodes.slice(0, 4)), nodes.slice(4)]
    const isLeft = ({ text: of }: { text: string }): boolean => [...left].some(({ address }) => address.text === of)
    network.fate = ({ from, to }) => isLeft(from) === isLeft(to) ? 'delivered' : 'lost'
    await network.run(10 * MINUTE_MS)
    expect(nodes.map(({ kad }) => kad.table.size)).to.deep.equal(Array(8).fill(3))
    for (const [i, { kad }] of [nodes[0]!, right[0]!].entries()) {
      await network.until(kad.putRecord({ key: text(`side ${i}`), value: text(`${i}`) }))
    }
    network.fate = () => 'delivered'
    await network.run(15 * MINUTE_MS)
    expect(nodes.map(({ kad }) => kad.table.size)).to.deep.equal(Array(8).fill(7))
    for (const { kad } of nodes) {
      for (const i of [0, 1]) expect((await network.until(kad.getRecord(text(`side ${i}`)))).value).to.deep.equal(text(`${i}`))
    }
  })

  it('U3: stop ends every query and leaves no timer; start goes on', async () => {
    const network = new TestNetwork()
    const nodes = await network.joined(4)
    const running = nodes[0]!.kad.getClosestPeers(text('key'))
    const waiting = Array.from({ length: 100 }, (_, i) => nodes[0]!.kad.getRecord(text(`${i}`)))
    await network.run(1)
    await network.stop()
    for (const query of [running, ...waiting]) expect(await query.catch((error: Error) => error.name)).to.equal('NotStartedError')
    const late = nodes[0]!.kad.getRecord(text('key'))
    expect(await late.catch((error: Error) => error.name)).to.equal('NotStartedError')
    await network.run(100)
    expect(network.clock.pending).to.equal(0)
    expect(nodes[0]!.kad.queries()).to.deep.equal([])
    for (const { swarm } of nodes) await network.until(swarm.start())
    await network.run(5_000)
    expect(nodes[0]!.kad.bootstrapped).to.equal(true)
    expect((await network.until(nodes[0]!.kad.getClosestPeers(text('key')))).peers).to.have.length(3)
    await network.stop()
  })
})
