import { expect } from 'chai'
import { SwarmEventTarget } from '../src/swarm-events.ts'
import { addressOf, eventsOf, typesOf, World } from './support/nodes.ts'

const detail = { newMode: 'server' } as const

describe('the event surface', () => {
  it('is an EventTarget whose listeners get a CustomEvent of the type they asked for', () => {
    const target = new SwarmEventTarget(10, () => {})
    const seen: unknown[] = []
    const listener = (event: CustomEvent): void => { seen.push([event.type, event.detail, event.target === target]) }
    target.addEventListener('ModeChanged', listener)
    target.addEventListener('ModeChanged', listener)
    target.addEventListener('ModeChanged', { handleEvent: () => { seen.push('object') } }, { once: true })
    expect(target.listenerCount('ModeChanged')).to.equal(2)
    target.emit('ModeChanged', detail)
    target.emit('ModeChanged', detail)
    target.removeEventListener('ModeChanged', listener)
    target.emit('ModeChanged', detail)
    expect(target).to.be.instanceOf(EventTarget)
    expect(seen).to.deep.equal([['ModeChanged', detail, true], 'object', ['ModeChanged', detail, true]])
    expect(target.listenerCount('ModeChanged')).to.equal(0)
  })

  it('reports what a listener throws or rejects with, and goes on with the others', async () => {
    const target = new SwarmEventTarget(10, () => {})
    const seen: string[] = []
    target.addEventListener('ListenerError', event => { seen.push(event.detail.error.message) })
    target.addEventListener('ModeChanged', () => { throw new Error('thrown') })
    target.addEventListener('ModeChanged', async () => { throw new Error('rejected') })
    target.addEventListener('ModeChanged', () => { throw 'a string' }) // eslint-disable-line no-throw-literal
    target.addEventListener('ModeChanged', () => { seen.push('heard') })
    target.emit('ModeChanged', detail)
    await Promise.resolve()
    await Promise.resolve()
    expect(seen).to.deep.equal(['thrown', 'a string', 'heard', 'rejected'])
  })

  it('does not go round in circles when a ListenerError listener throws', async () => {
    const lost: string[] = []
    const target = new SwarmEventTarget(10, error => { lost.push(error.message) })
    target.addEventListener('ListenerError', () => { throw new Error('again') })
    target.addEventListener('ListenerError', async () => { throw new Error('and later') })
    target.report(new Error('first'))
    await Promise.resolve()
    await Promise.resolve()
    expect(lost).to.deep.equal(['again', 'and later'])
  })

  it('gives every reader of events() every event from then on, until the swarm stops', async () => {
    const world = new World()
    const a = await world.node('10.0.0.1:4001')
    const b = await world.node('10.0.0.2:4001')
    const first = eventsOf(a)
    await world.run(a.dial(addressOf(b).text))
    await world.pass(1)
    const second = eventsOf(a)
    await world.run(a.stop())
    await world.pass(1)
    expect(typesOf(first)).to.deep.equal(['ConnectionEstablished', 'NewExternalAddrCandidate', 'ConnectionClosed', 'ExpiredListenAddr'])
    expect(typesOf(second)).to.deep.equal(['ConnectionClosed', 'ExpiredListenAddr'])
    await world.stop()
  })

  it('tells observed addresses: a candidate for each observer, confirmed when enough agree, expired when taken back', async () => {
    const world = new World()
    const a = await world.node('10.0.0.1:4001', { externalAddressVotes: { private: 3 } })
    const events = eventsOf(a)
    for (let host = 2; host <= 5; host++) await world.run(a.dial(addressOf(await world.node(`10.0.0.${host}:4001`)).text))
    await world.pass(1)
    const external = (): string[] => typesOf(events).filter(type => type.includes('ExternalAddr'))
    expect(external()).to.deep.equal([...Array<string>(3).fill('NewExternalAddrCandidate'), 'ExternalAddrConfirmed'])
    expect(a.externalAddrs.map(String)).to.deep.equal(['/ip4/10.0.0.1/udp/4001'])
    expect(a.behaviours.probe.components.externalAddresses.map(String)).to.deep.equal(['10.0.0.1:4001'])
    a.removeExternalAddress('10.0.0.1:4001')
    a.addExternalAddress('/ip4/203.0.113.5/udp/8001')
    a.addExternalAddress('203.0.113.5:8001')
    await world.pass(1)
    expect(external().slice(4)).to.deep.equal(['ExternalAddrExpired', 'ExternalAddrConfirmed'])
    expect(a.externalAddrs.map(String)).to.deep.equal(['/ip4/203.0.113.5/udp/8001'])
    await world.stop()
  })

  it('reports a socket that fails and a datagram that cannot be sent, and goes on', async () => {
    const world = new World()
    const [a, b] = await world.pair()
    const events = eventsOf(a)
    world.net.fail(addressOf(a), new Error('socket broke'))
    world.net.fail(addressOf(a), new Error('no route'), addressOf(b))
    await world.pass(1)
    expect(typesOf(events)).to.deep.equal(['ListenerError'])
    expect(a.counters.dropped.get('send failed')).to.equal(1)
    expect(await world.run(a.behaviours.probe.components.ping({ addresses: [addressOf(b)] }))).to.include({ type: 'response' })
    await world.stop()
  })

  it('counts datagrams and bytes both ways', async () => {
    const world = new World()
    const [a, b] = await world.pair({}, false)
    await world.run(a.dial(addressOf(b).text))
    await world.pass(20)
    const bytesOf = (from: string): number =>
      world.net.log.filter(datagram => datagram.from.text.startsWith(from)).reduce((sum, { bytes }) => sum + bytes.length, 0)
    expect(a.counters).to.include({ sent: 3, received: 2, bytesSent: bytesOf('10.0.0.1'), bytesReceived: bytesOf('10.0.0.2') })
    expect(b.counters).to.include({ sent: 2, received: 3 })
    await world.stop()
  })
})
