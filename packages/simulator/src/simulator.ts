import { InvalidOptionError } from '@kadmium/interface'
import type { BehaviourFactories, Crypto, PeerId, Random, SwarmInit } from '@kadmium/interface'
import { VirtualClock, drive, runUntil, seededRandom, systemCrypto } from '@kadmium/runtime'
import { Addresses } from './addresses.ts'
import type { Conditions } from './conditions.ts'
import { eventText } from './event-text.ts'
import { internet } from './latency.ts'
import type { Latency, LatencyFactory } from './latency.ts'
import type { Witness } from './life.ts'
import type { Bandwidth } from './lines.ts'
import { medium } from './medium.ts'
import type { Fidelity, Medium } from './medium.ts'
import { UNGROUPED } from './network.ts'
import type { NodePlace } from './node-place.ts'
import { closestOf, fillTable, sortedById } from './oracle.ts'
import type { FillableTable } from './oracle.ts'
import { SimulatedNode } from './sim-node.ts'
import type { NodeComponents, SimNode } from './sim-node.ts'
import { Trace, TraceKind } from './trace.ts'
import type { NetworkCounts, TrafficCounts } from './traffic.ts'

export interface SimulatorInit extends Conditions {
  /** Everything random comes from it: keys, places, latencies, losses, and each node's own draws. */
  readonly seed: number | string
  /** How long datagrams travel. Default `internet()`. */
  readonly latency?: LatencyFactory
  /** How much of each swarm is real. Default `wire`. */
  readonly fidelity?: Fidelity
  /** Nodes whose addresses share a /24. Default 1, at most 254. */
  readonly nodesPerGroup?: number
  /** How each node is connected, by its number. Default: one public IPv4 address, and a right clock. */
  readonly placeOf?: (node: number) => NodePlace
  /** How much the line of each node carries. Default: any amount. Datagrams have no bytes in `lite`. */
  readonly bandwidth?: Bandwidth
  /** Proven sessions that each node of a `lite` network keeps. Default 256. */
  readonly sessionsPerNode?: number
  /** Whether the trace hears the events of the swarms, besides the datagrams. Costs 16 kB a node. Default true. */
  readonly traceEvents?: boolean
  /** Wall-clock time at the start, in milliseconds since the Unix epoch. Default 2025-01-01T00:00:00Z. */
  readonly startWallMs?: number
  /** Default: the crypto libraries of this machine. */
  readonly crypto?: Crypto
}

export interface FillInit {
  /** Who is known to whom. Default: all nodes that are up. */
  readonly nodes?: readonly SimNode[]
  /** Contacts of each bucket. Default 20. */
  readonly k?: number
}

export interface SimulatorReport {
  readonly virtualMs: number
  readonly nodesUp: number
  readonly traffic: NetworkCounts
  readonly trace: string
}

/** Virtual time that `until` gives a promise before it says that nothing will come of it. */
const DEFAULT_PATIENCE_MS = 600_000

/**
 * Real swarms on a simulated network in virtual time. Nothing happens but in `run`, `until` and the calls that start and
 * stop nodes; the same calls with the same seed give the same trace.
 */
export class Simulator {
  readonly clock: VirtualClock
  readonly #seed: number | string
  readonly #trace: Trace
  readonly #medium: Medium
  readonly #traceEvents: boolean
  readonly #placeOf: (node: number) => NodePlace
  readonly #latency: Latency
  readonly #forNodes: NodeComponents
  readonly #nodes: SimulatedNode[] = []
  #driving = false

  constructor (init: SimulatorInit) {
    const { seed, latency = internet(), fidelity = 'wire', nodesPerGroup = 1, sessionsPerNode = 256, startWallMs } = init
    this.clock = new VirtualClock(startWallMs === undefined ? {} : { startWallMs })
    this.#seed = seed
    const crypto = init.crypto ?? systemCrypto()
    this.#trace = new Trace(crypto)
    this.#traceEvents = init.traceEvents ?? true
    this.#placeOf = init.placeOf ?? (() => ({}))
    this.#latency = latency(this.#random('latency'))
    this.#medium = medium({ ...init, fidelity, sessionsPerNode }, {
      clock: this.clock,
      random: this.#random('network'),
      trace: this.#trace,
      addresses: new Addresses(nodesPerGroup),
      latency: this.#latency,
      bandwidth: init.bandwidth
    }, node => (this.#nodes[node] as SimulatedNode).contact)
    this.#forNodes = {
      clock: this.clock,
      crypto,
      medium: this.#medium,
      random: (node, label) => this.#random(`node ${node} ${label}`),
      tell: (node, status) => { this.#tell(TraceKind.Node, node, status) },
      witnessOf: node => this.#traceEvents ? this.#witnessOf(node) : undefined
    }
  }

  get nodes (): readonly SimNode[] {
    return this.#nodes
  }

  /** Nodes that are up. */
  get live (): readonly SimNode[] {
    return this.#nodes.filter(node => node.status === 'up')
  }

  /**
   * Starts `count` nodes, one after the other. `compose` gives each the options of `createSwarm`; their clock, randomness,
   * transports, and where absent their key, are replaced by simulated ones.
   */
  async addNodes<F extends BehaviourFactories> (count: number, compose: (index: number) => SwarmInit<F>): Promise<Array<SimNode<F>>> {
    const added: Array<SimNode<F>> = []
    for (let i = 0; i < count; i++) {
      const node = this.#addNode(compose)
      await this.#settled(node.start())
      added.push(node)
    }
    return added
  }

  /** Lets so much virtual time pass. */
  async run (virtualMs: number): Promise<void> {
    await this.#drive(() => runUntil(this.clock, this.clock.now() + virtualMs))
  }

  /** Lets virtual time pass until `promise` settles, and no longer than `patienceMs`. */
  async until<T> (promise: PromiseLike<T>, patienceMs = DEFAULT_PATIENCE_MS): Promise<T> {
    let settled = false
    const settle = (): void => { settled = true }
    void promise.then(settle, settle)
    const end = this.clock.now() + patienceMs
    await this.#drive(() => drive(() => !settled && (this.clock.nextAt ?? Infinity) <= end && this.clock.runNext()))
    if (!settled) throw new Error(`nothing settled the promise within ${patienceMs} virtual ms (${this.clock.pending} timers pending)`)
    return promise
  }

  /** From now on only nodes of the same group hear each other. Nodes in no group make one more. */
  partition (groups: ReadonlyArray<readonly SimNode[]>): void {
    const numbers = new Int32Array(this.#nodes.length).fill(UNGROUPED)
    for (const [number, group] of groups.entries()) {
      for (const { index } of group) {
        if (numbers[index] !== UNGROUPED) throw new InvalidOptionError('groups', `node ${index} is in more than one`)
        numbers[index] = number
      }
    }
    this.#medium.partition(numbers)
  }

  heal (): void {
    this.#medium.heal()
  }

  /** The node is gone between two events: no goodbye, and none of its timers will fire. */
  crash (node: SimNode): void {
    this.#own(node).crash()
  }

  /** The node leaves as a well-behaved program does. */
  async stop (node: SimNode): Promise<void> {
    await this.#settled(this.#own(node).stop())
  }

  /** A crashed or stopped node comes back, with the same key and address and nothing else that it knew. */
  async restart (node: SimNode): Promise<void> {
    await this.#settled(this.#own(node).start())
  }

  /** Fills the table of each node as endless time would: up to `k` contacts in each bucket, chosen at random. */
  fillTables<F extends BehaviourFactories> (tableOf: (node: SimNode<F>) => FillableTable, init: FillInit = {}): void {
    const nodes = (init.nodes ?? this.live) as ReadonlyArray<SimNode<F>>
    const sorted = sortedById(nodes.map(({ contact }) => contact))
    const random = this.#random(`tables at ${this.clock.now()}`)
    for (const node of nodes) fillTable(tableOf(node), node.id, sorted, init.k ?? 20, random, this.clock.now())
  }

  /** The nodes that are up and truly nearest to `target`, nearest first. */
  closest (target: PeerId, count: number): SimNode[] {
    return closestOf(this.live, target, count)
  }

  /** A hash over every datagram and event so far, with its time: equal for equal runs, on every machine. 40 hex digits. */
  trace (): string {
    return this.#trace.hash()
  }

  /** What a node has sent and received. */
  traffic (node: SimNode): TrafficCounts {
    return this.#medium.traffic.of(node.index)
  }

  /** Round trips between random pairs of nodes, as the latency model draws them, in milliseconds. */
  roundTrips (count: number): number[] {
    const random = this.#random('round trips')
    const { length } = this.#nodes
    return Array.from({ length: count }, () => {
      const [a, b] = [random.below(length), random.below(length)]
      return this.#latency.delayMs(a, b) + this.#latency.delayMs(b, a)
    })
  }

  report (): SimulatorReport {
    return { virtualMs: this.clock.now(), nodesUp: this.live.length, traffic: this.#medium.traffic.total(), trace: this.trace() }
  }

  #addNode<F extends BehaviourFactories> (compose: (index: number) => SwarmInit<F>): SimulatedNode<F> {
    const index = this.#nodes.length
    const place = this.#placeOf(index)
    const node = new SimulatedNode<F>(index, place, this.#medium.addNode(place), compose, this.#forNodes)
    this.#nodes.push(node)
    return node
  }

  #witnessOf (node: number): Witness {
    return (type, detail) => { this.#tell(TraceKind.Event, node, eventText(type, detail)) }
  }

  #tell (kind: number, node: number, text: string): void {
    this.#trace.add(kind, this.clock.now(), node, 0, utf8.encode(text))
  }

  #own (node: SimNode): SimulatedNode {
    const own = this.#nodes[node.index]
    if (own !== node) throw new InvalidOptionError('node', 'expected a node of this simulator')
    return own
  }

  #random (label: string): Random {
    return seededRandom(`${typeof this.#seed} ${this.#seed} ${label}`)
  }

  /** Where time is passing already, as for whoever is called by one of its timers, it need not be driven. */
  async #settled<T> (promise: Promise<T>): Promise<T> {
    return this.#driving ? await promise : await this.until(promise)
  }

  async #drive (drive: () => Promise<void>): Promise<void> {
    if (this.#driving) throw new Error('time is passing already: await each run before the next')
    this.#driving = true
    try {
      await drive()
    } finally {
      this.#driving = false
    }
  }
}

const utf8 = new TextEncoder()
