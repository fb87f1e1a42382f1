/**
 * Keeps the routing table in step with what is heard, and tells of every change. Only who answered us, or proved that it
 * receives at its address, gets here: hearsay never enters the table.
 */
import { bucketIndex, bucketRange } from '@kadmium/peer-id'
import { toMultiaddr } from '@kadmium/wire'
import type { Contact, Endpoint, Mode, PeerId, Recipient, RoutingUpdated } from '@kadmium/interface'
import type { InsertOutcome } from '@kadmium/routing-table'
import { ask } from './context.ts'
import type { Churn } from './churn.ts'
import type { FormerPeers } from './former-peers.ts'
import type { KadContext } from './context.ts'

export interface RoutingInit {
  readonly kad: KadContext
  readonly former: FormerPeers
  readonly churn: Churn
  /** A peer came into the table; `returned`: it had been evicted before. */
  readonly gained: (contact: Contact, returned: boolean) => void
  /** The last peer left. */
  readonly ranDry: () => void
}

export class Routing {
  readonly #init: RoutingInit
  /** With manual inserts, the endpoints that the application named. */
  #wanted: Set<string> | undefined

  constructor (init: RoutingInit) {
    this.#init = init
  }

  /** A peer answered a request of Kademlia's. */
  answered (contact: Contact, mode: Mode, rttMs: number): void {
    this.#init.kad.silent.heard(contact)
    this.heard(contact, mode, rttMs)
  }

  /** A peer answered some request or proved its address. Clients are in no table: one that was a server leaves it. */
  heard (contact: Contact, mode: Mode, rttMs?: number): void {
    const { kad } = this.#init
    kad.silent.seen(contact)
    kad.suspects.heard(contact)
    if (mode === 'client') return this.remove(contact.id)
    const usable = kad.filter.usable(contact)
    if (usable === undefined) return this.#unroutable(contact.id)
    if (kad.table.size > 0 && kad.silent.of(contact) === 'silent') return this.#tryOut(usable)
    const mayEnter = kad.options.bucketInserts === 'automatic' || kad.table.get(contact.id) !== undefined || this.#isWanted(contact)
    if (mayEnter) this.#settle(usable, kad.table.insert(usable, this.#now, rttMs))
    else this.#notYet('RoutablePeer', usable)
  }

  /** A request to `peer`, retries included, went unanswered. */
  timedOut (peer: PeerId): void {
    const outcome = this.#init.kad.table.failed(peer, this.#now)
    if (outcome.type !== 'evicted') return
    this.#init.churn.departed()
    this.#init.former.left(outcome.contact, this.#now)
    this.#removed(outcome.contact, outcome.replacement)
  }

  remove (peer: PeerId): void {
    const removal = this.#init.kad.table.remove(peer, this.#now)
    if (removal !== undefined) this.#removed(removal.removed, removal.replacement)
  }

  /** The table merges what it hears, so an address leaves with its contact, which comes back with what is left of it. */
  removeAddress (peer: PeerId, { text }: Endpoint): void {
    const { table } = this.#init.kad
    const contact = table.get(peer)
    const addresses = contact?.addresses.filter(address => address.text !== text)
    if (contact === undefined || addresses === undefined || addresses.length === contact.addresses.length) return
    if (addresses.length === 0) return this.remove(peer)
    const left = { ...contact, addresses }
    table.remove(peer, this.#now)
    table.insert(left, this.#now)
    this.#updated('updated', left)
  }

  /** A swarm that starts again knows nothing of who is in the table. */
  keepAll (): void {
    for (const { entries } of this.#init.kad.table.buckets()) {
      for (const { contact } of entries) this.#keep(contact, true)
    }
  }

  /** From now on a peer at one of these addresses may enter although inserts are manual. */
  want ({ addresses }: Recipient): void {
    const { bucketInserts, maxSeeds } = this.#init.kad.options
    if (bucketInserts === 'automatic') return
    const wanted = this.#wanted ??= new Set()
    for (const { text } of addresses) wanted.add(text)
    for (const text of wanted) {
      if (wanted.size <= maxSeeds) break
      wanted.delete(text)
    }
  }

  #isWanted ({ addresses }: Contact): boolean {
    return addresses.some(({ text }) => this.#wanted?.has(text) === true)
  }

  #settle (contact: Contact, outcome: InsertOutcome): void {
    switch (outcome.type) {
      case 'inserted': return this.#added(contact)
      case 'updated':
        if (outcome.addressesChanged) this.#updated('updated', this.#init.kad.table.get(contact.id) ?? contact)
        return
      case 'pending':
        this.#notYet('PendingRoutablePeer', contact)
        void this.#probe(outcome.probe)
        return
      case 'cached':
      case 'rejected': return this.#notYet('RoutablePeer', contact)
    }
  }

  /** What comes of it is told by `heard` and `timedOut`, as of every request. */
  async #probe (contact: Contact): Promise<void> {
    const reply = await this.#init.kad.components.ping(contact)
    if (reply.type === 'unsent' && reply.reason === 'no-address') this.timedOut(contact.id)
  }

  /** It asks and answers pings, but left a request unanswered: if it answers one now, `answered` comes of it. */
  #tryOut (contact: Contact): void {
    const { kad } = this.#init
    if (!kad.silent.onTrial(contact, this.#now)) return
    void ask(kad, contact, { type: 'find-node', target: kad.components.localId })
  }

  #added (contact: Contact, oldPeer?: PeerId): void {
    const returned = this.#init.former.returned(contact.id)
    this.#updated('added', contact, oldPeer)
    this.#init.gained(contact, returned)
  }

  #removed (contact: Contact, replacement: Contact | undefined): void {
    this.#updated('removed', contact)
    if (replacement !== undefined) this.#added(replacement, contact.id)
    if (this.#init.kad.table.size === 0) this.#init.ranDry()
  }

  #updated (change: RoutingUpdated['change'], contact: Contact, oldPeer?: PeerId): void {
    const { components, table } = this.#init.kad
    this.#init.churn.watched(table.size, this.#now)
    if (change !== 'updated') this.#keep(contact, change === 'added')
    if (!components.hears('RoutingUpdated')) return
    components.emit('RoutingUpdated', {
      peer: contact.id,
      change,
      isNewPeer: change === 'added',
      addresses: contact.addresses.map(address => toMultiaddr(address)),
      bucketRange: bucketRange(bucketIndex(components.localId, contact.id) ?? 0),
      ...(oldPeer && { oldPeer })
    })
  }

  /** Sessions with who is in the table are worth keeping. */
  #keep ({ publicKey }: Contact, kept: boolean): void {
    if (publicKey !== undefined) this.#init.kad.components.keep(publicKey, kept)
  }

  /** It could be in the table, and is not. */
  #notYet (type: 'PendingRoutablePeer' | 'RoutablePeer', { id, addresses }: Contact): void {
    const { components } = this.#init.kad
    if (components.hears(type)) components.emit(type, { peer: id, address: toMultiaddr(addresses[0]!) })
  }

  #unroutable (peer: PeerId): void {
    const { components } = this.#init.kad
    if (!peer.equals(components.localId)) components.emit('UnroutablePeer', { peer })
  }

  get #now (): number {
    return this.#init.kad.components.clock.now()
  }
}
