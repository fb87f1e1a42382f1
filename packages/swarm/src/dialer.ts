import type { AbortOptions } from '@libp2p/interface'
import type {
  Behaviour, Connection, Contact, Endpoint, PeerId, Recipient, Reply, RequestOptions, SwarmEventDetails
} from '@kadmium/interface'
import { DialError } from '@kadmium/interface'
import { isPeerId } from '@kadmium/peer-id'
import { endpointFromMultiaddr, parseEndpoint, toMultiaddr } from '@kadmium/wire'
import type { Multiaddr } from '@multiformats/multiaddr'
import { asError } from './swarm-events.ts'

export interface DialerInit {
  readonly localId: PeerId
  readonly behaviours: () => readonly Behaviour[]
  /** Throws when nothing can be sent. */
  readonly checkStarted: () => void
  readonly ping: (to: Recipient, options: RequestOptions) => Promise<Reply<void>>
  readonly isConnected: (endpoint: Endpoint) => boolean
  readonly emit: <K extends 'ConnectionEstablished' | 'OutgoingConnectionError'>(type: K, detail: SwarmEventDetails[K]) => void
}

/**
 * Proves a session by an answered ping. Every dial ends in `ConnectionEstablished`, also one to a peer with whom a session
 * stands already, or in `OutgoingConnectionError`.
 */
export class Dialer {
  readonly #init: DialerInit

  constructor (init: DialerInit) {
    this.#init = init
  }

  async dial (target: PeerId | Multiaddr | string, options: AbortOptions = {}): Promise<Connection> {
    let to: Recipient | undefined
    try {
      this.#init.checkStarted()
      to = await this.#recipient(target, options)
      return await this.#connect(to, options)
    } catch (cause) {
      const error = new DialError(`cannot dial ${String(target)}: ${asError(cause).message}`, { cause })
      const addresses = to?.addresses.map(address => toMultiaddr(address)) ?? []
      this.#init.emit('OutgoingConnectionError', { ...(isPeerId(target) && { peer: target }), addresses, error })
      throw error
    }
  }

  async #connect (to: Recipient, options: AbortOptions): Promise<Connection> {
    const reply = await firstAnswer(to.addresses.map(address => onSlow => this.#try(to, address, { ...options, onSlow })))
    if (reply.type !== 'response') throw new Error(failures[reply.type](reply))
    return { peer: reply.from.id, address: toMultiaddr(reply.from.addresses[0]!), rttMs: reply.rttMs }
  }

  /** A new session is announced when it is proven; one that stands is announced again, since it was dialled. */
  async #try (to: Recipient, address: Endpoint, options: RequestOptions): Promise<Reply<void>> {
    const stood = this.#init.isConnected(address)
    const reply = await this.#init.ping({ ...to, addresses: [address] }, options)
    if (stood && reply.type === 'response') {
      this.#init.emit('ConnectionEstablished', { peer: reply.from.id, address: toMultiaddr(address), initiator: true })
    }
    return reply
  }

  async #recipient (target: PeerId | Multiaddr | string, options: AbortOptions): Promise<Recipient> {
    if (typeof target === 'string') return { addresses: [parseEndpoint(target)] }
    if (!isPeerId(target)) return { addresses: [endpointFromMultiaddr(target)] }
    if (target.equals(this.#init.localId)) throw new Error('it is this node')
    const contact = this.#known(target) ?? await this.#find(target, options)
    if (contact === undefined) throw new Error('nobody knows its address')
    return contact
  }

  #known (peer: PeerId): Contact | undefined {
    for (const behaviour of this.#init.behaviours()) {
      const contact = behaviour.contactOf?.(peer)
      if (contact !== undefined) return contact
    }
    return undefined
  }

  async #find (peer: PeerId, options: AbortOptions): Promise<Contact | undefined> {
    for (const behaviour of this.#init.behaviours()) {
      const contact = await behaviour.findContact?.(peer, options)
      if (contact !== undefined) return contact
    }
    return undefined
  }
}

type Failure = Exclude<Reply<void>, { type: 'response' }>

const failures: Record<Failure['type'], (reply: Failure) => string> = {
  timeout: () => 'no answer: nobody is there, or its network, channel or difficulty is another',
  cancelled: () => 'cancelled',
  unsent: reply => reply.type === 'unsent' ? unsentReasons[reply.reason] : '',
  error: reply => reply.type === 'error' ? `it answered ${reply.code}: ${reply.reason}` : ''
}

const unsentReasons = {
  'no-address': 'no address that can be reached from here',
  unreachable: 'no connection',
  'too-large': 'the request is too large',
  'too-many-pending': 'too many requests are waiting',
  'over-limit': 'its address is unproven',
  stopped: 'the swarm was stopped'
}

/** Tries one after the other; the next begins when one is slow or has failed. The first answer wins, else the last failure. */
function firstAnswer (attempts: readonly ((onSlow: () => void) => Promise<Reply<void>>)[]): Promise<Reply<void>> {
  return new Promise((resolve, reject) => {
    let begun = 0
    let failed = 0
    const next = (): void => {
      const attempt = attempts[begun]
      if (attempt === undefined) return
      const index = ++begun
      attempt(() => { if (begun === index) next() }).then(reply => {
        if (reply.type === 'response' || ++failed === attempts.length) resolve(reply)
        else if (begun === index) next()
      }, reject)
    }
    if (attempts.length === 0) resolve({ type: 'unsent', reason: 'no-address' })
    next()
  })
}
