import type { Clock, Endpoint, Random } from '@kadmium/interface'
import { chanceOf } from './conditions.ts'
import type { ChanceOf, Conditions } from './conditions.ts'
import { TraceKind } from './trace.ts'
import type { Trace } from './trace.ts'
import { Traffic } from './traffic.ts'
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
  receive (packet: P, from: number): void
}

export interface NetworkComponents {
  readonly clock: Clock
  readonly random: Random
  readonly trace: Trace
  readonly addresses: Addresses
  readonly latency: Latency
}

/** Delays are rounded to 2^-10 ms: sums of such times are exact, whatever the order of the additions. */
const TICKS_PER_MS = 1024

/** The group of the nodes that are in no other, also of those added later. */
export const UNGROUPED = -1

/** Carries packets between nodes, late, seldom twice, sometimes not at all, and never across a partition. */
export class Network<P extends Packet> {
  readonly traffic = new Traffic()
  readonly #components: NetworkComponents
  readonly #loss: ChanceOf
  readonly #duplicate: ChanceOf
  readonly #reorder: ChanceOf
  readonly #reorderMs: number
  readonly #ports: Array<Port<P> | undefined> = []
  #groups: Int32Array | undefined

  constructor (conditions: Conditions, components: NetworkComponents) {
    this.#components = components
    this.#loss = chanceOf('loss', conditions.loss)
    this.#duplicate = chanceOf('duplicate', conditions.duplicate)
    this.#reorder = chanceOf('reorder', conditions.reorder)
    this.#reorderMs = conditions.reorderMs ?? 100
  }

  addNode (): Endpoint {
    this.#components.latency.addNode()
    this.traffic.addNode()
    this.#ports.push(undefined)
    return this.#components.addresses.add()
  }

  attach (port: Port<P>): void {
    this.#ports[port.node] = port
  }

  detach (node: number): void {
    this.#ports[node] = undefined
  }

  addressOf (node: number): Endpoint {
    return this.#components.addresses.of(node)
  }

  /** Nodes whose numbers here differ do not hear each other from now on; what is under way arrives. */
  partition (groups: Int32Array): void {
    this.#groups = groups
  }

  heal (): void {
    this.#groups = undefined
  }

  /** What a life that is over still wants to send, nobody hears. */
  send (packet: P, port: Port<P>, address: Endpoint): void {
    const from = port.node
    if (this.#ports[from] !== port) return
    const to = this.#components.addresses.nodeAt(address)
    this.traffic.sent(from, packet.size)
    if (to === undefined) return this.#drop('nobody', TraceKind.Nobody, packet, from, from)
    this.#tell(TraceKind.Sent, packet, from, to)
    if (this.#separated(from, to)) return this.#drop('partitioned', TraceKind.Partitioned, packet, from, to)
    if (this.#happens(this.#loss, from, to)) return this.#drop('lost', TraceKind.Lost, packet, from, to)
    this.#dispatch(packet, from, to)
    if (this.#happens(this.#duplicate, from, to)) {
      this.traffic.count('duplicated')
      this.#tell(TraceKind.Duplicated, packet, from, to)
      this.#dispatch(packet, from, to)
    }
  }

  #dispatch (packet: P, from: number, to: number): void {
    const { clock, latency, random } = this.#components
    const heldUpMs = this.#happens(this.#reorder, from, to) ? random.float() * this.#reorderMs : 0
    const arrival = Math.round((clock.now() + latency.delayMs(from, to) + heldUpMs) * TICKS_PER_MS) / TICKS_PER_MS
    clock.setTimeout(() => { this.#arrive(packet, from, to) }, arrival - clock.now())
  }

  #arrive (packet: P, from: number, to: number): void {
    const port = this.#ports[to]
    if (port === undefined) return this.#drop('nobody', TraceKind.Nobody, packet, from, to)
    this.traffic.received(to, packet.size)
    this.#tell(TraceKind.Delivered, packet, from, to)
    port.receive(packet, from)
  }

  #drop (reason: 'nobody' | 'partitioned' | 'lost', kind: number, packet: P, from: number, to: number): void {
    this.traffic.count(reason)
    this.#tell(kind, packet, from, to)
  }

  #happens (chance: ChanceOf, from: number, to: number): boolean {
    const probability = chance(from, to)
    return probability > 0 && this.#components.random.float() < probability
  }

  #separated (from: number, to: number): boolean {
    return this.#groups !== undefined && (this.#groups[from] ?? UNGROUPED) !== (this.#groups[to] ?? UNGROUPED)
  }

  #tell (kind: number, packet: P, from: number, to: number): void {
    this.#components.trace.add(kind, this.#components.clock.now(), from, to, packet.fingerprint)
  }
}
