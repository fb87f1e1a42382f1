import type { Endpoint, Transport } from '@kadmium/interface'

export interface Arrival {
  readonly bytes: Uint8Array
  readonly from: Endpoint
}

/** Takes what a transport tells and lets a test wait for it. */
export class Peer {
  readonly transport: Transport
  readonly failures: Array<{ error: Error, to: Endpoint | undefined }> = []
  readonly #arrived: Arrival[] = []
  #wake: Array<() => void> = []

  constructor (transport: Transport) {
    this.transport = transport
  }

  get address (): Endpoint {
    return this.transport.listening[0] as Endpoint
  }

  receive (bytes: Uint8Array, from: Endpoint): void {
    this.#arrived.push({ bytes, from })
    this.#woken()
  }

  failed (error: Error, to?: Endpoint): void {
    this.failures.push({ error, to })
    this.#woken()
  }

  async next (): Promise<Arrival> {
    while (this.#arrived.length === 0) await this.#something()
    return this.#arrived.shift() as Arrival
  }

  /** The failure after those that were taken before. */
  async failure (): Promise<{ message: string, to: string | undefined }> {
    while (this.failures.length === 0) await this.#something()
    const { error, to } = this.failures.shift() as { error: Error, to: Endpoint | undefined }
    return { message: error.message, to: to?.text }
  }

  #something (): Promise<void> {
    return new Promise(resolve => { this.#wake.push(resolve) })
  }

  #woken (): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}
