import type { Endpoint, Transport, TransportHandler } from '@kadmium/interface'
import type { Addresses } from './addresses.ts'
import type { StreamPort, Streams } from './streams.ts'

/** A reliable transport of one node, at the same addresses as its datagrams. */
export class StreamTransport implements Transport {
  readonly reliable = true
  readonly #streams: Streams
  readonly #addresses: Addresses
  readonly #node: number
  #port: StreamPort | undefined

  constructor (streams: Streams, addresses: Addresses, node: number) {
    this.#streams = streams
    this.#addresses = addresses
    this.#node = node
  }

  get listening (): readonly Endpoint[] {
    return this.#port === undefined ? [] : this.#addresses.allOf(this.#node)
  }

  async start (handler: TransportHandler): Promise<void> {
    this.#port = { node: this.#node, handler }
    this.#streams.attach(this.#port)
  }

  reaches (to: Endpoint): boolean {
    return this.#port !== undefined && this.#addresses.of(this.#node, to.family) !== undefined
  }

  send (bytes: Uint8Array, to: Endpoint): void {
    if (this.#port !== undefined) this.#streams.send(bytes, this.#port, to)
  }

  async stop (): Promise<void> {
    if (this.#port === undefined) return
    this.#streams.close(this.#port)
    this.#port = undefined
  }
}
