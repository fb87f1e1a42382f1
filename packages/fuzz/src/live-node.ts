import type { BehaviourFactory, ChannelFactory, Endpoint, Swarm, SwarmInit } from '@kadmium/interface'
import { kad } from '@kadmium/kad-behaviour'
import type { KadBehaviour, KadInit } from '@kadmium/kad-behaviour'
import { generatePrivateKey } from '@kadmium/peer-id'
import { VirtualClock, runUntil, seededRandom } from '@kadmium/runtime'
import { noise, plaintext } from '@kadmium/secure-channel'
import { createSwarm } from '@kadmium/swarm'
import { endpoint } from '@kadmium/wire'
import { MemoryTransport } from './memory-transport.ts'
import { Stranger, crypto } from './stranger.ts'
import { counted } from './tally.ts'
import type { Tally } from './tally.ts'

export const PING = '/kadmium/ping/1.0.0'
export const KAD = '/kadmium/kad/1.0.0'

export type ChannelName = 'plaintext' | 'noise'

const channels: Record<ChannelName, () => ChannelFactory> = { plaintext, noise }
/** Small, so that what grows without bound is seen soon, and what only fills up is not taken for it. */
const limits = { unprovenEndpoints: 256, storedAnswers: 256, connections: 256, roundTrips: 256, eventQueue: 256 }
const START_WALL_MS = 1_767_225_600_000

export interface LiveNodeInit {
  readonly channel: ChannelName
  readonly seed?: string
  readonly kad?: KadInit
  readonly swarm?: Partial<SwarmInit>
  readonly address?: Endpoint
  readonly hasStreams?: boolean
}

/** A real node on virtual time, with nothing but memory below it. */
export class LiveNode {
  readonly swarm: Swarm<{ kad: BehaviourFactory<KadBehaviour> }>
  readonly clock: VirtualClock
  readonly transport: MemoryTransport
  /** Beside the datagrams of `transport`; the swarm has it where `hasStreams`. */
  readonly streams: MemoryTransport
  readonly address: Endpoint
  readonly tally: Tally
  readonly #channel: ChannelName
  /** What was thrown inside and caught by the swarm. */
  readonly errors: unknown[] = []
  #injected = 0

  private constructor (channel: ChannelName, swarm: LiveNode['swarm'], parts: Pick<LiveNode, 'clock' | 'transport' | 'streams' | 'address' | 'tally'>) {
    this.#channel = channel
    this.swarm = swarm
    this.clock = parts.clock
    this.transport = parts.transport
    this.streams = parts.streams
    this.address = parts.address
    this.tally = parts.tally
    swarm.addEventListener('ListenerError', ({ detail }) => { this.errors.push(detail) })
  }

  static async start (init: LiveNodeInit): Promise<LiveNode> {
    const { channel, seed = 'live', address = endpoint('10.0.0.1', 4001), hasStreams = false } = init
    const clock = new VirtualClock({ startWallMs: START_WALL_MS })
    const transport = new MemoryTransport(address)
    const streams = new MemoryTransport(address, true)
    const tally: Tally = { received: 0, messages: 0, dropped: 0 }
    const swarm = await createSwarm({
      privateKey: generatePrivateKey(seededRandom(`key ${seed}`)),
      transports: [() => transport, ...hasStreams ? [() => streams] : []],
      secureChannel: counted(channels[channel](), tally),
      clock,
      random: seededRandom(seed),
      crypto,
      limits,
      ...init.swarm,
      behaviours: { kad: kad({ bootstrapIntervalMs: 'off', store: { maxRecords: 64, maxBytes: 65_536 }, ...init.kad }) }
    })
    return new LiveNode(channel, swarm, { clock, transport, streams, address, tally })
  }

  /** @param claims the public key of another */
  stranger (seed: string, at: Endpoint, claims?: Uint8Array): Stranger {
    const { clock, transport: node, address, swarm: { publicKey: nodeKey } } = this
    return new Stranger({ seed, endpoint: at, channel: channels[this.#channel](), clock, node, at: address, nodeKey, ...(claims !== undefined && { claims }) })
  }

  /** Puts a datagram in front of the node, whoever it says it is from. */
  inject (bytes: Uint8Array, from: Endpoint): void {
    this.#injected++
    this.transport.receive(bytes, from)
  }

  /** The same by a connection from there, which has brought a whole message. */
  injectByStream (message: Uint8Array, from: Endpoint): void {
    this.#injected++
    this.streams.receive(message, from)
  }

  pass (ms: number): Promise<void> {
    return runUntil(this.clock, this.clock.now() + ms)
  }

  get drops (): number {
    return [...this.swarm.counters.dropped.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Throws when the swarm's counters and what the channel was seen to do tell different stories. */
  checkCounters (): void {
    const { received, dropped } = this.swarm.counters
    const sentSide = (dropped.get('amplification') ?? 0) + (dropped.get('send failed') ?? 0)
    const unread = received - this.tally.received
    const ofMessages = this.drops - sentSide - unread - this.tally.dropped
    if (received < this.#injected) throw new Error(`${this.#injected} datagrams came in, ${received} are counted`)
    if (ofMessages < 0 || ofMessages > this.tally.messages) {
      throw new Error(`drops do not add up: ${this.drops} counted, ${unread} unread, ${this.tally.dropped} by the channel, of ${this.tally.messages} messages`)
    }
  }
}
