import type { Contact, Delivery, Endpoint, LinkHandler, Mode, PeerId, SessionEnd } from '@kadmium/interface'
import { PeerIdCache } from '@kadmium/peer-id'
import type { BehaviourHooks } from './behaviour-hooks.ts'
import { BoundedMap } from './bounded-map.ts'
import type { Connections } from './connections.ts'
import type { Counters } from './counters.ts'
import type { DropLog } from './drop-log.ts'
import type { InboundRequests } from './inbound-requests.ts'
import type { Requests } from './requests.ts'
import { sameBytes } from './same-bytes.ts'

export interface ArrivalsInit {
  /** Whether a key is one that this node talks to: another's, and solving the network's puzzle. */
  readonly refusal: (publicKey: Uint8Array) => string | undefined
  /** Strangers whose mode is remembered until their proof comes. */
  readonly strangers: number
  readonly counters: Counters
  readonly dropLog: DropLog
  readonly connections: Connections
  readonly hooks: BehaviourHooks
  readonly inbound: InboundRequests
  readonly requests: Requests
  readonly report: (error: unknown) => void
}

/** Ids depend on nothing but keys, so all swarms of a process share what they have hashed. */
const ids = new PeerIdCache({ capacity: 4096 })

export function idOf (publicKey: Uint8Array): PeerId {
  return ids.get(publicKey)
}

/** What comes in from the link: decides who is heard, and hands requests and answers on. Nothing it calls can end the process. */
export class Arrivals implements LinkHandler {
  readonly #init: ArrivalsInit
  readonly #modes: BoundedMap<string, Mode>

  constructor (init: ArrivalsInit) {
    this.#init = init
    this.#modes = new BoundedMap(init.strangers)
  }

  /** Where a connection comes from is nobody's address: who asks by one is answered, and no more. */
  deliver (delivery: Delivery): void {
    const { refusal, requests, inbound, report } = this.#init
    const { envelope, peerKey } = delivery
    const refused = refusal(peerKey)
    if (refused !== undefined) return this.dropped(refused, delivery.endpoint)
    try {
      if (envelope.kind !== 'request') return requests.answered(delivery, envelope)
      const from = this.contactOf(delivery)
      if (delivery.reliable === true) return inbound.serve(delivery, envelope, from)
      if (delivery.proven) this.heard(from, delivery)
      else this.#modes.set(from.id.hex, envelope.mode)
      inbound.serve(delivery, envelope, from)
    } catch (error) {
      report(error)
    }
  }

  /** The sender at the endpoint that was seen, whatever it claims. */
  contactOf ({ contact, endpoint, peerKey }: Delivery): Contact {
    if (contact !== undefined) return contact
    const known = this.#init.connections.at(endpoint)?.contact
    if (known?.publicKey !== undefined && sameBytes(known.publicKey, peerKey)) return known
    return contactAt(peerKey, endpoint)
  }

  /** A peer proved its address with what it just sent. */
  heard (from: Contact, { endpoint, envelope }: Delivery): void {
    const isAnswer = envelope.kind !== 'request'
    this.#init.connections.heard(from, endpoint, isAnswer).mode = envelope.mode
    if (!isAnswer) this.#init.hooks.peerProven(from, envelope.mode)
  }

  /** A session that opens by an empty datagram says nothing of the mode; the request before it did. */
  sessionOpened (peerKey: Uint8Array, endpoint: Endpoint, initiator: boolean, contact?: Contact): void {
    if (this.#init.refusal(peerKey) !== undefined) return
    const from = contact ?? contactAt(peerKey, endpoint)
    const connection = this.#init.connections.heard(from, endpoint, initiator)
    connection.mode ??= this.#modes.get(from.id.hex)
    this.#modes.delete(from.id.hex)
    if (connection.mode !== undefined) this.#init.hooks.peerProven(connection.contact, connection.mode)
  }

  sessionClosed (_peerKey: Uint8Array, endpoint: Endpoint, reason: SessionEnd): void {
    this.#init.connections.closed(endpoint, reason)
  }

  dropped (reason: string, endpoint: Endpoint): void {
    this.#init.counters.addDropped(reason)
    this.#init.dropLog.dropped(reason, endpoint)
  }

  sent (bytes: number): void {
    this.#init.counters.addSent(bytes)
  }

  received (bytes: number): void {
    this.#init.counters.addReceived(bytes)
  }

  undelivered (to: Endpoint): void {
    this.#init.requests.undelivered(to)
  }

  failed (error: Error): void {
    this.#init.report(error)
  }
}

function contactAt (publicKey: Uint8Array, endpoint: Endpoint): Contact {
  return { id: ids.get(publicKey), publicKey, addresses: [endpoint] }
}
