import { bucketIndex, commonPrefixLength, generatePrivateKey, isCloser, peerIdFromKey } from '@kadmium/peer-id'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { QUIET, TestNetwork, failure, progressed } from '../network.ts'
import type { PeerId, Random } from '@kadmium/interface'
import type { BootstrapProgress, KadInit } from '../../src/index.ts'
import type { TestNode } from '../network.ts'

const NOBODY = endpoint('10.9.9.9', 4000)

function bootstraps (node: TestNode): { at: number, ok: boolean }[] {
  return progressed(node)
    .filter(({ result }) => result.type === 'Bootstrap')
    .map(({ step: { count }, result: { ok } }) => ({ at: count, ok }))
}

function countBootstraps (node: TestNode): number {
  return bootstraps(node).filter(({ at }) => at === 1).length
}

/** A star: everybody knows the first, who knows everybody. */
async function star (network: TestNetwork, count: number, options: KadInit = QUIET): Promise<TestNode[]> {
  const nodes: TestNode[] = []
  for (let i = 0; i < count; i++) nodes.push(await network.node(options))
  for (const node of nodes.slice(1)) network.introduce([nodes[0]!, node])
  return nodes
}

function keyNear (id: PeerId, bits: number, random: Random): ReturnType<typeof generatePrivateKey> {
  for (;;) {
    const key = generatePrivateKey(random)
    if (commonPrefixLength(peerIdFromKey(key), id) >= bits) return key
  }
}

async function nodeWhere (network: TestNetwork, isFit: (node: TestNode) => boolean): Promise<TestNode> {
  for (;;) {
    const node = await network.node(QUIET)
    if (isFit(node)) return node
  }
}

describe('bootstrap', () => {
  for (const disjointPaths of [1, 3]) {
    for (const size of [2, 3, 8, 20]) {
      it(`R1: with ${size} nodes and ${disjointPaths} paths: the own id, the farther buckets, then everybody is known`, async () => {
        const network = new TestNetwork({ seed: size })
        const nodes = await star(network, size, { ...QUIET, disjointPaths })
        const node = nodes.at(-1)!
        const query = node.kad.bootstrap()
        const steps: BootstrapProgress[] = []
        await network.until((async () => { for await (const step of query) steps.push(step) })())
        expect(await query).to.deep.include({ peers: size - 1, partial: false })
        await network.run(0)
        const events = progressed(node, query.id)
        expect(events.map(({ result }) => result)).to.deep.equal(steps.map(step => ({ type: 'Bootstrap', ok: true, ...step })))
        expect(steps[0]!.peer.hex).to.equal(node.id.hex)
        expect(steps.map(({ numRemaining }) => numRemaining)).to.deep.equal(steps.map((_, i) => steps.length - 1 - i))
        expect(events.map(({ step }) => step)).to.deep.equal(steps.map((_, i) => ({ count: i + 1, last: i === steps.length - 1 })))
        const nearest = Math.max(...nodes.slice(0, -1).map(({ id }) => bucketIndex(node.id, id)!))
        const buckets = steps.slice(1).map(({ peer }) => bucketIndex(node.id, peer))
        expect(buckets).to.deep.equal(Array.from({ length: nearest }, (_, i) => nearest - 1 - i))
        expect(node.kad.queries()).to.deep.equal([])
        expect(node.kad.bootstrapped).to.equal(true)
      })
    }
  }

  for (const refreshes of [0, 2, 160, 'all'] as const) {
    it(`bootstrapRefreshes ${refreshes}: so many buckets, the emptiest first, as the others fill by and by`, async () => {
      const network = new TestNetwork({ seed: 7 })
      const [seed] = await star(network, 60)
      const node = await network.node({ ...QUIET, bootstrapRefreshes: refreshes })
      network.introduce([seed!, node])
      const steps: BootstrapProgress[] = []
      const sizes: number[][] = []
      const query = node.kad.bootstrap()
      await network.until((async () => {
        for await (const step of query) {
          steps.push(step)
          sizes.push(Array.from({ length: 160 }, (_, index) => node.kad.table.bucketSize(index)))
        }
      })())
      const buckets = steps.slice(1).map(({ peer }) => bucketIndex(node.id, peer)!)
      const farther = sizes[0]!.findLastIndex(size => size > 0)
      if (refreshes === 'all') {
        expect(buckets).to.deep.equal([2, 1, 0])
        for (const [i, bucket] of buckets.entries()) expect(sizes[i]![bucket]).to.be.below(20)
        return
      }
      expect(buckets).to.have.length(Math.min(refreshes, farther))
      const left = new Set(Array.from({ length: farther }, (_, index) => index))
      for (const [i, bucket] of buckets.entries()) {
        expect(left.has(bucket), 'each once').to.equal(true)
        for (const other of left) expect(sizes[i]![bucket]).to.be.at.most(sizes[i]![other]!)
        const farthest = Math.min(...[...left].filter(other => sizes[i]![other] === sizes[i]![bucket]))
        expect(bucket, 'of equally empty ones').to.equal(farthest)
        left.delete(bucket)
      }
    })
  }

  for (const bootstrapRefreshes of [0, 'all'] as const) {
    it(`bootstrapRefreshes ${bootstrapRefreshes}: an empty bucket ${bootstrapRefreshes === 0 ? 'holds whoever was named there, since no refresh goes' : 'is refreshed, and nobody is pinged'} there`, async () => {
      const network = new TestNetwork()
      const node = await network.node({ ...QUIET, bootstrapRefreshes, k: 2, disjointPaths: 1 })
      const near = []
      for (let i = 0; i < 3; i++) near.push(await network.node(QUIET, { privateKey: keyNear(node.id, 4, network.random) }))
      let far = await network.node(QUIET)
      while (bucketIndex(node.id, far.id) !== 0) far = await network.node(QUIET)
      network.introduce([node, near[0]!])
      network.introduce([...near, far])
      let pings = 0
      network.fate = ({ from, to, envelope }) => {
        if (from.text === node.address.text && to.text === far.address.text && envelope.kind === 'request' && envelope.protocol.includes('ping')) pings++
        return 'delivered'
      }
      await network.until(node.kad.bootstrap())
      expect(node.kad.table.bucketSize(0)).to.equal(1)
      expect(pings).to.equal(bootstrapRefreshes === 0 ? 1 : 0)
    })
  }

  for (const isNeighbour of [true, false]) {
    it(`who ${isNeighbour ? 'has' : 'does not have'} the newcomer among its k nearest, and is not among the newcomer's, ${isNeighbour ? 'learns' : 'is not bothered to learn'} of it`, async () => {
      const network = new TestNetwork()
      const k = 2
      const node = await network.node({ ...QUIET, bootstrapRefreshes: 0, k, disjointPaths: 1 })
      const a = await network.node(QUIET, { privateKey: keyNear(node.id, 4, network.random) })
      const b = await network.node(QUIET, { privateKey: keyNear(node.id, 4, network.random) })
      const z = await nodeWhere(network, ({ id }) => bucketIndex(node.id, id) === 0)
      const x = await nodeWhere(network, ({ id }) => bucketIndex(node.id, id) === 0 &&
        ([a, b, z].filter(other => isCloser(id, other.id, node.id)).length < k) === isNeighbour)
      network.introduce([node, a])
      network.introduce([node, z])
      network.introduce([a, b])
      network.introduce([a, x])
      await network.until(node.kad.bootstrap())
      expect(x.kad.table.get(node.id) !== undefined).to.equal(isNeighbour)
    })
  }

  it('a node that knows nobody rejects with NoKnownPeersError and is not bootstrapped', async () => {
    const network = new TestNetwork()
    const { kad } = await network.node()
    expect((await failure(network.until(kad.bootstrap()))).name).to.equal('NoKnownPeersError')
    expect(kad.bootstrapped).to.equal(false)
  })

  it('when nobody answers it rejects after bootstrapTimeoutMs, and goes on by itself until somebody does', async () => {
    const network = new TestNetwork()
    const seed = await network.node(QUIET)
    network.kill(seed)
    const node = await network.node({ ...QUIET, bootstrapTimeoutMs: 5_000, bootstrapRetryMs: 500, bootstrapRetryMaxMs: 4_000 })
    expect(await network.until(node.kad.addAddress(seed.address))).to.equal('failed')
    const startedAt = network.clock.now()
    const query = node.kad.bootstrap()
    const error = await failure(network.until(query))
    expect(error.name).to.equal('BootstrapTimeoutError')
    expect(network.clock.now() - startedAt).to.equal(5_000)
    await network.run(0)
    const told = progressed(node, query.id).map(({ result, step }) => ({ ok: result.ok, last: step.last }))
    expect(told).to.deep.equal([{ ok: false, last: true }])
    await network.run(3_600_000)
    expect(node.kad.bootstrapped).to.equal(false)
    network.revive(seed)
    await network.run(4_000 + 5_000)
    expect(node.kad.bootstrapped).to.equal(true)
    expect(node.kad.table.size).to.equal(1)
  })

  it('the timeout of one call can be another', async () => {
    const network = new TestNetwork()
    const node = await network.node(QUIET)
    await network.until(node.kad.addAddress(NOBODY))
    const startedAt = network.clock.now()
    await failure(network.until(node.kad.bootstrap({ timeoutMs: 700 })))
    expect(network.clock.now() - startedAt).to.equal(700)
  })

  it('pauses double from bootstrapRetryMs to bootstrapRetryMaxMs', async () => {
    const network = new TestNetwork()
    const pauses = { bootstrapTimeoutMs: 3_600_000, bootstrapRetryMs: 1_000, bootstrapRetryMaxMs: 8_000 }
    const node = await network.node({ ...QUIET, ...pauses, seeds: [NOBODY.text] })
    const tries: number[] = []
    network.fate = ({ envelope }) => {
      const last = tries.at(-1)
      if (envelope.kind === 'request' && (last === undefined || network.clock.now() - last > 2_000)) tries.push(network.clock.now())
      return 'lost'
    }
    await network.run(60_000)
    expect(node.kad.bootstrapped).to.equal(false)
    // each try takes 2.5 s, since it is sent three times
    expect(tries.slice(0, 6).map((at, i) => at - tries[0]! - 2_500 * i)).to.deep.equal([0, 1_000, 3_000, 7_000, 15_000, 23_000])
  })

  it('G20: seeds of the options are tried at the start', async () => {
    const network = new TestNetwork()
    const seed = await network.node(QUIET)
    const node = await network.node({ ...QUIET, seeds: [seed.address.text] })
    await network.run(1_000)
    expect(node.kad.bootstrapped).to.equal(true)
    expect(seed.kad.table.size).to.equal(1)
  })

  it('G20: when the table runs dry, those who left and the seeds are tried again', async () => {
    const network = new TestNetwork()
    const seed = await network.node(QUIET)
    const node = await network.node({ ...QUIET, maxFormerPeers: 0 })
    await network.until(node.kad.addAddress(seed.address))
    await network.until(node.kad.bootstrap())
    network.kill(seed)
    for (let i = 0; i < 2; i++) await network.until(node.kad.ping(seed.id))
    expect(node.kad.table.size).to.equal(0)
    expect(node.kad.bootstrapped).to.equal(false)
    await network.run(100_000)
    network.revive(seed)
    await network.run(100_000)
    expect(node.kad.bootstrapped).to.equal(true)
  })

  it('maxSeeds: of the addresses that were named, the latest are tried', async () => {
    const network = new TestNetwork()
    const node = await network.node({ ...QUIET, maxSeeds: 2 })
    const asked = new Set<string>()
    network.fate = ({ to }) => { asked.add(to.port.toString()); return 'lost' }
    for (const port of [1, 2, 3]) await network.until(node.kad.addAddress(endpoint('10.9.9.9', port)))
    asked.clear()
    await failure(network.until(node.kad.bootstrap({ timeoutMs: 100 })))
    expect([...asked]).to.deep.equal(['2', '3'])
    node.kad.removeAddress(node.id, endpoint('10.9.9.9', 3))
    asked.clear()
    await failure(network.until(node.kad.bootstrap({ timeoutMs: 100 })))
    expect([...asked]).to.deep.equal(['2'])
  })

  it('T1, G10: a new peer in a thin table starts a bootstrap, which finds its neighbours', async () => {
    const network = new TestNetwork()
    const nodes = await star(network, 4)
    const late = await network.node({ ...QUIET, bootstrapThrottleMs: 500 })
    network.introduce([late, nodes[0]!])
    await network.run(499)
    expect(countBootstraps(late)).to.equal(0)
    await network.run(1_000)
    expect(late.kad.table.size).to.equal(4)
  })

  it('T2: throttle 0 starts it at once', async () => {
    const network = new TestNetwork()
    const [seed] = await star(network, 1)
    const node = await network.node({ ...QUIET, bootstrapThrottleMs: 0 })
    network.introduce([node, seed!])
    await network.run(0)
    expect(node.kad.queries().map(({ type }) => type)).to.deep.equal(['Bootstrap'])
  })

  it('T3: the throttle starts again with each new peer', async () => {
    const network = new TestNetwork()
    const nodes = await star(network, 4)
    const node = await network.node({ ...QUIET, bootstrapThrottleMs: 500 })
    for (const peer of nodes) {
      network.introduce([node, peer])
      await network.run(400)
    }
    expect(countBootstraps(node)).to.equal(0)
    await network.run(200)
    expect(countBootstraps(node)).to.equal(1)
  })

  it('T4: a table of k peers needs none', async () => {
    const network = new TestNetwork()
    const nodes = await star(network, 4)
    const node = await network.node({ ...QUIET, k: 4, bootstrapThrottleMs: 0 })
    await network.run(0)
    for (const peer of nodes) node.kad.peerAnswered(peer.contact, { mode: 'server', rttMs: 1 })
    await network.run(10_000)
    const before = countBootstraps(node)
    const fifth = await network.node(QUIET)
    node.kad.peerAnswered(fifth.contact, { mode: 'server', rttMs: 1 })
    await network.run(10_000)
    expect(countBootstraps(node)).to.equal(before)
  })

  for (const knows of ['a neighbour who is a stranger here', 'nobody who is new']) {
    it(`who was lost and returns may know the other half of a cut network: it knows ${knows}`, async () => {
      const network = new TestNetwork()
      const [lost, ...others] = await network.acquainted(6, QUIET)
      const node = await network.node({ ...QUIET, k: 4, maxFailures: 1, bootstrapThrottleMs: 100, formerRetryMs: 10_000 })
      for (const { contact } of [lost!, ...others]) node.kad.peerAnswered(contact, { mode: 'server', rttMs: 1 })
      await network.run(5_000)
      network.kill(lost!)
      await network.until(node.kad.ping(lost!.id))
      await network.run(1_000)
      const before = countBootstraps(node)
      const stranger = await network.node(QUIET, { privateKey: keyNear(node.id, 8, network.random) })
      if (knows !== 'nobody who is new') network.introduce([lost!, stranger])
      network.revive(lost!)
      await network.run(60_000)
      expect(node.kad.contactOf(lost!.id)?.id.hex).to.equal(lost!.id.hex)
      expect(countBootstraps(node) - before).to.equal(knows === 'nobody who is new' ? 0 : 1)
    })
  }

  it('T5: it comes back every bootstrapIntervalMs, give or take a tenth', async () => {
    const network = new TestNetwork()
    const [seed] = await star(network, 1)
    const node = await network.node({ ...QUIET, bootstrapIntervalMs: 60_000 })
    network.introduce([node, seed!])
    await network.run(600_000)
    expect(countBootstraps(node)).to.be.within(8, 11)
  })

  it('T6: one that was run by hand puts off the periodic one', async () => {
    const network = new TestNetwork()
    const [seed] = await star(network, 1)
    const node = await network.node({ ...QUIET, bootstrapIntervalMs: 60_000 })
    network.introduce([node, seed!])
    for (let i = 0; i < 10; i++) {
      await network.run(40_000)
      await network.until(node.kad.bootstrap())
    }
    await network.run(0)
    expect(countBootstraps(node)).to.equal(10)
  })

  it('T7: none starts by itself while one runs', async () => {
    const network = new TestNetwork()
    const nodes = await star(network, 3)
    const node = await network.node({ ...QUIET, bootstrapThrottleMs: 0, bootstrapIntervalMs: 1, bootstrapTimeoutMs: 20_000 })
    network.introduce([node, nodes[0]!])
    network.kill(nodes[0]!)
    const query = node.kad.bootstrap()
    network.introduce([node, nodes[1]!])
    network.kill(nodes[1]!)
    for (let i = 0; i < 10; i++) {
      await network.run(100)
      expect(node.kad.queries().map(({ id }) => id)).to.deep.equal([query.id])
    }
  })

  it('T8: off is off', async () => {
    const network = new TestNetwork()
    const [seed] = await star(network, 1)
    const node = await network.node(QUIET)
    network.introduce([node, seed!])
    await network.run(24 * 3_600_000)
    expect(countBootstraps(node)).to.equal(0)
  })

  it('G9: a ring of thirty comes to know itself', async () => {
    const network = new TestNetwork()
    const nodes: TestNode[] = []
    for (let i = 0; i < 30; i++) nodes.push(await network.node(QUIET))
    for (const [i, node] of nodes.entries()) network.introduce([node, nodes[(i + 1) % 30]!])
    for (let round = 0; round < 2; round++) await network.until(Promise.all(nodes.map(({ kad }) => kad.bootstrap())))
    const sizes = nodes.map(({ kad }) => kad.table.size)
    expect(Math.min(...sizes)).to.be.at.least(20)
  })

  it('G14: all joining at once, ten times, ends with everybody known to everybody', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const network = new TestNetwork({ seed })
      const first = await network.node()
      const nodes = [first]
      for (let i = 0; i < 7; i++) nodes.push(await network.node({ seeds: [first.address.text] }))
      await network.run(5_000)
      expect(nodes.map(({ kad }) => kad.table.size)).to.deep.equal(Array(8).fill(7))
    }
  })

  it('a seed ends up with the newcomers that it serves: no hub without a web', async () => {
    const network = new TestNetwork()
    const nodes = await network.joined(6, QUIET)
    expect(nodes.map(({ kad }) => kad.table.size)).to.deep.equal(Array(6).fill(5))
  })

  it('finish and abort end it; whoever aborts is not overruled by a background one', async () => {
    const network = new TestNetwork()
    const node = await network.node(QUIET)
    await network.until(node.kad.addAddress(NOBODY))
    const finished = node.kad.bootstrap()
    await network.run(10)
    finished.finish()
    expect(await network.until(finished)).to.deep.include({ peers: 0, partial: true })
    const controller = new AbortController()
    const aborted = node.kad.bootstrap({ signal: controller.signal })
    await network.run(10)
    controller.abort(new Error('no'))
    expect((await failure(network.until(aborted))).message).to.equal('no')
    await network.run(100_000)
    expect(countBootstraps(node)).to.equal(2)
    expect(progressed(node, aborted.id).at(-1)!.result).to.deep.include({ ok: false, error: 'Cancelled' })
  })

  it('G21: a change of mode is told to the neighbours', async () => {
    const network = new TestNetwork()
    const nodes = await network.joined(4)
    nodes[0]!.kad.setMode('client')
    await network.run(2_000)
    expect(nodes.slice(1).map(({ kad }) => kad.table.get(nodes[0]!.id))).to.deep.equal([undefined, undefined, undefined])
    nodes[0]!.kad.setMode('server')
    await network.run(2_000)
    expect(nodes.slice(1).map(({ kad }) => kad.table.get(nodes[0]!.id)?.id.hex)).to.deep.equal(Array(3).fill(nodes[0]!.id.hex))
  })
})
