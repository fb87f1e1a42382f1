import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EclipseSuspected, Endpoint } from '@kadmium/interface'
import { createIdentity, generatePrivateKey } from '@kadmium/peer-id'
import { signRecord } from '@kadmium/records'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { expect } from 'chai'
import { createNode, difficultyOf, endpoint, keyId, newPrivateKey, peerIdFromKey, writeKeyFile } from '../src/index.ts'
import type { Hop, KadmiumNode, NodeConfig } from '../src/index.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes)

/** Whether somebody takes connections there. */
function dialled ({ host, port }: Endpoint): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, host, () => { socket.destroy(); resolve(true) }).on('error', () => { resolve(false) })
  })
}

describe('createNode', function () {
  this.timeout(10_000)
  let dir: string
  const running: KadmiumNode[] = []

  before(async () => { dir = await mkdtemp(join(tmpdir(), 'kadmium-node-')) })
  after(async () => { await rm(dir, { recursive: true }) })
  afterEach(async () => { await Promise.all(running.splice(0).map(async node => { await node.stop() })) })

  async function makeNode (config: NodeConfig = {}): Promise<KadmiumNode> {
    const node = await createNode({ host: '127.0.0.1', publisherKeyFile: join(dir, 'publisher.key'), ...config })
    running.push(node)
    return node
  }

  async function makeNetwork (count: number, config: NodeConfig = {}): Promise<KadmiumNode[]> {
    const nodes = [await makeNode(config)]
    for (let i = 1; i < count; i++) {
      const node = await makeNode(config)
      await node.join(nodes[0]!.addresses)
      nodes.push(node)
    }
    return nodes
  }

  it('gives a node that puts, and others that get', async () => {
    const [first, second, third] = await makeNetwork(3)
    const put = await second!.put(utf8('hello'), utf8('world'))
    expect(put).to.include({ ok: true, storedOn: 2, storedLocally: true })
    expect(put.keyId.hex).to.equal(keyId(utf8('hello')).hex)
    for (const node of [first, second, third]) expect(text((await node!.get(utf8('hello'))).value)).to.equal('world')
    expect(await third!.get(utf8('absent'))).to.include({ value: undefined, asked: 2, answered: 2 })
  })

  it('profile: in public no loopback address is in the table, in auto and private it is; the error names the option', async () => {
    const hub = await makeNode()
    const sizes: number[] = []
    for (const profile of ['public', 'auto', 'private'] as const) {
      const node = await makeNode({ profile })
      await node.swarm.dial(hub.addresses[0]!.text)
      sizes.push(node.swarm.behaviours.kad.table.size)
    }
    expect(sizes).to.deep.equal([0, 1, 1])
    const wrong = await makeNode({ profile: 'secret' as 'public' }).then(() => undefined, (error: Error) => error)
    expect(wrong?.message).to.contain('profile')
  })

  it('a lone node stores for itself, and calls that a success', async () => {
    const node = await makeNode()
    expect(await node.put(utf8('k'), utf8('v'))).to.include({ ok: true, storedOn: 0, storedLocally: true, asked: 0 })
    expect(await node.get(utf8('k'))).to.include({ hops: 0, asked: 0 })
  })

  it('tells where it is, whom it knows and what it holds', async () => {
    const [first, second] = await makeNetwork(2)
    await first!.put(utf8('k'), utf8('four'))
    const [address] = first!.addresses
    expect(address?.host).to.equal('127.0.0.1')
    expect(address?.port).to.be.above(0)
    const status = second!.status()
    expect(status).to.include({ network: 'kadmium', mode: 'server', knownPeers: 1, storedRecords: 1 })
    expect(status.buckets).to.have.length(1).and.have.nested.property('[0].size', 1)
    const [peer] = second!.peers()
    expect(peer?.peer.equals(first!.id)).to.equal(true)
    expect(peer?.addresses.map(String)).to.deep.equal([address!.text])
    expect(peer?.bucket).to.equal(status.buckets[0]?.index)
    expect(peer?.lastSeenMsAgo).to.be.at.least(0)
    expect(second!.records().map(({ key, valueBytes }) => [text(key), valueBytes])).to.deep.equal([['k', 4]])
  })

  it('shows each hop of a lookup as it happens', async () => {
    const nodes = await makeNetwork(5)
    const hops: Hop[] = []
    const found = await nodes[4]!.find(nodes[2]!.id, { onHop: hop => hops.push(hop) })
    expect(found.closest[0]?.peer.hex).to.equal(nodes[2]!.id.hex)
    expect(found).to.include({ asked: 4, answered: 4 })
    expect(hops.map(({ outcome }) => outcome.type)).to.deep.equal(['answered', 'answered', 'answered', 'answered'])
    expect(hops.find(({ peer }) => peer.equals(nodes[2]!.id))).to.include({ sharedBits: 160 })
  })

  it('pings an address and an id; nobody there is an answer too', async () => {
    const [first, second] = await makeNetwork(2)
    expect((await second!.ping(first!.addresses[0]!))?.peer.hex).to.equal(first!.id.hex)
    expect((await second!.ping(first!.id))?.address.text).to.equal(first!.addresses[0]!.text)
    const { port } = first!.addresses[0]!
    await first!.stop()
    expect(await second!.ping(endpoint('127.0.0.1', port))).to.equal(undefined)
  })

  it('join reaches a seed that answers, and tells which did not', async () => {
    const [first, gone, third] = await Promise.all([makeNode(), makeNode(), makeNode()])
    const [there, notThere] = [first.addresses[0]!, gone.addresses[0]!]
    await gone.stop()
    const joined = await third.join([notThere, there])
    expect(joined.reached.map(({ peer, address }) => [peer.hex, address.text])).to.deep.equal([[first.id.hex, there.text]])
    expect(joined.unreachable.map(String)).to.deep.equal([notThere.text])
    expect(joined.peers).to.equal(1)
    expect(first.peers().map(({ peer }) => peer.hex), 'a seed ends up with the newcomer in its table').to.deep.equal([third.id.hex])
  })

  it('join gives up after its timeout, when it is told to, and when there is nobody to ask', async () => {
    const [node, gone] = await Promise.all([makeNode(), makeNode()])
    const seeds = gone.addresses
    await gone.stop()
    expect((await node.join(seeds, { timeoutMs: 50 })).reached).to.deep.equal([])
    expect((await node.join(seeds, { timeoutMs: 60_000, signal: AbortSignal.abort() })).reached).to.deep.equal([])
    expect((await node.join([])).reached).to.deep.equal([])
  })

  it('join says at once that the public profile drops the addresses of all seeds', async () => {
    const [open, seed] = await Promise.all([makeNode({ profile: 'public' }), makeNode()])
    const [there, lan] = [seed.addresses[0]!, endpoint('192.168.1.1', 9)]
    const failed = async (seeds: Endpoint[]): Promise<unknown> => await open.join(seeds).catch((error: unknown) => error)
    expect(await failed([there])).to.include({ name: 'InvalidOptionError', option: 'profile' }).and.property('message').to.contain(`and ${there.text} is one`)
    expect(await failed([there, lan])).to.have.property('message').that.contains(`and ${there.text}, ${lan.text} are such`)
    const mixed = await open.join([there, endpoint('8.8.8.8', 9)], { timeoutMs: 1, depth: 'contact', signal: AbortSignal.abort() })
    expect(mixed.reached).to.deep.equal([])
  })

  it('join waits for a seed that is about to start', async () => {
    const placeholder = await makeNode()
    const address = placeholder.addresses[0]!
    await placeholder.stop()
    const node = await makeNode()
    const joining = node.join([address])
    const late = await makeNode({ port: address.port })
    expect((await joining).reached.map(({ peer }) => peer.hex)).to.deep.equal([late.id.hex])
  })

  it('a node that comes back, with its key and port, is heard within one exchange', async () => {
    const privateKey = await newPrivateKey(0)
    const first = await makeNode({ privateKey })
    const other = await makeNode()
    await other.join(first.addresses)
    const { port } = first.addresses[0]!
    await first.stop()
    const again = await makeNode({ privateKey, port })
    expect((await other.ping(again.id))?.peer.hex, 'asked on the session of before').to.equal(first.id.hex)
    expect((await again.ping(other.addresses[0]!))?.peer.hex).to.equal(other.id.hex)
    expect((await other.put(utf8('back'), utf8('again'))).storedOn).to.equal(1)
  })

  it('stops with nothing left behind: the same port twenty times in a row', async () => {
    let port = 0
    for (let i = 0; i < 20; i++) {
      const node = await createNode({ port })
      expect(node.addresses[0]!.port === port || port === 0).to.equal(true)
      port = node.addresses[0]!.port
      await node.stop()
      await node.stop()
    }
  })

  it('values of 64 KiB go by TCP on the port that UDP has; a client, which nobody asks, listens with UDP only', async () => {
    const [first, second] = await makeNetwork(3)
    const value = seededRandom('large').bytes(65_536) // which nothing compresses
    expect(await second!.put(utf8('large'), value, { quorum: 'all' })).to.include({ ok: true, storedOn: 2 })
    expect((await first!.get(utf8('large'))).value).to.deep.equal(value)
    const client = await makeNode({ mode: 'client' })
    await client.join(first!.addresses)
    expect((await client.get(utf8('large'))).value).to.deep.equal(value)
    expect(await dialled(first!.addresses[0]!)).to.equal(true)
    expect(await dialled(client.addresses[0]!)).to.equal(false)
  })

  it('a port that is taken is refused in one line', async () => {
    const node = await makeNode()
    const { port } = node.addresses[0]!
    const error = await makeNode({ port }).catch((error: Error) => error)
    expect(error).to.have.property('name', 'ListenError')
    expect(error).to.have.property('message').that.contains(String(port)).and.does.not.contain('\n')
  })

  describe('options', () => {
    it('k is how many nodes a lookup finds, and how many hold a record at least', async () => {
      const nodes = await makeNetwork(5, { k: 2 })
      const { peers } = await nodes[4]!.swarm.behaviours.kad.getClosestPeers(utf8('k'))
      expect(peers).to.have.length(2)
      const { holders } = await nodes[4]!.put(utf8('k'), utf8('v'))
      expect(holders.map(({ hex }) => hex)).to.include.members(peers.map(({ id }) => id.hex))
    })

    for (const alpha of [1, 3]) {
      it(`alpha ${alpha} is the number of requests that a lookup begins with`, async () => {
        const nodes = await makeNetwork(5, { alpha })
        let asked = 0
        for await (const step of nodes[4]!.swarm.behaviours.kad.getClosestPeers(utf8('target'))) {
          if (step.type !== 'asked') break
          asked++
        }
        expect(asked).to.equal(alpha)
      })
    }

    it('queryTimeoutMs ends a query with what it has', async () => {
      const [hasty, patient, gone] = [await makeNode({ queryTimeoutMs: 10 }), await makeNode(), await makeNode()]
      for (const node of [hasty, patient]) await node.join(gone.addresses, { depth: 'contact' })
      await gone.stop()
      const partial = async (node: KadmiumNode): Promise<boolean> => (await node.swarm.behaviours.kad.getClosestPeers(utf8('k'))).partial
      expect(await partial(hasty)).to.equal(true)
      expect(await partial(patient)).to.equal(false)
    })

    it('ttlMs is the life of what is put, and a put may have its own', async () => {
      const node = await makeNode({ ttlMs: 60_000 })
      await node.put(utf8('a'), utf8('v'))
      await node.put(utf8('b'), utf8('v'), { ttlMs: 120_000 })
      const lives = node.records().map(({ expiresInMs }) => Math.ceil(expiresInMs / 60_000))
      expect(lives).to.deep.equal([1, 2])
      const untold = await makeNode()
      await untold.put(utf8('a'), utf8('v'))
      expect(Math.ceil(untold.records()[0]!.expiresInMs / 3_600_000)).to.equal(48)
    })

    it('quorum is how many must acknowledge a put', async () => {
      const nodes = await makeNetwork(4)
      for (const [quorum, needed] of [['one', 1], ['majority', 2], ['all', 3], [2, 2]] as const) {
        expect(await nodes[0]!.put(utf8('k'), utf8('v'), { quorum })).to.include({ ok: true, quorum: needed })
      }
    })

    it('a put that misses its quorum says who did not store it and why; the own copy stays', async () => {
      const [first, second] = await makeNetwork(2)
      await second!.stop()
      const missed = await first!.put(utf8('k'), utf8('v'))
      expect(missed).to.include({ ok: false, storedOn: 0, storedLocally: true, quorum: 1, asked: 1 })
      expect(missed.refused.map(({ peer, reason }) => [peer.hex, reason])).to.deep.equal([[second!.id.hex, 'timeout']])
    })

    it('network: nodes of networks with other names do not hear each other', async () => {
      const [mine, yours] = await Promise.all([makeNode({ network: 'mine' }), makeNode({ network: 'yours' })])
      expect(mine.network).to.equal('mine')
      expect((await mine.join(yours.addresses, { timeoutMs: 300 })).reached).to.deep.equal([])
    })

    it('mode client: asks, and is in nobody\'s table', async () => {
      const [server] = await makeNetwork(1)
      const client = await makeNode({ mode: 'client' })
      await client.join(server!.addresses, { depth: 'contact' })
      expect(await client.put(utf8('k'), utf8('v'))).to.include({ ok: true, storedOn: 1, storedLocally: false })
      expect(server!.peers()).to.deep.equal([])
      expect(client.status()).to.include({ mode: 'client', knownPeers: 1 })
    })

    it('host: a name listens on every family that it has, absent on all interfaces', async () => {
      const named = await makeNode({ host: 'localhost' })
      expect(named.addresses.every(({ host }) => host === '127.0.0.1' || host === '::1')).to.equal(true)
      const everywhere = await createNode()
      running.push(everywhere)
      expect(everywhere.addresses[0]?.host).to.equal('127.0.0.1')
      expect((await named.ping(everywhere.addresses[0]!))?.peer.hex).to.equal(everywhere.id.hex)
    })

    it('privateKey and identityFile are who the node is; without them it is somebody new each time', async () => {
      const privateKey = await newPrivateKey(0)
      const file = join(dir, 'identity.key')
      await writeKeyFile(file, privateKey)
      const { hex } = peerIdFromKey(privateKey)
      expect((await makeNode({ privateKey })).id.hex).to.equal(hex)
      expect((await makeNode({ identityFile: file })).id.hex).to.equal(hex)
      expect((await makeNode()).id.hex).to.not.equal((await makeNode()).id.hex)
    })

    it('publisherKeyFile signs what is put: the same publisher replaces, another one does not', async () => {
      const [first, second] = await makeNetwork(2)
      const other = await makeNode({ publisherKeyFile: join(dir, 'other.key') })
      await other.join(first!.addresses)
      const held = async (): Promise<number> => (await first!.swarm.behaviours.kad.getRecord(utf8('slot'))).records.length
      await first!.put(utf8('slot'), utf8('1'))
      await second!.put(utf8('slot'), utf8('2'))
      expect(await held()).to.equal(1)
      expect(text((await first!.get(utf8('slot'))).value)).to.equal('2')
      await other.put(utf8('slot'), utf8('3'))
      expect(await held()).to.equal(2)
    })

    it('a get names the publisher that signed two values with one sequence number, and all readers are given the same one', async () => {
      const [first, second] = [await makeNode(), await makeNode()]
      const publisher = createIdentity(generatePrivateKey(seededRandom('two-faced')), systemCrypto())
      for (const [i, { swarm }] of [first, second].entries()) {
        await swarm.behaviours.kad.putRecord({ key: utf8('face'), value: utf8(`${i}`), seq: 7 }, { publisher })
      }
      await second.join(first.addresses)
      const reader = await makeNode({ mode: 'client' })
      await reader.join(first.addresses)
      const found = await Promise.all([reader, first, second].map(async node => await node.get(utf8('face'))))
      for (const { equivocations } of found) expect(equivocations).to.deep.equal([{ publisher: publisher.publicKey, seq: 7 }])
      expect(new Set(found.map(({ value }) => text(value))).size).to.equal(1)
    })

    it('storeLimits bound what others can store here, on a disk as in memory; in the public profile private addresses count too', async () => {
      const [first, second, third] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map(host => endpoint(host, 8001))
      for (const dataDirectory of [undefined, join(dir, 'limited')]) {
        const outcomes = async (config: NodeConfig): Promise<readonly string[]> => {
          const node = await makeNode({ ...config, ...(dataDirectory === undefined ? {} : { dataDirectory: `${dataDirectory}-${config.profile}` }) })
          const { store } = node.swarm.behaviours.kad
          return [first, second, third].map((from, i) => {
            const publisher = createIdentity(generatePrivateKey(seededRandom(i)), systemCrypto())
            const outcome = store.put(signRecord({ key: utf8(`${i}`), value: utf8('v'), seq: 1 }, publisher), 60_000, performance.now(), { from: from! })
            return outcome.type === 'refused' ? outcome.reason : outcome.type
          })
        }
        const storeLimits = { maxRecordsPerGroup: 2 }
        expect(await outcomes({ storeLimits, profile: 'private' })).to.deep.equal(['stored', 'stored', 'stored'])
        expect(await outcomes({ storeLimits, profile: 'public' })).to.deep.equal(['stored', 'stored', 'group-quota'])
        const wrong = await outcomes({ storeLimits: { maxBytes: -1 }, profile: 'auto' }).catch((error: Error) => error)
        expect(wrong).to.include({ name: 'InvalidOptionError', message: 'maxBytes: expected a whole number, got -1' })
      }
    })

    it('difficulty: a fresh key solves the puzzle, a given one that does not is refused, and so are easy peers', async () => {
      const [hard, easy] = [await makeNode({ difficulty: 4 }), await makeEasyNode()]
      expect(difficultyOf(hard.swarm.publicKey)).to.be.at.least(4)
      const error = await makeNode({ difficulty: 60, privateKey: await newPrivateKey(0) }).catch((error: Error) => error)
      expect(error).to.have.property('name', 'DifficultyError')
      expect((await hard.join(easy.addresses, { timeoutMs: 300 })).reached).to.deep.equal([])
    })

    it('signal gives up making a node, however hard its key is to find', async () => {
      const stop = new AbortController()
      const making = createNode({ difficulty: 100, signal: stop.signal })
      stop.abort(new Error('enough'))
      expect(await making.catch((error: Error) => error.message)).to.equal('enough')
    })

    async function makeEasyNode (): Promise<KadmiumNode> {
      for (;;) {
        const privateKey = await newPrivateKey(0)
        if (difficultyOf(privateKey.publicKey.raw) < 4) return await makeNode({ privateKey })
      }
    }

    it('row 7: tells who watches, and its log at every level, that a key is crowded: at once, and then once a minute', async () => {
      const lines: string[] = []
      const node = await makeNode({ log: line => lines.push(line) })
      const suspected: EclipseSuspected = { key: keyId(utf8('crowded')), peers: 21, networkSize: 1000.4, divergence: 50 }
      const told: EclipseSuspected[] = []
      node.watchForEclipses(one => told.push(one))
      for (let i = 0; i < 2; i++) node.swarm.dispatchEvent(new CustomEvent('EclipseSuspected', { detail: suspected }))
      expect(told).to.deep.equal([suspected, suspected])
      expect(lines).to.have.length(1)
      expect(lines[0]).to.contain(`warning: 21 nodes crowd around key ${suspected.key.hex}, more than a network of 1000 explains`)
    })

    it('channel: nodes of one understand each other and no others; one that does not exist is refused', async () => {
      const [encrypted, clear] = [await makeNode(), await makeNode({ channel: 'plaintext' })]
      expect((await clear.join(encrypted.addresses, { timeoutMs: 300 })).reached).to.deep.equal([])
      for (const channel of ['noise', 'plaintext'] as const) expect((await makeNetwork(2, { channel }))[0]!.peers()).to.have.length(1)

      const error = await makeNode({ channel: 'carrier pigeon' as 'plaintext' }).catch((error: Error) => error)
      expect(error).to.include({ name: 'InvalidOptionError', message: 'channel: expected noise or plaintext, got "carrier pigeon"' })
    })

    it('logLevel and log: what is logged goes where it is told, and nothing at the default level', async () => {
      const [quiet, debug, trace]: [string[], string[], string[]] = [[], [], []]
      const seed = await makeNode({ log: line => quiet.push(line) })
      const nodes = [await makeNode({ logLevel: 'debug', log: line => debug.push(line) }), await makeNode({ logLevel: 'trace', log: line => trace.push(line) })]
      for (const node of nodes) await node.join(seed.addresses)
      expect(quiet).to.deep.equal([])
      expect(debug.join('')).to.match(/^[0-9a-f]{8} listens at \/ip4\/127\.0\.0\.1\/udp\/\d+\n/).and.contain(`routing table: added ${seed.id.hex}\n`)
      expect(debug.join('')).to.not.contain('FindNode from')
      expect((await nodes[0]!.find(nodes[1]!.id)).asked).to.be.above(0)
      expect(trace.join('')).to.contain(`FindNode from ${nodes[0]!.id.hex}\n`)
    })
  })
})
