import type { Behaviour, Contact, PeerId, SwarmEvent } from '@kadmium/interface'
import { keyId } from '@kadmium/peer-id'
import { endpoint, parseEndpoint, toMultiaddr } from '@kadmium/wire'
import { expect } from 'chai'
import { createSwarm } from '../src/index.ts'
import { addressOf, contactOf, eventsOf, text, World } from './support/nodes.ts'
import type { TestSwarm } from './support/nodes.ts'

const outcomes = (events: readonly SwarmEvent[]): string[] =>
  events.flatMap(({ type }) => type === 'ConnectionEstablished' || type === 'OutgoingConnectionError' ? [type] : [])

const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(() => { throw new Error('expected a failure') }, (error: Error) => error)

describe('dial', () => {
  let world: World
  let a: TestSwarm
  let b: TestSwarm

  beforeEach(async () => {
    world = new World()
    ;[a, b] = await world.pair({}, false)
  })
  afterEach(() => world.stop())

  it('proves a session with whoever is at an address, written as host:port or as a multiaddr', async () => {
    const address = addressOf(b)
    for (const target of [address.text, String(toMultiaddr(address)), toMultiaddr(address)]) {
      const events = eventsOf(a)
      const connection = await world.run(a.dial(target))
      expect(connection.peer.equals(b.localPeerId)).to.equal(true)
      expect(connection.rttMs, 'two round trips to somebody whose key is not known').to.equal(target === address.text ? 40 : 20)
      expect(String(connection.address)).to.equal(String(toMultiaddr(address)))
      await world.pass(20)
      expect(outcomes(events), 'also where a session stands').to.deep.equal(['ConnectionEstablished'])
    }
    expect(a.isConnected(b.localPeerId)).to.equal(true)
    expect(b.isConnected(a.localPeerId)).to.equal(true)
    expect(a.connectedPeers().map(String)).to.deep.equal([b.localPeerId.hex])
  })

  it('tells both sides who began', async () => {
    const [eventsOfA, eventsOfB] = [eventsOf(a), eventsOf(b)]
    await world.run(a.dial(addressOf(b).text))
    await world.pass(20)
    const initiators = [...eventsOfA, ...eventsOfB].flatMap(event => event.type === 'ConnectionEstablished' ? [event.detail.initiator] : [])
    expect(initiators).to.deep.equal([true, false])
  })

  it('by id asks the behaviours what they know, then lets them look', async () => {
    const asked: string[] = []
    const knows = (how: keyof Behaviour, contact: Contact | undefined): Behaviour => ({
      [how]: (peer: PeerId) => { asked.push(`${how} ${peer.hex}`); return how === 'findContact' ? Promise.resolve(contact) : contact }
    })
    const knowsNothing = (): Behaviour => knows('contactOf', undefined)
    for (const [behaviours, expected] of [
      [{ one: knowsNothing, two: () => knows('contactOf', contactOf(b)), three: () => knows('findContact', undefined) }, ['contactOf', 'contactOf']],
      [{ one: knowsNothing, two: () => knows('findContact', contactOf(b)) }, ['contactOf', 'findContact']]
    ] as const) {
      asked.length = 0
      const c = await createSwarm({ transports: [world.net.transport('10.0.0.3:4001')], clock: world.clock, behaviours })
      const connection = await world.run(c.dial(b.localPeerId))
      expect(connection.peer.equals(b.localPeerId)).to.equal(true)
      expect(asked).to.deep.equal(expected.map(how => `${how} ${b.localPeerId.hex}`))
      await world.run(c.stop())
    }
  })

  it('by id believes nobody else who answers there', async () => {
    const impostor = { id: keyId(text('somebody else')), addresses: [addressOf(b)] }
    const c = await createSwarm({
      transports: [world.net.transport('10.0.0.3:4001')], clock: world.clock, behaviours: { known: () => ({ contactOf: () => impostor }) }
    })
    const error = await failure(world.run(c.dial(impostor.id)))
    expect(error.name).to.equal('DialError')
    expect(c.counters.dropped.get('wrong peer')).to.equal(3)
    await world.run(c.stop())
  })

  it('ends in OutgoingConnectionError and DialError, whatever is wrong', async () => {
    const stranger = keyId(text('nobody'))
    const cases: [Parameters<TestSwarm['dial']>[0], RegExp][] = [
      ['10.0.0.99:4001', /no answer/],
      ['[fd00::1]:4001', /no address that can be reached/],
      ['10.0.0.2:0', /no address that can be reached/],
      ['not an address', /not an address/],
      [stranger, /nobody knows its address/],
      [a.localPeerId, /it is this node/],
      [addressOf(a).text, /no answer/]
    ]
    for (const [target, message] of cases) {
      const events = eventsOf(a)
      const error = await failure(world.run(a.dial(target)))
      expect(error.name).to.equal('DialError')
      expect(error.message).to.match(message)
      await world.pass(1)
      expect(outcomes(events), String(target)).to.deep.equal(['OutgoingConnectionError'])
      const [event] = events.filter(({ type }) => type === 'OutgoingConnectionError')
      if (event?.type !== 'OutgoingConnectionError') throw new Error('expected the event')
      expect(event.detail.error).to.equal(error)
      expect(event.detail.peer).to.equal(typeof target === 'string' ? undefined : target)
    }
  })

  it('ends when it is cancelled, when the swarm stops, and when it is not started', async () => {
    const controller = new AbortController()
    const events = eventsOf(a)
    const cancelled = failure(a.dial('10.0.0.99:4001', { signal: controller.signal }))
    await world.pass(10)
    controller.abort()
    expect((await cancelled).message).to.match(/cancelled/)
    const stopped = failure(a.dial('10.0.0.99:4001'))
    await world.pass(10)
    await world.run(a.stop())
    expect((await stopped).message).to.match(/stopped/)
    expect(outcomes(events)).to.deep.equal(['OutgoingConnectionError', 'OutgoingConnectionError'])
    const later = eventsOf(a)
    const error = await failure(a.dial(addressOf(b).text))
    expect((error.cause as Error).name).to.equal('NotStartedError')
    await world.pass(1)
    expect(outcomes(later)).to.deep.equal(['OutgoingConnectionError'])
  })

  it('tries the second address as soon as the first is slow', async () => {
    const dual = await world.node(['10.0.0.3:4001', '[fd00::3]:4001'])
    const other = await world.node(['10.0.0.4:4001', '[fd00::4]:4001'])
    const contact: Contact = { ...contactOf(other), addresses: [endpoint('10.0.0.99', 4001), parseEndpoint('[fd00::4]:4001')] }
    dual.behaviours.probe.contactOf = () => contact
    const start = world.clock.now()
    const connection = await world.run(dual.dial(other.localPeerId))
    expect(String(connection.address)).to.equal('/ip6/fd00::4/udp/4001')
    expect(world.clock.now() - start).to.be.within(1020, 1030)
  })

  it('closes after three requests in a row went unanswered, and opens again with the next answer', async () => {
    await world.run(a.dial(addressOf(b).text))
    const events = eventsOf(a)
    const ping = (): Promise<unknown> => world.run(a.behaviours.probe.components.ping(contactOf(b)))
    world.net.carry = () => undefined
    await ping()
    await ping()
    expect(a.isConnected(b.localPeerId)).to.equal(true)
    await ping()
    expect(a.isConnected(b.localPeerId)).to.equal(false)
    world.net.carry = datagram => datagram
    await ping()
    await world.pass(1)
    const reasons = events.map(event => event.type === 'ConnectionClosed' ? event.detail.reason : event.type)
    expect(reasons).to.deep.equal(['unresponsive', 'ConnectionEstablished'])
  })

  it('stays open as long as an answer comes in between', async () => {
    await world.run(a.dial(addressOf(b).text))
    const events = eventsOf(a)
    for (let round = 0; round < 4; round++) {
      for (const lost of [true, true, false]) {
        world.net.carry = datagram => lost ? undefined : datagram
        await world.run(a.behaviours.probe.components.ping(contactOf(b)))
      }
    }
    await world.pass(1)
    expect(events).to.be.empty
    expect(a.isConnected(b.localPeerId)).to.equal(true)
  })

  it('closes when the session was idle for too long', async () => {
    await world.run(a.dial(addressOf(b).text))
    await world.pass(20)
    const events = [eventsOf(a), eventsOf(b)]
    await world.pass(305_000)
    for (const seen of events) expect(seen.map(event => event.type === 'ConnectionClosed' && event.detail.reason)).to.deep.equal(['idle'])
    expect(a.connectedPeers()).to.be.empty
  })
})
