import type { Endpoint } from '@kadmium/interface'
import { ipGroup, isPrivateAddress } from '@kadmium/wire'
import { nameOf } from './bytes.ts'
import type { FirstReceived } from './handshake.ts'
import type { Session } from './session.ts'

/** A handshake that another node began and whose address is not proven yet. */
export interface HalfOpen {
  readonly kind: 'half-open'
  readonly index: number
  readonly remoteIndex: number
  readonly peerKey: Uint8Array
  readonly endpoint: Endpoint
  /** Its network, where that is limited. */
  readonly group: string | number | undefined
  /** What the first flight asked; empty when it only wants a session. */
  readonly message: Uint8Array
  readonly answer: FirstReceived['answer']
  /** It brought a cookie, so it is no spoofed address: it leaves after those that did not. */
  readonly cookie: boolean
  readonly startedAt: number
  /** Names its first flight, to know it again. */
  readonly name: string
  /** What was answered, and the session that this will be once the initiator uses it. */
  answered?: { readonly packet: Uint8Array, readonly session: Session }
}

export interface HalfOpenLimits {
  readonly maxHalfOpen: number
  readonly maxHalfOpenPerGroup: number
  readonly exemptPrivate: boolean
  readonly handshakeMs: number
}

/** Half-open handshakes, the oldest first; few of them, and few from one place. */
export class HalfOpens {
  readonly #limits: HalfOpenLimits
  readonly #halfOpens = new Map<string, HalfOpen>()

  constructor (limits: HalfOpenLimits) {
    this.#limits = limits
  }

  get size (): number {
    return this.#halfOpens.size
  }

  get (name: string): HalfOpen | undefined {
    return this.#halfOpens.get(name)
  }

  /** Where limits by place are counted; `undefined` for places without a limit. */
  groupOf (endpoint: Endpoint): string | number | undefined {
    return this.#limits.exemptPrivate && isPrivateAddress(endpoint) ? undefined : ipGroup(endpoint)
  }

  /** Whether there are as many from `group` as there may be. */
  isCrowded (group: string | number | undefined): boolean {
    return this.#neighbours(group).length >= this.#limits.maxHalfOpenPerGroup
  }

  /** Returns who had to leave for it: a neighbour from a crowded place, otherwise anyone. */
  add (halfOpen: HalfOpen): HalfOpen | undefined {
    const evicted = this.#leaver(halfOpen.group)
    if (evicted !== undefined) this.remove(evicted)
    this.#halfOpens.set(halfOpen.name, halfOpen)
    return evicted
  }

  remove ({ name }: HalfOpen): void {
    this.#halfOpens.delete(name)
  }

  /** Twice as long as the initiator waits: it is never left with a session that we forgot before it could be used. */
  expire (now: number): HalfOpen[] {
    const expired: HalfOpen[] = []
    for (const halfOpen of this.#halfOpens.values()) {
      if (this.#endOf(halfOpen) > now) break
      expired.push(halfOpen)
    }
    for (const halfOpen of expired) this.remove(halfOpen)
    return expired
  }

  nextDeadline (): number | undefined {
    const next = this.#halfOpens.values().next().value
    return next && this.#endOf(next)
  }

  #endOf ({ startedAt }: HalfOpen): number {
    return startedAt + 2 * this.#limits.handshakeMs
  }

  #leaver (group: string | number | undefined): HalfOpen | undefined {
    const neighbours = this.#neighbours(group)
    if (neighbours.length >= this.#limits.maxHalfOpenPerGroup) return firstToLeave(neighbours)
    return this.#halfOpens.size >= this.#limits.maxHalfOpen ? firstToLeave([...this.#halfOpens.values()]) : undefined
  }

  /** At most a few hundred are looked through, beside a key exchange that costs more. */
  #neighbours (group: string | number | undefined): HalfOpen[] {
    return group === undefined ? [] : [...this.#halfOpens.values()].filter(other => other.group === group)
  }
}

/** The first flight with this ephemeral key from this endpoint: a copy that comes from elsewhere is another one. */
export function firstFlightName (ephemeral: Uint8Array, endpoint: Endpoint): string {
  return `${nameOf(ephemeral)} ${endpoint.text}`
}

function firstToLeave (halfOpens: readonly HalfOpen[]): HalfOpen | undefined {
  return halfOpens.find(({ cookie }) => !cookie) ?? halfOpens[0]
}
