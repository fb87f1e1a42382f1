import type { PeerId } from './peer-id.ts'

/** An IP address with a port: where a datagram comes from or goes to. Immutable, compared by `text`. */
export interface Endpoint {
  readonly family: 4 | 6
  /** Canonical text of the IP address: dotted decimal, or RFC 5952. */
  readonly host: string
  /** 0 to 65,535. */
  readonly port: number
  /** Compact form: 4 or 16 address bytes and 2 port bytes, big-endian. Not to be changed. */
  readonly bytes: Uint8Array
  /** `127.0.0.1:8001` or `[::1]:8001`; equal endpoints have equal text, so it serves as a `Map` key. */
  readonly text: string
  /** The same as `text`. */
  toString (): string
}

/** A node that can be asked: its id, its key and where it listens. */
export interface Contact {
  readonly id: PeerId
  /** 32 bytes, raw Ed25519; missing only on wires that have none. */
  readonly publicKey?: Uint8Array
  /** At least one; at most one of each family. */
  readonly addresses: readonly Endpoint[]
}

/** Whom a request goes to. Where `publicKey` or `id` is given, nobody else's answer is believed. */
export interface Recipient {
  readonly id?: PeerId
  readonly publicKey?: Uint8Array
  readonly addresses: readonly Endpoint[]
}

/** A server answers requests and may be listed in routing tables; a client does neither. */
export type Mode = 'client' | 'server'

/**
 * Where the network is. `private`: on a LAN or one machine as well as outside; private and loopback addresses are peers like
 * others, and exempt from limits by IP group. `public`: on the internet, where such addresses are nobody's.
 */
export type NetworkProfile = 'public' | 'private'
