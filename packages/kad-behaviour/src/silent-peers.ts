import type { Contact } from '@kadmium/interface'

/** `slow`: a first try went unanswered. `silent`: all tries did. */
export type Silence = 'slow' | 'silent'

export interface SilentPeersInit {
  readonly maxSilentPeers: number
  /** First pause between two trials of a silent peer that shows signs of life; it doubles. */
  readonly formerRetryMs: number
  readonly formerRetryMaxMs: number
}

interface Entry {
  silence: Silence
  /** Before the trial after the next. */
  pauseMs: number
  /** When it may be put to trial again. */
  trialAt: number
}

/**
 * Contacts that left requests of ours unanswered, by who they are and the address that they were asked at. They are asked again,
 * since they may be back, but nobody waits for them: without this, each lookup would wait anew for the same dead node as long as
 * others name it. By the address alone whoever names an invented key at the address of an honest peer would silence that peer.
 *
 * To answer pings, and to ask, is no use to anybody: a silent peer is one until it answers a request of the kind that it left
 * unanswered. Otherwise it would come into the table by a ping and fall out of it by a lookup, again and again. So when it is
 * heard it is put to trial, ever more rarely. The longest silent are forgotten.
 */
export class SilentPeers {
  readonly #init: SilentPeersInit
  /** Made when the first falls silent. */
  #peers: Map<string, Entry> | undefined

  constructor (init: SilentPeersInit) {
    this.#init = init
  }

  of (contact: Contact): Silence | undefined {
    return this.#peers?.get(nameOf(contact))?.silence
  }

  /** It answered what it is asked for. */
  heard (contact: Contact): void {
    this.#peers?.delete(nameOf(contact))
  }

  /** It gave some other sign of life, which tells a peer that is slow from a silent one. */
  seen (contact: Contact): void {
    if (this.of(contact) === 'slow') this.heard(contact)
  }

  slow (contact: Contact): void {
    if (this.of(contact) === undefined) this.#set(contact, 'slow')
  }

  timedOut (contact: Contact): void {
    this.#set(contact, 'silent')
  }

  /** Whether to ask it now, having seen it, for a proof that it answers again; if so, the next trial is some time away. */
  onTrial (contact: Contact, now: number): boolean {
    const entry = this.#peers?.get(nameOf(contact))
    if (entry === undefined || entry.trialAt > now) return false
    entry.trialAt = now + entry.pauseMs
    entry.pauseMs = Math.min(2 * entry.pauseMs, this.#init.formerRetryMaxMs)
    return true
  }

  #set (contact: Contact, silence: Silence): void {
    const peers = this.#peers ??= new Map()
    const name = nameOf(contact)
    const { pauseMs = this.#init.formerRetryMs, trialAt = 0 } = peers.get(name) ?? {}
    peers.delete(name)
    peers.set(name, { silence, pauseMs, trialAt })
    for (const oldest of peers.keys()) {
      if (peers.size <= this.#init.maxSilentPeers) break
      peers.delete(oldest)
    }
  }
}

/** Requests go to the first address; one that answers is heard from the address that it answers from. */
function nameOf ({ id, addresses }: Contact): string {
  return `${id.hex} ${addresses[0]?.text ?? ''}`
}
