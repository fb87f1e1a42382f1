import type { AbortOptions, ComponentLogger, Metrics, PrivateKey, Startable, TypedEventTarget } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { BehaviourFactory } from './behaviour.ts'
import type { ChannelFactory } from './channel.ts'
import type { Clock, Random } from './time.ts'
import type { Crypto } from './crypto.ts'
import type { Link } from './link.ts'
import type { Mode, NetworkProfile } from './endpoint.ts'
import type { PeerId } from './peer-id.ts'
import type { SwarmEvent, SwarmEvents } from './events.ts'
import type { TransportFactory } from './transport.ts'

export type BehaviourFactories = Record<string, BehaviourFactory>

/** The behaviours that a record of factories makes. */
export type Behaviours<F extends BehaviourFactories> = { readonly [K in keyof F]: ReturnType<F[K]> }

export interface SwarmInit<F extends BehaviourFactories = BehaviourFactories> {
  /** An Ed25519 key; other types throw `UnsupportedKeyTypeError`. Generated when absent. */
  readonly privateKey?: PrivateKey
  readonly transports?: readonly TransportFactory[]
  /** How messages are protected, the same in all of a network. Default `noise()`. */
  readonly secureChannel?: ChannelFactory
  /** Nodes with another network name are not heard. Default `kadmium`. 1 to 64 bytes of UTF-8. */
  readonly network?: string
  readonly behaviours?: F
  /** Starts as a server or a client. Default: server when it listens. */
  readonly mode?: Mode
  /** Leading zero bits that SHA-1(SHA-1(public key)) of every node must have (S/Kademlia's static puzzle). Default 0. */
  readonly difficulty?: number
  /** Default `private`. */
  readonly profile?: NetworkProfile
  readonly limits?: Partial<SwarmLimits>
  readonly externalAddressVotes?: ExternalAddressVotes
  readonly clock?: Clock
  readonly random?: Random
  readonly crypto?: Crypto
  readonly logger?: ComponentLogger
  readonly metrics?: Metrics
  /** Replaces transports and channel; the simulator's way in. */
  readonly link?: (components: LinkComponents) => Link
  /** Start at once. Default true. */
  readonly start?: boolean
}

export interface LinkComponents {
  readonly publicKey: Uint8Array
  readonly localId: PeerId
  readonly clock: Clock
  readonly random: Random
}

/** Every bound of a swarm. */
export interface SwarmLimits {
  /** Requests of ours that wait for an answer. Default 1,024. */
  readonly pendingRequests: number
  /** Requests of others whose handlers run. Default 256. */
  readonly inboundRequests: number
  /** Endpoints whose unproven credit is remembered. Default 4,096. */
  readonly unprovenEndpoints: number
  /** Answers that are kept in case their request is repeated. Default 1,024. */
  readonly storedAnswers: number
  /** Connected peers that are remembered; the longest unheard leave. Default 4,096. */
  readonly connections: number
  /** Peers whose round-trip times are remembered. Default 4,096. */
  readonly roundTrips: number
  /** Events that a reader of `events()` may be behind. Default 1,024. */
  readonly eventQueue: number
  /** Timeout of a first try to a stranger while nothing is measured, in milliseconds. Default 1,000. */
  readonly initialTimeoutMs: number
  /** Lowest timeout of a try, and pause between two tries, in milliseconds. Default 50. */
  readonly minTimeoutMs: number
  /**
   * Lowest timeout of the last try, in milliseconds, though no more than `maxTimeoutMs`: the peer may be near, and the handler or
   * the processor busy for longer than packets travel. Default 200.
   */
  readonly lastTimeoutMs: number
  /** The same for requests that write: round trips do not tell how long a disk takes. Default 1,000. */
  readonly writeTimeoutMs: number
  /** Highest timeout of a try, whatever the lowest ones say, in milliseconds. Default 2,000. */
  readonly maxTimeoutMs: number
  /** Timeout of a try over a reliable transport, in milliseconds. Default 5,000. */
  readonly reliableTimeoutMs: number
  /**
   * How often a request is sent. `auto`: 2 to 6 times, so that at the loss that is measured one of a thousand to living peers is
   * left unanswered. Default `auto`.
   */
  readonly tries: number | 'auto'
  /** Packets that are read, from endpoints with a session and from those that were just asked. Default 32,768. */
  readonly packetsPerSecond: number
  /** The same for one IP group (/24, /56). Private addresses are exempt in the private profile. Default 4,096. */
  readonly packetsPerSecondPerGroup: number
  /** Packets that are read from everybody else, whose source addresses may be forged. Default 4,096. */
  readonly unprovenPerSecond: number
  /** The same for one IP group. Default 256. */
  readonly unprovenPerSecondPerGroup: number
  /** As many milliseconds' worth of these packets may come at once. Default 2,000. */
  readonly burstMs: number
  /** IP groups that are told apart by these limits; of more, some share a limit. Default 1,024. */
  readonly rateLimitGroups: number
}

/** How many others must see this node at one address before it counts as confirmed. */
export interface ExternalAddressVotes {
  /** Observers in different IP groups (/24, /56). Default 3. */
  readonly public?: number
  /** Observers of a loopback or private address, which all share a group. Default 2. */
  readonly private?: number
}

export interface Connection {
  readonly peer: PeerId
  readonly address: Multiaddr
  readonly rttMs: number
}

/** Counts since start; each rises only. */
export interface SwarmCounters {
  readonly sent: number
  readonly received: number
  readonly bytesSent: number
  readonly bytesReceived: number
  /** By reason. */
  readonly dropped: ReadonlyMap<string, number>
}

export interface Swarm<F extends BehaviourFactories = BehaviourFactories> extends TypedEventTarget<SwarmEvents>, Startable {
  readonly localPeerId: PeerId
  readonly publicKey: Uint8Array
  readonly network: string
  readonly behaviours: Behaviours<F>
  readonly mode: Mode
  readonly status: 'stopped' | 'starting' | 'started' | 'stopping'
  /** Where it is bound; empty while stopped. */
  readonly listenAddrs: readonly Multiaddr[]
  /** Requests of its own that wait for an answer now. */
  readonly pendingRequests: number
  /** Confirmed addresses at which others reach it. */
  readonly externalAddrs: readonly Multiaddr[]
  addExternalAddress (address: Multiaddr | string): void
  removeExternalAddress (address: Multiaddr | string): void
  /** Peers with a proven session. */
  connectedPeers (): PeerId[]
  isConnected (peer: PeerId): boolean
  /**
   * Proves a session with a peer, by its id or by an address (multiaddr or `host:port`). Ends in `ConnectionEstablished`,
   * or rejects with `DialError` and emits `OutgoingConnectionError`.
   */
  dial (target: PeerId | Multiaddr | string, options?: AbortOptions): Promise<Connection>
  /** Every event from now on, in order; bounded, and says what it dropped. Ends when the swarm stops. */
  events (): AsyncIterable<SwarmEvent>
  readonly counters: SwarmCounters
  start (): Promise<void>
  stop (): Promise<void>
}
