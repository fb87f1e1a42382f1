import type { Endpoint, Output, SessionEnd } from '@kadmium/interface'
import { equal } from './bytes.ts'
import type { HalfOpen } from './half-open.ts'
import type { FirstFlightAttempt } from './attempts.ts'
import type { Indexes } from './indexes.ts'
import type { NoiseOptions } from './options.ts'
import type { Peer } from './peers.ts'
import { Peers } from './peers.ts'
import type { Session } from './session.ts'

/** What an index may name. */
export type Indexed = FirstFlightAttempt | HalfOpen | Session

/**
 * The sessions that stand. Of several with one peer, the newest confirmed one sends; older ones are still read, since the
 * other side may not have heard of the newest. Only what is authenticated opens or ends one.
 */
export class Established {
  readonly #options: NoiseOptions
  readonly #indexes: Indexes<Indexed>
  readonly #peers: Peers

  constructor (options: NoiseOptions, indexes: Indexes<Indexed>) {
    this.#options = options
    this.#indexes = indexes
    this.#peers = new Peers(options)
  }

  /** Takes in a session whose keys the other side has shown to hold. */
  confirm (session: Session, now: number): Output[] {
    const outputs: Output[] = []
    const known = this.#peers.get(session.endpoint)
    const same = known !== undefined && equal(known.key, session.peerKey)
    if (known !== undefined && !same) {
      this.#peers.remove(known)
      outputs.push(this.#close(known, 'replaced'))
    }
    const peer = same ? known : this.#open(session, now, outputs)
    const displaced = this.#peers.renew(peer, session)
    if (displaced !== undefined) this.#indexes.delete(displaced.index)
    this.#indexes.set(session.index, session)
    this.#peers.heard(peer, now)
    return outputs
  }

  /** The session to send on. Any peer at `endpoint` will do where none is named. */
  current (endpoint: Endpoint, peerKey: Uint8Array | undefined, now: number): Session | undefined {
    const peer = this.#peers.get(endpoint)
    if (peer === undefined || (peerKey !== undefined && !equal(peer.key, peerKey))) return undefined
    return peer.sessions.find(session => !this.isWorn(session, now))
  }

  /** Nothing more is sent with its keys. */
  isWorn (session: Session, now: number): boolean {
    return this.#hasAged(session, now, 2)
  }

  needsRekey (session: Session, now: number): boolean {
    return this.#hasAged(session, now, 1)
  }

  heard (session: Session, now: number): void {
    const peer = this.#peers.get(session.endpoint)
    if (peer !== undefined) this.#peers.heard(peer, now)
  }

  keep (peerKey: Uint8Array, kept: boolean): void {
    this.#peers.keep(peerKey, kept)
  }

  expire (now: number): Output[] {
    return this.#peers.expire(now).map(peer => this.#close(peer, 'idle'))
  }

  nextDeadline (): number | undefined {
    return this.#peers.nextDeadline()
  }

  #hasAged ({ startedAt, sent }: Session, now: number, times: number): boolean {
    return now - startedAt >= times * this.#options.rekeyMs || sent >= times * this.#options.rekeyPackets
  }

  #open ({ peerKey, endpoint, initiator }: Session, now: number, outputs: Output[]): Peer {
    const peer: Peer = { key: peerKey, endpoint, sessions: [], heardAt: now }
    const evicted = this.#peers.add(peer)
    if (evicted !== undefined) outputs.push(this.#close(evicted, 'evicted'))
    outputs.push({ type: 'session', event: 'opened', peerKey, endpoint, initiator })
    return peer
  }

  #close ({ key, endpoint, sessions }: Peer, reason: SessionEnd): Output {
    for (const { index } of sessions) this.#indexes.delete(index)
    return { type: 'session', event: 'closed', peerKey: key, endpoint, reason }
  }
}
