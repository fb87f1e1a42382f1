import type { Behaviour, SwarmInit } from '@kadmium/interface'
import { expect } from 'chai'
import { createSwarm } from '../src/index.ts'
import { addressOf, ask, contactOf, echo, eventsOf, handle, text, typesOf, World } from './support/nodes.ts'

const outcome = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'resolved', (error: Error) => error.name)

describe('the life of a swarm', () => {
  let world: World

  beforeEach(() => { world = new World() })
  afterEach(() => world.stop())

  const init = (more: SwarmInit = {}): SwarmInit => ({ transports: [world.net.transport('10.0.0.1:4001')], clock: world.clock, ...more })

  it('start: false leaves it stopped; start binds and says where', async () => {
    const swarm = await createSwarm(init({ start: false }))
    expect(swarm.status).to.equal('stopped')
    expect(swarm.listenAddrs).to.be.empty
    expect(world.net.bound).to.equal(0)
    const addresses: string[] = []
    swarm.addEventListener('NewListenAddr', event => { addresses.push(String(event.detail.address)) })
    await swarm.start()
    expect(swarm.status).to.equal('started')
    expect(addresses).to.deep.equal(['/ip4/10.0.0.1/udp/4001'])
    await swarm.stop()
  })

  it('U3: leaves no timer and no socket, whatever was going on', async () => {
    const [a, b] = await world.pair()
    handle(b, echo, () => new Promise(() => {}))
    const replies = [ask(a, b), ask(a, addressOf(await world.node('10.0.0.9:4001')))]
    void a.dial('10.0.0.77:1').catch(() => {})
    await world.pass(15)
    await world.stop()
    expect(world.net.bound).to.equal(0)
    await world.pass(world.net.latencyMs)
    expect(world.clock.pending).to.equal(0)
    expect((await Promise.all(replies)).map(({ type }) => type)).to.include('unsent')
  })

  it('ends what waits as unsent: stopped, and takes no more', async () => {
    const [a, b] = await world.pair()
    const waiting = ask(a, b, echo, text('x'), { timeoutMs: 10_000 })
    await world.run(a.stop())
    expect(await waiting).to.deep.equal({ type: 'unsent', reason: 'stopped' })
    expect(await ask(a, contactOf(b))).to.deep.equal({ type: 'unsent', reason: 'stopped' })
    expect(a.connectedPeers()).to.be.empty
    expect(a.listenAddrs).to.be.empty
  })

  it('is as good as new after a second start', async () => {
    const [a, b] = await world.pair()
    await world.run(a.stop())
    await a.start()
    const events = eventsOf(a)
    const connection = await world.run(a.dial(addressOf(b).text))
    expect(connection.peer.equals(b.localPeerId)).to.equal(true)
    await world.pass(20)
    expect(typesOf(events)).to.include('ConnectionEstablished')
    expect(b.connectedPeers()).to.have.lengthOf(1)
  })

  it('does not answer a request that comes after stop, nor one whose handler ends after it', async () => {
    const [a, b] = await world.pair()
    handle(b, echo, request => new Promise(resolve => { world.clock.setTimeout(() => { resolve(request) }, 100) }))
    const reply = ask(a, b, echo, text('x'), { tries: 1, timeoutMs: 1000 })
    await world.pass(20)
    await world.run(b.stop())
    const sent = b.counters.sent
    expect(await world.run(reply)).to.deep.equal({ type: 'timeout' })
    expect(b.counters.sent).to.equal(sent)
  })

  it('a socket that cannot be bound: start rejects with its error, nothing is left, a later start works', async () => {
    const first = await world.node('10.0.0.1:4001')
    const transports = [world.net.transport('10.0.0.2:4001'), world.net.transport('10.0.0.1:4001')]
    const swarm = await createSwarm({ transports, clock: world.clock, start: false })
    const events: string[] = []
    swarm.addEventListener('ListenerError', () => { events.push('ListenerError') })
    expect(await outcome(swarm.start())).to.equal('ListenError')
    expect(swarm.status).to.equal('stopped')
    expect(world.net.bound).to.equal(1)
    expect(events).to.be.empty
    expect(await outcome(createSwarm({ transports, clock: world.clock }))).to.equal('ListenError')
    await world.run(first.stop())
    expect(await outcome(swarm.start())).to.equal('resolved')
    await world.run(swarm.stop())
    expect(world.net.bound).to.equal(0)
    expect(world.clock.pending).to.equal(0)
  })

  it('starts behaviours in order and stops them in reverse; one that does not stop keeps nothing from the others', async () => {
    const steps: string[] = []
    const behaviour = (name: string, more: Behaviour = {}) => (): Behaviour => ({
      start: () => { steps.push(`start ${name}`) }, stop: () => { steps.push(`stop ${name}`) }, ...more
    })
    const swarm = await createSwarm(init({
      behaviours: { a: behaviour('a'), b: behaviour('b', { stop: async () => { throw new Error('stuck') } }), c: behaviour('c') }
    }))
    const errors: string[] = []
    swarm.addEventListener('ListenerError', event => { errors.push(event.detail.error.message) })
    await swarm.stop()
    expect(steps).to.deep.equal(['start a', 'start b', 'start c', 'stop c', 'stop a'])
    expect(errors).to.deep.equal(['stuck'])
    expect(swarm.status).to.equal('stopped')
  })

  it('a behaviour that does not start: those before it are stopped, the start rejects', async () => {
    const steps: string[] = []
    const swarm = createSwarm(init({
      behaviours: {
        a: () => ({ stop: () => { steps.push('stop a') } }),
        b: () => ({ start: () => { throw new RangeError('cannot') } }),
        c: () => ({ start: () => { steps.push('start c') } })
      }
    }))
    expect(await outcome(swarm)).to.equal('RangeError')
    expect(steps).to.deep.equal(['stop a'])
    expect(world.net.bound).to.equal(0)
  })

  it('stop during start: ends what the start waits for, undoes it, and starts no further behaviour', async () => {
    const steps: string[] = []
    const swarm = await createSwarm(init({
      start: false,
      behaviours: {
        waits: ({ ping }) => ({
          start: async () => {
            const reply = await ping({ addresses: [addressOf(b)] }, { timeoutMs: 60_000 })
            steps.push(reply.type)
          }
        }),
        next: () => ({ start: () => { steps.push('next') } })
      }
    }))
    const b = await world.node('10.0.0.2:4001')
    world.net.carry = () => undefined
    const started = outcome(swarm.start())
    await world.pass(20)
    const stopped = outcome(swarm.stop())
    expect(await started).to.equal('NotStartedError')
    expect(await stopped).to.equal('resolved')
    expect(steps).to.deep.equal(['unsent'])
    expect(swarm.status).to.equal('stopped')
    expect(world.net.bound).to.equal(1)
  })

  it('says what is wrong with its options', async () => {
    expect(await outcome(createSwarm({ network: '' }))).to.equal('InvalidOptionError')
    expect(await outcome(createSwarm({ network: 'x'.repeat(65) }))).to.equal('InvalidOptionError')
    expect(await outcome(createSwarm({ difficulty: -1 }))).to.equal('InvalidOptionError')
  })
})
