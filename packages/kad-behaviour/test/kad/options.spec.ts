import { peerIdFromHex } from '@kadmium/peer-id'
import { MemoryRecordStore, RecordPolicies, immutableRecord } from '@kadmium/records'
import { systemCrypto } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { kad } from '../../src/index.ts'
import { kadOptions } from '../../src/checked-options.ts'
import { QUIET, TestNetwork, failure, text } from '../network.ts'
import type { Contact } from '@kadmium/interface'
import type { KadInit } from '../../src/index.ts'
import type { QuorumFailedError } from '../../src/index.ts'
import type { TestNode } from '../network.ts'

const TARGET = peerIdFromHex('00112233445566778899aabbccddeeff00112233')
const SERVER = { mode: 'server', rttMs: 10 } as const
const KEY = text('key')

/** A node with these options that knows `count` others. */
async function knowing (network: TestNetwork, count: number, options: KadInit): Promise<TestNode> {
  const others = await network.acquainted(count)
  const node = await network.node({ bootstrapThrottleMs: 'off', ...options })
  for (const { contact } of others) node.kad.peerAnswered(contact, SERVER)
  return node
}

/** How many requests a lookup sends before its first answer. */
async function firstWave (count: number, options: KadInit): Promise<number> {
  const network = new TestNetwork()
  const node = await knowing(network, count, options)
  const query = node.kad.getClosestPeers(TARGET)
  await network.run(1)
  return query.stats.numRequests
}

function dead (n: number): Contact {
  return { id: TARGET, publicKey: new Uint8Array(32).fill(n), addresses: [endpoint('10.88.0.1', n + 1)] }
}

describe('the options', () => {
  it('each number has a range, and what is out of it is named, with what is allowed', () => {
    for (const [init, message] of [
      [{ k: 0 }, 'k: expected a whole number from 1 to 64, got 0'],
      [{ k: 1.5 }, 'k: expected a whole number from 1 to 64, got 1.5'],
      [{ alpha: '3' }, 'alpha: expected a whole number from 1 to 64, got "3"'],
      [{ disjointPaths: 31 }, 'disjointPaths: expected a whole number from 1 to 30 or \'auto\', got 31'],
      [{ disjointPaths: 'off' }, 'disjointPaths: expected a whole number from 1 to 30 or \'auto\', got "off"'],
      [{ refreshIntervalMs: 0 }, 'refreshIntervalMs: expected a whole number from 1 to 86400000 or \'off\', got 0'],
      [{ recordTtl: 172_801 }, 'recordTtl: expected a whole number from 1 to 172800, got 172801'],
      [{ expireIntervalMs: 'off' }, 'expireIntervalMs: expected a whole number from 1 to 86400000, got "off"'],
      [{ queryTimeoutMs: NaN }, 'queryTimeoutMs: expected a whole number from 1 to 86400000, got null'],
      [{ bucketInserts: 'never' }, 'bucketInserts: expected \'automatic\' or \'manual\', got "never"'],
      [{ profile: 'secret' }, 'profile: expected \'private\' or \'public\' or \'auto\', got "secret"'],
      [{ putQuorum: 'most' }, 'putQuorum: expected \'one\', \'majority\', \'all\' or a whole number from 1, got "most"'],
      [{ getQuorum: 0 }, 'getQuorum: expected \'one\', \'majority\', \'all\' or a whole number from 1, got 0'],
      [{ bootstrapRetryMs: 9, bootstrapRetryMaxMs: 8 }, 'bootstrapRetryMaxMs: expected at least bootstrapRetryMs (9), got 8'],
      [{ formerRetryMs: 9, formerRetryMaxMs: 8 }, 'formerRetryMaxMs: expected at least formerRetryMs (9), got 8'],
      [{ kbucketSize: 20 }, 'kbucketSize: no such option'],
      [{ seeds: ['nowhere'] }, 'address: expected host:port, [IPv6]:port or a multiaddr, got \'nowhere\''],
      [{ store: { maxBytes: -1 } }, 'maxBytes: expected a whole number, got -1'],
      [{ store: { maxByte: 1 } }, 'store.maxByte: no such option']
    ] as const) {
      expect(() => kad(init as KadInit)({ crypto: systemCrypto(), clock: { now: () => 0 }, handle () {} } as never)).to.throw(message)
    }
  })

  it('what is not given, or given as undefined, is the default; some follow k', () => {
    const followingK = { replicationFactor: 7, replacementCacheSize: 7, maxContactsPerReply: 14 }
    expect(kadOptions({ k: 7, alpha: undefined })).to.deep.include({ k: 7, alpha: 3, ...followingK })
    expect(kadOptions()).to.deep.include({ k: 20, replicationFactor: 20, recordTtl: 172_800, putQuorum: 'majority' })
    expect(kadOptions()).to.deep.include({ queryTimeoutMs: 60_000, bootstrapTimeoutMs: 30_000 })
  })

  it('alpha: as many requests are in flight before the first answer', async () => {
    expect(await firstWave(12, { alpha: 1 })).to.equal(1)
    expect(await firstWave(12, {})).to.equal(3)
    expect(await firstWave(12, { alpha: 5 })).to.equal(5)
  })

  it('disjointPaths: each path has pathAlpha requests of its own; auto is four from disjointFromPeers known peers on', async () => {
    expect(await firstWave(12, { disjointPaths: 2 })).to.equal(4)
    expect(await firstWave(12, { disjointPaths: 2, pathAlpha: 3 })).to.equal(6)
    expect(await firstWave(12, { disjointPaths: 'auto' })).to.equal(3)
    expect(await firstWave(12, { disjointFromPeers: 12 })).to.equal(8)
    expect(await firstWave(12, { disjointFromPeers: 13 })).to.equal(3)
  })

  it('pathWidth: each of several paths asks so many of its nearest, then they close together', async () => {
    const widths = []
    for (const pathWidth of [1, 6]) {
      const network = new TestNetwork()
      const node = await knowing(network, 12, { disjointPaths: 2, alpha: 1, k: 2, replacementCacheSize: 20, pathWidth })
      const query = node.kad.getClosestPeers(TARGET)
      await network.until(query)
      widths.push(query.stats.numRequests)
    }
    expect(widths[0]).to.be.below(widths[1]!)
  })

  it('maxRequests and maxCandidates bound a lookup', async () => {
    for (const [options, most] of [[{ maxRequests: 4 }, 4], [{ maxCandidates: 5 }, 5]] as const) {
      const network = new TestNetwork()
      const node = await knowing(network, 12, options)
      expect((await network.until(node.kad.getClosestPeers(TARGET))).asked).to.equal(most)
    }
  })

  it('distrustAfterDead: of a source that named so many dead, and nobody alive, no more are asked', async () => {
    const asked = []
    for (const distrustAfterDead of [1, 30]) {
      const network = new TestNetwork()
      const alive = await network.acquainted(4)
      const named = Array.from({ length: 30 }, (_, n) => dead(n))
      const liar = await network.impostor(() => ({ type: 'found-node', contacts: named }))
      const node = await network.node({ ...QUIET, k: 3, maxContactsPerReply: 30, distrustAfterDead, alpha: 1, requestTries: 1 })
      for (const contact of [liar, ...alive.map(one => one.contact)]) node.kad.peerAnswered(contact, SERVER)
      asked.push((await network.until(node.kad.getClosestPeers(TARGET))).asked)
    }
    expect(asked[0]).to.be.below(asked[1]!)
  })

  it('maxTriesPerContact: so often a contact is tried at the addresses that others name', async () => {
    for (const [maxTriesPerContact, found] of [[1, false], [2, true]] as const) {
      const network = new TestNetwork()
      const { contact } = await network.node()
      const moved = { ...contact, addresses: [endpoint('10.88.0.1', 1)] }
      const wrong = await network.impostor(() => ({ type: 'found-node', contacts: [moved] }))
      const node = await network.node({ maxTriesPerContact, requestTries: 1, bootstrapThrottleMs: 'off' })
      const right = await network.impostor(async () => {
        await new Promise<void>(resolve => network.clock.setTimeout(resolve, 20))
        return { type: 'found-node', contacts: [contact] }
      })
      for (const talker of [wrong, right]) node.kad.peerAnswered(talker, SERVER)
      expect((await network.until(node.kad.findPeer(contact.id))) !== undefined).to.equal(found)
    }
  })

  it('requestTimeoutMs and requestTries: how long and how often', async () => {
    for (const [requestTimeoutMs, requestTries] of [[100, 1], [100, 2], [300, 3]] as const) {
      const network = new TestNetwork()
      const node = await network.node({ requestTimeoutMs, requestTries, bootstrapThrottleMs: 'off' })
      node.kad.peerAnswered(dead(0), SERVER)
      let sent = 0
      network.fate = () => { sent++; return 'lost' }
      const { elapsedMs } = await network.until(node.kad.getClosestPeers(TARGET))
      expect({ sent, elapsedMs }).to.deep.equal({ sent: requestTries, elapsedMs: requestTimeoutMs * requestTries })
    }
  })

  it('maxSilentPeers: of those many it is remembered that they are silent, and no lookup waits for them again', async () => {
    for (const [maxSilentPeers, waits] of [[1, true], [2, false]] as const) {
      const network = new TestNetwork()
      const node = await knowing(network, 6, { maxSilentPeers, maxFailures: 10 })
      network.kill(...network.nodes.slice(0, 2))
      await network.until(node.kad.getClosestPeers(TARGET))
      const { elapsedMs, peers } = await network.until(node.kad.getClosestPeers(TARGET))
      expect(peers).to.have.length(4)
      expect(elapsedMs > 50).to.equal(waits)
    }
  })

  it('who is heard again is waited for again', async () => {
    const network = new TestNetwork()
    const node = await knowing(network, 6, { maxFailures: 10 })
    const back = network.nodes[0]!
    network.kill(back)
    await network.until(node.kad.getClosestPeers(TARGET))
    network.revive(back)
    await network.until(node.kad.ping(back.id))
    network.loseNextRequestTo(back)
    expect((await network.until(node.kad.getClosestPeers(TARGET))).peers).to.have.length(6)
  })

  it('recordTtl is the life of a record that is put without one', async () => {
    const network = new TestNetwork()
    const { kad: node } = await network.node({ recordTtl: 123 })
    await network.until(node.putRecord({ key: KEY, value: text('value') }))
    const { key } = await network.until(node.putImmutable(text('value')))
    expect([KEY, key].map(one => node.store.get(one, network.clock.now())[0]!.record.ttl)).to.deep.equal([123, 123])
  })

  it('putQuorum is the quorum of a put without one', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(5, { putQuorum: 'all' })
    expect(await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: text('value') }))).to.include({ quorum: 4 })
    expect(await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: text('value') }, { quorum: 'one' }))).to.include({ quorum: 1 })
  })

  it('store: limits of the one in memory, or a store of one\'s own', async () => {
    const network = new TestNetwork()
    const own = new MemoryRecordStore({ crypto: systemCrypto() })
    const [a, b] = [await network.node({ store: own }), await network.node({ store: { maxValueBytes: 3 } })]
    network.introduce([a, b])
    expect(a.kad.store).to.equal(own)
    const error = await failure(network.until(a.kad.putRecord({ key: KEY, value: text('four') }))) as QuorumFailedError
    expect(error.refused).to.deep.equal([{ peer: b.id, reason: 'too-large', message: 'the value is too large for this node' }])
    expect(own.size).to.equal(1)
  })

  it('profile: in public the store exempts no address from its limits by IP group, in others private ones', async () => {
    for (const [profile, outcome] of [['private', 'stored'], ['auto', 'stored'], ['public', 'refused']] as const) {
      const { kad } = await new TestNetwork().node({ profile, store: { maxRecordsPerGroup: 1 } })
      const put = (i: number): string => kad.store.put(immutableRecord(text(`${i}`)), 60_000, 0, { from: endpoint(`10.0.0.${i}`, 8001) }).type
      expect([put(1), put(2)], profile).to.deep.equal(['stored', outcome])
    }
  })

  it('policies: what the application says about records, at the holder and at the reader', async () => {
    const network = new TestNetwork()
    const policies = new RecordPolicies()
    policies.register('even/', {
      validate: ({ value }) => value[0]! % 2 === 0 ? undefined : 'odd',
      select: records => [...records].sort((a, b) => a.value[0]! - b.value[0]!)
    })
    const nodes = await network.acquainted(3, { policies })
    const key = text('even/1')
    const stranger = await network.node()
    network.introduce([...nodes, stranger])
    await network.until(nodes[0]!.kad.putRecord({ key, value: new Uint8Array([4]) }))
    await network.until(nodes[1]!.kad.putRecord({ key, value: new Uint8Array([2]) }))
    const error = await failure(network.until(stranger.kad.putRecord({ key, value: new Uint8Array([3]) }))) as QuorumFailedError
    expect(error.refused.map(({ reason, message }) => `${reason} ${message}`)).to.deep.equal(Array(3).fill('invalid-value odd'))
    expect((await network.until(nodes[2]!.kad.getRecord(key))).records.map(({ record: { value } }) => value[0])).to.deep.equal([2, 4])
  })
})
