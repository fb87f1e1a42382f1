import type { Codec, Contact, Delivery, Endpoint, Envelope, Link, LinkHandler, Payload, Refusal, Route, SendOutcome } from '@kadmium/interface'
import type { Network, Packet, Port } from './network.ts'

/** A message that travels as it is, or the empty packet by which a sender proves that it receives. */
export interface LiteMessage extends Packet {
  readonly network: string
  readonly content: Content | 'proof'
}

interface Content {
  readonly envelope: Envelope
  readonly payload: Payload
  readonly askProof: boolean
  readonly reliable: boolean
}

export interface LiteLinkInit {
  readonly medium: Network<LiteMessage>
  readonly node: number
  /** The network's name: what other networks send is not heard. */
  readonly network: string
  readonly contactOf: (node: number) => Contact
  /** Proven sessions that are kept. */
  readonly maxSessions: number
  readonly twist?: ((envelope: Envelope) => Envelope) | undefined
}

/** The one token of this link: who sends it back has received it. */
const TOKEN = new Uint8Array(8)
const NO_BYTES = new Uint8Array(0)
const NO_SIZE = 0

/**
 * The `lite` fidelity: no codec, no channel, messages as objects and contacts that all nodes share. Addresses are proven
 * in the same three steps as on the wire: the answer proves the answerer, an empty packet then proves the asker.
 * Datagrams are counted, their bytes are not.
 */
export class LiteLink implements Link {
  readonly #init: LiteLinkInit
  readonly #port: Port<LiteMessage>
  /** Who has proven to receive where. */
  readonly #proven = new Map<number, Endpoint>()
  /** Of the node's addresses: asked for each contact of each answer, so it is not looked up each time. */
  readonly #families: readonly (4 | 6)[]
  #handler: LinkHandler | undefined

  constructor (init: LiteLinkInit) {
    this.#init = init
    this.#families = init.medium.addressesOf(init.node).map(({ family }) => family)
    this.#port = { node: init.node, receive: ({ network, content }, from, source) => { this.#receive(network, content, from, source) } }
  }

  get listening (): readonly Endpoint[] {
    return this.#handler === undefined ? [] : this.#init.medium.addressesOf(this.#port.node)
  }

  /** Any message travels as it is. */
  readonly reliable = true

  async start (handler: LinkHandler): Promise<void> {
    this.#handler = handler
    this.#init.medium.attach(this.#port)
  }

  async stop (): Promise<void> {
    if (this.#handler === undefined) return
    this.#init.medium.detach(this.#port.node)
    for (const peer of this.#proven.keys()) this.#close(peer, 'stopped')
    this.#handler = undefined
  }

  reaches (to: Endpoint): boolean {
    return this.#handler !== undefined && this.#families.includes(to.family)
  }

  send<T> (envelope: Envelope, message: T | undefined, _codec: Codec<T> | undefined, to: Route): SendOutcome {
    if (!this.reaches(to.endpoint)) return 'unreachable'
    const askProof = envelope.kind !== 'request' && to.via !== undefined && !this.#proven.has(to.via)
    const { twist } = this.#init
    const content = { envelope: twist === undefined ? envelope : twist(envelope), payload: message, askProof, reliable: to.reliable === true }
    this.#transmit(content, envelope.transactionId, to.endpoint)
    return 'sent'
  }

  /** What `send` was given: the type is right because both ends name the same protocol. */
  open<T> (payload: Payload, _codec: Codec<T>): T | Refusal {
    return payload as T
  }

  permits (delivery: Delivery): { readonly granted: true } | { readonly granted: false, readonly token: Uint8Array } {
    const { envelope } = delivery
    const returned = envelope.kind === 'request' && envelope.token !== undefined
    return delivery.proven || returned ? { granted: true } : { granted: false, token: TOKEN }
  }

  #transmit (content: LiteMessage['content'], fingerprint: Uint8Array, to: Endpoint): void {
    this.#handler?.sent(NO_SIZE)
    this.#init.medium.send({ network: this.#init.network, content, size: NO_SIZE, fingerprint }, this.#port, to)
  }

  #receive (network: string, content: LiteMessage['content'], from: number, source: Endpoint): void {
    this.#handler?.received(NO_SIZE)
    if (network !== this.#init.network) return this.#handler?.dropped('other network', source)
    if (content === 'proof') return this.#prove(from, source, false)
    if (content.askProof) this.#transmit('proof', NO_BYTES, source)
    if (content.envelope.kind !== 'request') this.#prove(from, source, true)
    this.#deliver(content, from, source)
  }

  #deliver ({ envelope, payload, reliable }: Content, from: number, source: Endpoint): void {
    const contact = this.#sharedContact(from, source)
    this.#handler?.deliver({
      envelope,
      payload,
      peerKey: this.#keyOf(from),
      endpoint: source,
      via: from,
      proven: this.#proven.get(from)?.text === source.text,
      size: NO_SIZE,
      reliable,
      contact
    })
  }

  /** A map keeps the order in which it was filled: the oldest session makes room. */
  #prove (peer: number, endpoint: Endpoint, initiator: boolean): void {
    if (this.#proven.get(peer)?.text === endpoint.text) return
    this.#proven.delete(peer)
    this.#proven.set(peer, endpoint)
    this.#handler?.sessionOpened(this.#keyOf(peer), endpoint, initiator, this.#sharedContact(peer, endpoint))
    if (this.#proven.size > this.#init.maxSessions) this.#close(this.#proven.keys().next().value as number, 'evicted')
  }

  #close (peer: number, reason: 'evicted' | 'stopped'): void {
    const endpoint = this.#proven.get(peer) as Endpoint
    this.#proven.delete(peer)
    this.#handler?.sessionClosed(this.#keyOf(peer), endpoint, reason)
  }

  /** The contact that all share, where it is what the sender seems to be. */
  #sharedContact (node: number, source: Endpoint): Contact | undefined {
    const contact = this.#init.contactOf(node)
    return contact.addresses.length === 1 && contact.addresses[0] === source ? contact : undefined
  }

  #keyOf (peer: number): Uint8Array {
    return this.#init.contactOf(peer).publicKey as Uint8Array
  }
}
