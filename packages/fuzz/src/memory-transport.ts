import type { Endpoint, Transport, TransportHandler } from '@kadmium/interface'

export interface Sent {
  readonly bytes: Uint8Array
  readonly to: Endpoint
}

/** A socket without a network: what comes in is put in, what goes out is taken out. */
export class MemoryTransport implements Transport {
  readonly reliable: boolean
  readonly #address: Endpoint
  #handler: TransportHandler | undefined
  #sent: Sent[] = []

  constructor (address: Endpoint, reliable = false) {
    this.reliable = reliable
    this.#address = address
  }

  get listening (): readonly Endpoint[] {
    return this.#handler === undefined ? [] : [this.#address]
  }

  start (handler: TransportHandler): Promise<void> {
    this.#handler = handler
    return Promise.resolve()
  }

  stop (): Promise<void> {
    this.#handler = undefined
    return Promise.resolve()
  }

  reaches ({ family }: Endpoint): boolean {
    return family === this.#address.family
  }

  send (bytes: Uint8Array, to: Endpoint): void {
    this.#sent.push({ bytes, to })
  }

  receive (bytes: Uint8Array, from: Endpoint): void {
    this.#handler?.receive(bytes, from)
  }

  /** All that went out since the last call. */
  take (): readonly Sent[] {
    const sent = this.#sent
    this.#sent = []
    return sent
  }
}
