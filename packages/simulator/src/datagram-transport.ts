import type { Endpoint, Transport, TransportHandler } from '@kadmium/interface'
import type { Network, Packet, Port } from './network.ts'

export interface Datagram extends Packet {
  readonly bytes: Uint8Array
}

/** The `wire` fidelity: a transport of one node, with the network where its sockets would be. */
export class DatagramTransport implements Transport {
  readonly reliable = false
  readonly #network: Network<Datagram>
  readonly #node: number
  #port: Port<Datagram> | undefined

  constructor (network: Network<Datagram>, node: number) {
    this.#network = network
    this.#node = node
  }

  get listening (): readonly Endpoint[] {
    return this.#port === undefined ? [] : this.#network.addressesOf(this.#node)
  }

  /** Each receiver gets its own copy, since a duplicate arrives again. */
  async start (handler: TransportHandler): Promise<void> {
    this.#port = {
      node: this.#node,
      receive: ({ bytes }, _from, source) => { handler.receive(bytes.slice(), source) }
    }
    this.#network.attach(this.#port)
  }

  reaches (to: Endpoint): boolean {
    return this.#port !== undefined && this.#network.reaches(this.#node, to)
  }

  /** What is sent is copied at once, as a socket does: the sender may use its buffer again. */
  send (bytes: Uint8Array, to: Endpoint): void {
    if (this.#port === undefined) return
    const sent = bytes.slice()
    this.#network.send({ bytes: sent, size: sent.length, fingerprint: sent }, this.#port, to)
  }

  async stop (): Promise<void> {
    if (this.#port === undefined) return
    this.#port = undefined
    this.#network.detach(this.#node)
  }
}
