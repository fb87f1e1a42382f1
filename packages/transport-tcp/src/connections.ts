import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { Endpoint, TransportHandler } from '@kadmium/interface'
import { endpoint, ipGroup, isPrivateAddress } from '@kadmium/wire'
import { Connection } from './connection.ts'
import type { TcpOptions } from './options.ts'

/** All connections of one start: those that we made, by whom they lead to, and those of others, by where they come from. */
export class Connections {
  readonly #options: TcpOptions
  readonly #handler: TransportHandler
  /** The least recently used first. */
  readonly #outbound = new Map<string, Connection>()
  readonly #inbound = new Map<string, Connection>()
  readonly #perIp = new Map<string | number, number>()
  /** Where connections of others come from: nobody listens there, so none of them is ever dialled. */
  readonly #sources = new WeakSet<Endpoint>()

  constructor (options: TcpOptions, handler: TransportHandler) {
    this.#options = options
    this.#handler = handler
  }

  /**
   * By the connection that `to` was the source of, or by one that leads there. `ownHost`: our address, where it matters.
   * Says why it cannot.
   */
  send (bytes: Uint8Array, to: Endpoint, ownHost: string | undefined): Error | undefined {
    if (bytes.length > this.#options.maxMessageBytes) return new Error(`a message has at most ${this.#options.maxMessageBytes} bytes, got ${bytes.length}`)
    if (!this.#sources.has(to)) return this.#leadingTo(to, ownHost).send(bytes)
    const inbound = this.#inbound.get(to.text)
    return inbound?.remote === to ? inbound.send(bytes) : new Error('the connection has ended')
  }

  #leadingTo (to: Endpoint, ownHost: string | undefined): Connection {
    const connection = this.#outbound.get(to.text)
    if (connection === undefined) return this.#dial(to, ownHost)
    this.#outbound.delete(to.text)
    this.#outbound.set(to.text, connection)
    return connection
  }

  #dial (to: Endpoint, from: string | undefined): Connection {
    if (this.#outbound.size >= this.#options.maxOutbound) void first(this.#outbound)?.close(new Error('made room for another connection'))
    const socket = connect({ host: to.host, port: to.port, noDelay: true, ...(from !== undefined && { localAddress: from }) })
    const connection: Connection = this.#open(socket, to, true, () => { remove(this.#outbound, connection) })
    this.#outbound.set(to.text, connection)
    return connection
  }

  accept (socket: Socket): void {
    const remote = sourceOf(socket)
    const group = remote === undefined ? undefined : this.#groupOf(remote)
    if (remote === undefined || !this.#hasRoom(group)) return this.#turnAway(socket)
    this.#sources.add(remote)
    this.#count(group, 1)
    const connection: Connection = this.#open(socket, remote, false, () => {
      this.#count(group, -1)
      remove(this.#inbound, connection)
    })
    this.#inbound.set(remote.text, connection)
  }

  async closeAll (): Promise<void> {
    await Promise.all([...this.#outbound.values(), ...this.#inbound.values()].map(connection => connection.close()))
  }

  #open (socket: Socket, remote: Endpoint, outbound: boolean, onGone: () => void): Connection {
    return new Connection(socket, {
      remote,
      outbound,
      options: this.#options,
      onMessage: bytes => { this.#handler.receive(bytes, remote) },
      onEnd: error => {
        onGone()
        if (error !== undefined) this.#handler.failed(error, remote)
      }
    })
  }

  #turnAway (socket: Socket): void {
    socket.on('error', () => {}) // it is gone already, or will be
    socket.destroy()
  }

  #hasRoom (group: string | number | undefined): boolean {
    if (this.#inbound.size >= this.#options.maxInbound) return false
    return group === undefined || (this.#perIp.get(group) ?? 0) < this.#options.maxInboundPerIp
  }

  #groupOf (remote: Endpoint): string | number | undefined {
    if (this.#options.exemptPrivate && isPrivateAddress(remote)) return undefined
    return remote.family === 4 ? remote.host : ipGroup(remote)
  }

  #count (group: string | number | undefined, change: number): void {
    if (group === undefined) return
    const count = (this.#perIp.get(group) ?? 0) + change
    if (count > 0) this.#perIp.set(group, count)
    else this.#perIp.delete(group)
  }
}

/** `undefined` when it was gone before it could be accepted. A link-local address comes with its interface, as in `fe80::1%eth0`. */
function sourceOf ({ remoteAddress, remotePort }: Socket): Endpoint | undefined {
  const host = remoteAddress?.split('%')[0]
  return host === undefined || remotePort === undefined ? undefined : endpoint(host, remotePort)
}

/** Its place may have been taken by a newer one. */
function remove (connections: Map<string, Connection>, connection: Connection): void {
  const { text } = connection.remote
  if (connections.get(text) === connection) connections.delete(text)
}

function first (connections: Map<string, Connection>): Connection | undefined {
  return connections.values().next().value
}
