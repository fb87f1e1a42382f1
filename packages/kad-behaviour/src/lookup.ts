/**
 * The lookup: finds the k nodes nearest to a target by asking ever nearer ones. It sends nothing and knows no time but what
 * it is told. After each of its inputs (`answered`, `failed`, `slow`) the caller asks `next` whom to ask now, asks them,
 * and looks whether it is `done`.
 *
 * Whom it asks: the nearest that was not asked yet, among the k nearest that count. Who failed or is slow does not count,
 * nor who is doubted (see `isDoubted`). An answer is followed at once. Alpha requests are in flight while answers bring
 * nearer nodes, up to k when they do not (see `LookupPath`). Candidates are never cut to k before they have answered.
 *
 * When it ends:
 *  1. the k nearest candidates that did not fail have answered; a slow one among them is waited for until it fails; or
 *  2. nobody is left: every candidate was asked, or `maxRequests` were, and each answered or failed; or
 *  3. `finish` was called.
 * From then on nothing changes it. Until then a late answer counts, even that of a peer given up as failed.
 *
 * Disjoint paths (Baumgart and Mies, "S/Kademlia", 2007): with `disjointPaths` d > 1 the seeds are dealt to d paths. A path
 * knows only whom its own peers named, each node is asked by one path, and a path ends when the `pathWidth` nearest it
 * knows have answered. So a liar misleads one path. Then one closing step runs over the union, as above.
 */
import { compareDistance } from '@kadmium/peer-id'
import type { Contact, PeerId } from '@kadmium/interface'
import { candidate, hasOneSource, isAlive, isDoubted, stepOf } from './candidate.ts'
import { LookupPath, WHOLE } from './lookup-path.ts'
import { Shortlist } from './shortlist.ts'
import type { Candidate, LookupStep } from './candidate.ts'

export interface LookupInit {
  readonly target: PeerId
  /** Never a candidate. */
  readonly localId: PeerId
  /** The nearest contacts of the own table. */
  readonly seeds: readonly Contact[]
  /** How many of the nearest are wanted. */
  readonly k: number
  /** Requests in flight on each path while it makes progress. */
  readonly alpha: number
  /** 1 (plain Kademlia) to 30; never more paths than seeds. */
  readonly disjointPaths: number
  /** How many of its nearest each of several paths asks. Default 8. */
  readonly pathWidth?: number
  /** Contacts that are remembered; the farthest that was not asked gives way. Default 512. */
  readonly maxCandidates?: number
  /** Contacts that are read of one answer. Default `k`. */
  readonly maxContactsPerReply?: number
  /** How many contacts are asked on the word of a source none of whose contacts has answered. Default 3. */
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

export class Lookup {
  readonly #init: Required<LookupInit>
  readonly #shortlist: Shortlist
  /** In the order of asking. */
  readonly #asked: Candidate[] = []
  #paths: LookupPath[]
  /** The step after the disjoint paths. */
  #closing: LookupPath | undefined
  #done = false

  constructor (init: LookupInit) {
    this.#init = { pathWidth: 8, maxCandidates: 512, maxContactsPerReply: init.k, distrustAfterDead: 3, maxRequests: 256, ...init }
    this.#shortlist = new Shortlist(init.target, this.#init.maxCandidates)
    const { seeds, k, alpha, disjointPaths, pathWidth } = this.#init
    for (const contact of seeds) this.#learn(contact)
    const paths = Math.min(disjointPaths, this.#shortlist.nearestFirst.length)
    const whole = new LookupPath(WHOLE, k, alpha, paths > 1)
    this.#paths = paths > 1 ? Array.from({ length: paths }, (_, i) => new LookupPath(1 << i, pathWidth, alpha, false)) : [whole]
    this.#closing = paths > 1 ? whole : undefined
    this.#shortlist.nearestFirst.forEach((peer, i) => { peer.paths = this.#paths[i % this.#paths.length]!.bits })
    this.#settle()
  }

  /** Whom to ask now; they count as asked from here on. */
  next (now: number): Contact[] {
    return this.#done ? [] : this.#paths.flatMap(path => this.#choose(path, now))
  }

  /** `id` answered and named `closer`: nobody, when it had a value instead. */
  answered (id: PeerId, closer: readonly Contact[], now: number): void {
    const peer = this.#awaited(id)
    if (peer === undefined) return
    const { path, round } = peer.request!
    const nearestBefore = this.#nearest(path)
    this.#end(peer, 'answered', now)
    for (const source of peer.sources) source.live++
    for (const contact of closer.slice(0, this.#init.maxContactsPerReply)) this.#hear(contact, peer)
    const nearest = this.#nearest(path)
    if (this.#isNearer(nearest, nearestBefore)) path.progressed()
    else path.broughtNothing(round, nearest?.state === 'answered')
    this.#settle()
  }

  /** Every try to `id` went unanswered, or its answer is not to be believed. */
  failed (id: PeerId, now: number): void {
    const peer = this.#awaited(id)
    if (peer === undefined || peer.state === 'failed') return
    this.#end(peer, 'failed', now)
    this.#settle()
  }

  /** The first try to `id` went unanswered: its place is free, its answer still counts. */
  slow (id: PeerId, _now: number): void {
    const peer = this.#awaited(id)
    if (peer?.state !== 'waiting') return
    peer.request!.path.free()
    peer.state = 'slow'
    this.#settle()
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
    const answered = this.#shortlist.nearestFirst.filter(peer => peer.state === 'answered')
    return answered.slice(0, n).map(peer => peer.contact)
  }

  get stats (): LookupStats {
    const count = { heard: 0, waiting: 0, slow: 0, answered: 0, failed: 0 }
    for (const peer of this.#asked) count[peer.state]++
    return { requests: this.#asked.length, successes: count.answered, failures: count.failed, waiting: count.waiting + count.slow }
  }

  /** Answers between the own table and `id`: 0 for a seed, `undefined` for one that was not heard of. */
  hops (id: PeerId): number | undefined {
    return this.#shortlist.get(id)?.hops
  }

  /** Who named `id` first; `undefined` for a seed, and for one that was not heard of. */
  heardFrom (id: PeerId): PeerId | undefined {
    const peer = this.#shortlist.get(id)
    return peer?.hops === 0 ? undefined : peer?.sources[0]?.contact.id
  }

  /** Every request so far, in the order of asking; at most `maxRequests`. */
  trace (): LookupStep[] {
    return this.#asked.map(peer => stepOf(peer, peer.request!))
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
    if (peer === undefined || peer.sources.at(-1) === source) return
    if (peer.request !== undefined && hasOneSource(peer)) peer.sources[0]!.asked--
    peer.sources.push(source)
    peer.paths |= source.request!.path.bits
  }

  /** The peer `id` as long as its answer is of use. */
  #awaited (id: PeerId): Candidate | undefined {
    const peer = this.#done ? undefined : this.#shortlist.get(id)
    return peer?.state === 'heard' || peer?.state === 'answered' ? undefined : peer
  }

  #end (peer: Candidate, state: 'answered' | 'failed', now: number): void {
    if (peer.state === 'waiting') peer.request!.path.free()
    peer.state = state
    peer.request!.endedAt = now
  }

  /** The nearest of `path`; who is doubted only when nobody else is left. */
  #choose (path: LookupPath, now: number): Contact[] {
    const chosen: Contact[] = []
    const room = this.#ask(path, path.width, peer => this.#counts(peer), now, chosen)
    if (room > 0 && path.whole && path.idle) this.#ask(path, room, peer => peer.state === 'heard', now, chosen)
    return chosen
  }

  /** Asks the nearest that `counts`, if that was not done; returns how many more than were found `room` is for. */
  #ask (path: LookupPath, room: number, counts: (peer: Candidate) => boolean, now: number, chosen: Contact[]): number {
    for (const peer of this.#shortlist.nearestFirst) {
      if (room === 0 || path.places <= 0 || this.#isSpent) break
      if ((peer.paths & path.bits) === 0 || !counts(peer)) continue
      room--
      if (peer.state === 'heard') chosen.push(this.#askOne(peer, path, now))
    }
    return room
  }

  #askOne (peer: Candidate, path: LookupPath, now: number): Contact {
    peer.state = 'waiting'
    peer.request = { path, round: path.take(), at: now, endedAt: undefined }
    if (hasOneSource(peer)) peer.sources[0]!.asked++
    this.#asked.push(peer)
    return peer.contact
  }

  get #isSpent (): boolean {
    return this.#asked.length >= this.#init.maxRequests
  }

  #counts (peer: Candidate): boolean {
    return isAlive(peer) && !(peer.state === 'heard' && isDoubted(peer, this.#init.distrustAfterDead))
  }

  #nearest (path: LookupPath): Candidate | undefined {
    return this.#shortlist.nearestFirst.find(peer => (peer.paths & path.bits) !== 0 && this.#counts(peer))
  }

  #isNearer (a: Candidate | undefined, b: Candidate | undefined): boolean {
    return a !== undefined && (b === undefined || compareDistance(this.#init.target, a.contact.id, b.contact.id) < 0)
  }

  /** When every path has ended, goes on to the closing step, or ends. */
  #settle (): void {
    while (!this.#done && this.#paths.every(path => this.#hasEnded(path))) {
      if (this.#closing === undefined) this.#done = true
      else this.#paths = [this.#closing]
      this.#closing = undefined
    }
  }

  #hasEnded (path: LookupPath): boolean {
    let answered = 0
    let doubted = false
    for (const peer of this.#shortlist.nearestFirst) {
      if ((peer.paths & path.bits) === 0) continue
      switch (peer.state) {
        case 'heard':
          if (this.#isSpent) break
          if (!isDoubted(peer, this.#init.distrustAfterDead)) return false
          doubted = true
          break
        case 'waiting': return false
        case 'slow':
          if (path.whole) return false
          break
        case 'answered':
          if (++answered === path.width) return true
          break
        case 'failed': break
      }
    }
    return !(doubted && path.whole)
  }
}
