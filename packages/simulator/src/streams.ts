import type { Endpoint, TransportHandler } from '@kadmium/interface'
import { endpoint } from '@kadmium/wire'
import type { NetworkComponents } from './network.ts'
import { TraceKind } from './trace.ts'

/** One life of a node, as its connections see it. */
export interface StreamPort {
  readonly node: number
  readonly handler: TransportHandler
}

/** Bytes one way: one message after the other. */
interface Way {
  freeAt: number
  lastArrival: number
}

interface Connection {
  readonly dialer: StreamPort
  readonly dialled: Endpoint
  /** Where it comes from, for who takes it. */
  readonly source: Endpoint
  readonly there: Way
  readonly back: Way
  /** Once its first message has come. */
  acceptor: StreamPort | undefined
  lastUsed: number
  ended: boolean
}

/** How long it takes until a sender knows that nobody takes what it sends. */
const PATIENCE_MS = 3000
const IDLE_MS = 15_000
const FIRST_PORT = 32_768
const PORTS = 28_000
/** 10 Mbit/s. */
const DEFAULT_BYTES_PER_MS = 1250
const NOBODY = -1
const TICKS_PER_MS = 1024

/**
 * Connections between the nodes of a network: messages arrive in their order, after the handshake of a new connection, the
 * latency and the time that the line takes for so many bytes. None is lost and none comes twice; where the other side is
 * down, behind an address translator or across a partition, the sender is told after a while. Bandwidth is per connection.
 */
export class Streams {
  readonly #components: NetworkComponents
  readonly #separated: (from: number, to: number) => boolean
  readonly #bytesPerMs: number
  readonly #ports: Array<StreamPort | undefined> = []
  /** By who dialled whom, the longest unused first. */
  readonly #dialled = new Map<string, Connection>()
  readonly #bySource = new Map<string, Connection>()
  #nextPort = 0

  constructor (components: NetworkComponents, separated: (from: number, to: number) => boolean) {
    this.#components = components
    this.#separated = separated
    const { bandwidth } = components
    this.#bytesPerMs = bandwidth === undefined ? DEFAULT_BYTES_PER_MS : Math.min(bandwidth.up, bandwidth.down) / 1000
  }

  attach (port: StreamPort): void {
    this.#ports[port.node] = port
  }

  /** The node is gone; nobody is told. */
  detach (node: number): void {
    this.#ports[node] = undefined
  }

  /** The node leaves: the others hear that its connections have ended. */
  close (port: StreamPort): void {
    this.detach(port.node)
    for (const connection of [...this.#bySource.values()]) {
      if (connection.acceptor === port) this.#fail(connection, connection.dialer, this.#components.latency.delayMs(port.node, connection.dialer.node), 'the other side closed the connection')
      else if (connection.dialer === port) this.#end(connection)
    }
  }

  /** By the connection that came from `to`, or by one that leads there. */
  send (bytes: Uint8Array, port: StreamPort, to: Endpoint): void {
    const inbound = this.#bySource.get(to.text)
    const connection = inbound?.acceptor === port ? inbound : this.#leadingTo(to, port)
    if (connection !== undefined) this.#dispatch(bytes.slice(), connection, port)
  }

  #leadingTo (to: Endpoint, port: StreamPort): Connection | undefined {
    const { clock, addresses, latency } = this.#components
    const now = clock.now()
    this.#sweep(now)
    const name = nameOf(port.node, to)
    const own = addresses.of(port.node, to.family)
    const known = this.#dialled.get(name)
    if (known !== undefined || own === undefined) return known
    const host = (to.family === 4 ? addresses.natOf(port.node)?.host : undefined) ?? own.host
    const target = this.#targetOf(to)
    const handshakeMs = target === NOBODY ? 0 : latency.delayMs(port.node, target) + latency.delayMs(target, port.node)
    const source = endpoint(host, FIRST_PORT + this.#nextPort++ % PORTS)
    const there = { freeAt: now + handshakeMs, lastArrival: 0 }
    const connection: Connection = { dialer: port, dialled: to, source, there, back: { freeAt: 0, lastArrival: 0 }, acceptor: undefined, lastUsed: now, ended: false }
    this.#dialled.set(name, connection)
    this.#bySource.set(source.text, connection)
    return connection
  }

  #dispatch (bytes: Uint8Array, connection: Connection, from: StreamPort): void {
    const { clock, latency } = this.#components
    const outward = from === connection.dialer
    const way = outward ? connection.there : connection.back
    const target = outward ? this.#targetOf(connection.dialled) : connection.dialer.node
    this.#touch(connection)
    if (target === NOBODY) return this.#fail(connection, from, PATIENCE_MS, 'nobody takes connections there')
    this.#components.trace.add(TraceKind.Sent, clock.now(), from.node, target, bytes)
    way.freeAt = Math.max(way.freeAt, clock.now()) + bytes.length / this.#bytesPerMs
    way.lastArrival = Math.max(way.lastArrival, way.freeAt + latency.delayMs(from.node, target))
    this.#after(way.lastArrival - clock.now(), () => { this.#arrive(bytes, connection, from, target) })
  }

  #arrive (bytes: Uint8Array, connection: Connection, from: StreamPort, target: number): void {
    if (connection.ended) return
    const port = this.#ports[target]
    const outward = from === connection.dialer
    if (outward && port !== undefined) connection.acceptor ??= port
    const known = outward ? connection.acceptor : connection.dialer
    if (port === undefined || port !== known || this.#separated(from.node, target)) return this.#fail(connection, from, PATIENCE_MS, 'the connection broke')
    this.#touch(connection)
    this.#components.trace.add(TraceKind.Delivered, this.#components.clock.now(), from.node, target, bytes)
    port.handler.receive(bytes, outward ? connection.source : connection.dialled)
  }

  #fail (connection: Connection, sender: StreamPort, afterMs: number, reason: string): void {
    this.#end(connection)
    this.#after(afterMs, () => {
      if (this.#ports[sender.node] !== sender) return
      sender.handler.failed(new Error(reason), sender === connection.dialer ? connection.dialled : connection.source)
    })
  }

  #end (connection: Connection): void {
    connection.ended = true
    this.#bySource.delete(connection.source.text)
    const name = nameOf(connection.dialer.node, connection.dialled)
    if (this.#dialled.get(name) === connection) this.#dialled.delete(name)
  }

  #touch (connection: Connection): void {
    if (connection.ended) return
    connection.lastUsed = this.#components.clock.now()
    const name = nameOf(connection.dialer.node, connection.dialled)
    this.#dialled.delete(name)
    this.#dialled.set(name, connection)
  }

  #sweep (now: number): void {
    for (const connection of this.#dialled.values()) {
      if (now - connection.lastUsed <= IDLE_MS && this.#ports[connection.dialer.node] === connection.dialer) return
      this.#end(connection)
    }
  }

  /** Nobody is reached from outside behind an address translator. */
  #targetOf (address: Endpoint): number {
    const { addresses } = this.#components
    const node = addresses.nodeAt(address)
    return node === undefined || (address.family === 4 && addresses.natOf(node) !== undefined) ? NOBODY : node
  }

  #after (delayMs: number, then: () => void): void {
    const { clock } = this.#components
    const at = Math.round((clock.now() + delayMs) * TICKS_PER_MS) / TICKS_PER_MS
    clock.setTimeout(then, at - clock.now())
  }
}

function nameOf (node: number, to: Endpoint): string {
  return `${node} ${to.text}`
}
