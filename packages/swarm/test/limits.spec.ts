import type { SwarmLimits } from '@kadmium/interface'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { createSwarm, defaultLimits } from '../src/index.ts'
import { addressOf, ask, dropped, echo, eventsOf, handle, inClear, text, typesOf, World, write } from './support/nodes.ts'
import type { TestSwarm } from './support/nodes.ts'

/** For each option a test that must come out differently with another value: if it does not, the option is ignored. */
type Measure = (world: World, limits: Partial<SwarmLimits>) => Promise<unknown>

interface Trial {
  readonly measure: Measure
  readonly low: number
  readonly high: number
}

/** How long a request takes to time out at a stranger. */
async function patience (world: World, limits: Partial<SwarmLimits>): Promise<number> {
  const [a, b] = await world.pair({ limits }, false)
  return await silence(world, a, b)
}

/** The same at a peer that has always answered within 20 ms. */
async function patienceWithAFriend (world: World, limits: Partial<SwarmLimits>, protocol = echo): Promise<number> {
  const [a, b] = await world.pair({ limits })
  handle(b, echo, request => request)
  for (let i = 0; i < 40; i++) await world.run(ask(a, b))
  return await silence(world, a, b, protocol)
}

async function silence (world: World, a: TestSwarm, b: TestSwarm, protocol = echo): Promise<number> {
  world.net.carry = () => undefined
  const start = world.clock.now()
  expect((await world.run(ask(a, b, protocol))).type).to.equal('timeout')
  return Math.round((world.clock.now() - start) / 10) * 10
}

const trials: Record<keyof SwarmLimits, Trial> = {
  pendingRequests: {
    low: 3,
    high: 5,
    measure: async (world, limits) => {
      const [a, b] = await world.pair({ limits })
      const replies = await world.run(Promise.all(Array.from({ length: 10 }, () => ask(a, b))))
      return replies.filter(({ type }) => type !== 'unsent').length
    }
  },
  inboundRequests: {
    low: 2,
    high: 4,
    measure: async (world, limits) => {
      const [a, b] = await world.pair({ limits })
      handle(b, echo, request => new Promise(resolve => { world.clock.setTimeout(() => { resolve(request) }, 10) }))
      const replies = await world.run(Promise.all(Array.from({ length: 10 }, () => ask(a, b))))
      return replies.filter(({ type }) => type === 'response').length
    }
  },
  unprovenEndpoints: {
    low: 2,
    high: 4,
    measure: async (world, limits) => {
      const b = await world.node('10.0.0.2:4001', { limits })
      handle(b, echo, request => new Promise(resolve => { world.clock.setTimeout(() => { resolve(request) }, 10) }))
      const askers = await Promise.all([1, 2, 3, 4, 5, 6].map(host => world.node(`10.0.1.${host}:4001`)))
      const replies = await world.run(Promise.all(askers.map(asker => ask(asker, b, echo, text('x'), { tries: 1 }))))
      return replies.filter(({ type }) => type === 'response').length
    }
  },
  storedAnswers: {
    low: 1,
    high: 3,
    measure: async (world, limits) => {
      const [a, b] = await world.pair({ ...inClear, limits })
      let runs = 0
      handle(b, echo, request => { runs++; return request })
      const requests: (() => void)[] = []
      world.net.carry = datagram => {
        if (datagram.to.text === addressOf(b).text) requests.push(() => { world.net.deliver(datagram) })
        return datagram
      }
      for (let i = 0; i < 3; i++) await world.run(ask(a, b))
      runs = 0
      for (const repeat of requests) repeat()
      return runs
    }
  },
  connections: {
    low: 2,
    high: 3,
    measure: async (world, limits) => {
      const a = await world.node('10.0.0.1:4001', { limits })
      const events = eventsOf(a)
      for (let host = 1; host <= 4; host++) await world.run(a.dial(addressOf(await world.node(`10.0.1.${host}:4001`)).text))
      await world.pass(1)
      const evicted = events.filter(event => event.type === 'ConnectionClosed' && event.detail.reason === 'evicted').length
      expect(evicted).to.equal(4 - a.connectedPeers().length)
      return a.connectedPeers().length
    }
  },
  roundTrips: {
    low: 1,
    high: 2,
    measure: async (world, limits) => {
      const [a, near] = await world.pair({ limits })
      const far = await world.node('10.0.0.3:4001')
      for (const [peer, latencyMs] of [[near, 10], [far, 400]] as const) {
        world.net.latencyMs = latencyMs
        handle(peer, echo, request => request)
        for (let i = 0; i < 20; i++) await world.run(ask(a, peer, echo, text('x'), { timeoutMs: 2000 }))
      }
      return await silence(world, a, near) < 300
    }
  },
  eventQueue: {
    low: 2,
    high: 4,
    measure: async (world, limits) => {
      const [a] = await world.pair({ limits })
      const events = a.events()
      for (let i = 0; i < 10; i++) a.behaviours.probe.components.setMode(i % 2 === 0 ? 'client' : 'server')
      await world.run(a.stop())
      const seen = []
      for await (const event of events) seen.push(event)
      expect(typesOf(seen).at(-1)).to.equal('Dropped')
      return seen.length
    }
  },
  initialTimeoutMs: { low: 200, high: 500, measure: patience },
  minTimeoutMs: { low: 100, high: 300, measure: (world, limits) => patienceWithAFriend(world, { lastTimeoutMs: 1, ...limits }) },
  lastTimeoutMs: { low: 150, high: 300, measure: patienceWithAFriend },
  writeTimeoutMs: {
    low: 300,
    high: 3000,
    measure: (world, limits) => patienceWithAFriend(world, { maxTimeoutMs: 1200, ...limits }, write)
  },
  maxTimeoutMs: { low: 300, high: 600, measure: patience },
  reliableTimeoutMs: {
    low: 300,
    high: 700,
    measure: async (world, limits) => {
      const [a, b] = await world.streamPair({ limits })
      world.net.carryStream = () => false
      const start = world.clock.now()
      expect((await world.run(ask(a, b, echo, new Uint8Array(5000)))).type).to.equal('timeout')
      return world.clock.now() - start
    }
  },
  tries: { low: 1, high: 3, measure: patience },
  packetsPerSecond: { low: 5, high: 10, measure: (world, limits) => flood(world, { burstMs: 1000, ...limits }, true) },
  packetsPerSecondPerGroup: { low: 5, high: 10, measure: (world, limits) => flood(world, { burstMs: 1000, ...limits }, true) },
  unprovenPerSecond: { low: 5, high: 10, measure: (world, limits) => flood(world, { burstMs: 1000, ...limits }, false) },
  unprovenPerSecondPerGroup: { low: 2, high: 4, measure: (world, limits) => flood(world, { burstMs: 1000, ...limits }, false) },
  burstMs: { low: 1000, high: 3000, measure: (world, limits) => flood(world, { unprovenPerSecond: 5, ...limits }, false) },
  rateLimitGroups: { low: 1, high: 2048, measure: (world, limits) => flood(world, { burstMs: 1000, unprovenPerSecondPerGroup: 5, ...limits }, false) }
}

/** What becomes of 40 packets that come at once: from one peer with a session, or from strangers in ten IP groups. */
async function flood (world: World, limits: Partial<SwarmLimits>, proven: boolean): Promise<Record<string, number>> {
  const b = await world.node('9.0.0.2:4001', { ...inClear, limits })
  const a = await world.node('9.0.1.1:4001', inClear)
  let bytes: Uint8Array = new Uint8Array()
  world.net.carry = datagram => {
    if (datagram.to.text === addressOf(b).text) bytes = datagram.bytes
    return datagram
  }
  await world.run(a.dial(addressOf(b).text))
  await world.pass(10_000)
  for (let i = 0; i < 40; i++) {
    world.net.deliver({ bytes, from: proven ? addressOf(a) : endpoint(`9.0.${100 + i % 10}.${i}`, 4001), to: addressOf(b) })
  }
  return dropped(b)
}

describe('SwarmLimits', () => {
  for (const [option, { measure, low, high }] of Object.entries(trials)) {
    it(`${option}: is heeded`, async () => {
      const results: unknown[] = []
      for (const value of [low, high]) {
        const world = new World()
        results.push(await measure(world, { [option]: value }))
        world.net.carry = datagram => datagram
        await world.stop()
      }
      expect(results).to.deep.equal(expected[option as keyof SwarmLimits])
    })
  }

  it('have the documented defaults', () => {
    expect(defaultLimits).to.deep.equal({
      pendingRequests: 1024,
      inboundRequests: 256,
      unprovenEndpoints: 4096,
      storedAnswers: 1024,
      connections: 4096,
      roundTrips: 4096,
      eventQueue: 1024,
      initialTimeoutMs: 1000,
      minTimeoutMs: 50,
      lastTimeoutMs: 200,
      writeTimeoutMs: 1000,
      maxTimeoutMs: 2000,
      reliableTimeoutMs: 5000,
      tries: 'auto',
      packetsPerSecond: 32_768,
      packetsPerSecondPerGroup: 4096,
      unprovenPerSecond: 4096,
      unprovenPerSecondPerGroup: 256,
      burstMs: 2000,
      rateLimitGroups: 1024
    })
  })

  it('are named when they are wrong', async () => {
    for (const [limits, message] of [
      [{ tries: 0 }, 'limits.tries'],
      [{ tries: 'often' as 'auto' }, 'limits.tries'],
      [{ pendingRequests: 1.5 }, 'limits.pendingRequests'],
      [{ minTimeoutMs: 3000 }, 'limits.minTimeoutMs'],
      [{ tires: 2 } as Partial<SwarmLimits>, 'limits.tires']
    ] as [Partial<SwarmLimits>, string][]) {
      const error = await createSwarm({ limits }).then(() => undefined, (reason: Error) => reason)
      expect(error?.name).to.equal('InvalidOptionError')
      expect(error?.message).to.contain(message)
    }
  })
})

const expected: Record<keyof SwarmLimits, [unknown, unknown]> = {
  pendingRequests: [3, 5],
  inboundRequests: [2, 4],
  unprovenEndpoints: [2, 4],
  storedAnswers: [3, 0],
  connections: [2, 3],
  roundTrips: [false, true],
  eventQueue: [3, 5],
  initialTimeoutMs: [500, 1250],
  minTimeoutMs: [200, 600],
  lastTimeoutMs: [200, 350],
  writeTimeoutMs: [350, 1250],
  maxTimeoutMs: [750, 1500],
  reliableTimeoutMs: [600, 1400],
  tries: [1000, 2500],
  packetsPerSecond: [{ 'too many packets': 35 }, { 'too many packets': 30 }],
  packetsPerSecondPerGroup: [{ 'too many packets of a group': 35 }, { 'too many packets of a group': 30 }],
  unprovenPerSecond: [{ 'empty and unproven': 5, 'too many unproven packets': 35 }, { 'empty and unproven': 10, 'too many unproven packets': 30 }],
  unprovenPerSecondPerGroup: [{ 'empty and unproven': 20, 'too many unproven packets of a group': 20 }, { 'empty and unproven': 40 }],
  burstMs: [{ 'empty and unproven': 5, 'too many unproven packets': 35 }, { 'empty and unproven': 15, 'too many unproven packets': 25 }],
  rateLimitGroups: [{ 'empty and unproven': 5, 'too many unproven packets of a group': 35 }, { 'empty and unproven': 40 }]
}
