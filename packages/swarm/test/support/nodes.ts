import type {
  Behaviour, BehaviourFactory, Contact, Endpoint, Handler, Protocol, Reply, RequestOptions, Swarm, SwarmComponents, SwarmEvent, SwarmInit
} from '@kadmium/interface'
import { generatePrivateKey } from '@kadmium/peer-id'
import { VirtualClock, runUntil, seededRandom, systemCrypto } from '@kadmium/runtime'
import { plaintext } from '@kadmium/secure-channel'
import { parseEndpoint } from '@kadmium/wire'
import { bytesProtocol, createSwarm } from '../../src/index.ts'
import { MemoryNetwork } from './memory-network.ts'

/** A behaviour that lends its components to the test and notes which hooks were called. */
export interface Probe extends Behaviour {
  readonly components: SwarmComponents
  readonly calls: string[]
}

export type TestSwarm = Swarm<{ probe: BehaviourFactory<Probe> }>

export const echo = bytesProtocol('/test/echo/1.0.0')

/** Reads that are declared as such, so that nothing is remembered of them. */
export const read: Protocol<Uint8Array, Uint8Array> = { ...bytesProtocol('/test/read/1.0.0'), writeKey: () => undefined }

/** Writes under the key that is the request's first byte. */
export const write: Protocol<Uint8Array, Uint8Array> = { ...bytesProtocol('/test/write/1.0.0'), writeKey: request => request.subarray(0, 1) }

export const crypto = systemCrypto()

export function text (words: string): Uint8Array {
  return new TextEncoder().encode(words)
}

function probe (components: SwarmComponents): Probe {
  const calls: string[] = []
  return {
    components,
    calls,
    peerAnswered: (contact, { mode }) => { calls.push(`answered ${contact.id.hex} ${mode}`) },
    peerTimedOut: peer => { calls.push(`timed out ${peer.hex}`) },
    peerProven: (contact, mode) => { calls.push(`proven ${contact.id.hex} ${mode}`) },
    modeChanged: mode => { calls.push(`mode ${mode}`) }
  }
}

/** What tests need that read, forge or count the packets of `plaintext()`, which the default channel hides or has none of. */
export const inClear: Partial<SwarmInit> = { secureChannel: plaintext() }

/** Nodes in one memory network on one virtual clock. */
export class World {
  readonly clock = new VirtualClock()
  readonly net = new MemoryNetwork(this.clock)
  readonly #init: Partial<SwarmInit>
  readonly #swarms: TestSwarm[] = []

  /** `init` is what all nodes have in common. */
  constructor (init: Partial<SwarmInit> = {}) {
    this.#init = init
  }

  async node (at: string | string[], init: Partial<SwarmInit> = {}): Promise<TestSwarm> {
    const label = `${at} ${this.#swarms.length}`
    const random = seededRandom(label)
    const swarm = await createSwarm({
      privateKey: generatePrivateKey(seededRandom(`key ${label}`)),
      transports: [this.net.transport(...[at].flat())],
      clock: this.clock,
      random,
      crypto,
      ...this.#init,
      ...init,
      behaviours: { probe }
    })
    this.#swarms.push(swarm)
    return swarm
  }

  /** Two nodes that already know each other, unless told otherwise. */
  async pair (init: Partial<SwarmInit> = {}, introduce = true): Promise<[TestSwarm, TestSwarm]> {
    const a = await this.node('10.0.0.1:4001', init)
    const b = await this.node('10.0.0.2:4001', init)
    if (introduce) await this.run(a.dial(addressOf(b).text))
    return [a, b]
  }

  /** Two nodes that already know each other and have a reliable transport beside the other. */
  async streamPair (init: Partial<SwarmInit> = {}): Promise<[TestSwarm, TestSwarm]> {
    const [a, b] = await Promise.all(['10.0.0.1', '10.0.0.2'].map(host => {
      return this.node(`${host}:4001`, { transports: [this.net.transport(`${host}:4001`), this.net.streams(`${host}:0`)], ...init })
    })) as [TestSwarm, TestSwarm]
    await this.run(a.dial(addressOf(b).text))
    await this.pass(20)
    return [a, b]
  }

  /** Lets time pass until `promise` has settled, at most so long. */
  async run<T> (promise: Promise<T>, ms = 20_000): Promise<T> {
    const end = this.clock.now() + ms
    const state = { settled: false }
    const settle = (): void => { state.settled = true }
    promise.then(settle, settle)
    while (!state.settled && this.clock.now() < end) await this.pass(Math.min(5, end - this.clock.now()))
    if (!state.settled) throw new Error(`not settled after ${ms} virtual ms`)
    return await promise
  }

  pass (ms: number): Promise<void> {
    return runUntil(this.clock, this.clock.now() + ms)
  }

  async stop (): Promise<void> {
    for (const swarm of this.#swarms.splice(0)) await this.run(swarm.stop())
  }
}

export function addressOf (swarm: TestSwarm): Endpoint {
  return parseEndpoint(String(swarm.listenAddrs[0]))
}

export function contactOf (swarm: TestSwarm): Contact {
  return { id: swarm.localPeerId, publicKey: swarm.publicKey, addresses: swarm.listenAddrs.map(address => parseEndpoint(String(address))) }
}

export function handle<Q, A> (swarm: TestSwarm, protocol: Protocol<Q, A>, handler: Handler<Q, A>): void {
  swarm.behaviours.probe.components.handle(protocol, handler)
}

export function ask (
  from: TestSwarm, to: TestSwarm | Contact | Endpoint, protocol: Protocol<Uint8Array, Uint8Array> = echo, message: Uint8Array = text('hello'), options?: RequestOptions
): Promise<Reply<Uint8Array>> {
  const recipient = 'localPeerId' in to ? contactOf(to) : 'addresses' in to ? to : { addresses: [to] }
  return from.behaviours.probe.components.request(recipient, protocol, message, options)
}

export function dropped (swarm: TestSwarm): Record<string, number> {
  return Object.fromEntries(swarm.counters.dropped)
}

/** Every event from now on, as it comes. */
export function eventsOf (swarm: TestSwarm): SwarmEvent[] {
  const seen: SwarmEvent[] = []
  const read = async (): Promise<void> => {
    for await (const event of swarm.events()) seen.push(event)
  }
  void read()
  return seen
}

export function typesOf (events: readonly SwarmEvent[]): string[] {
  return events.map(({ type }) => type)
}
