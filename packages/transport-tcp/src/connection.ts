import type { Socket } from 'node:net'
import type { Endpoint } from '@kadmium/interface'
import { encode } from 'it-length-prefixed'
import { Deadline } from './deadline.ts'
import { readMessages } from './framing.ts'
import type { TcpOptions } from './options.ts'

export interface ConnectionInit {
  /** Whom it leads to: the address that was dialled, or where it comes from. */
  readonly remote: Endpoint
  readonly outbound: boolean
  readonly options: TcpOptions
  readonly onMessage: (bytes: Uint8Array) => void
  /** Called once. `error` is absent where nothing went wrong: it was idle, or it was closed by `close`. */
  readonly onEnd: (error: Error | undefined) => void
}

/** One TCP connection as a carrier of messages, each with its length before it as a varint. */
export class Connection {
  readonly remote: Endpoint
  readonly #init: ConnectionInit
  readonly #socket: Socket
  readonly #connected: Deadline
  readonly #read: Deadline
  readonly #written: Deadline
  readonly #closed: Promise<void>
  #writing = 0
  /** Bytes read of a message that is not whole yet. */
  #partial = 0
  #ended = false

  constructor (socket: Socket, init: ConnectionInit) {
    const { options, outbound, remote } = init
    this.remote = remote
    this.#init = init
    this.#socket = socket
    this.#connected = new Deadline(options.connectTimeoutMs, () => { this.#end(new Error('no connection in time')) })
    this.#read = new Deadline(options.messageTimeoutMs, () => { this.#end(new Error('a message took too long to come')) })
    this.#written = new Deadline(options.messageTimeoutMs, () => { this.#end(new Error('a message took too long to be taken')) })
    this.#closed = new Promise(resolve => { socket.once('close', () => { resolve() }) })
    socket.setTimeout(outbound ? options.idleTimeoutMs / 2 : options.idleTimeoutMs, () => { this.#end(undefined) })
    socket.on('error', error => { this.#end(error) })
    if (socket.connecting) {
      this.#connected.begin()
      socket.once('connect', () => { this.#connected.met() })
    }
    void this.#receive()
  }

  /** Says why it cannot take the message. */
  send (bytes: Uint8Array): Error | undefined {
    if (this.#ended) return new Error('the connection has ended')
    if (this.#socket.writableLength + bytes.length > this.#init.options.maxBacklogBytes) return new Error('too much waits to be written')
    this.#writing++
    this.#written.begin()
    this.#socket.write(encode.single(bytes).subarray(), () => { this.#wrote() })
    return undefined
  }

  /** Resolves when the socket is closed. What still waits to be written is given up. */
  close (error?: Error): Promise<void> {
    this.#end(error)
    return this.#closed
  }

  async #receive (): Promise<void> {
    const { onMessage, options: { maxMessageBytes } } = this.#init
    try {
      for await (const bytes of readMessages(this.#chunks(), maxMessageBytes)) {
        this.#partial -= encode.single(bytes).length
        this.#read.met()
        if (!this.#ended) onMessage(bytes)
      }
      this.#end(this.#init.outbound ? new Error('the other side closed the connection') : undefined)
    } catch (error) {
      this.#end(error as Error)
    }
  }

  /** What the socket reads. It is asked for more when all messages that are whole have been taken out. */
  async * #chunks (): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#socket) {
      const bytes = chunk as Uint8Array
      this.#partial += bytes.length
      yield bytes
      if (this.#partial > 0 && !this.#ended) this.#read.begin()
    }
  }

  #wrote (): void {
    this.#written.met()
    if (--this.#writing > 0 && !this.#ended) this.#written.begin()
  }

  #end (error: Error | undefined): void {
    if (this.#ended) return
    this.#ended = true
    for (const deadline of [this.#connected, this.#read, this.#written]) deadline.met()
    this.#socket.destroy()
    this.#init.onEnd(error)
  }
}
