import type { Endpoint, Transport, TransportFactory, TransportHandler } from '@kadmium/interface'
import { ListenError } from '@kadmium/interface'
import type { VirtualClock } from '@kadmium/runtime'
import { parseEndpoint } from '@kadmium/wire'

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
