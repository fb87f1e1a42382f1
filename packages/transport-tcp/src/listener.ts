import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { ListenError } from '@kadmium/interface'
import type { Endpoint } from '@kadmium/interface'
import { endpoint } from '@kadmium/wire'

export interface ListenerHandler {
  accept (socket: Socket): void
  failed (error: Error): void
}

/** One bound server socket. */
export class Listener {
  readonly address: Endpoint
  readonly #server: Server

  /** Rejects with `ListenError`. */
  static async bind (address: Endpoint, handler: ListenerHandler): Promise<Listener> {
    const server = createServer({ noDelay: true }, socket => { handler.accept(socket) })
    await listening(server, address)
    server.on('error', error => { handler.failed(error) })
    return new Listener(server)
  }

  private constructor (server: Server) {
    const { address, port } = server.address() as AddressInfo
    this.address = endpoint(address, port)
    this.#server = server
  }

  /** Takes no more connections; resolves when those that came by it have ended. */
  close (): Promise<void> {
    return new Promise(resolve => { this.#server.close(() => { resolve() }) })
  }
}

/** `exclusive`: workers of a cluster do not share the socket, and so not each other's requests. */
function listening (server: Server, address: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException): void => { reject(ListenError.of('tcp', address, cause)) }
    server.once('error', refuse)
    server.listen({ port: address.port, host: address.host, ipv6Only: address.family === 6, exclusive: true }, () => {
      server.off('error', refuse)
      resolve()
    })
  })
}
