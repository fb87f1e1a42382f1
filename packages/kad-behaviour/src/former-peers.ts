import type { Contact, PeerId } from '@kadmium/interface'

export interface FormerPeersInit {
  readonly maxFormerPeers: number
  /** First pause between two tries; it doubles. */
  readonly formerRetryMs: number
  readonly formerRetryMaxMs: number
}

interface Former {
  readonly contact: Contact
  pauseMs: number
  dueAt: number
}

/**
 * Peers that were evicted for silence. They are tried again, ever more rarely: when a network was cut in two, each half has
 * forgotten the other, and somebody has to remember whom to ask once it is whole again. The oldest give way.
 */
export class FormerPeers {
  readonly #init: FormerPeersInit
  readonly #peers = new Map<string, Former>()

  constructor (init: FormerPeersInit) {
    this.#init = init
  }

  get size (): number {
    return this.#peers.size
  }

  get contacts (): Contact[] {
    return [...this.#peers.values()].map(({ contact }) => contact)
  }

  left (contact: Contact, now: number): void {
    const { maxFormerPeers, formerRetryMs } = this.#init
    this.#peers.delete(contact.id.hex)
    this.#peers.set(contact.id.hex, { contact, pauseMs: formerRetryMs, dueAt: now + formerRetryMs })
    for (const hex of this.#peers.keys()) {
      if (this.#peers.size <= maxFormerPeers) break
      this.#peers.delete(hex)
    }
  }

  /** It was heard again. Returns whether it was missing. */
  returned (peer: PeerId): boolean {
    return this.#peers.delete(peer.hex)
  }

  /** Whom to try now; each is then due again after twice the pause. */
  due (now: number): Contact[] {
    const due = [...this.#peers.values()].filter(({ dueAt }) => dueAt <= now)
    for (const former of due) {
      former.pauseMs = Math.min(2 * former.pauseMs, this.#init.formerRetryMaxMs)
      former.dueAt = now + former.pauseMs
    }
    return due.map(({ contact }) => contact)
  }
}
