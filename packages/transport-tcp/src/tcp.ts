import type { Socket } from 'node:net'
import type { Endpoint, StartOptions, Transport, TransportFactory, TransportHandler } from '@kadmium/interface'
import { endpoint } from '@kadmium/wire'
import { Connections } from './connections.ts'
import { Listener } from './listener.ts'
import { tcpOptions } from './options.ts'
import type { TcpInit, TcpOptions } from './options.ts'

/**
 * TCP as a reliable transport of messages. Throws `InvalidOptionError` for options that are none.
 *
 * A connection that another node made comes from a port of its own, where nobody listens. `from` of what it brings names
 * that connection and nothing else: what is sent to it goes back on the very connection, and cannot be sent once that has
 * ended. It is no address to be remembered or told to others.
 */
export function tcp (init: TcpInit): TransportFactory {
  const options = tcpOptions(init)
  return () => new TcpTransport(options)
}

/** What there is between start and stop. */
interface Up {
  readonly connections: Connections
  readonly handler: TransportHandler
}

/** Starting twice is starting once. `start` and `stop` take effect in the order of the calls, whether awaited or not. */
class TcpTransport implements Transport {
  readonly reliable = true
  readonly #options: TcpOptions
  readonly #listeners: Listener[] = []
  #up: Up | undefined
  #lastStep: Promise<void> = Promise.resolve()

  constructor (options: TcpOptions) {
    this.#options = options
  }

  get listening (): readonly Endpoint[] {
    return this.#listeners.map(({ address }) => address)
  }

  start (handler: TransportHandler, { port = 0 }: StartOptions = {}): Promise<void> {
    return this.#next(async () => {
      if (this.#up !== undefined) return
      const connections = new Connections(this.#options, handler)
      this.#up = { connections, handler }
      try {
        await this.#bindAll(port, this.#up)
      } catch (error) {
        await this.#down()
        throw error
      }
    })
  }

  stop (): Promise<void> {
    return this.#next(() => this.#down())
  }

  /** Who listens nowhere may dial in any family. */
  reaches (to: Endpoint): boolean {
    return this.#up !== undefined && (this.#options.addresses.length === 0 || this.#listenerFor(to) !== undefined)
  }

  send (bytes: Uint8Array, to: Endpoint): void {
    try {
      const error = this.#up?.connections.send(bytes, to, this.#ownHost(to))
      if (error !== undefined) this.#up?.handler.failed(error, to)
    } catch (error) {
      this.#up?.handler.failed(error as Error, to) // what node:net checks for itself
    }
  }

  /** Who is bound to one address of several must be seen at it. */
  #ownHost (to: Endpoint): string | undefined {
    const host = this.#listenerFor(to)?.address.host
    return host === '0.0.0.0' || host === '::' ? undefined : host
  }

  #listenerFor (to: Endpoint): Listener | undefined {
    return this.#listeners.find(({ address }) => address.family === to.family)
  }

  /** Those with port 0 get the same one. */
  async #bindAll (wish: number, { connections, handler }: Up): Promise<void> {
    let shared = wish
    const on = { accept: (socket: Socket) => { connections.accept(socket) }, failed: (error: Error) => { handler.failed(error) } }
    for (const address of this.#options.addresses) {
      const listener = await Listener.bind(address.port === 0 ? endpoint(address.host, shared) : address, on)
      if (address.port === 0) shared = listener.address.port
      this.#listeners.push(listener)
    }
  }

  async #down (): Promise<void> {
    const [listeners, up] = [this.#listeners.splice(0), this.#up]
    this.#up = undefined
    await Promise.all([...listeners.map(listener => listener.close()), up?.connections.closeAll()])
  }

  #next (step: () => Promise<void>): Promise<void> {
    const result = this.#lastStep.then(step)
    this.#lastStep = result.catch(() => {}) // the caller is told; the next step goes on
    return result
  }
}
