import type { Endpoint } from '@kadmium/interface'

/** A peer that has proven that it receives at `endpoint`. */
export interface Session {
  readonly peerKey: Uint8Array
  readonly endpoint: Endpoint
  /** We asked first. */
  readonly initiator: boolean
  /** What to echo to it: its last cookie, and when that came. */
  theirs: Uint8Array
  theirsAt: number
  /** What it is to echo, and in which epoch that was minted. */
  ours: Uint8Array
  oursEpoch: number
  /** Whether the last datagram we sent it could prove our address. */
  provenToIt: boolean
  /** Messages since it was opened. */
  heard: number
  /** To the second: what is used more often need not be put in order again each time. */
  lastUsed: number
}

export interface SessionLimits {
  readonly maxSessions: number
  readonly idleMs: number
  readonly briefIdleMs: number
}

const TOUCH_MS = 1000

/** A session that was heard this often is no chance acquaintance of a lookup. */
const LASTING_AFTER = 2

/**
 * Sessions by endpoint, the longest unused first. Those that were hardly used end early, and are the first to go when
 * there are too many: a stream of strangers cannot push out the peers that we work with.
 */
export class Sessions {
  readonly #limits: SessionLimits
  readonly #brief = new Map<string, Session>()
  readonly #lasting = new Map<string, Session>()
  #deadline: number | undefined

  constructor (limits: SessionLimits) {
    this.#limits = limits
  }

  get size (): number {
    return this.#brief.size + this.#lasting.size
  }

  get (endpoint: Endpoint): Session | undefined {
    return this.#lasting.get(endpoint.text) ?? this.#brief.get(endpoint.text)
  }

  /** Returns who had to leave for it. */
  add (session: Session): Session | undefined {
    const evicted = this.size >= this.#limits.maxSessions ? first(this.#brief) ?? first(this.#lasting) : undefined
    if (evicted !== undefined) this.remove(evicted)
    this.#brief.set(session.endpoint.text, session)
    this.#wakeBy(session.lastUsed + this.#limits.briefIdleMs)
    return evicted
  }

  remove (session: Session): void {
    this.#brief.delete(session.endpoint.text)
    this.#lasting.delete(session.endpoint.text)
  }

  heard (session: Session, now: number): void {
    session.heard++
    if (now - session.lastUsed < TOUCH_MS && session.heard !== LASTING_AFTER) return
    session.lastUsed = now
    this.remove(session)
    const lasting = session.heard >= LASTING_AFTER
    const queue = lasting ? this.#lasting : this.#brief
    queue.set(session.endpoint.text, session)
    this.#wakeBy(now + (lasting ? this.#limits.idleMs : this.#limits.briefIdleMs))
  }

  /** Removes and returns those that were idle for too long. */
  expire (now: number): Session[] {
    const expired: Session[] = []
    this.#deadline = undefined
    for (const [queue, idleMs] of [[this.#brief, this.#limits.briefIdleMs], [this.#lasting, this.#limits.idleMs]] as const) {
      for (const session of queue.values()) {
        if (session.lastUsed + idleMs > now) {
          this.#wakeBy(session.lastUsed + idleMs)
          break
        }
        queue.delete(session.endpoint.text)
        expired.push(session)
      }
    }
    return expired
  }

  /** No later than the next expiry. */
  nextDeadline (): number | undefined {
    return this.#deadline
  }

  #wakeBy (deadline: number): void {
    if (this.#deadline === undefined || deadline < this.#deadline) this.#deadline = deadline
  }
}

function first (queue: Map<string, Session>): Session | undefined {
  return queue.values().next().value
}
