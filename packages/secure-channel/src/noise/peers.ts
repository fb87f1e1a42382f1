import type { Endpoint } from '@kadmium/interface'
import { equal, nameOf } from './bytes.ts'
import type { Session } from './session.ts'

/** Who receives at an endpoint, as its sessions have proven. */
export interface Peer {
  readonly key: Uint8Array
  readonly endpoint: Endpoint
  /** The newest first, which sends; the others may still be sent to us. */
  readonly sessions: Session[]
  /** To the second: who is heard more often need not be put in order again each time. */
  heardAt: number
}

export interface PeerLimits {
  readonly maxSessions: number
  readonly idleMs: number
  readonly briefIdleMs: number
}

/** With crossing handshakes either side may send on another one, and one more may be on its way. */
const SESSIONS_PER_PEER = 3

const TOUCH_MS = 1000

/** Peers by endpoint, the longest silent first; those to keep have a queue of their own, which goes last. */
export class Peers {
  readonly #limits: PeerLimits
  readonly #brief = new Map<string, Peer>()
  readonly #kept = new Map<string, Peer>()
  /** Keys of peers to keep, whether or not they have a session now; the oldest leave. */
  readonly #keep = new Set<string>()

  constructor (limits: PeerLimits) {
    this.#limits = limits
  }

  get (endpoint: Endpoint): Peer | undefined {
    return this.#kept.get(endpoint.text) ?? this.#brief.get(endpoint.text)
  }

  /** Returns who had to leave for it. */
  add (peer: Peer): Peer | undefined {
    const evicted = this.#brief.size + this.#kept.size >= this.#limits.maxSessions ? first(this.#brief) ?? first(this.#kept) : undefined
    if (evicted !== undefined) this.remove(evicted)
    this.#queueOf(peer).set(peer.endpoint.text, peer)
    return evicted
  }

  remove ({ endpoint }: Peer): void {
    this.#brief.delete(endpoint.text)
    this.#kept.delete(endpoint.text)
  }

  /** Returns the session that is not needed any more. */
  renew (peer: Peer, session: Session): Session | undefined {
    peer.sessions.unshift(session)
    return peer.sessions.length > SESSIONS_PER_PEER ? peer.sessions.pop() : undefined
  }

  heard (peer: Peer, now: number): void {
    if (now - peer.heardAt < TOUCH_MS) return
    peer.heardAt = now
    this.#requeue(peer)
  }

  keep (peerKey: Uint8Array, kept: boolean): void {
    const name = nameOf(peerKey)
    this.#keep.delete(name)
    if (kept) this.#keep.add(name)
    if (this.#keep.size > this.#limits.maxSessions) this.#keep.delete(this.#keep.values().next().value!)
    for (const peer of [...(kept ? this.#brief : this.#kept).values()]) {
      if (equal(peer.key, peerKey)) this.#requeue(peer)
    }
  }

  /** Removes and returns those that were silent for too long. */
  expire (now: number): Peer[] {
    const expired: Peer[] = []
    for (const [queue, idleMs] of this.#queues()) {
      for (const peer of queue.values()) {
        if (peer.heardAt + idleMs > now) break
        expired.push(peer)
      }
    }
    for (const peer of expired) this.remove(peer)
    return expired
  }

  nextDeadline (): number | undefined {
    return this.#queues().reduce<number | undefined>((earliest, [queue, idleMs]) => {
      const next = first(queue)
      if (next === undefined) return earliest
      return Math.min(earliest ?? Infinity, next.heardAt + idleMs)
    }, undefined)
  }

  #queues (): readonly (readonly [Map<string, Peer>, number])[] {
    return [[this.#brief, this.#limits.briefIdleMs], [this.#kept, this.#limits.idleMs]]
  }

  #queueOf (peer: Peer): Map<string, Peer> {
    return this.#keep.has(nameOf(peer.key)) ? this.#kept : this.#brief
  }

  #requeue (peer: Peer): void {
    this.remove(peer)
    this.#queueOf(peer).set(peer.endpoint.text, peer)
  }
}

function first (queue: Map<string, Peer>): Peer | undefined {
  return queue.values().next().value
}
