import type { Reply, Swarm } from '@kadmium/interface'
import { Refusal } from '@kadmium/interface'
import { generatePrivateKey } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import { expect } from 'chai'
import { getEventListeners } from 'node:events'
import { bytesProtocol, createSwarm } from '../src/index.ts'
import { addressOf, ask, contactOf, dropped, echo, eventsOf, handle, inClear, read, text, typesOf, World, write } from './support/nodes.ts'

describe('a swarm', () => {
  let world: World

  beforeEach(() => { world = new World() })
  afterEach(() => world.stop())

  describe('asks and answers', () => {
    it('carries a request to the handler of its protocol and the response back', async () => {
      const [a, b] = await world.pair()
      const seen: unknown[] = []
      handle(b, echo, (request, from) => {
        seen.push([from.peer.hex, from.endpoint.text, from.mode, from.proven, from.contact.addresses.map(String)])
        return Uint8Array.from([...request].reverse())
      })
      const reply = await world.run(ask(a, b))
      expect(reply).to.deep.include({ type: 'response', message: text('olleh'), rttMs: 20 })
      expect(reply.type === 'response' && reply.from.id.equals(b.localPeerId)).to.equal(true)
      expect(seen).to.deep.equal([[a.localPeerId.hex, '10.0.0.1:4001', 'server', true, ['10.0.0.1:4001']]])
    })

    it('asks a stranger in one round trip', async () => {
      const [a, b] = await world.pair({}, false)
      handle(b, echo, request => request)
      expect(await world.run(ask(a, b))).to.include({ type: 'response', rttMs: 20 })
    })

    it('gets a whole datagram of answer from a stranger, since it pads its request', async () => {
      const [a, b] = await world.pair({}, false)
      handle(b, read, () => new Uint8Array(1000))
      const reply = await world.run(ask(a, b, read))
      expect(reply.type === 'response' && reply.message.length).to.equal(1000)
    })

    it('waits for a handler that takes its time', async () => {
      const [a, b] = await world.pair()
      handle(b, echo, request => new Promise(resolve => { world.clock.setTimeout(() => { resolve(request) }, 30) }))
      expect(await world.run(ask(a, b))).to.deep.include({ type: 'response', message: text('hello') })
    })

    it('answers protocol-unknown, malformed, busy, too-large and internal, never silence', async () => {
      const [a, b] = await world.pair({ limits: { inboundRequests: 1 } })
      const errors = eventsOf(b)
      const codeOf = (reply: Reply<Uint8Array>): string => reply.type === 'error' ? `${reply.code}: ${reply.reason}` : reply.type
      const strict = { ...bytesProtocol('/test/strict/1.0.0'), request: { ...echo.request, decode: () => new Refusal('not my kind') } }
      const never = bytesProtocol('/test/never/1.0.0')
      const big = bytesProtocol('/test/big/1.0.0')
      const broken = bytesProtocol('/test/broken/1.0.0')
      const rejecting = bytesProtocol('/test/rejecting/1.0.0')
      handle(b, strict, request => request)
      handle(b, big, () => new Uint8Array(1200))
      handle(b, broken, () => { throw new Error('broken handler') })
      expect(codeOf(await world.run(ask(a, b)))).to.equal('protocol-unknown: /test/echo/1.0.0')
      expect(codeOf(await world.run(ask(a, b, strict)))).to.equal('malformed: not my kind')
      expect(codeOf(await world.run(ask(a, b, big)))).to.match(/^too-large: /)
      expect(codeOf(await world.run(ask(a, b, broken)))).to.equal('internal: the handler failed')
      handle(b, rejecting, () => Promise.reject(new Error('rejecting handler')))
      expect(codeOf(await world.run(ask(a, b, rejecting)))).to.equal('internal: the handler failed')
      handle(b, never, () => new Promise(() => {}))
      void ask(a, b, never)
      await world.pass(20)
      expect(codeOf(await world.run(ask(a, b, big)))).to.match(/^busy: /)
      const reported = errors.flatMap(event => event.type === 'ListenerError' ? [event.detail.error.message] : [])
      expect(reported).to.deep.equal(['broken handler', 'rejecting handler'])
    })

    it('is no longer busy when a handler has ended, well or badly', async () => {
      const [a, b] = await world.pair({ limits: { inboundRequests: 1 } })
      let runs = 0
      handle(b, echo, async request => {
        if (++runs === 1) throw new Error('first')
        return request
      })
      const types = []
      for (let i = 0; i < 3; i++) types.push((await world.run(ask(a, b))).type)
      expect(types).to.deep.equal(['error', 'response', 'response'])
    })

    it('passes on what a handler refuses', async () => {
      const [a, b] = await world.pair()
      handle(b, echo, () => ({ error: 'key-full', reason: 'enough' }))
      expect(await world.run(ask(a, b))).to.deep.include({ type: 'error', code: 'key-full', reason: 'enough' })
    })

    it('calls an answer that it cannot read malformed', async () => {
      const [a, b] = await world.pair()
      handle(b, echo, request => request)
      const picky = { ...echo, response: { ...echo.response, decode: () => new Refusal('gibberish') } }
      expect(await world.run(ask(a, b, picky))).to.include({ type: 'error', code: 'malformed', reason: 'gibberish' })
    })

    it('survives a codec of an application that throws', async () => {
      const [a, b] = await world.pair()
      const errors = eventsOf(b)
      handle(b, { ...echo, request: { ...echo.request, decode: () => { throw new Error('broken codec') } } }, request => request)
      const reply = await world.run(ask(a, b))
      await world.pass(1)
      expect(reply).to.include({ type: 'error', code: 'internal' })
      expect(typesOf(errors)).to.include('ListenerError')
    })

    it('survives codecs of its own that throw, and never rejects', async () => {
      const [a, b] = await world.pair()
      const errors = eventsOf(a)
      handle(b, echo, request => request)
      const fail = (): never => { throw new Error('broken codec') }
      const unreadable = { ...echo, response: { ...echo.response, decode: fail } }
      expect(await world.run(ask(a, b, unreadable))).to.include({ type: 'error', code: 'malformed' })
      expect(await world.run(ask(a, b, { ...echo, request: { ...echo.request, encode: fail } }))).to.include({ type: 'unsent' })
      expect(typesOf(errors)).to.deep.equal(['ListenerError', 'ListenerError'])
    })

    it('survives a codec of an answer that throws, at once and later', async () => {
      const [a, b] = await world.pair()
      const fail = (): never => { throw new Error('broken codec') }
      const protocol = { ...echo, response: { ...echo.response, encode: fail } }
      handle(b, protocol, request => request)
      handle(b, { ...protocol, name: '/test/later/1.0.0' }, async request => request)
      expect(await world.run(ask(a, b))).to.include({ type: 'error', code: 'internal' })
      expect(await world.run(ask(a, b, bytesProtocol('/test/later/1.0.0')))).to.include({ type: 'error', code: 'internal' })
    })

    it('refuses before it sends: too large, no address that it reaches, its own id, too many pending', async () => {
      const [a, b] = await world.pair({ limits: { pendingRequests: 1 } })
      const before = a.counters.sent
      expect(await ask(a, b, echo, new Uint8Array(1200))).to.deep.equal({ type: 'unsent', reason: 'too-large' })
      expect(await ask(a, { ...contactOf(b), addresses: [] })).to.deep.equal({ type: 'unsent', reason: 'no-address' })
      expect(await ask(a, a)).to.deep.equal({ type: 'unsent', reason: 'no-address' })
      void ask(a, b)
      expect(await ask(a, b)).to.deep.equal({ type: 'unsent', reason: 'too-many-pending' })
      expect(a.counters.sent).to.equal(before + 1)
    })

    it('refuses a timeout and a number of tries that would never end', async () => {
      const [a, b] = await world.pair()
      expect(() => ask(a, b, echo, text(''), { timeoutMs: NaN })).to.throw('timeoutMs')
      expect(() => ask(a, b, echo, text(''), { tries: 0 })).to.throw('tries')
    })

    it('is cancelled by its signal, before and after it was sent, and hears no answer then', async () => {
      const [a, b] = await world.pair()
      handle(b, echo, request => request)
      const before = a.counters.sent
      expect(await ask(a, b, echo, text('x'), { signal: AbortSignal.abort() })).to.deep.equal({ type: 'cancelled' })
      expect(a.counters.sent).to.equal(before)
      const controller = new AbortController()
      const reply = ask(a, b, echo, text('x'), { signal: controller.signal })
      controller.abort()
      expect(await reply).to.deep.equal({ type: 'cancelled' })
      await world.pass(100)
      expect(dropped(a)).to.deep.equal({ 'late answer': 1 })
    })

    it('leaves no listener on a signal that outlives the request', async () => {
      const [a, b] = await world.pair()
      handle(b, echo, request => request)
      const { signal } = new AbortController()
      await world.run(ask(a, b, echo, text('x'), { signal }))
      expect(getEventListeners(signal, 'abort')).to.be.empty
    })

    it('hands each protocol to one handler only', async () => {
      const [a] = await world.pair()
      handle(a, echo, request => request)
      expect(() => { handle(a, echo, request => request) }).to.throw('/test/echo/1.0.0 is handled already')
      expect(() => bytesProtocol('x'.repeat(65))).to.throw('protocol.name')
    })
  })

  describe('under loss', () => {
    it('repeats the identical message, so that a late answer to the first try counts', async () => {
      const [a, b] = await world.pair(inClear)
      handle(b, echo, request => request)
      const sent: Uint8Array[] = []
      world.net.latencyMs = 300
      world.net.carry = datagram => {
        if (datagram.to.text === addressOf(b).text) sent.push(datagram.bytes.subarray(56))
        return datagram
      }
      const reply = await world.run(ask(a, b, echo, text('slow'), { timeoutMs: 400 }))
      expect(reply).to.include({ type: 'response', rttMs: 600 })
      expect(sent).to.have.lengthOf(2)
      expect(sent[0]).to.deep.equal(sent[1])
      await world.pass(1000)
      expect(dropped(a)).to.deep.equal({ 'duplicate answer': 1 })
    })

    it('repeats what it said, even when the message was changed meanwhile', async () => {
      const [a, b] = await world.pair()
      const seen: string[] = []
      handle(b, read, request => { seen.push(String(request)); return request })
      let lost = 0
      world.net.carry = datagram => datagram.from.text === addressOf(b).text && lost++ === 0 ? undefined : datagram
      const message = text('ab')
      const reply = ask(a, b, read, message)
      message[0] = 0
      await world.run(reply)
      expect(seen).to.have.lengthOf(2)
      expect(seen[0]).to.equal(seen[1])
    })

    it('answers after the loss of a request or of its answer', async () => {
      const [a, b] = await world.pair()
      handle(b, echo, request => request)
      for (const lostFrom of [a, b]) {
        let lost = 0
        world.net.carry = datagram => datagram.from.text === addressOf(lostFrom).text && lost++ === 0 ? undefined : datagram
        expect(await world.run(ask(a, b))).to.include({ type: 'response' })
      }
    })

    it('calls onSlow at the first timeout, once, and never for an answer in time', async () => {
      const [a, b] = await world.pair()
      const slow: number[] = []
      handle(b, echo, request => request)
      await world.run(ask(a, b, echo, text('x'), { onSlow: () => { slow.push(world.clock.now()) } }))
      expect(slow).to.be.empty
      world.net.carry = () => undefined
      const start = world.clock.now()
      await world.run(ask(a, b, echo, text('x'), { timeoutMs: 100, tries: 3, onSlow: () => { slow.push(world.clock.now() - start) } }))
      expect(slow).to.deep.equal([100])
    })

    it('survives an onSlow that throws', async () => {
      const [a, b] = await world.pair()
      const errors = eventsOf(a)
      world.net.carry = () => undefined
      expect(await world.run(ask(a, b, echo, text('x'), { onSlow: () => { throw new Error('slow') } }))).to.deep.equal({ type: 'timeout' })
      expect(typesOf(errors)).to.deep.equal(['ListenerError'])
    })

    it('gives up after three tries within 2.5 s for the first stranger ever, and after two within a quarter of a second for a known peer that is near', async () => {
      const [a, b] = await world.pair({}, false)
      handle(b, echo, request => request)
      world.net.carry = () => undefined
      let start = world.clock.now()
      expect(await world.run(ask(a, b))).to.deep.equal({ type: 'timeout' })
      expect(world.clock.now() - start).to.be.within(2500, 2505)
      world.net.carry = datagram => datagram
      for (let i = 0; i < 60; i++) await world.run(ask(a, b))
      world.net.carry = () => undefined
      start = world.clock.now()
      expect(await world.run(ask(a, b))).to.deep.equal({ type: 'timeout' })
      expect(world.clock.now() - start).to.be.within(250, 255)
    })

    it('hears a near peer out whose handler takes 200 ms for once, as when garbage is collected', async () => {
      const [a, b] = await world.pair()
      let busyMs = 0
      handle(b, echo, request => new Promise(resolve => { world.clock.setTimeout(() => { resolve(request) }, busyMs) }))
      for (let i = 0; i < 60; i++) await world.run(ask(a, b))
      busyMs = 200
      expect(await world.run(ask(a, b))).to.include({ type: 'response', rttMs: 220 })
    })

    it('counts an answer that comes after all hope was lost and its copies, and takes its sender for living, once', async () => {
      const [a, b] = await world.pair(inClear)
      handle(b, echo, request => request)
      world.net.latencyMs = 500
      expect(await world.run(ask(a, b, echo, text('x'), { timeoutMs: 100 }))).to.deep.equal({ type: 'timeout' })
      const calls = a.behaviours.probe.calls.length
      await world.pass(2000)
      expect(dropped(a)).to.deep.equal({ 'late answer': 1, 'duplicate answer': 2 })
      expect(a.behaviours.probe.calls.slice(calls)).to.deep.equal([`answered ${b.localPeerId.hex} server`])
    })

    it('finds the right patience for far strangers after it met a near one', async () => {
      const a = await world.node('10.0.0.1:4001')
      const near = await world.node('10.0.0.2:4001')
      world.net.latencyMs = 0.2
      await world.run(a.dial(addressOf(near).text))
      world.net.latencyMs = 200
      const replies: string[] = []
      for (let host = 1; host <= 8; host++) {
        const far = await world.node(`10.1.0.${host}:4001`)
        replies.push((await world.run(a.behaviours.probe.components.ping(contactOf(far)))).type)
        await world.pass(1000)
      }
      expect(replies.slice(4)).to.deep.equal(['response', 'response', 'response', 'response'])
    })
  })

  describe('serves a repeated request once', () => {
    async function serveTwice (protocol: typeof echo, async: boolean): Promise<[number, Reply<Uint8Array>]> {
      const [a, b] = await world.pair()
      let runs = 0
      handle(b, protocol, request => {
        runs++
        const answer = new Uint8Array([runs])
        return async ? new Promise(resolve => { world.clock.setTimeout(() => { resolve(answer) }, 120) }) : answer
      })
      let lost = 0
      world.net.carry = datagram => !async && datagram.from.text === addressOf(b).text && lost++ === 0 ? undefined : datagram
      const reply = await world.run(ask(a, b, protocol, text('k'), { timeoutMs: 50, tries: 4 }))
      await world.pass(500)
      return [runs, reply]
    }

    it('does not run a handler again whose answer was lost, and gives the same answer', async () => {
      const [runs, reply] = await serveTwice(echo, false)
      expect(runs).to.equal(1)
      expect(reply).to.deep.include({ type: 'response', message: new Uint8Array([1]) })
    })

    it('does not run it again while it runs', async () => {
      const [runs, reply] = await serveTwice(echo, true)
      expect(runs).to.equal(1)
      expect(reply).to.deep.include({ type: 'response', message: new Uint8Array([1]) })
    })

    it('does not write again whose acknowledgement was lost', async () => {
      const [a, b] = await world.pair(inClear)
      let runs = 0
      handle(b, write, request => { runs++; return request })
      let answers = 0
      world.net.carry = datagram => datagram.from.text === addressOf(b).text && answers++ === 1 ? undefined : datagram
      expect(await world.run(ask(a, b, write, text('k')))).to.include({ type: 'response' })
      expect(runs).to.equal(1)
      expect(answers).to.equal(3)
    })

    it('runs a declared read again: cheaper than to remember it', async () => {
      expect((await serveTwice(read, false))[0]).to.equal(2)
    })

    it('takes the same transaction of another peer for another request', async () => {
      const same = seededRandom('same transactions')
      const a = await world.node('10.0.0.1:4001', { random: seededRandom('same') })
      const c = await world.node('10.0.0.3:4001', { random: seededRandom('same') })
      const b = await world.node('10.0.0.2:4001', { random: same })
      let runs = 0
      handle(b, echo, request => { runs++; return request })
      await world.run(Promise.all([ask(a, b, echo, text('a')), ask(c, b, echo, text('c'))]))
      expect(runs).to.equal(2)
    })
  })

  describe('permits writes', () => {
    it('row 12: a write is refused with a token and repeated with it by itself; the handler runs once', async () => {
      for (const introduce of [true, false]) {
        world = new World()
        const [a, b] = await world.pair({}, introduce)
        const seen: Uint8Array[] = []
        handle(b, write, request => { seen.push(request); return request })
        expect(await world.run(ask(a, b, write, text('key')))).to.deep.include({ type: 'response', message: text('key') })
        expect(seen).to.have.lengthOf(1)
        await world.stop()
      }
    })

    it('row 12: is not repeated more than once, however often it is refused', async () => {
      const [a, b] = await world.pair(inClear)
      let refusals = 0
      handle(b, { ...write, writeKey: request => new Uint8Array([...request.subarray(0, 1), refusals++]) }, request => request)
      expect(await world.run(ask(a, b, write, text('key')))).to.include({ type: 'error', code: 'token-required' })
      expect(refusals).to.equal(2)
    })

    it('row 12: a token is not taken along to a read, nor asked for by one', async () => {
      const [a, b] = await world.pair()
      handle(b, read, () => ({ error: 'token-required', reason: 'nonsense' }))
      expect(await world.run(ask(a, b, read))).to.include({ type: 'error', code: 'token-required' })
    })
  })

  it('waits a second for the answer to a write: a disk may take longer than the way there and back', async () => {
    const [a, b] = await world.pair()
    for (let i = 0; i < 20; i++) await world.run(a.behaviours.probe.components.ping(contactOf(b)))
    handle(b, write, request => new Promise(resolve => { world.clock.setTimeout(() => { resolve(request) }, 800) }))
    expect(await world.run(ask(a, b, write, text('key')))).to.include({ type: 'response' })
  })

  describe('tells behaviours', () => {
    it('who answered, with its mode; who was proven otherwise; who did not answer', async () => {
      const [a, b] = await world.pair({}, false)
      const callsOf = (swarm: typeof a): string[] => swarm.behaviours.probe.calls.splice(0)
      expect([...callsOf(a), ...callsOf(b)]).to.deep.equal(['mode server', 'mode server'])
      await world.run(a.dial(addressOf(b).text))
      await world.pass(20)
      expect(callsOf(a), 'once, though the answer is a proof too').to.deep.equal([`answered ${b.localPeerId.hex} server`])
      expect(callsOf(b), 'by the empty proof, the mode from the request before it').to.deep.equal([`proven ${a.localPeerId.hex} server`])
      await world.run(ask(a, b))
      expect(callsOf(a)).to.deep.equal([`answered ${b.localPeerId.hex} server`])
      expect(callsOf(b), 'heard again').to.deep.equal([`proven ${a.localPeerId.hex} server`])
      world.net.carry = () => undefined
      await world.run(ask(a, b))
      expect(callsOf(a)).to.deep.equal([`timed out ${b.localPeerId.hex}`])
    })

    it('nothing of a peer whose proof did not come', async () => {
      const [a, b] = await world.pair({}, false)
      handle(b, echo, request => request)
      world.net.carry = datagram => datagram.bytes.length === 29 ? undefined : datagram
      await world.run(ask(a, b))
      await world.pass(100)
      expect(b.behaviours.probe.calls).to.deep.equal(['mode server'])
      expect(b.connectedPeers()).to.be.empty
    })

    it('that a peer is a client, as every envelope says', async () => {
      const a = await world.node('10.0.0.1:4001', { mode: 'client' })
      const b = await world.node('10.0.0.2:4001')
      await world.run(a.dial(addressOf(b).text))
      await world.pass(20)
      expect(b.behaviours.probe.calls.at(-1)).to.equal(`proven ${a.localPeerId.hex} client`)
      a.behaviours.probe.components.setMode('server')
      await world.run(ask(a, b))
      expect(b.behaviours.probe.calls.at(-1)).to.equal(`proven ${a.localPeerId.hex} server`)
    })

    it('of an unanswered request by the key or the address that was asked, where no id was given', async () => {
      const [a, b] = await world.pair()
      world.net.carry = () => undefined
      a.behaviours.probe.calls.length = 0
      await world.run(ask(a, { id: b.localPeerId, publicKey: b.publicKey, addresses: [addressOf(b)] }))
      await world.run(a.behaviours.probe.components.request({ publicKey: b.publicKey, addresses: [addressOf(b)] }, echo, text('x')))
      await world.run(ask(a, addressOf(b)))
      expect(a.behaviours.probe.calls).to.deep.equal(Array(3).fill(`timed out ${b.localPeerId.hex}`))
    })

    it('each of them, also when one throws', async () => {
      const calls: string[] = []
      const a = await createSwarm({
        transports: [world.net.transport('10.0.0.1:4001')],
        clock: world.clock,
        behaviours: {
          broken: () => ({ peerAnswered: () => { throw new Error('broken behaviour') } }),
          sound: () => ({ peerAnswered: contact => { calls.push(contact.id.hex) } })
        }
      })
      const b = await world.node('10.0.0.2:4001')
      const errors: string[] = []
      a.addEventListener('ListenerError', event => { errors.push(event.detail.error.message) })
      await world.run(a.dial(addressOf(b).text))
      expect(calls).to.deep.equal([b.localPeerId.hex])
      expect(errors).to.deep.equal(['broken behaviour'])
      await world.run(a.stop())
    })
  })

  describe('has a mode', () => {
    it('server where it listens, client where it does not, else what it is told', async () => {
      const modeOf = async (init: object): Promise<Swarm['mode']> => {
        const swarm = await createSwarm({ clock: world.clock, ...init })
        await world.run(swarm.stop())
        return swarm.mode
      }
      const transports = [world.net.transport('10.0.0.1:4001')]
      expect(await modeOf({ transports })).to.equal('server')
      expect(await modeOf({})).to.equal('client')
      expect(await modeOf({ transports, mode: 'client' })).to.equal('client')
      expect(await modeOf({ mode: 'server' })).to.equal('server')
    })

    it('announces each change, once', async () => {
      const [a] = await world.pair()
      const events = eventsOf(a)
      a.behaviours.probe.calls.length = 0
      a.behaviours.probe.components.setMode('client')
      a.behaviours.probe.components.setMode('client')
      await world.pass(1)
      expect(events).to.deep.equal([{ type: 'ModeChanged', detail: { newMode: 'client' } }])
      expect(a.behaviours.probe.calls).to.deep.equal(['mode client'])
      expect(a.behaviours.probe.components.mode).to.equal('client')
    })
  })

  it('gives behaviours what it was made with', async () => {
    const privateKey = generatePrivateKey(seededRandom('mine'))
    const a = await world.node(['10.0.0.1:4001', '[fd00::1]:4001'], { privateKey, network: 'net' })
    const { components } = a.behaviours.probe
    expect(components.identity.privateKey.equals(privateKey)).to.equal(true)
    expect(components.localId.equals(a.localPeerId)).to.equal(true)
    expect(components.network).to.equal('net')
    expect(components.clock).to.equal(world.clock)
    expect(components.listening.map(String)).to.deep.equal(['10.0.0.1:4001', '[fd00::1]:4001'])
    expect(a.listenAddrs.map(String)).to.deep.equal(['/ip4/10.0.0.1/udp/4001', '/ip6/fd00::1/udp/4001'])
    const b = await world.node('10.0.0.2:4001')
    expect(components.reaches(addressOf(b))).to.equal(true)
    expect(b.behaviours.probe.components.reaches(addressOf(await world.node('[fd00::3]:4001')))).to.equal(false)
  })
})
