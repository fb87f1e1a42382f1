import { InvalidOptionError } from '@kadmium/interface'
import type { Endpoint, Transport, TransportFactory, TransportHandler } from '@kadmium/interface'
import { parseEndpoint } from '@kadmium/wire'
import { bindTogether } from './bind-together.ts'
import { UdpSocket } from './udp-socket.ts'

export interface UdpInit {
  /**
   * Where to bind: `/ip4/0.0.0.0/udp/8001` or `0.0.0.0:8001`, at most one address of each family. Port 0 is any free port;
   * where both families ask for it they get the same one.
   */
  readonly listen: readonly string[]
  /**
   * What the system is asked to hold of datagrams not yet read, in bytes, for each socket. It may grant less: Linux no more than
   * `net.core.rmem_max`. Default 4 MiB, some 3,600 datagrams of 1,200 bytes: those of a third of a second at 10,000 a second.
   */
  readonly recvBufferBytes?: number
  /** How many ports are tried until one is free in both families. Default 20. */
  readonly bindAttempts?: number
}

const DEFAULT_RECV_BUFFER_BYTES = 4_194_304
const DEFAULT_BIND_ATTEMPTS = 20

/** UDP sockets as a transport. Throws `InvalidOptionError` for addresses that are none. */
export function udp (init: UdpInit): TransportFactory {
  const { recvBufferBytes = DEFAULT_RECV_BUFFER_BYTES, bindAttempts = DEFAULT_BIND_ATTEMPTS } = init
  const addresses = parseListen(init.listen)
  checkCount('recvBufferBytes', recvBufferBytes)
  checkCount('bindAttempts', bindAttempts)
  return () => new UdpTransport(addresses, recvBufferBytes, bindAttempts)
}

/** Starting twice is starting once. `start` and `stop` take effect in the order of the calls, whether awaited or not. */
class UdpTransport implements Transport {
  readonly reliable = false
  readonly #addresses: readonly Endpoint[]
  readonly #recvBufferBytes: number
  readonly #bindAttempts: number
  #sockets: readonly UdpSocket[] = []
  #lastStep: Promise<void> = Promise.resolve()

  constructor (addresses: readonly Endpoint[], recvBufferBytes: number, bindAttempts: number) {
    this.#addresses = addresses
    this.#recvBufferBytes = recvBufferBytes
    this.#bindAttempts = bindAttempts
  }

  get listening (): readonly Endpoint[] {
    return this.#sockets.map(socket => socket.address)
  }

  start (handler: TransportHandler): Promise<void> {
    return this.#next(async () => {
      if (this.#sockets.length > 0) return
      const bind = (address: Endpoint): Promise<UdpSocket> => UdpSocket.bind(address, this.#recvBufferBytes, handler)
      this.#sockets = await bindTogether(this.#addresses, this.#bindAttempts, bind)
    })
  }

  stop (): Promise<void> {
    return this.#next(async () => {
      const sockets = this.#sockets
      this.#sockets = []
      await Promise.all(sockets.map(socket => socket.close()))
    })
  }

  reaches (to: Endpoint): boolean {
    return this.#socketFor(to) !== undefined
  }

  send (bytes: Uint8Array, to: Endpoint): void {
    this.#socketFor(to)?.send(bytes, to)
  }

  #socketFor (to: Endpoint): UdpSocket | undefined {
    return this.#sockets.find(socket => socket.address.family === to.family)
  }

  #next (step: () => Promise<void>): Promise<void> {
    const result = this.#lastStep.then(step)
    this.#lastStep = result.catch(() => {}) // the caller is told; the next step goes on
    return result
  }
}

function parseListen (listen: readonly string[]): readonly Endpoint[] {
  if (listen.length === 0) throw new InvalidOptionError('listen', 'expected at least one address')
  if (listen.some(text => /^\/ip[46]\/[^/]*\/tcp\//.test(text))) throw new InvalidOptionError('listen', `expected /udp addresses, got '${listen.join("', '")}'`)
  const addresses = listen.map(parseEndpoint)
  if (new Set(addresses.map(address => address.family)).size < addresses.length) {
    throw new InvalidOptionError('listen', `expected at most one IPv4 and one IPv6 address, got '${listen.join("', '")}'`)
  }
  return addresses
}

function checkCount (option: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw new InvalidOptionError(option, `expected an integer of 1 or more, got ${value}`)
}
