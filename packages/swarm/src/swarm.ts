/**
 * The swarm: puts together what the other files hold. A datagram that comes in passes the link (secure-link.ts) and
 * `Arrivals`; a request then goes to `InboundRequests` and the behaviour that handles its protocol, an answer to `Requests`
 * and whoever asked. What goes out passes `Requests` or `InboundRequests`, and the link.
 */
import type {
  Behaviour, BehaviourFactories, Behaviours, ChannelFactory, Connection, Contact, Delivery, Endpoint, Identity, Link, Mode, PeerId,
  Recipient, Swarm, SwarmComponents, SwarmInit, SwarmLimits
} from '@kadmium/interface'
import { NotStartedError } from '@kadmium/interface'
import { difficultyOf } from '@kadmium/peer-id'
import { noise } from '@kadmium/secure-channel'
import { endpointFromMultiaddr, parseEndpoint, toMultiaddr } from '@kadmium/wire'
import type { AbortOptions } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { Alarm } from './alarm.ts'
import { Arrivals, idOf } from './arrivals.ts'
import { BehaviourComponents } from './behaviour-components.ts'
import { BehaviourHooks } from './behaviour-hooks.ts'
import { Connections } from './connections.ts'
import { Counters } from './counters.ts'
import { Dialer } from './dialer.ts'
import { DropLog } from './drop-log.ts'
import { ExternalAddresses } from './external-addresses.ts'
import { InboundRequests } from './inbound-requests.ts'
import { Lifecycle } from './lifecycle.ts'
import { limitsOf } from './limits.ts'
import { ping } from './protocols.ts'
import { RequestTracker } from './request-tracker.ts'
import { Requests } from './requests.ts'
import { RoundTrips } from './round-trips.ts'
import { sameBytes } from './same-bytes.ts'
import { secureLink } from './secure-link.ts'
import { setupOf } from './setup.ts'
import type { Setup } from './setup.ts'
import { SwarmEventTarget } from './swarm-events.ts'

/** Makes a node of its behaviours and starts it. Rejects with what is wrong with `init`, or with why it cannot start. */
export async function createSwarm<F extends BehaviourFactories = BehaviourFactories> (init: SwarmInit<F> = {}): Promise<Swarm<F>> {
  const swarm = new DefaultSwarm<F>(init)
  if (init.start !== false) await swarm.start()
  return swarm
}

class DefaultSwarm<F extends BehaviourFactories> extends SwarmEventTarget implements Swarm<F> {
  readonly behaviours: Behaviours<F>
  readonly counters = new Counters()
  readonly network: string
  readonly #identity: Identity
  readonly #givenMode: Mode | undefined
  #mode: Mode
  #listening: readonly Endpoint[] = []
  #startedBehaviours: Behaviour[] = []
  readonly #lifecycle: Lifecycle
  readonly #alarm: Alarm
  readonly #link: Link
  readonly #hooks: BehaviourHooks
  readonly #connections: Connections
  readonly #external: ExternalAddresses
  readonly #requests: Requests
  readonly #inbound: InboundRequests
  readonly #arrivals: Arrivals
  /** Made for the first dial. */
  #dialer: Dialer | undefined

  constructor (init: SwarmInit<F>) {
    const limits = limitsOf(init.limits)
    const setup = setupOf(init)
    super(limits.eventQueue, error => { setup.logger.forComponent('kadmium:swarm').error('a listener for ListenerError failed', error) })
    this.network = setup.network
    this.#identity = setup.identity
    this.#givenMode = init.mode
    this.#mode = init.mode ?? 'client'
    this.#lifecycle = new Lifecycle({ up: () => this.#up(), down: () => this.#down(), interrupt: () => { this.#requests.stop() } })
    this.#alarm = new Alarm(setup.clock)
    this.#link = linkOf(init, setup, limits, this.#alarm)
    this.#hooks = new BehaviourHooks(run => { this.guard(run) })
    this.#external = new ExternalAddresses(init.externalAddressVotes)
    this.#connections = this.#makeConnections(limits)
    this.#requests = this.#makeRequests(setup, limits)
    this.#inbound = this.#makeInbound(limits)
    this.#inbound.handle(ping, () => {})
    this.#arrivals = this.#makeArrivals(setup, limits)
    this.behaviours = makeBehaviours(init, this.#components(setup, init))
    this.#hooks.attach(Object.values(this.behaviours))
  }

  get localPeerId (): PeerId {
    return this.#identity.peerId
  }

  get publicKey (): Uint8Array {
    return this.#identity.publicKey
  }

  get mode (): Mode {
    return this.#mode
  }

  get status (): Swarm['status'] {
    return this.#lifecycle.status
  }

  get listenAddrs (): readonly Multiaddr[] {
    return this.#listening.map(address => toMultiaddr(address))
  }

  get pendingRequests (): number {
    return this.#requests.pending
  }

  get externalAddrs (): readonly Multiaddr[] {
    return this.#external.confirmed.map(address => toMultiaddr(address))
  }

  addExternalAddress (address: Multiaddr | string): void {
    const endpoint = endpointOf(address)
    if (this.#external.add(endpoint)) this.emit('ExternalAddrConfirmed', { address: toMultiaddr(endpoint) })
  }

  removeExternalAddress (address: Multiaddr | string): void {
    const endpoint = endpointOf(address)
    if (this.#external.remove(endpoint)) this.emit('ExternalAddrExpired', { address: toMultiaddr(endpoint) })
  }

  connectedPeers (): PeerId[] {
    return this.#connections.peers()
  }

  isConnected (peer: PeerId): boolean {
    return this.#connections.isConnected(peer)
  }

  dial (target: PeerId | Multiaddr | string, options?: AbortOptions): Promise<Connection> {
    this.#dialer ??= this.#makeDialer()
    return this.#dialer.dial(target, options)
  }

  start (): Promise<void> {
    return this.#lifecycle.start()
  }

  stop (): Promise<void> {
    return this.#lifecycle.stop()
  }

  async #up (): Promise<void> {
    this.#alarm.start()
    await this.#link.start(this.#arrivals)
    this.#listening = this.#link.listening
    this.#requests.start()
    this.#setMode(this.#givenMode ?? (this.#listening.length > 0 ? 'server' : 'client'))
    for (const address of this.listenAddrs) this.emit('NewListenAddr', { address })
    for (const behaviour of this.#hooks.behaviours) {
      if (this.status !== 'starting') return
      this.#startedBehaviours = this.#startedBehaviours.concat([behaviour]) // `push` would reserve 17 places
      await behaviour.start?.()
    }
  }

  /** The reverse of `#up`, as far as that came. */
  async #down (): Promise<void> {
    for (const behaviour of this.#startedBehaviours.splice(0).reverse()) await this.#attempt(() => behaviour.stop?.())
    this.#requests.stop()
    this.#inbound.stop()
    this.#connections.closeAll('stopped')
    await this.#attempt(() => this.#link.stop())
    this.#alarm.stop()
    const closed = this.listenAddrs
    this.#listening = []
    for (const address of closed) this.emit('ExpiredListenAddr', { address })
    this.endQueues()
  }

  async #attempt (step: () => void | Promise<void>): Promise<void> {
    try {
      await step()
    } catch (error) {
      this.report(error)
    }
  }

  #setMode (mode: Mode): void {
    if (mode === this.#mode) return
    this.#mode = mode
    this.emit('ModeChanged', { newMode: mode })
    this.#hooks.modeChanged(mode)
  }

  /** An answer proves that its sender receives where we asked it: nobody else can know the transaction id. */
  #answered (from: Contact, delivery: Delivery, rttMs: number, protocol: string): void {
    const { envelope } = delivery
    this.#arrivals.heard(from, delivery)
    this.#hooks.peerAnswered(from, { mode: envelope.mode, rttMs, protocol })
    if (envelope.kind !== 'request' && envelope.observed !== undefined) this.#observed(envelope.observed, from.id, delivery.endpoint)
  }

  /** Where only an address was asked, whoever was last known there is meant. */
  #timedOut ({ id, publicKey }: Recipient, endpoint: Endpoint): void {
    const peer = id ?? (publicKey === undefined ? this.#connections.at(endpoint)?.contact.id : idOf(publicKey))
    this.#connections.timedOut(endpoint)
    if (peer !== undefined) this.#hooks.peerTimedOut(peer)
  }

  #observed (address: Endpoint, observer: PeerId, from: Endpoint): void {
    const observation = this.#external.observed(address, observer, from)
    if (observation.type === 'known') return
    this.emit('NewExternalAddrCandidate', { address: toMultiaddr(address), observer })
    if (observation.type === 'candidate') return
    if (observation.expired !== undefined) this.emit('ExternalAddrExpired', { address: toMultiaddr(observation.expired) })
    this.emit('ExternalAddrConfirmed', { address: toMultiaddr(address) })
  }

  #makeConnections ({ connections }: SwarmLimits): Connections {
    return new Connections({
      connections,
      onOpened: ({ contact: { id: peer }, endpoint }, initiator) => {
        if (this.hears('ConnectionEstablished')) this.emit('ConnectionEstablished', { peer, address: toMultiaddr(endpoint), initiator })
      },
      onClosed: ({ contact: { id: peer }, endpoint }, reason) => {
        if (this.hears('ConnectionClosed')) this.emit('ConnectionClosed', { peer, address: toMultiaddr(endpoint), reason })
      }
    })
  }

  #makeInbound ({ inboundRequests, storedAnswers }: SwarmLimits): InboundRequests {
    return new InboundRequests({ link: this.#link, inboundRequests, storedAnswers, mode: () => this.#mode, report: error => { this.report(error) } })
  }

  #makeRequests (setup: Setup, limits: SwarmLimits): Requests {
    return new Requests({
      link: this.#link,
      clock: setup.clock,
      alarm: this.#alarm,
      tracker: new RequestTracker({ pendingRequests: limits.pendingRequests, random: setup.random, idOf }),
      roundTrips: new RoundTrips(limits),
      tries: limits.tries,
      reliableTimeoutMs: limits.reliableTimeoutMs,
      mode: () => this.#mode,
      accepts: to => accepts(to, setup),
      contactOf: delivery => this.#arrivals.contactOf(delivery),
      onAnswer: (from, delivery, rttMs, protocol) => { this.#answered(from, delivery, rttMs, protocol) },
      onTimeout: (to, endpoint) => { this.#timedOut(to, endpoint) },
      onRejected: reason => { this.counters.addDropped(reason) },
      guard: run => { this.guard(run) },
      report: error => { this.report(error) }
    })
  }

  #makeArrivals (setup: Setup, limits: SwarmLimits): Arrivals {
    return new Arrivals({
      refusal: publicKey => refusalOf(publicKey, setup),
      strangers: limits.unprovenEndpoints,
      dropLog: new DropLog(setup.logger.forComponent('kadmium:swarm'), setup.clock),
      counters: this.counters,
      connections: this.#connections,
      hooks: this.#hooks,
      inbound: this.#inbound,
      requests: this.#requests,
      report: error => { this.report(error) }
    })
  }

  #makeDialer (): Dialer {
    return new Dialer({
      localId: this.localPeerId,
      behaviours: () => this.#hooks.behaviours,
      checkStarted: () => { if (this.status !== 'started') throw new NotStartedError() },
      ping: (to, options) => this.#requests.request(to, ping, undefined, options),
      isConnected: endpoint => this.#connections.at(endpoint) !== undefined,
      emit: (type, detail) => { this.emit(type, detail) }
    })
  }

  #components (setup: Setup, { metrics }: SwarmInit<F>): SwarmComponents {
    return new BehaviourComponents(setup, metrics, {
      listening: () => this.#listening,
      externalAddresses: () => this.#external.confirmed,
      mode: () => this.#mode,
      reliable: () => this.#link.reliable
    }, {
      setMode: mode => { this.#setMode(mode) },
      handle: (protocol, handler) => { this.#inbound.handle(protocol, handler) },
      request: (to, protocol, message, options) => this.#requests.request(to, protocol, message, options),
      ping: (to, options) => this.#requests.request(to, ping, undefined, options),
      keep: (peerKey, kept) => { this.#link.keep?.(peerKey, kept) },
      reaches: address => this.#link.reaches(address),
      emit: (type, detail) => { this.emit(type, detail) },
      hears: type => this.hears(type)
    })
  }
}

function makeBehaviours<F extends BehaviourFactories> ({ behaviours }: SwarmInit<F>, components: SwarmComponents): Behaviours<F> {
  return Object.fromEntries(Object.entries(behaviours ?? {}).map(([name, make]) => [name, make(components)])) as Behaviours<F>
}

type LinkInit = Pick<SwarmInit, 'link' | 'transports' | 'secureChannel'>

function linkOf ({ link, transports = [], secureChannel = noise() }: LinkInit, setup: Setup, limits: SwarmLimits, alarm: Alarm): Link {
  const { identity, clock, random } = setup
  if (link !== undefined) return link({ publicKey: identity.publicKey, localId: identity.peerId, clock, random })
  const channel = (): ReturnType<ChannelFactory> => {
    const made = secureChannel({ ...setup, localId: identity.peerId })
    if (made.warning !== undefined) setup.logger.forComponent('kadmium:swarm')('warning: %s', made.warning)
    return made
  }
  const admission = { ...limits, exemptPrivate: setup.profile === 'private', seed: setup.rateLimitSeed }
  const { unprovenEndpoints } = limits
  return secureLink({ transports: transports.map(make => make()), channel, clock, alarm, unprovenEndpoints, admission })
}

function refusalOf (publicKey: Uint8Array, { identity, difficulty }: Setup): string | undefined {
  if (sameBytes(publicKey, identity.publicKey)) return 'own key'
  return difficulty > 0 && difficultyOf(publicKey) < difficulty ? 'puzzle not solved' : undefined
}

function accepts ({ id, publicKey }: Recipient, setup: Setup): boolean {
  if (id?.equals(setup.identity.peerId) === true) return false
  return publicKey === undefined || refusalOf(publicKey, setup) === undefined
}

function endpointOf (address: Multiaddr | string): Endpoint {
  return typeof address === 'string' ? parseEndpoint(address) : endpointFromMultiaddr(address)
}
