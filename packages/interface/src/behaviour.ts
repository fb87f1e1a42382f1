import type { ComponentLogger, Metrics } from '@libp2p/interface'
import type { AbortOptions } from '@libp2p/interface'
import type { Clock, Random } from './time.ts'
import type { Contact, Endpoint, Mode, NetworkProfile, Recipient } from './endpoint.ts'
import type { Crypto } from './crypto.ts'
import type { Handler, Protocol, Reply, RequestOptions } from './protocol.ts'
import type { Identity, PeerId } from './peer-id.ts'
import type { SwarmEventDetails } from './events.ts'

/**
 * What a swarm gives to each behaviour. A behaviour is a factory, as a libp2p service is:
 * `(components: SwarmComponents) => Behaviour`.
 */
export interface SwarmComponents {
  readonly identity: Identity
  readonly localId: PeerId
  readonly network: string
  readonly profile: NetworkProfile
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly logger: ComponentLogger
  readonly metrics?: Metrics
  /** Where this node listens. */
  readonly listening: readonly Endpoint[]
  readonly externalAddresses: readonly Endpoint[]
  readonly mode: Mode
  setMode (mode: Mode): void
  /** Answers requests of `protocol`; once per protocol name. */
  handle<Request, Response> (protocol: Protocol<Request, Response>, handler: Handler<Request, Response>): void
  /** Sends a request, repeats it when it goes unanswered, and says how it ended. Never rejects. */
  request<Request, Response> (to: Recipient, protocol: Protocol<Request, Response>, message: Request, options?: RequestOptions): Promise<Reply<Response>>
  /** The swarm's own protocol: an empty request that every node answers. */
  ping (to: Recipient, options?: RequestOptions): Promise<Reply<void>>
  /**
   * Whether a peer is worth keeping: sessions with it last longer, and are the last to go when there are too many. A swarm
   * that was stopped has forgotten it.
   */
  keep (peerKey: Uint8Array, kept: boolean): void
  /** Whether the swarm can send to `address` at all. */
  reaches (address: Endpoint): boolean
  /** Whether requests and answers may exceed a datagram, because there is a reliable transport. */
  readonly reliable: boolean
  emit<K extends keyof SwarmEventDetails> (type: K, detail: SwarmEventDetails[K]): void
  /** Whether anybody listens to such events: who must work to make a detail asks first. */
  hears (type: keyof SwarmEventDetails): boolean
}

/** What a swarm asks of a behaviour; each hook may be left out. */
export interface Behaviour {
  start? (): void | Promise<void>
  stop? (): void | Promise<void>
  /** A peer answered a request of any behaviour. */
  peerAnswered? (contact: Contact, answer: PeerAnswer): void
  /** A request of any behaviour, retries included, went unanswered. */
  peerTimedOut? (peer: PeerId): void
  /**
   * A peer proved that it receives at the contact's address, or was heard again at an address it had proven; other than by an
   * answer, of which `peerAnswered` tells.
   */
  peerProven? (contact: Contact, mode: Mode): void
  /** The mode was changed, by whomever. */
  modeChanged? (mode: Mode): void
  /** What this behaviour knows of a peer without asking anyone. */
  contactOf? (peer: PeerId): Contact | undefined
  /** Looks for a peer in the network; `undefined` when nobody knows it. */
  findContact? (peer: PeerId, options?: AbortOptions): Promise<Contact | undefined>
}

export interface PeerAnswer {
  readonly mode: Mode
  readonly rttMs: number
  /** The name of the protocol of the request: a peer may answer those of one and not of another. */
  readonly protocol?: string
}

/** `& object`: a behaviour may have methods of its own and no hook at all, which TypeScript takes for a mistake otherwise. */
export type BehaviourFactory<B extends Behaviour = Behaviour & object> = (components: SwarmComponents) => B
