import { createSocket } from 'node:dgram'
import type { RemoteInfo, Socket } from 'node:dgram'
import { ListenError } from '@kadmium/interface'
import type { Endpoint, TransportHandler } from '@kadmium/interface'
import { endpoint } from '@kadmium/wire'

/** One bound socket. */
export class UdpSocket {
  readonly address: Endpoint
  readonly #socket: Socket
  readonly #handler: TransportHandler

  /** Rejects with `ListenError`. */
  static async bind (address: Endpoint, recvBufferBytes: number, handler: TransportHandler): Promise<UdpSocket> {
    const socket = createSocket({ type: `udp${address.family}`, ipv6Only: address.family === 6, lookup })
    await listening(socket, address)
    askForBuffer(socket, recvBufferBytes)
    return new UdpSocket(socket, handler)
  }

  private constructor (socket: Socket, handler: TransportHandler) {
    const { address, port } = socket.address()
    this.address = endpoint(address, port)
    this.#socket = socket
    this.#handler = handler
    socket.on('error', error => { handler.failed(error) })
    socket.on('message', (bytes, from) => { handler.receive(plain(bytes), source(from)) })
  }

  send (bytes: Uint8Array, to: Endpoint): void {
    try {
      this.#socket.send(bytes, to.port, to.host, error => {
        if (error !== null) this.#handler.failed(error, to)
      })
    } catch (error) {
      this.#handler.failed(error as Error, to) // port 0, and whatever else dgram checks for itself
    }
  }

  close (): Promise<void> {
    return new Promise(resolve => { this.#socket.close(resolve) })
  }
}

/** Linux grants what it may; BSD refuses what is too much, and is asked for half of it. */
function askForBuffer (socket: Socket, bytes: number): void {
  for (let wanted = bytes; wanted >= 1; wanted >>= 1) {
    try {
      return socket.setRecvBufferSize(wanted)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SOCKET_BUFFER_SIZE') throw error
    }
  }
}

/** Every host here is an IP address, so there is nothing to look up; node's own look-up would cost a turn of the event loop. */
function lookup (host: string, _options: unknown, callback: (error: null, address: string, family: number) => void): void {
  callback(null, host, host.includes(':') ? 6 : 4)
}

/** `exclusive`: workers of a cluster do not share the socket, and so not each other's answers. */
function listening (socket: Socket, address: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: unknown): void => {
      socket.close()
      reject(ListenError.of('udp', address, cause as NodeJS.ErrnoException))
    }
    socket.once('error', refuse)
    try {
      socket.bind({ port: address.port, address: address.host, exclusive: true }, () => {
        socket.off('error', refuse)
        resolve()
      })
    } catch (error) {
      refuse(error)
    }
  })
}

/** A link-local sender is named with its interface, as in `fe80::1%eth0`; an endpoint has no place for it. */
function source (from: RemoteInfo): Endpoint {
  const zone = from.address.indexOf('%')
  return endpoint(zone === -1 ? from.address : from.address.slice(0, zone), from.port)
}

function plain (buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}
