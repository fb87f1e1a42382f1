import type { Clock, Endpoint, Random } from '@kadmium/interface'
import { chanceOf } from './conditions.ts'
import type { ChanceOf, Conditions } from './conditions.ts'
import { TraceKind } from './trace.ts'
import type { Trace } from './trace.ts'
import { Traffic } from './traffic.ts'
import type { Fate } from './traffic.ts'
import { Lines } from './lines.ts'
import type { Bandwidth } from './lines.ts'
import type { NodePlace } from './node-place.ts'
import type { Addresses } from './addresses.ts'
import type { Latency } from './latency.ts'

/** What travels: bytes, or a message as an object that only counts as some. */
export interface Packet {
  /** Bytes on the wire. */
  readonly size: number
  /** What the trace is told of it: all of a datagram, or what tells a message from others. */
  readonly fingerprint: Uint8Array
}

/** One life of a node, as the network sees it. */
export interface Port<P extends Packet> {
  readonly node: number
  /** `source` is the endpoint that it seems to come from. */
  receive (packet: P, from: number, source: Endpoint): void
}

export interface NetworkComponents {
  readonly clock: Clock
  readonly random: Random
  readonly trace: Trace
  readonly addresses: Addresses
  readonly latency: Latency
  readonly bandwidth?: Bandwidth | undefined
}

/** Delays are rounded to 2^-10 ms: sums of such times are exact, whatever the order of the additions. */
const TICKS_PER_MS = 1024

/** The group of the nodes that are in no other, also of those added later. */
export const UNGROUPED = -1

/** From node to node, and what each takes the other's address for. */
interface Way {
  readonly from: number
  readonly to: number
  readonly source: Endpoint
  readonly target: Endpoint
}

const NOBODY = -1

/** Carries packets between nodes, late, seldom twice, sometimes not at all, and never across a partition. */
export class Network<P extends Packet> {
  readonly traffic = new Traffic()
  readonly #components: NetworkComponents
  readonly #loss: ChanceOf
  readonly #duplicate: ChanceOf
  readonly #reorder: ChanceOf
  readonly #reorderMs: number
  readonly #up: Lines | undefined
  readonly #down: Lines | undefined
  readonly #ports: Array<Port<P> | undefined> = []
  #groups: Int32Array | undefined

  constructor (conditions: Conditions, components: NetworkComponents) {
    this.#components = components
    this.#loss = chanceOf('loss', conditions.loss)
    this.#duplicate = chanceOf('duplicate', conditions.duplicate)
    this.#reorder = chanceOf('reorder', conditions.reorder)
    this.#reorderMs = conditions.reorderMs ?? 100
    const { bandwidth } = components
    this.#up = bandwidth && new Lines('up', bandwidth.up, bandwidth.queueMs)
    this.#down = bandwidth && new Lines('down', bandwidth.down, bandwidth.queueMs)
  }

  addNode (place?: NodePlace): readonly Endpoint[] {
    this.#components.latency.addNode()
    this.traffic.addNode()
    this.#up?.addNode()
    this.#down?.addNode()
    this.#ports.push(undefined)
    return this.#components.addresses.add(place)
  }

  attach (port: Port<P>): void {
    this.#ports[port.node] = port
  }

  detach (node: number): void {
    this.#ports[node] = undefined
  }

  /** What a node listens on. */
  addressesOf (node: number): readonly Endpoint[] {
    return this.#components.addresses.allOf(node)
  }

  /** Whether a node has an address of the family of `to`. */
  reaches (node: number, to: Endpoint): boolean {
    return this.#components.addresses.of(node, to.family) !== undefined
  }

  /** Nodes whose numbers here differ do not hear each other from now on; what is under way arrives. */
  partition (groups: Int32Array): void {
    this.#groups = groups
  }

  heal (): void {
    this.#groups = undefined
  }

  /** Whether a partition lies between two nodes. */
  separated (from: number, to: number): boolean {
    return this.#groups !== undefined && (this.#groups[from] ?? UNGROUPED) !== (this.#groups[to] ?? UNGROUPED)
  }

  /** What a life that is over still wants to send, nobody hears. */
  send (packet: P, port: Port<P>, address: Endpoint): void {
    const from = port.node
    const { addresses, clock } = this.#components
    const own = addresses.of(from, address.family)
    if (this.#ports[from] !== port || own === undefined) return
    const nat = own.family === 4 ? addresses.natOf(from) : undefined
    const way: Way = { from, to: addresses.nodeAt(address) ?? NOBODY, source: nat?.outbound(address, clock.now()) ?? own, target: address }
    this.traffic.sent(from, packet.size)
    if (way.to === NOBODY) return this.#drop('nobody', TraceKind.Nobody, packet, { ...way, to: from })
    this.#tell(TraceKind.Sent, packet, way)
    if (this.separated(from, way.to)) return this.#drop('partitioned', TraceKind.Partitioned, packet, way)
    if (this.#happens(this.#loss, from, way.to)) return this.#drop('lost', TraceKind.Lost, packet, way)
    this.#dispatch(packet, way)
    if (this.#happens(this.#duplicate, from, way.to)) {
      this.traffic.count('duplicated')
      this.#tell(TraceKind.Duplicated, packet, way)
      this.#dispatch(packet, way)
    }
  }

  #dispatch (packet: P, way: Way): void {
    const { clock, latency, random } = this.#components
    const uplinkMs = this.#up === undefined ? 0 : this.#up.take(way.from, packet.size, clock.now())
    if (uplinkMs === undefined) return this.#drop('congested', TraceKind.Congested, packet, way)
    const heldUpMs = this.#happens(this.#reorder, way.from, way.to) ? random.float() * this.#reorderMs : 0
    this.#after(uplinkMs + latency.delayMs(way.from, way.to) + heldUpMs, () => { this.#reach(packet, way) })
  }

  #reach (packet: P, way: Way): void {
    if (this.#down === undefined) return this.#arrive(packet, way)
    const downlinkMs = this.#down.take(way.to, packet.size, this.#components.clock.now())
    if (downlinkMs === undefined) return this.#drop('congested', TraceKind.Congested, packet, way)
    this.#after(downlinkMs, () => { this.#arrive(packet, way) })
  }

  #after (delayMs: number, then: () => void): void {
    const { clock } = this.#components
    const arrival = Math.round((clock.now() + delayMs) * TICKS_PER_MS) / TICKS_PER_MS
    clock.setTimeout(then, arrival - clock.now())
  }

  #arrive (packet: P, way: Way): void {
    const { addresses, clock } = this.#components
    const port = this.#ports[way.to]
    if (port === undefined) return this.#drop('nobody', TraceKind.Nobody, packet, way)
    const nat = way.target.family === 4 ? addresses.natOf(way.to) : undefined
    if (nat?.admits(way.target, way.source, clock.now()) === false) return this.#drop('filtered', TraceKind.Filtered, packet, way)
    this.traffic.received(way.to, packet.size)
    this.#tell(TraceKind.Delivered, packet, way)
    port.receive(packet, way.from, way.source)
  }

  #drop (reason: Fate, kind: number, packet: P, way: Way): void {
    this.traffic.count(reason)
    this.#tell(kind, packet, way)
  }

  #happens (chance: ChanceOf, from: number, to: number): boolean {
    const probability = chance(from, to)
    return probability > 0 && this.#components.random.float() < probability
  }

  #tell (kind: number, packet: P, { from, to }: Way): void {
    this.#components.trace.add(kind, this.#components.clock.now(), from, to, packet.fingerprint)
  }
}
