/** What other stacks were found to let through, tried on a node of ours: real swarm, real channels, memory for sockets. */
import type { Contact, Endpoint, KadRecord } from '@kadmium/interface'
import { createIdentity, generatePrivateKey, peerIdFromPublicKey } from '@kadmium/peer-id'
import { signRecord } from '@kadmium/records'
import { seededRandom } from '@kadmium/runtime'
import { MAX_CONTACTS, encodeEnvelope, encodeKadRequest, encodeKadResponse, endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { golden } from '../src/golden.ts'
import { KAD, LiveNode, PING } from '../src/live-node.ts'
import type { ChannelName, LiveNodeInit } from '../src/live-node.ts'
import type { Sent } from '../src/memory-transport.ts'
import { Mutator } from '../src/mutator.ts'
import { crypto } from '../src/stranger.ts'
import type { Opened, Stranger } from '../src/stranger.ts'

const SEED = 20_240_611
const GUESSES = 1_000_000
const ROOM = 1_000
const HERE = endpoint('10.0.0.2', 4001)
const VICTIM = endpoint('10.7.7.7', 7777)
const QUICK = { requestTimeoutMs: 100, requestTries: 1, queryTimeoutMs: 2_000, bootstrapThrottleMs: 'off' } as const
const MODE = 'server'
const publisher = createIdentity(generatePrivateKey(seededRandom('publisher')), crypto)
const findNode = encodeKadRequest({ type: 'find-node', target: new Uint8Array(20) }, ROOM) as Uint8Array

function text (words: string): Uint8Array {
  return new TextEncoder().encode(words)
}

function record (key: string, value: Uint8Array, seq = 1_767_225_600_000): KadRecord {
  return signRecord({ key: text(key), value, seq, ttl: 3600 }, publisher)
}

function store (of: KadRecord): Uint8Array {
  return encodeKadRequest({ type: 'store', record: of, remainingMs: 3_600_000 }, 4_000) as Uint8Array
}

function contact (seed: string, address: Endpoint): Contact {
  const { publicKey } = createIdentity(generatePrivateKey(seededRandom(seed)), crypto)
  return { id: peerIdFromPublicKey(publicKey), publicKey, addresses: [address] }
}

function pong ({ envelope: { transactionId } }: Opened, payload?: Uint8Array): Uint8Array {
  return encodeEnvelope({ kind: 'response', transactionId, mode: MODE, truncated: false }, payload)
}

/** The node, the strangers around it, and all that it ever sent. */
class Scene {
  readonly node: LiveNode
  readonly strangers = new Map<string, Stranger>()
  readonly sent: Sent[] = []

  constructor (node: LiveNode) {
    this.node = node
  }

  static async of (channel: ChannelName, init: Partial<LiveNodeInit> = {}): Promise<Scene> {
    return new Scene(await LiveNode.start({ channel, ...init, kad: { ...QUICK, ...init.kad } }))
  }

  stranger (seed: string, at = HERE, claims?: Uint8Array): Stranger {
    const stranger = this.node.stranger(seed, at, claims)
    stranger.answer = pong
    this.strangers.set(at.text, stranger)
    return stranger
  }

  /** Takes what the node sent to where it was sent. */
  carry (): Sent[] {
    const carried: Sent[] = []
    for (let sent = this.node.transport.take(); sent.length > 0; sent = this.node.transport.take()) {
      for (const each of sent) {
        carried.push(each)
        this.strangers.get(each.to.text)?.receive(each.bytes)
      }
    }
    this.sent.push(...carried)
    return carried
  }

  /** Lets time pass in the node, while everybody answers. */
  async run<T> (asked: PromiseLike<T>): Promise<T> {
    const state = { done: false }
    const end = (): void => { state.done = true }
    asked.then(end, end)
    for (let turn = 0; turn < 2_000 && !state.done; turn++) {
      this.carry()
      await this.node.pass(turn < 20 ? 0 : 5)
    }
    return await asked
  }

  bytesTo (to: Endpoint): number {
    return this.sent.reduce((sum, each) => sum + (each.to.text === to.text ? each.bytes.length : 0), 0)
  }

  dropped (reason: string): number {
    return this.node.swarm.counters.dropped.get(reason) ?? 0
  }

  ping (stranger: Stranger): Promise<{ readonly type: string }> {
    const { publicKey } = stranger.identity
    return this.node.swarm.behaviours.kad.ping({ id: peerIdFromPublicKey(publicKey), publicKey, addresses: [stranger.endpoint] })
  }

  get known (): number {
    return this.node.swarm.behaviours.kad.table.size
  }
}

for (const channel of ['plaintext', 'noise'] as const) {
  describe(`probes of other stacks, over ${channel}`, function () {
    this.timeout(20_000)
    let scene: Scene

    async function begin (init: Partial<LiveNodeInit> = {}): Promise<Scene> {
      scene = await Scene.of(channel, init)
      return scene
    }

    afterEach(() => scene.node.swarm.stop())

    it('row 13: an answer from a port or a host that was never asked is refused, and the true one still counts', async () => {
      const { node } = await begin()
      const stranger = scene.stranger('friend')
      const receive = node.transport.receive.bind(node.transport)
      for (const session of [false, true]) {
        const seen: Uint8Array[] = []
        const pending = scene.ping(stranger)
        node.transport.receive = bytes => { seen.push(bytes.slice()) }
        scene.carry()
        node.transport.receive = receive
        expect(seen.length).to.be.above(0)
        const { drops, swarm: { counters: { received } } } = node
        for (const from of [endpoint('10.0.0.2', 4002), endpoint('10.0.0.3', 4001)]) for (const bytes of seen) node.inject(bytes.slice(), from)
        expect(node.swarm.connectedPeers().length, 'nobody was believed').to.equal(session ? 1 : 0)
        expect(node.swarm.counters.received - received).to.equal(2 * seen.length)
        expect(node.drops - drops).to.equal(2 * seen.length)
        const answeredAt = node.clock.now()
        for (const bytes of seen) receive(bytes, HERE)
        expect(await scene.run(pending)).to.include({ type: 'response' })
        expect(node.clock.now() - answeredAt, 'it was not asked again').to.be.below(40)
      }
    })

    it('row 13: an answer that was true once is dropped when it comes again, at once or late', async () => {
      const { node } = await begin()
      const stranger = scene.stranger('friend')
      const seen: Uint8Array[] = []
      const receive = node.transport.receive.bind(node.transport)
      node.transport.receive = (bytes, from) => {
        seen.push(bytes.slice())
        receive(bytes, from)
      }
      expect(await scene.run(scene.ping(stranger))).to.include({ type: 'response' })
      node.transport.receive = receive
      let answered = 0
      for (const delay of [0, 50, 5_000, 60_000]) {
        await node.pass(delay)
        stranger.answer = () => { answered++; return undefined }
        const pending = scene.ping(stranger)
        scene.carry()
        for (const bytes of seen) receive(bytes.slice(), HERE)
        expect(await scene.run(pending), `${delay} ms later`).to.include({ type: 'timeout' })
      }
      expect(answered).to.be.at.least(4)
    })

    it(`row 14: ${GUESSES.toLocaleString('en')} guessed answers during a request are dropped, and the request ends well`, async () => {
      const { node } = await begin()
      const stranger = scene.stranger('friend')
      await scene.run(scene.ping(stranger))
      const random = seededRandom(SEED)
      const pending = scene.ping(stranger)
      const [asked] = node.transport.take()
      const before = node.drops
      const transactionId = new Uint8Array(8).fill(0xa5)
      const [frame] = channel === 'plaintext' ? stranger.seal(encodeEnvelope({ kind: 'response', transactionId, mode: MODE, truncated: false }, undefined), false) : []
      const at = frame === undefined ? -1 : Buffer.from(frame).indexOf(transactionId)
      for (let i = 0; i < GUESSES; i++) {
        const guess = frame?.slice() ?? Uint8Array.from([0x25, ...random.bytes(60)])
        if (frame !== undefined) guess.set(random.bytes(8), at)
        node.inject(guess, HERE)
      }
      expect(node.drops - before).to.equal(GUESSES)
      stranger.receive(asked!.bytes)
      expect(await scene.run(pending)).to.include({ type: 'response' })
    }).timeout(60_000)

    it('row 26: who answers with another key than the one asked is a failure, and is nowhere kept', async () => {
      await begin()
      const friend = scene.stranger('friend')
      scene.stranger('impostor', endpoint('10.0.0.3', 4001))
      const missing = contact('nobody', endpoint('10.0.0.3', 4001))
      friend.answer = request => pong(request, encodeKadResponse({ type: 'found-node', contacts: [missing] }, ROOM))
      await scene.run(scene.ping(friend))
      friend.ask(PING)
      await scene.node.pass(10)
      const { kad } = scene.node.swarm.behaviours
      const { peers } = await scene.run(kad.getClosestPeers(missing.id))
      expect(scene.bytesTo(endpoint('10.0.0.3', 4001)), 'it was asked').to.be.above(0)
      expect(peers.map(({ id }) => id.hex)).to.not.include(missing.id.hex)
      expect(kad.table.get(missing.id)).to.equal(undefined)
      expect(scene.node.swarm.isConnected(missing.id)).to.equal(false)
      expect(await scene.run(kad.ping(missing))).to.deep.equal({ type: 'timeout' })
    })

    it('a forged id enters nothing: who proves neither key nor address is in no table, whatever it says', async () => {
      const { node } = await begin()
      const victim = contact('victim', VICTIM)
      for (let i = 0; i < 50; i++) {
        const forger = node.stranger(`forger ${i}`, VICTIM, channel === 'plaintext' ? victim.publicKey : undefined) // noise() refuses a key that is not its own
        for (const bytes of forger.seal(encodeEnvelope({ kind: 'request', transactionId: new Uint8Array(8).fill(i), mode: MODE, protocol: PING }, undefined))) {
          node.inject(bytes, VICTIM)
        }
        scene.carry()
      }
      await node.pass(30_000)
      expect(scene.known).to.equal(0)
      expect(node.swarm.connectedPeers()).to.deep.equal([])
    })

    it('row 11: no request of Kademlia amplifies, with a full table and full records, padded or not, replayed or bent', async () => {
      const { node } = await begin()
      const { kad } = node.swarm.behaviours
      for (let i = 0; i < 60; i++) {
        const [host, more] = i % 2 === 0 ? [`10.1.${i}.1`, []] : [`10.1.${i}.1`, [endpoint(`fd00::${i}`, 4001)]]
        kad.peerAnswered({ ...contact(`filler ${i}`, endpoint(host, 4001)), addresses: [endpoint(host, 4001), ...more] }, { mode: MODE, rttMs: 10 })
      }
      const put = await scene.run(kad.putRecord({ key: text('big'), value: new Uint8Array(850) }).then(() => true, () => true))
      expect(put).to.equal(true)
      scene.carry()
      const { messages } = golden()
      const requests = [
        ...messages,
        ...[findNode, encodeKadRequest({ type: 'find-value', key: text('big') }, ROOM) as Uint8Array, store(record('spoofed', new Uint8Array(400)))].map(payload =>
          encodeEnvelope({ kind: 'request', transactionId: new Uint8Array(8).fill(payload.length), mode: MODE, protocol: KAD }, payload)),
        encodeEnvelope({ kind: 'request', transactionId: new Uint8Array(8).fill(9), mode: MODE, protocol: '/nobody/1' }, undefined)
      ]
      const sealed = (pad: boolean): Uint8Array[] => requests.flatMap((message, i) => node.stranger(`source ${i}`, VICTIM).seal(message, pad))
      const bare = sealed(false)
      const sources = [...sealed(true), ...bare]
      const mutator = new Mutator(seededRandom(SEED))
      const packets = [...sources, ...golden().noise, ...sources, ...Array.from({ length: 500 }, () => mutator.bend(mutator.pick(sources), sources))]
      const another = endpoint('10.8.8.8', 8888) // which no padded packet earns any credit
      for (const [victim, thrown] of [[VICTIM, packets], [another, bare]] as const) {
        let spent = 0
        for (const bytes of thrown) {
          spent += bytes.length
          node.inject(bytes.slice(), victim)
          scene.carry()
          expect(scene.bytesTo(victim)).to.be.at.most(spent)
        }
        await node.pass(60_000)
        scene.carry()
        expect(scene.bytesTo(victim), 'it does answer').to.be.within(500, spent)
      }
      expect(kad.store.get(text('spoofed'), node.clock.now()), 'nothing is written for who proved nothing').to.deep.equal([])
    })

    it('no message makes the node answer at another port or host than it came from', async () => {
      const { node } = await begin()
      const stranger = scene.stranger('friend')
      const samples = golden().messages
      const mutator = new Mutator(seededRandom(SEED))
      for (let i = 0; i < 2_000; i++) {
        const message = i < samples.length ? samples[i]! : mutator.bend(mutator.pick(samples), samples)
        for (const bytes of stranger.seal(message)) node.inject(bytes, HERE)
        scene.carry()
      }
      await node.pass(10_000)
      scene.carry()
      expect(scene.sent.length).to.be.above(100)
      expect([...new Set(scene.sent.map(({ to }) => to.text))]).to.deep.equal([HERE.text])
    })

    it('a value above the holder\'s limit is answered with "too large" and not kept; one at the limit is kept', async () => {
      const { node } = await begin({ kad: { store: { maxValueBytes: 300 } } })
      const stranger = scene.stranger('friend')
      stranger.ask(PING)
      const put = (of: KadRecord, seed: number): string => {
        const transactionId = new Uint8Array(8).fill(seed)
        const request = { kind: 'request', transactionId, mode: MODE, protocol: KAD } as const
        const [first] = stranger.say(encodeEnvelope(request, store(of)))
        const needsToken = first?.envelope.kind === 'error' && first.envelope.token !== undefined ? first.envelope.token : undefined
        const again = needsToken === undefined ? [] : stranger.say(encodeEnvelope({ ...request, transactionId: new Uint8Array(8).fill(seed + 100), token: needsToken }, store(of)))
        const { envelope } = (again[0] ?? first) as Opened
        return envelope.kind === 'error' ? envelope.code : envelope.kind
      }
      expect(put(record('large', new Uint8Array(301)), 1)).to.equal('too-large')
      expect(put(record('large', new Uint8Array(800)), 2)).to.equal('too-large')
      expect(put(record('fits', new Uint8Array(300)), 3)).to.equal('response')
      const { store: held } = node.swarm.behaviours.kad
      expect(held.get(text('large'), node.clock.now())).to.have.lengthOf(0)
      expect(held.get(text('fits'), node.clock.now())).to.have.lengthOf(1)
    })

    it('row 23: its own packets, reflected, are dropped and teach it nothing', async () => {
      const { node } = await begin()
      const { kad } = node.swarm.behaviours
      const mirror = contact('mirror', HERE)
      const pending = kad.ping(mirror)
      const byAddress = node.swarm.dial('10.0.0.4:4001').then(() => 'connected', () => 'failed')
      for (let turn = 0; turn < 500; turn++) {
        for (const { bytes, to } of node.transport.take()) node.inject(bytes.slice(), to)
        await node.pass(20)
      }
      expect(await pending).to.deep.include({ type: 'timeout' })
      expect(await byAddress).to.equal('failed')
      expect(node.drops).to.be.at.least(node.swarm.counters.received)
      expect(scene.known).to.equal(0)
      expect(node.swarm.connectedPeers()).to.deep.equal([])
      expect(kad.table.get(node.swarm.localPeerId)).to.equal(undefined)
    })

    it('row 24: in the public profile no bogon, multicast or port-0 contact of an answer is ever sent to', async () => {
      const bogons = ['127.0.0.1', '10.1.1.1', '192.168.1.1', '172.16.0.1', '100.64.0.1', '169.254.1.1', '0.0.0.0', '224.0.0.1', '255.255.255.255', '240.0.0.1',
        '192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '192.0.0.8']
      const good = endpoint('11.0.0.1', 4001)
      const told = [...bogons.map(host => endpoint(host, 4001)), endpoint('11.0.0.2', 0), good]
      for (const [profile, expected] of [['public', [good.text]], ['private', ['10.1.1.1:4001', good.text]]] as const) {
        const { node } = await begin({ address: endpoint('9.0.0.1', 4001), swarm: { profile } })
        const friend = scene.stranger('friend', endpoint('9.1.0.1', 4001))
        const contacts = told.map((address, i) => contact(`told ${i}`, address))
        friend.answer = request => pong(request, encodeKadResponse({ type: 'found-node', contacts: contacts.slice(0, MAX_CONTACTS) }, ROOM))
        await scene.run(scene.ping(friend))
        friend.ask(PING)
        await node.pass(10)
        await scene.run(node.swarm.behaviours.kad.getClosestPeers(contacts[0]!.id))
        const asked = new Set(scene.sent.map(({ to }) => to.text))
        expect([...asked].filter(at => !at.startsWith('9.'))).to.include.members([...expected])
        if (profile === 'public') expect([...asked].filter(at => !at.startsWith('9.'))).to.deep.equal([good.text])
        for (const at of asked) expect(at).to.not.match(/^(0|22[4-9]|2[3-5]\d)\.|:0$/)
        await node.swarm.stop()
      }
    })
  })
}

describe('write tokens, over plaintext', () => {
  it('row 12: a token opens its key for its peer at its address and port, and nothing else', async () => {
    const here = endpoint('10.0.0.2', 4001)
    for (const [what, seed, at, key, expected] of [
      ['as it was given', 'writer', here, 'mine', 'response'],
      ['another key', 'writer', here, 'your', 'token-required'],
      ['another port', 'writer', endpoint('10.0.0.2', 4002), 'mine', 'token-required'],
      ['another host', 'writer', endpoint('10.0.0.3', 4001), 'mine', 'token-required'],
      ['another peer', 'thief', here, 'mine', 'token-required']
    ] as const) {
      const scene = await Scene.of('plaintext')
      const request = { kind: 'request', transactionId: new Uint8Array(8).fill(1), mode: MODE, protocol: KAD } as const
      const [refused] = scene.stranger('writer', here).say(encodeEnvelope(request, store(record('mine', text('v')))))
      const token = refused?.envelope.kind === 'error' ? refused.envelope.token : undefined
      expect(token, what).to.have.lengthOf(16)
      const [answer] = scene.stranger(seed, at).say(encodeEnvelope({ ...request, transactionId: new Uint8Array(8).fill(2), token: token! }, store(record(key, text('v')))))
      expect(answer?.envelope.kind === 'error' ? answer.envelope.code : answer?.envelope.kind, what).to.equal(expected)
      expect(scene.node.swarm.behaviours.kad.store.get(text(key), scene.node.clock.now())).to.have.lengthOf(expected === 'response' ? 1 : 0)
      await scene.node.swarm.stop()
    }
  })
})
