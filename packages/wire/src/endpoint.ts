import { InvalidOptionError } from '@kadmium/interface'
import type { Endpoint } from '@kadmium/interface'
import { MAPPED_PREFIX, formatIpv4, formatIpv6, parseIp } from './ip-text.ts'
import type { IpWords } from './ip-text.ts'

/** Address and port, as they are packed: IPv4. */
export const IPV4_ENDPOINT_BYTES = 6
/** Address and port, as they are packed: IPv6. */
export const IPV6_ENDPOINT_BYTES = 18

/**
 * Holds numbers only: one is made for each contact of each reply, few are ever printed, and none keeps a datagram alive.
 * Text and bytes are made when they are first asked for.
 */
class IpEndpoint implements Endpoint {
  readonly family: 4 | 6
  readonly port: number
  /** The address as in ip-text.ts. */
  readonly w0: number
  readonly w1: number
  readonly w2: number
  readonly w3: number
  #host: string | undefined
  #text: string | undefined
  #bytes: Uint8Array | undefined

  constructor (w0: number, w1: number, w2: number, w3: number, port: number) {
    this.family = w0 === 0 && w1 === 0 && w2 === MAPPED_PREFIX ? 4 : 6
    this.port = port
    this.w0 = w0
    this.w1 = w1
    this.w2 = w2
    this.w3 = w3
  }

  get host (): string {
    return (this.#host ??= this.family === 4 ? formatIpv4(this.w3) : formatIpv6([this.w0, this.w1, this.w2, this.w3]))
  }

  get text (): string {
    return (this.#text ??= this.family === 4 ? `${this.host}:${this.port}` : `[${this.host}]:${this.port}`)
  }

  get bytes (): Uint8Array {
    if (this.#bytes === undefined) {
      this.#bytes = new Uint8Array(packedBytes(this))
      writeEndpoint(this, this.#bytes, 0)
    }
    return this.#bytes
  }

  toString (): string {
    return this.text
  }
}

/** `host` is an IP address. An IPv4-mapped IPv6 address is folded to IPv4, so that one place has one name. */
export function endpoint (host: string, port: number): Endpoint {
  const words = parseIp(host)
  if (words === undefined) throw new InvalidOptionError('host', `expected an IPv4 or IPv6 address, got '${host}'`)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidOptionError('port', `expected 0 to 65535, got ${port}`)
  return new IpEndpoint(...words, port)
}

/** The inverse of `Endpoint.bytes`: 6 or 18 bytes, which are not kept. Throws for any other length. */
export function endpointFromBytes (bytes: Uint8Array): Endpoint {
  switch (bytes.length) {
    case IPV4_ENDPOINT_BYTES: return readEndpoint(bytes, 0, 4)
    case IPV6_ENDPOINT_BYTES: return readEndpoint(bytes, 0, 6)
    default: throw new InvalidOptionError('bytes', `expected 6 or 18 bytes, got ${bytes.length}`)
  }
}

/** Reads a packed endpoint; the caller has checked that its bytes are there. */
export function readEndpoint (bytes: Uint8Array, at: number, family: 4 | 6): Endpoint {
  return family === 4
    ? new IpEndpoint(0, 0, MAPPED_PREFIX, word(bytes, at), port(bytes, at + 4))
    : new IpEndpoint(word(bytes, at), word(bytes, at + 4), word(bytes, at + 8), word(bytes, at + 12), port(bytes, at + 16))
}

/** Writes `address` at `at` and returns where it ends. */
export function writeEndpoint (address: Endpoint, into: Uint8Array, at: number): number {
  const [w0, w1, w2, w3] = wordsOf(address)
  const end = address.family === 4 ? writeWord(w3, into, at) : writeWord(w3, into, writeWord(w2, into, writeWord(w1, into, writeWord(w0, into, at))))
  into[end] = address.port >>> 8
  into[end + 1] = address.port & 255
  return end + 2
}

export function packedBytes (address: Endpoint): number {
  return address.family === 4 ? IPV4_ENDPOINT_BYTES : IPV6_ENDPOINT_BYTES
}

/** The address as four signed words, also for an `Endpoint` that another package made. */
export function wordsOf (address: Endpoint): IpWords {
  if (address instanceof IpEndpoint) return [address.w0, address.w1, address.w2, address.w3]
  const { bytes } = address
  return address.family === 4
    ? [0, 0, MAPPED_PREFIX, word(bytes, 0)]
    : [word(bytes, 0), word(bytes, 4), word(bytes, 8), word(bytes, 12)]
}

/** The address of an IPv4 endpoint as a signed word: it is asked for far more often than the others, and costs no array. */
export function ipv4WordOf (address: Endpoint): number {
  return address instanceof IpEndpoint ? address.w3 : word(address.bytes, 0)
}

function word (bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
}

function port (bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

function writeWord (value: number, into: Uint8Array, at: number): number {
  into[at] = value >>> 24
  into[at + 1] = value >>> 16
  into[at + 2] = value >>> 8
  into[at + 3] = value
  return at + 4
}
