import type { Contact, PeerId } from '@kadmium/interface'

export interface FormerPeersInit {
  readonly maxFormerPeers: number
  /** First pause between two tries; it doubles. */
  readonly formerRetryMs: number
  readonly formerRetryMaxMs: number
}

interface Former {
  readonly contact: Contact
  readonly leftAt: number
  pauseMs: number
  dueAt: number
}

/** In a network that was cut many peers leave within minutes. */
const LATELY_MS = 600_000
/** Where peers only come and go, one of them is tried so often. */
const UNHURRIED_MS = 60_000

/**
 * Peers that were evicted for silence. They are tried again, each ever more rarely: when a network was cut in two, each half has
 * forgotten the other, and somebody has to remember whom to ask once it is whole again. One answer is enough for that, so one
 * is tried at a time, and in no hurry while few have left: most of them are gone for good. The oldest give way.
 */
export class FormerPeers {
  readonly #init: FormerPeersInit
  /** Made when the first leaves. */
  #peers: Map<string, Former> | undefined
  #triedAt = -Infinity

  constructor (init: FormerPeersInit) {
    this.#init = init
  }

  get size (): number {
    return this.#peers?.size ?? 0
  }

  get contacts (): Contact[] {
    return this.#all.map(({ contact }) => contact)
  }

  left (contact: Contact, now: number): void {
    const { maxFormerPeers, formerRetryMs } = this.#init
    const peers = this.#peers ??= new Map()
    peers.delete(contact.id.hex)
    peers.set(contact.id.hex, { contact, leftAt: now, pauseMs: formerRetryMs, dueAt: now + formerRetryMs })
    for (const hex of peers.keys()) {
      if (peers.size <= maxFormerPeers) break
      peers.delete(hex)
    }
  }

  /** It was heard again. Returns whether it was missing. */
  returned (peer: PeerId): boolean {
    return this.#peers?.delete(peer.hex) === true
  }

  /** Whom to try now; it is then due again after twice the pause. @param known peers in the table. */
  due (now: number, known: number): Contact | undefined {
    const latest = this.#all.filter(({ leftAt }) => leftAt > now - LATELY_MS)
    const hurried = 4 * latest.length >= known
    if (!hurried && now - this.#triedAt < UNHURRIED_MS) return undefined
    const [former] = this.#all.filter(({ dueAt }) => dueAt <= now).sort((a, b) => a.dueAt - b.dueAt)
    if (former === undefined) return undefined
    this.#triedAt = now
    former.pauseMs = Math.min(2 * former.pauseMs, this.#init.formerRetryMaxMs)
    former.dueAt = now + former.pauseMs
    return former.contact
  }

  get #all (): Former[] {
    return this.#peers === undefined ? [] : [...this.#peers.values()]
  }
}
