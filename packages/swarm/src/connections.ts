import type { Contact, Endpoint, Mode, PeerId } from '@kadmium/interface'
import { BoundedMap } from './bounded-map.ts'

/** A peer that is known to receive at an endpoint. Soft state: it says what was last known. */
export interface PeerConnection {
  readonly contact: Contact
  readonly endpoint: Endpoint
  /** As of its last envelope; `undefined` as long as its proof is all that came. */
  mode: Mode | undefined
  /** Requests in a row that went unanswered. */
  timeouts: number
}

export interface ConnectionsInit {
  readonly connections: number
  readonly onOpened: (connection: PeerConnection, initiator: boolean) => void
  readonly onClosed: (connection: PeerConnection, reason: string) => void
}

/** Requests, each with all its tries, that may go unanswered in a row before a connection counts as closed. */
const MAX_TIMEOUTS = 3

/** Whom we are connected to, by endpoint: one peer may have an address of each family. */
export class Connections {
  readonly #init: ConnectionsInit
  readonly #byEndpoint: BoundedMap<string, PeerConnection>

  constructor (init: ConnectionsInit) {
    this.#init = init
    this.#byEndpoint = new BoundedMap(init.connections)
  }

  peers (): PeerId[] {
    const peers = new Map(Array.from(this.#byEndpoint.values(), ({ contact }) => [contact.id.hex, contact.id]))
    return [...peers.values()]
  }

  /** Looks at all of them: applications ask that now and then, and nobody else does. */
  isConnected (peer: PeerId): boolean {
    for (const { contact: { id } } of this.#byEndpoint.values()) {
      if (id.equals(peer)) return true
    }
    return false
  }

  at (endpoint: Endpoint): PeerConnection | undefined {
    return this.#byEndpoint.get(endpoint.text)
  }

  /** The peer has proven that it receives at `endpoint`, just now. Opens the connection unless it is open. */
  heard (contact: Contact, endpoint: Endpoint, initiator: boolean): PeerConnection {
    const known = this.#byEndpoint.get(endpoint.text)
    if (known !== undefined && known.contact.id.equals(contact.id)) {
      known.timeouts = 0
      return known
    }
    if (known !== undefined) this.#close(known, 'replaced')
    const connection: PeerConnection = { contact, endpoint, mode: undefined, timeouts: 0 }
    const evicted = this.#byEndpoint.set(endpoint.text, connection)
    if (evicted !== undefined) this.#init.onClosed(evicted, 'evicted')
    this.#init.onOpened(connection, initiator)
    return connection
  }

  timedOut (endpoint: Endpoint): void {
    const connection = this.#byEndpoint.get(endpoint.text)
    if (connection !== undefined && ++connection.timeouts >= MAX_TIMEOUTS) this.#close(connection, 'unresponsive')
  }

  closed (endpoint: Endpoint, reason: string): void {
    const connection = this.#byEndpoint.get(endpoint.text)
    if (connection !== undefined) this.#close(connection, reason)
  }

  closeAll (reason: string): void {
    for (const connection of [...this.#byEndpoint.values()]) this.#close(connection, reason)
  }

  #close (connection: PeerConnection, reason: string): void {
    this.#byEndpoint.delete(connection.endpoint.text)
    this.#init.onClosed(connection, reason)
  }
}
