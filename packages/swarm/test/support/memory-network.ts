import type { Endpoint, StartOptions, Transport, TransportFactory, TransportHandler } from '@kadmium/interface'
import { ListenError } from '@kadmium/interface'
import type { VirtualClock } from '@kadmium/runtime'
import { endpoint, parseEndpoint } from '@kadmium/wire'

export interface Datagram {
  readonly bytes: Uint8Array
  readonly from: Endpoint
  readonly to: Endpoint
}

/** Sockets in memory: every datagram takes 10 virtual milliseconds, unless the test's `carry` does something else with it. */
export class MemoryNetwork {
  readonly clock: VirtualClock
  readonly log: Datagram[] = []
  readonly #bound = new Map<string, TransportHandler>()
  readonly #streams = new Map<string, TransportHandler>()
  /** Who dialled, by the port of its own that a connection comes from. */
  readonly #connections = new Map<string, { readonly handler: TransportHandler, readonly dialled: Endpoint }>()
  /** Messages that went by a connection. */
  readonly streamLog: Datagram[] = []
  /** Whether a message by a connection arrives. Nobody is told. */
  carryStream: (message: Datagram) => boolean = () => true
  latencyMs = 10
  /** What becomes of a datagram: itself, another, or nothing. */
  carry: (datagram: Datagram) => Datagram | undefined = datagram => datagram

  constructor (clock: VirtualClock) {
    this.clock = clock
  }

  get bound (): number {
    return this.#bound.size
  }

  transport (...listen: string[]): TransportFactory {
    return () => new MemoryTransport(this, listen.map(parseEndpoint))
  }

  /** A reliable transport; port 0 is what it is started with. */
  streams (listen: string): TransportFactory {
    return () => new MemoryStreams(this, parseEndpoint(listen))
  }

  bindStreams (at: Endpoint, handler: TransportHandler): void {
    if (this.#streams.has(at.text)) throw new ListenError(`cannot listen on ${at.text}: the port is in use`, 'EADDRINUSE')
    this.#streams.set(at.text, handler)
  }

  unbindStreams (at: Endpoint): void {
    this.#streams.delete(at.text)
  }

  sendByConnection (bytes: Uint8Array, from: Endpoint, to: Endpoint, handler: TransportHandler): void {
    this.streamLog.push({ bytes, from, to })
    if (!this.carryStream({ bytes, from, to })) return
    this.clock.setTimeout(() => {
      const connection = this.#connections.get(to.text)
      if (connection !== undefined) return connection.handler.receive(bytes.slice(), connection.dialled)
      const listener = this.#streams.get(to.text)
      if (listener === undefined) return handler.failed(new Error('nobody there'), to)
      const source = endpoint(from.host, 50_000 + this.#connections.size)
      this.#connections.set(source.text, { handler, dialled: to })
      listener.receive(bytes.slice(), source)
    }, this.latencyMs)
  }

  bind (at: Endpoint, handler: TransportHandler): void {
    if (this.#bound.has(at.text)) throw new ListenError(`cannot listen on ${at.text}: the port is in use`, 'EADDRINUSE')
    this.#bound.set(at.text, handler)
  }

  unbind (at: Endpoint): void {
    this.#bound.delete(at.text)
  }

  send (datagram: Datagram): void {
    this.log.push(datagram)
    const carried = this.carry(datagram)
    if (carried !== undefined) this.clock.setTimeout(() => { this.deliver(carried) }, this.latencyMs)
  }

  /** Puts a datagram in front of its receiver at once, whoever it says it is from. */
  deliver ({ bytes, from, to }: Datagram): void {
    this.#bound.get(to.text)?.receive(bytes.slice(), parseEndpoint(from.text))
  }

  fail (at: Endpoint, error: Error, to?: Endpoint): void {
    this.#bound.get(at.text)?.failed(error, to)
  }

  /** UDP payload bytes that were sent to `to`. */
  bytesTo (to: Endpoint): number {
    return this.log.reduce((sum, datagram) => datagram.to.text === to.text ? sum + datagram.bytes.length : sum, 0)
  }
}

class MemoryTransport implements Transport {
  readonly reliable = false
  readonly #network: MemoryNetwork
  readonly #addresses: readonly Endpoint[]
  listening: readonly Endpoint[] = []

  constructor (network: MemoryNetwork, addresses: readonly Endpoint[]) {
    this.#network = network
    this.#addresses = addresses
  }

  async start (handler: TransportHandler): Promise<void> {
    for (const address of this.#addresses) this.#network.bind(address, handler)
    this.listening = this.#addresses
  }

  async stop (): Promise<void> {
    for (const address of this.listening) this.#network.unbind(address)
    this.listening = []
  }

  reaches (to: Endpoint): boolean {
    return this.listening.some(address => address.family === to.family)
  }

  send (bytes: Uint8Array, to: Endpoint): void {
    const from = this.listening.find(address => address.family === to.family)
    if (from !== undefined) this.#network.send({ bytes, from, to })
  }
}

class MemoryStreams implements Transport {
  readonly reliable = true
  readonly #network: MemoryNetwork
  readonly #address: Endpoint
  #handler: TransportHandler | undefined
  listening: readonly Endpoint[] = []

  constructor (network: MemoryNetwork, address: Endpoint) {
    this.#network = network
    this.#address = address
  }

  async start (handler: TransportHandler, { port = 40_000 }: StartOptions = {}): Promise<void> {
    const bound = this.#address.port === 0 ? endpoint(this.#address.host, port) : this.#address
    this.#network.bindStreams(bound, handler)
    this.#handler = handler
    this.listening = [bound]
  }

  async stop (): Promise<void> {
    for (const address of this.listening) this.#network.unbindStreams(address)
    this.listening = []
  }

  reaches (to: Endpoint): boolean {
    return this.listening.some(address => address.family === to.family)
  }

  send (bytes: Uint8Array, to: Endpoint): void {
    const [from] = this.listening
    if (from !== undefined && this.#handler !== undefined) this.#network.sendByConnection(bytes, from, to, this.#handler)
  }
}
