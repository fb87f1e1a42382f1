/**
 * The lookup: finds the k nodes nearest to a target by asking ever nearer ones. A pure state machine with four inputs
 * (`answered`, `failed`, `slow`, `finish`) and one question (`next`: whom to ask now). After every input the caller asks
 * `next`, sends what it says, and looks at `done`.
 *
 * What it asks. Candidates are sorted by XOR distance and never cut to k before they are verified. Asked is the nearest
 * unasked among the k nearest that still count: who failed does not count, nor who is slow, nor who was named only by
 * sources that are not believed (see `#believed`). An answer is followed at once, nobody waits for a round. `alpha` requests are
 * in flight, or up to k when nothing nearer turns up (see `LookupPath`).
 *
 * When it ends, whichever comes first:
 *  1. The k nearest candidates that did not fail have answered. A slow one among them is waited for until it fails.
 *  2. Nobody is left: every candidate that counts was asked, or `maxRequests` were, and each answered or failed.
 *  3. `finish()` was called.
 * From then on nothing changes it. Late answers count until then, even those of peers given up as failed.
 *
 * Disjoint paths (S/Kademlia, Baumgart and Mies 2007). With `disjointPaths` d > 1 the seeds are dealt to d paths. A path
 * knows only what its own peers named, asks only whom no other path has asked, and ends by the same rule with `pathWidth` in
 * the place of k: a liar misleads his own path only. Then one closing step runs as above over the union.
 */
import { compareDistance } from '@kadmium/peer-id'
import type { Contact, PeerId } from '@kadmium/interface'
import { candidate } from './candidate.ts'
import { LookupPath } from './lookup-path.ts'
import { Shortlist } from './shortlist.ts'
import type { Candidate, LookupStep } from './candidate.ts'

export interface LookupInit {
  readonly target: PeerId
  /** Never a candidate. */
  readonly localId: PeerId
  /** The nearest contacts of the own table. */
  readonly seeds: readonly Contact[]
  /** How many of the nearest contacts are wanted. */
  readonly k: number
  /** Requests in flight on each path while it makes progress. */
  readonly alpha: number
  /** Paths that share no node: 1 (plain Kademlia) to 30. Never more than there are seeds. */
  readonly disjointPaths: number
  /** How many of its nearest contacts each of several paths asks. Default 8. */
  readonly pathWidth?: number
  /** Contacts that are remembered; the farthest unasked gives way. Default 512. */
  readonly maxCandidates?: number
  /** Contacts that are read of one reply. Default `k`. */
  readonly maxContactsPerReply?: number
  /** Failed contacts after which a source that named no live one is not believed. Default 3. */
  readonly distrustAfterDead?: number
  /** Requests in all. Default 256. */
  readonly maxRequests?: number
}

/** `requests` is the sum of the other three. */
export interface LookupStats {
  readonly requests: number
  readonly successes: number
  readonly failures: number
  readonly waiting: number
}

const ALL_PATHS = -1

export class Lookup {
  readonly #init: Required<LookupInit>
  readonly #shortlist: Shortlist
  readonly #asked: Candidate[] = []
  #paths: LookupPath[]
  #closing: LookupPath | undefined
  #done = false

  constructor (init: LookupInit) {
    this.#init = { pathWidth: 8, maxCandidates: 512, maxContactsPerReply: init.k, distrustAfterDead: 3, maxRequests: 256, ...init }
    this.#shortlist = new Shortlist(init.target, this.#init.maxCandidates)
    const whole = new LookupPath(ALL_PATHS, init.k, init.alpha)
    const count = Math.min(init.disjointPaths, init.seeds.length)
    if (count > 1) {
      this.#paths = Array.from({ length: count }, (_, i) => new LookupPath(1 << i, this.#init.pathWidth, init.alpha))
      this.#closing = whole
    } else {
      this.#paths = [whole]
    }
    this.#deal(init.seeds)
    this.#settle()
  }

  /** Whom to ask now; they count as asked from here on. */
  next (now: number): Contact[] {
    const chosen: Contact[] = []
    if (!this.#done) for (const path of this.#paths) this.#choose(path, now, chosen)
    return chosen
  }

  /** `id` answered, and named `closer` (nobody, when it had a value instead). */
  answered (id: PeerId, closer: readonly Contact[], now: number): void {
    const peer = this.#awaited(id)
    if (peer === undefined) return
    const { path, round } = peer.request!
    const nearest = this.#nearest(path)
    this.#end(peer, 'answered', now)
    for (const source of peer.sources) source.live++
    for (const contact of closer.slice(0, this.#init.maxContactsPerReply)) this.#hear(contact, peer)
    if (this.#isNearer(this.#nearest(path), nearest)) path.progressed()
    else path.broughtNothing(round)
    this.#settle()
  }

  /** Every try to `id` went unanswered, or what came is not to be believed. */
  failed (id: PeerId, now: number): void {
    const peer = this.#awaited(id)
    if (peer === undefined || peer.state === 'failed') return
    this.#end(peer, 'failed', now)
    for (const source of peer.sources) source.dead++
    this.#settle()
  }

  /** The first try to `id` went unanswered: its place is free, its answer still counts. */
  slow (id: PeerId, _now: number): void {
    const peer = this.#awaited(id)
    if (peer?.state !== 'waiting') return
    peer.request!.path.free()
    peer.state = 'slow'
  }

  /** Ends it with what was reached. */
  finish (): void {
    this.#done = true
  }

  get done (): boolean {
    return this.#done
  }

  /** Those that answered, nearest first. */
  closest (n: number = this.#init.k): Contact[] {
    const answered = []
    for (const peer of this.#shortlist.nearestFirst) {
      if (answered.length >= n) break
      if (peer.state === 'answered') answered.push(peer.contact)
    }
    return answered
  }

  get stats (): LookupStats {
    const count = { answered: 0, failed: 0, waiting: 0, slow: 0, heard: 0 }
    for (const peer of this.#asked) count[peer.state]++
    return { requests: this.#asked.length, successes: count.answered, failures: count.failed, waiting: count.waiting + count.slow }
  }

  /** Answers that lie between the own table and `id`: 0 for a seed, `undefined` for who was not heard of. */
  hops (id: PeerId): number | undefined {
    return this.#shortlist.get(id)?.hops
  }

  /** Who named `id` first; `undefined` for the own table and for who was not heard of. */
  heardFrom (id: PeerId): PeerId | undefined {
    return this.#shortlist.get(id)?.sources[0]?.contact.id
  }

  /** Every request, in the order of asking. */
  trace (): LookupStep[] {
    return this.#asked.map(({ contact, sources, hops, state, request }) => ({
      peer: contact.id,
      heardFrom: hops === 0 ? undefined : sources[0]?.contact.id,
      hops,
      state,
      askedAt: request!.at,
      elapsedMs: request!.endedAt === undefined ? undefined : request!.endedAt - request!.at
    }))
  }

  #deal (seeds: readonly Contact[]): void {
    for (const contact of seeds) this.#learn(contact)
    this.#shortlist.nearestFirst.forEach((peer, i) => { peer.paths = this.#paths[i % this.#paths.length]!.bits })
  }

  #learn (contact: Contact, source?: Candidate): Candidate | undefined {
    const known = this.#shortlist.get(contact.id)
    if (known !== undefined) return known
    if (contact.id.equals(this.#init.localId)) return undefined
    const heard = candidate(contact, source)
    return this.#shortlist.add(heard) ? heard : undefined
  }

  #hear (contact: Contact, source: Candidate): void {
    const peer = this.#learn(contact, source)
    if (peer === undefined) return
    if (!peer.sources.includes(source)) peer.sources.push(source)
    if (peer.state === 'heard') peer.paths |= source.paths
  }

  /** The candidate `id` while its answer is of use. */
  #awaited (id: PeerId): Candidate | undefined {
    const peer = this.#done ? undefined : this.#shortlist.get(id)
    return peer === undefined || peer.state === 'heard' || peer.state === 'answered' ? undefined : peer
  }

  #end (peer: Candidate, state: 'answered' | 'failed', now: number): void {
    if (peer.state === 'waiting') peer.request!.path.free()
    peer.state = state
    peer.request!.endedAt = now
  }

  #choose (path: LookupPath, now: number, chosen: Contact[]): void {
    let room = path.width
    for (const peer of this.#shortlist.nearestFirst) {
      if (room === 0 || path.places <= 0 || this.#asked.length >= this.#init.maxRequests) return
      if (!this.#counts(peer, path)) continue
      room--
      if (peer.state === 'heard') chosen.push(this.#ask(peer, path, now))
    }
  }

  #ask (peer: Candidate, path: LookupPath, now: number): Contact {
    peer.state = 'waiting'
    peer.paths = path.bits
    peer.request = { path, round: path.ask(), at: now, endedAt: undefined }
    this.#asked.push(peer)
    return peer.contact
  }

  #counts (peer: Candidate, path: LookupPath): boolean {
    if ((peer.paths & path.bits) === 0) return false
    switch (peer.state) {
      case 'heard': return this.#believed(peer)
      case 'waiting':
      case 'answered': return true
      case 'slow':
      case 'failed': return false
    }
  }

  /** Whether the own table or a source that is not caught inventing named it. */
  #believed (peer: Candidate): boolean {
    return peer.hops === 0 || peer.sources.some(({ live, dead }) => live > 0 || dead < this.#init.distrustAfterDead)
  }

  #nearest (path: LookupPath): Candidate | undefined {
    return this.#shortlist.nearestFirst.find(peer => this.#counts(peer, path))
  }

  #isNearer (a: Candidate | undefined, b: Candidate | undefined): boolean {
    return a !== undefined && (b === undefined || compareDistance(this.#init.target, a.contact.id, b.contact.id) < 0)
  }

  /** Goes on to the closing step, or ends, when every path has ended. */
  #settle (): void {
    while (!this.#done && this.#paths.every(path => this.#ended(path))) {
      if (this.#closing === undefined) this.#done = true
      else this.#paths = [this.#closing]
      this.#closing = undefined
    }
  }

  #ended (path: LookupPath): boolean {
    let answered = 0
    for (const peer of this.#shortlist.nearestFirst) {
      if ((peer.paths & path.bits) === 0) continue
      if (this.#isOpen(peer)) return false
      if (peer.state === 'answered' && ++answered === path.width) return true
    }
    return true
  }

  #isOpen (peer: Candidate): boolean {
    switch (peer.state) {
      case 'heard': return this.#asked.length < this.#init.maxRequests && this.#believed(peer)
      case 'waiting':
      case 'slow': return true
      case 'answered':
      case 'failed': return false
    }
  }
}
