/**
 * The lookup: finds the k nodes nearest to a target by asking ever nearer ones. It sends nothing and knows no time but what
 * it is told. After each of its inputs (`answered`, `failed`, `slow`) the caller asks `next` whom to ask now, asks them,
 * and looks whether it is `done`.
 *
 * Whom it asks: the nearest that was not asked yet, among the k nearest that count. Who failed or is slow does not count,
 * nor who is doubted (see `standing`). Of seeds that are nearly as near the cheapest goes first (see `costOf`), unless all that is
 * left of the k nearest is asked anyway. An answer is followed at once. Alpha requests are in flight while answers bring
 * nearer nodes, up to k when they do not (see `LookupPath`). Candidates are never cut to k before they have answered.
 *
 * When it ends:
 *  1. the k nearest candidates that did not fail have answered; a slow one among them is waited for until it fails; or
 *  2. nobody is left: every candidate was asked, or `maxRequests` were, and each answered or failed; or
 *  3. `finish` was called.
 * From then on nothing changes it. Until then a late answer counts, even that of a peer given up as failed.
 *
 * Disjoint paths (Baumgart and Mies, "S/Kademlia", 2007): with `disjointPaths` d > 1 the seeds are dealt to d paths. A path
 * knows only whom its own peers named, each node is asked once, and a path ends when the `pathWidth` nearest it knows have
 * answered. So a liar misleads one path: that on which it is asked or, where the closing step asks it, the one that heard of it
 * first. When the paths together get no nearer, one closing step over the union begins beside them, as above; the lookup ends
 * when it and all paths have. To wait for the paths first would cost one more round trip.
 */
import { commonPrefixLength, isCloser } from '@kadmium/peer-id'
import type { Contact, PeerId } from '@kadmium/interface'
import { addSource, candidate, countRequest, countSilence, isAlive, standing, tryElsewhere } from './candidate.ts'
import { withDefaults } from './lookup-init.ts'
import { LookupPath, WHOLE } from './lookup-path.ts'
import { statsOf, stepOf } from './lookup-report.ts'
import { Shortlist } from './shortlist.ts'
import type { Candidate, LookupRequest, Standing } from './candidate.ts'
import type { LookupInit } from './lookup-init.ts'
import type { LookupStats, LookupStep } from './lookup-report.ts'

/**
 * By how many leading bits fewer, shared with the target, a seed may be asked first for being cheaper. A hop gains 1.333 + log2(k)
 * of them, so one is worth 27 ms at k = 20; round trips differ by more than 100.
 */
const SLACK_BITS = 1

/** Fewer are soon found by chance where a third of all nodes lie. */
const FEWEST_VOUCHERS = 8

export type { LookupInit, LookupStats, LookupStep }

export class Lookup {
  readonly #init: ReturnType<typeof withDefaults>
  readonly #shortlist: Shortlist
  readonly #requests: LookupRequest[] = []
  /** The only path, or what the disjoint paths are together: then it asks nobody before the closing step. */
  readonly #whole: LookupPath
  /** Those that ask. */
  readonly #paths: LookupPath[]
  #done = false

  constructor (init: LookupInit) {
    this.#init = withDefaults(init)
    const { target, seeds, k, alpha, pathAlpha, disjointPaths, pathWidth, maxCandidates } = this.#init
    this.#shortlist = new Shortlist(target, maxCandidates)
    for (const contact of seeds) this.#learn(contact, undefined, this.#init.costOf?.(contact))
    const paths = Math.max(1, Math.min(disjointPaths, this.#candidates.length))
    this.#whole = new LookupPath(WHOLE, k, alpha)
    this.#paths = paths > 1 ? Array.from({ length: paths }, (_, i) => new LookupPath(1 << i, pathWidth, pathAlpha)) : [this.#whole]
    this.#candidates.forEach((peer, i) => { peer.paths = peer.heardOn = this.#paths[i % paths]!.bits })
    this.#settle()
  }

  /** Whom to ask now; they count as asked from here on. */
  next (now: number): Contact[] {
    const chosen: Contact[] = []
    if (!this.#done) for (const path of this.#paths) this.#choose(path, now, chosen)
    return chosen
  }

  /** `id` answered and named `closer`: nobody, when it had a value instead. */
  answered (id: PeerId, closer: readonly Contact[], now: number): void {
    const request = this.#awaited(id)
    if (request === undefined) return
    const { peer, path } = request
    const nearestBefore = this.#nearest(path)
    const nearestOfAll = path.whole ? undefined : this.#nearest(this.#whole)
    this.#end(request, 'answered', now)
    for (const source of peer.sources) source.live++
    const named = Math.min(closer.length, this.#init.maxContactsPerReply)
    for (let i = 0; i < named; i++) this.#hear(closer[i]!, peer, path)
    this.#follow(path, nearestBefore, request)
    if (!path.whole) this.#follow(this.#whole, nearestOfAll, request)
    this.#settle()
  }

  /** Every try to `id` went unanswered, or its answer is not to be believed. */
  failed (id: PeerId, now: number): void {
    const request = this.#awaited(id)
    if (request === undefined || request.state === 'failed') return
    this.#end(request, 'failed', now)
    tryElsewhere(request.peer, this.#init.maxTriesPerContact)
    this.#settle()
  }

  /** The first try to `id` went unanswered: its place is free, its answer still counts. */
  slow (id: PeerId, _now: number): void {
    const request = this.#awaited(id)
    if (request?.state !== 'waiting') return
    this.#turn(request, 'slow')
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
    const answered = this.#candidates.filter(peer => peer.state === 'answered')
    return answered.slice(0, n).map(peer => peer.contact)
  }

  /** Those it heard of and did not ask, nearest first. */
  unasked (): Contact[] {
    return this.#candidates.filter(peer => peer.state === 'heard').map(peer => peer.contact)
  }

  /** The nearest that were heard of, whatever became of them. */
  nearestHeard (n: number): PeerId[] {
    return this.#candidates.slice(0, n).map(({ contact }) => contact.id)
  }

  /**
   * Whether more than two thirds of the k nearest that answered name `id`, and those are enough to say: nodes know their neighbours, so
   * whoever is near is named by almost all, and who invents it has to be more than two thirds of those nearest.
   */
  isVouchedFor (id: PeerId): boolean {
    const peer = this.#shortlist.get(id)
    if (peer === undefined) return false
    const nearest = this.#candidates.filter(({ state }) => state === 'answered').slice(0, this.#init.k)
    const naming = nearest.filter(source => peer.sources.includes(source)).length
    return naming >= FEWEST_VOUCHERS && 3 * naming > 2 * nearest.length
  }

  get stats (): LookupStats {
    return statsOf(this.#requests)
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
    return this.#requests.map(stepOf)
  }

  get #candidates (): readonly Candidate[] {
    return this.#shortlist.nearestFirst
  }

  #learn (contact: Contact, source?: Candidate, cost?: number): Candidate | undefined {
    const known = this.#shortlist.get(contact.id)
    if (known !== undefined) return known
    if (contact.id.equals(this.#init.localId)) return undefined
    const heard = candidate(contact, source, cost)
    return this.#shortlist.add(heard) ? heard : undefined
  }

  #hear (contact: Contact, source: Candidate, path: LookupPath): void {
    const peer = this.#learn(contact, source)
    if (peer === undefined || peer.sources.at(-1) === source) return
    addSource(peer, source)
    const bits = path.whole ? source.heardOn : path.bits
    peer.heardOn ||= bits
    peer.paths |= bits
    if (contact !== peer.contact) peer.elsewhere.push(contact)
    tryElsewhere(peer, this.#init.maxTriesPerContact)
  }

  /** What the answer to `request` did for a path. */
  #follow (path: LookupPath, nearestBefore: Candidate | undefined, { sentBefore }: LookupRequest): void {
    const nearest = this.#nearest(path)
    if (this.#isNearer(nearest, nearestBefore)) path.progressed(this.#requests.length)
    else path.broughtNothing(sentBefore, nearest?.state === 'answered')
  }

  /** The request to `id`, as long as its answer is of use. */
  #awaited (id: PeerId): LookupRequest | undefined {
    const request = this.#done ? undefined : this.#shortlist.get(id)?.requests.at(-1)
    return request?.state === 'answered' ? undefined : request
  }

  #end (request: LookupRequest, state: 'answered' | 'failed', now: number): void {
    this.#turn(request, state)
    request.endedAt = now
  }

  /** Whoever is no longer waited for frees a place, and being silent speaks against who alone named it. */
  #turn (request: LookupRequest, state: 'answered' | 'failed' | 'slow'): void {
    const { peer, path } = request
    if (request.state === 'waiting') {
      path.free()
      if (state !== 'answered') countSilence(peer)
    }
    request.state = peer.state = state
  }

  /** Asks the nearest of `path`, as far as there are places; the doubted only when nobody else is left. */
  #choose (path: LookupPath, now: number, chosen: Contact[]): void {
    let places = Math.min(path.places, this.#budget)
    if (places <= 0) return
    let room = path.width
    const doubted: Candidate[] = []
    const candidates = this.#candidates
    for (let i = 0; i < candidates.length && room > 0 && places > 0; i++) {
      const peer = candidates[i]!
      if (!path.owns(peer.paths) || !isAlive(peer)) continue
      const standing = this.#standing(peer)
      if (standing === 'doubted') {
        doubted.push(peer)
        continue
      }
      room--
      if (peer.state !== 'heard' || standing !== 'believed') continue
      places--
      const best = path.stalled ? peer : this.#cheapest(i, room, path)
      chosen.push(this.#ask(best, path, now))
      if (best === peer) continue
      i-- // whom it went before is next
      room++
    }
    const lastResort = path.whole && this.#paths.every(one => one.idle) ? doubted.slice(0, Math.min(room, places)) : []
    for (const peer of lastResort) chosen.push(this.#ask(peer, path, now))
  }

  /**
   * The seed to ask first, of that at `place` and the next `room` of the path, among those that are hardly less useful by distance.
   * Own measurements of the table decide, never what others say.
   */
  #cheapest (place: number, room: number, path: LookupPath): Candidate {
    const { target } = this.#init
    let best = this.#candidates[place]!
    if (best.cost === undefined) return best
    const bits = commonPrefixLength(target, best.contact.id)
    for (let i = place + 1; i < this.#candidates.length && room > 0; i++) {
      const peer = this.#candidates[i]!
      if (commonPrefixLength(target, peer.contact.id) < bits - SLACK_BITS) break
      if (!path.owns(peer.paths) || !isAlive(peer)) continue
      room--
      if (peer.state === 'heard' && peer.cost !== undefined && peer.cost < best.cost!) best = peer
    }
    return best
  }

  #ask (peer: Candidate, path: LookupPath, now: number): Contact {
    const { contact } = peer
    const request: LookupRequest = { peer, contact, path, sentBefore: this.#requests.length, askedAt: now, state: 'waiting', endedAt: undefined }
    path.take()
    countRequest(peer, request)
    this.#requests.push(request)
    return contact
  }

  /** Requests that may still be sent. */
  get #budget (): number {
    return this.#init.maxRequests - this.#requests.length
  }

  /** Of one that was asked no source needs to be believed. */
  #standing (peer: Candidate): Standing {
    return peer.state === 'heard' ? standing(peer, this.#init.distrustAfterDead) : 'believed'
  }

  /** The nearest of `path` that counts. */
  #nearest (path: LookupPath): Candidate | undefined {
    for (const peer of this.#candidates) {
      if (path.owns(peer.paths) && isAlive(peer) && this.#standing(peer) !== 'doubted') return peer
    }
    return undefined
  }

  #isNearer (a: Candidate | undefined, b: Candidate | undefined): boolean {
    return a !== undefined && (b === undefined || isCloser(this.#init.target, a.contact.id, b.contact.id))
  }

  /** Goes on to the closing step when all together get no nearer, and ends when every path has. */
  #settle (): void {
    const isClosing = this.#paths.at(-1) === this.#whole
    const haveEnded = this.#paths.every(path => this.#hasEnded(path))
    if (!isClosing && haveEnded) this.#whole.stall()
    if (!isClosing && this.#whole.stalled) this.#paths.push(this.#whole)
    this.#done ||= haveEnded && this.#hasEnded(this.#whole)
  }

  #hasEnded (path: LookupPath): boolean {
    let answered = 0
    for (const peer of this.#candidates) {
      if (!path.owns(peer.paths)) continue
      if (peer.state === 'answered') answered++
      if (answered === path.width) return true
      if (this.#holdsUp(peer, path)) return false
    }
    return !path.whole || this.#budget <= 0 || !this.#candidates.some(peer => peer.state === 'heard')
  }

  /** Whether `path` cannot end before something becomes of `peer`. Only the whole waits for who is slow. */
  #holdsUp (peer: Candidate, path: LookupPath): boolean {
    switch (peer.state) {
      case 'heard': return this.#budget > 0 && this.#standing(peer) !== 'doubted'
      case 'waiting': return true
      case 'slow': return path.whole
      case 'answered':
      case 'failed': return false
    }
  }
}
