import { PeerIdCache, compareDistance } from '@kadmium/peer-id'
import { VirtualClock, drive, runUntil, seededRandom, systemCrypto } from '@kadmium/runtime'
import { createSwarm } from '@kadmium/swarm'
import { endpoint } from '@kadmium/wire'
import { kad, kadProtocol } from '../src/index.ts'
import type {
  BehaviourFactory, Codec, Contact, Delivery, Endpoint, Envelope, Handler, Link, LinkHandler, PeerId, Random, Refusal, Route, SendOutcome,
  Swarm, SwarmComponents, SwarmEvent, SwarmEventDetails, SwarmInit
} from '@kadmium/interface'
import type { KadBehaviour, KadInit, KadRequest, KadResponse } from '../src/index.ts'

/** Nothing but what the test does. */
export const QUIET: KadInit = {
  bootstrapThrottleMs: 'off',
  bootstrapIntervalMs: 'off',
  refreshIntervalMs: 'off',
  livenessIntervalMs: 'off',
  replicateIntervalMs: 'off',
  republishIntervalMs: 'off',
  handOver: 'off'
}

/** Bytes of a message in a datagram, less what the envelope and the frame take. */
const BUDGET = 1050
/** The same by a connection. */
const RELIABLE_BUDGET = 69_000

export interface NetworkInit {
  readonly seed?: number
  readonly latencyMs?: number
  /** Whether there are connections beside the datagrams. Default false. */
  readonly reliable?: boolean
}

export interface NodeInit extends Omit<SwarmInit, 'behaviours'> {
  /** Default: a private address of its own. */
  readonly address?: Endpoint
}

/** A node of a test: a real swarm with a real behaviour, on a network of objects and virtual time. */
export interface TestNode {
  readonly swarm: Swarm<{ kad: BehaviourFactory<KadBehaviour> }>
  readonly kad: KadBehaviour
  readonly id: PeerId
  readonly address: Endpoint
  readonly contact: Contact
  /** Every event so far. */
  readonly events: SwarmEvent[]
}

type Fate = 'delivered' | 'lost' | 'over-limit'

/** One message on its way, as the tests may judge it. */
export interface Sent {
  readonly from: Endpoint
  readonly to: Endpoint
  readonly envelope: Envelope
  readonly bytes: Uint8Array | undefined
  readonly reliable: boolean
}

/**
 * Nodes that hear each other after a fixed latency. Messages pass the codecs of their protocols, so what is tested travels as
 * it would; the channel is left out, and every sender counts as proven.
 */
export class TestNetwork {
  readonly clock = new VirtualClock({ startWallMs: 1_700_000_000_000 })
  readonly random: Random
  readonly nodes: TestNode[] = []
  latencyMs: number
  readonly reliable: boolean
  /** What becomes of a message. */
  fate: (sent: Sent) => Fate = () => 'delivered'
  readonly #links = new Map<string, MemoryLink>()
  readonly #down = new Set<string>()
  #impostors = 0

  constructor ({ seed = 1, latencyMs = 5, reliable = false }: NetworkInit = {}) {
    this.reliable = reliable
    this.random = seededRandom(seed)
    this.latencyMs = latencyMs
  }

  async node (options: KadInit = {}, { address = this.#nextAddress(), ...init }: NodeInit = {}): Promise<TestNode> {
    const swarm = await this.until(createSwarm({
      clock: this.clock,
      random: seededRandom(`node ${this.nodes.length} ${this.random.below(2 ** 32)}`),
      crypto: systemCrypto(),
      link: ({ publicKey }) => new MemoryLink(this, address, publicKey),
      ...init,
      behaviours: { kad: kad(options) }
    }))
    const events: SwarmEvent[] = []
    void collect(swarm.events(), events)
    const contact = { id: swarm.localPeerId, publicKey: swarm.publicKey, addresses: [address] }
    const node = { swarm, kad: swarm.behaviours.kad, id: swarm.localPeerId, address, contact, events }
    this.nodes.push(node)
    return node
  }

  /** `count` nodes that know each other as well as nodes do that have joined by the first one. */
  async joined (count: number, options: KadInit = {}, init: NodeInit = {}): Promise<TestNode[]> {
    const first = await this.node(options, init)
    const nodes = [first]
    for (let i = 1; i < count; i++) {
      const node = await this.node(options, init)
      await this.until(node.kad.addAddress(first.address))
      await this.until(node.kad.bootstrap())
      nodes.push(node)
    }
    await this.run(5_000)
    return nodes
  }

  /** `count` nodes, each of which has heard each other one: tables as an oracle would fill them, and no traffic. */
  async acquainted (count: number, options: KadInit = {}, init: NodeInit = {}): Promise<TestNode[]> {
    const nodes = []
    for (let i = 0; i < count; i++) nodes.push(await this.node(options, init))
    this.introduce(nodes)
    return nodes
  }

  introduce (nodes: readonly TestNode[]): void {
    for (const { kad } of nodes) {
      for (const { contact } of nodes) kad.peerAnswered(contact, { mode: 'server', rttMs: 2 * this.latencyMs })
    }
  }

  /** A node that answers the requests of the protocol in its own way. */
  async impostor (answer: Handler<KadRequest, KadResponse>): Promise<Contact> {
    const address = this.#nextAddress()
    this.#impostors++
    const swarm = await this.until(createSwarm({
      clock: this.clock,
      random: seededRandom(`impostor ${this.random.below(2 ** 32)}`),
      crypto: systemCrypto(),
      link: ({ publicKey }) => new MemoryLink(this, address, publicKey),
      behaviours: {
        kad: (components: SwarmComponents) => {
          components.handle(kadProtocol(new PeerIdCache()), answer)
          return {}
        }
      }
    }))
    return { id: swarm.localPeerId, publicKey: swarm.publicKey, addresses: [address] }
  }

  async run (ms: number): Promise<void> {
    await runUntil(this.clock, this.clock.now() + ms)
  }

  /** Lets time pass until `promise` settles. */
  async until<T> (promise: PromiseLike<T>): Promise<T> {
    let settled = false
    const settle = (): void => { settled = true }
    promise.then(settle, settle)
    await drive(() => !settled && this.clock.runNext())
    return await promise
  }

  /** It neither sends nor hears any more, and nobody is told. */
  kill (...nodes: readonly TestNode[]): void {
    for (const { address } of nodes) this.#down.add(address.text)
  }

  /** The next request to `node` is lost; what comes after it arrives. */
  loseNextRequestTo ({ address }: TestNode): void {
    let lost = false
    this.fate = ({ to, envelope }) => {
      if (lost || to.text !== address.text || envelope.kind !== 'request') return 'delivered'
      lost = true
      return 'lost'
    }
  }

  revive (...nodes: readonly TestNode[]): void {
    for (const { address } of nodes) this.#down.delete(address.text)
  }

  async stop (): Promise<void> {
    for (const { swarm } of this.nodes) await this.until(swarm.stop())
  }

  /** The `count` nodes nearest to `target`, by looking at all of them. */
  closest (target: PeerId, count: number, among: readonly TestNode[] = this.nodes): TestNode[] {
    return [...among].sort((a, b) => compareDistance(target, a.id, b.id)).slice(0, count)
  }

  attach (link: MemoryLink): void {
    this.#links.set(link.address.text, link)
  }

  detach (link: MemoryLink): void {
    this.#links.delete(link.address.text)
  }

  transmit (sent: Sent, publicKey: Uint8Array): SendOutcome {
    const fate = this.fate(sent)
    if (fate === 'over-limit') return fate
    if (fate === 'lost' || this.#down.has(sent.from.text) || this.#down.has(sent.to.text)) {
      if (sent.reliable) this.clock.setTimeout(() => { this.#links.get(sent.from.text)?.undelivered(sent.to) }, this.latencyMs)
      return 'sent'
    }
    this.clock.setTimeout(() => { this.#links.get(sent.to.text)?.receive(sent, publicKey) }, this.latencyMs)
    return 'sent'
  }

  #nextAddress (): Endpoint {
    const n = this.nodes.length + this.#impostors + 1
    return endpoint(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, 4000)
  }
}

class MemoryLink implements Link {
  readonly address: Endpoint
  readonly #network: TestNetwork
  readonly #publicKey: Uint8Array
  #handler: LinkHandler | undefined

  constructor (network: TestNetwork, address: Endpoint, publicKey: Uint8Array) {
    this.#network = network
    this.address = address
    this.#publicKey = publicKey
  }

  get listening (): readonly Endpoint[] {
    return this.#handler === undefined ? [] : [this.address]
  }

  get reliable (): boolean {
    return this.#network.reliable
  }

  undelivered (to: Endpoint): void {
    this.#handler?.undelivered?.(to)
  }

  async start (handler: LinkHandler): Promise<void> {
    this.#handler = handler
    this.#network.attach(this)
  }

  async stop (): Promise<void> {
    this.#handler = undefined
    this.#network.detach(this)
  }

  reaches (to: Endpoint): boolean {
    return to.family === this.address.family
  }

  send<T> (envelope: Envelope, message: T | undefined, codec: Codec<T> | undefined, { endpoint: to, reliable = false }: Route): SendOutcome {
    const budget = reliable ? RELIABLE_BUDGET : BUDGET
    const bytes = codec?.encode(message as T, budget)
    if (codec !== undefined && bytes === undefined) return 'too-large'
    const truncated = this.reliable && codec?.truncates?.(message as T, budget) === true
    const told: Envelope = envelope.kind === 'response' && truncated ? { ...envelope, truncated } : envelope
    return this.#network.transmit({ from: this.address, to, envelope: told, bytes, reliable }, this.#publicKey)
  }

  open<T> (payload: unknown, codec: Codec<T>): T | Refusal {
    return codec.decode(payload as Uint8Array)
  }

  permits (_delivery: Delivery): { readonly granted: true } {
    return { granted: true }
  }

  receive ({ from, envelope, bytes, reliable }: Sent, peerKey: Uint8Array): void {
    const payload = bytes ?? new Uint8Array(0)
    this.#handler?.deliver({ envelope, payload, peerKey, endpoint: from, via: 0, proven: true, size: payload.length, ...(reliable && { reliable }) })
  }
}

/** The `QueryProgressed` events of one query, or of all. */
export function progressed ({ events }: TestNode, id?: number): SwarmEventDetails['QueryProgressed'][] {
  return events.flatMap(event => event.type === 'QueryProgressed' && (id === undefined || event.detail.id === id) ? [event.detail] : [])
}

export function detailsOf<K extends keyof SwarmEventDetails> ({ events }: TestNode, type: K): SwarmEventDetails[K][] {
  return events.flatMap(event => event.type === type ? [event.detail as SwarmEventDetails[K]] : [])
}

/** What a promise rejects with. */
export async function failure (promise: PromiseLike<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    return error as Error
  }
  throw new Error('expected a rejection')
}

async function collect (events: AsyncIterable<SwarmEvent>, into: SwarmEvent[]): Promise<void> {
  for await (const event of events) into.push(event)
}

export function text (value: string): Uint8Array {
  return new TextEncoder().encode(value)
}
