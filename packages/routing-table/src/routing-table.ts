/**
 * The routing table of Kademlia (Maymounkov and Mazières, 2002, sections 2.2 and 4.1), with 160 fixed buckets. It decides and
 * does nothing else: it is told what happened and when, and answers who is to be pinged, who came and who left.
 */

import type { Contact, Endpoint, PeerId, Random } from '@kadmium/interface'
import { bucketIndex, commonPrefixLength, compareDistance } from '@kadmium/peer-id'
import { merge, onePerFamily, sameAddresses } from './addresses.ts'
import { Bucket } from './bucket.ts'
import { Candidates } from './candidates.ts'
import { countInGroup, limitedAddresses } from './diversity.ts'
import { GroupCounts } from './group-counts.ts'
import { limitsFrom } from './limits.ts'
import type { Limits, RoutingTableInit } from './limits.ts'
import type { AnswerOutcome, BucketView, FailOutcome, InsertOutcome, RejectReason, Removal, TableEntry } from './outcomes.ts'

type Contacts = readonly Contact[]

export class RoutingTable {
  readonly localId: PeerId
  readonly k: number
  readonly #limits: Limits
  /** By index, as far as the deepest that was ever used. Those without contacts are `undefined`. */
  readonly #buckets: Array<Bucket | undefined> = []
  /** When lookups went through the buckets; sparse. */
  readonly #refreshed: number[] = []
  /** Of those in the buckets and those that wait. */
  readonly #groups = new GroupCounts()
  #size = 0

  constructor ({ localId, ...init }: RoutingTableInit) {
    this.localId = localId
    this.#limits = limitsFrom(init)
    this.k = this.#limits.k
  }

  /** Contacts in the buckets, those that wait not included. */
  get size (): number {
    return this.#size
  }

  /**
   * A contact answered, or proved that it receives at its address; never call it for hearsay. A newcomer takes a free place
   * or waits: nobody is ever evicted here. A known contact counts as seen, and a new address of it replaces the one of the
   * same family, if the limits by IP group allow.
   */
  insert (contact: Contact, now: number, rttMs?: number): InsertOutcome {
    const index = bucketIndex(this.localId, contact.id)
    if (index === undefined) return { type: 'rejected', reason: 'self' }
    if (contact.addresses.length === 0) return { type: 'rejected', reason: 'no-address' }
    const bucket = this.#buckets[index]
    const position = bucket?.positionOf(contact.id)
    return bucket !== undefined && position !== undefined
      ? this.#update(bucket, position, contact, now, rttMs)
      : this.#admit(bucket ?? new Bucket(index), onePerFamily(contact), now, rttMs)
  }

  /** A contact answered a request. */
  answered (id: PeerId, now: number, rttMs?: number): AnswerOutcome {
    const bucket = this.#bucketOf(id)
    const position = bucket?.positionOf(id)
    if (bucket === undefined || position === undefined) return { type: 'unknown' }
    const wasProbe = isProbed(bucket, id)
    this.#touch(bucket, position, bucket.contactAt(position), now, rttMs)
    return { type: 'updated', wasProbe }
  }

  /**
   * A request to `id`, retries included, went unanswered. A probed contact makes room at once if somebody can take its place;
   * any other leaves after `maxFailures`, also when nobody can. One that only waits is forgotten.
   */
  failed (id: PeerId, now: number): FailOutcome {
    const bucket = this.#bucketOf(id)
    if (bucket === undefined) return { type: 'unknown' }
    const position = bucket.positionOf(id)
    if (position === undefined) {
      this.#stopWaiting(bucket, id)
      return { type: 'unknown' }
    }
    const failures = bucket.fail(position)
    const wasProbe = isProbed(bucket, id)
    if (wasProbe) bucket.probe = undefined
    this.#dropOld(bucket, now)
    const makesRoom = wasProbe && this.#hasReplacement(bucket)
    if (!makesRoom && failures < this.#limits.maxFailures) return { type: 'kept', failures }
    const { removed, ...rest } = this.#removeAt(bucket, position, now)
    return { type: 'evicted', contact: removed, ...rest }
  }

  /** Takes a contact out, for example because it said goodbye. One that only waits is forgotten, with `undefined`. */
  remove (id: PeerId, now: number): Removal | undefined {
    const bucket = this.#bucketOf(id)
    const position = bucket?.positionOf(id)
    if (bucket !== undefined) this.#stopWaiting(bucket, id)
    return bucket === undefined || position === undefined ? undefined : this.#removeAt(bucket, position, now)
  }

  get (id: PeerId): Contact | undefined {
    const bucket = this.#bucketOf(id)
    const position = bucket?.positionOf(id)
    return position === undefined ? undefined : bucket?.contactAt(position)
  }

  entry (id: PeerId): TableEntry | undefined {
    const bucket = this.#bucketOf(id)
    const position = bucket?.positionOf(id)
    return position === undefined ? undefined : bucket?.entryAt(position)
  }

  /**
   * The `n` contacts nearest to `target`, nearest first; exact for any ids.
   *
   * With d = local XOR target, all of bucket i is nearer than all of any other bucket not yet visited, when the buckets whose
   * bit is set in d are taken from 0 up, and then the others from the deepest down. So each is visited at most once, and
   * nothing is sorted across buckets.
   */
  closest (target: PeerId, n: number): Contact[] {
    return this.#closest(target, n, false)
  }

  /** The same, without those that left the last request unanswered: whom to tell others of. */
  closestAnswering (target: PeerId, n: number): Contact[] {
    return this.#closest(target, n, true)
  }

  /** Contacts in one bucket. */
  bucketSize (index: number): number {
    return this.#buckets[index]?.size ?? 0
  }

  /** How many contacts are no farther from the local id than `target` is. */
  countNodesBetween (target: PeerId): number {
    const index = commonPrefixLength(this.localId, target)
    let count = 0
    for (let i = index + 1; i < this.#buckets.length; i++) count += this.#buckets[i]?.size ?? 0
    for (const { id } of this.#buckets[index]?.contacts ?? []) {
      if (compareDistance(this.localId, id, target) <= 0) count++
    }
    return count
  }

  /** The buckets that hold anybody, the farthest first. */
  * buckets (): Iterable<BucketView> {
    for (const bucket of this.#buckets) {
      if (bucket === undefined) continue
      yield {
        index: bucket.index,
        entries: bucket.contacts.map((_, position) => bucket.entryAt(position)),
        replacements: bucket.candidates?.contacts.slice() ?? [],
        lastRefreshed: this.#refreshed[bucket.index]
      }
    }
  }

  /** Up to `n` different contacts, each as likely as any other. */
  sample (n: number, random: Random): Contact[] {
    const contacts = this.#buckets.flatMap(bucket => bucket?.contacts ?? [])
    const wanted = Math.min(n, contacts.length)
    for (let i = 0; i < wanted; i++) {
      const other = i + random.below(contacts.length - i)
      const contact = contacts[other]!
      contacts[other] = contacts[i]!
      contacts[i] = contact
    }
    return contacts.slice(0, wanted)
  }

  /** A lookup went through this bucket. */
  touchBucket (index: number, now: number): void {
    this.#refreshed[index] = now
  }

  /**
   * The buckets through which no lookup went for `intervalMs`, empty ones in front of the deepest included: they are empty by
   * accident, those behind it by nature.
   */
  refreshCandidates (now: number, intervalMs: number): number[] {
    const deepest = this.#buckets.findLastIndex(bucket => bucket !== undefined)
    return Array.from({ length: deepest + 1 }, (_, index) => index)
      .filter(index => now - (this.#refreshed[index] ?? -Infinity) >= intervalMs)
  }

  /** Up to `limit` contacts not seen for `idleMs`, longest first: whom to ping next. */
  leastRecentlySeen (now: number, idleMs: number, limit: number): Contact[] {
    const idle = this.#buckets.flatMap(bucket => bucket?.idle(now, idleMs) ?? [])
    return idle.sort((a, b) => a.lastSeen - b.lastSeen).slice(0, limit).map(({ contact }) => contact)
  }

  #closest (target: PeerId, n: number, onlyAnswering: boolean): Contact[] {
    const found: Contact[] = []
    const buckets = this.#buckets
    for (let i = commonPrefixLength(this.localId, target); i < buckets.length && found.length < n; i++) {
      if (differsAt(this.localId, target, i)) buckets[i]?.appendNearest(target, n, found, onlyAnswering)
    }
    for (let i = buckets.length - 1; i >= 0 && found.length < n; i--) {
      if (!differsAt(this.localId, target, i)) buckets[i]?.appendNearest(target, n, found, onlyAnswering)
    }
    return found
  }

  #bucketOf (id: PeerId): Bucket | undefined {
    return this.#buckets[commonPrefixLength(this.localId, id)]
  }

  #update (bucket: Bucket, position: number, contact: Contact, now: number, rttMs: number | undefined): InsertOutcome {
    const known = bucket.contactAt(position)
    const merged = merge(known, contact)
    const addressesChanged = !sameAddresses(known, merged)
    const reason = addressesChanged ? this.#crowded(merged, bucket.contacts) : undefined
    if (reason !== undefined) return { type: 'rejected', reason }
    this.#touch(bucket, position, merged, now, rttMs)
    return { type: 'updated', addressesChanged }
  }

  #admit (bucket: Bucket, newcomer: Contact, now: number, rttMs: number | undefined): InsertOutcome {
    if (bucket.size >= this.k) return this.#queue(bucket, newcomer, now)
    const reason = this.#crowded(newcomer, bucket.contacts)
    if (reason !== undefined) return { type: 'rejected', reason }
    this.#stopWaiting(bucket, newcomer.id)
    this.#place(bucket, newcomer, now, now)
    if (rttMs !== undefined) bucket.touch(bucket.size - 1, newcomer, now, rttMs)
    return { type: 'inserted', bucket: bucket.index }
  }

  /** Whether the table's limit by IP group has room for a newcomer is decided when its turn comes. */
  #queue (bucket: Bucket, newcomer: Contact, now: number): InsertOutcome {
    const { probeIdleMs, probeExpiryMs, replacementCacheSize } = this.#limits
    bucket.candidates ??= new Candidates()
    if (this.#hasFellows(newcomer) && this.#isBucketCrowded(newcomer, limitedAddresses(newcomer, this.#limits.exemptPrivate), bucket.contacts, bucket.candidates.contacts)) {
      return { type: 'rejected', reason: 'group-in-bucket' }
    }
    this.#groups.add(newcomer)
    const left = bucket.candidates.add({ contact: newcomer, seenAt: now }, replacementCacheSize)
    if (left !== undefined) this.#groups.remove(left)
    const isProbing = bucket.probe !== undefined && now - bucket.probe.since < probeExpiryMs
    if (isProbing || now - bucket.lastSeenAt(0) < probeIdleMs) return { type: 'cached' }
    const probe = bucket.contactAt(0)
    bucket.probe = { id: probe.id, since: now }
    return { type: 'pending', probe }
  }

  #place (bucket: Bucket, contact: Contact, seenAt: number, now: number): void {
    while (this.#buckets.length <= bucket.index) this.#buckets.push(undefined)
    this.#buckets[bucket.index] = bucket
    bucket.add(contact, seenAt, now)
    this.#groups.add(contact)
    this.#size++
  }

  #stopWaiting (bucket: Bucket, id: PeerId): void {
    const left = bucket.candidates?.remove(id)
    if (left !== undefined) this.#groups.remove(left)
  }

  #touch (bucket: Bucket, position: number, contact: Contact, now: number, rttMs: number | undefined): void {
    const known = bucket.contactAt(position)
    if (known !== contact) {
      this.#groups.remove(known)
      this.#groups.add(contact)
    }
    bucket.touch(position, contact, now, rttMs)
    if (isProbed(bucket, contact.id)) bucket.probe = undefined
  }

  #removeAt (bucket: Bucket, position: number, now: number): Removal {
    const removed = bucket.removeAt(position)
    this.#groups.remove(removed)
    this.#size--
    this.#dropOld(bucket, now)
    const candidate = bucket.candidates?.takeNewest(contact => this.#crowded(contact, bucket.contacts) === undefined)
    if (candidate !== undefined) {
      this.#groups.remove(candidate.contact)
      this.#place(bucket, candidate.contact, candidate.seenAt, now)
    } else if (bucket.size === 0) this.#buckets[bucket.index] = undefined
    return candidate === undefined ? { removed } : { removed, replacement: candidate.contact }
  }

  /** Who waited for long may be gone by now, and nobody has asked. */
  #dropOld (bucket: Bucket, now: number): void {
    for (const contact of bucket.candidates?.takeBefore(now - this.#limits.maxCandidateAgeMs) ?? []) this.#groups.remove(contact)
  }

  #hasReplacement (bucket: Bucket): boolean {
    return bucket.candidates?.contacts.some(contact => this.#crowded(contact, bucket.contacts) === undefined) === true
  }

  /** Why `contact` may not be where it is or wants to be, beside these contacts of its bucket. */
  #crowded (contact: Contact, neighbours: Contacts): RejectReason | undefined {
    if (!this.#hasFellows(contact)) return undefined
    const addresses = limitedAddresses(contact, this.#limits.exemptPrivate)
    if (this.#isBucketCrowded(contact, addresses, neighbours)) return 'group-in-bucket'
    return this.#isTableCrowded(contact, addresses) ? 'group-in-table' : undefined
  }

  /** Whether a limit could be reached at all: of most newcomers' groups few are known, and to see that makes no garbage. */
  #hasFellows ({ addresses }: Contact): boolean {
    const { maxPerGroupInBucket, maxPerGroupInTable } = this.#limits
    for (const address of addresses) {
      if (this.#groups.atMost(address) >= Math.min(maxPerGroupInBucket, maxPerGroupInTable)) return true
    }
    return false
  }

  #isBucketCrowded (contact: Contact, addresses: readonly Endpoint[], neighbours: Contacts, waiting: Contacts = []): boolean {
    const { maxPerGroupInBucket } = this.#limits
    return addresses.some(address => this.#groups.atMost(address) >= maxPerGroupInBucket &&
      countInGroup(neighbours, address, contact) + countInGroup(waiting, address, contact) >= maxPerGroupInBucket)
  }

  #isTableCrowded (contact: Contact, addresses: readonly Endpoint[]): boolean {
    const { maxPerGroupInTable } = this.#limits
    return addresses.some(address => this.#groups.atMost(address) >= maxPerGroupInTable && this.#countInGroup(address, contact) >= maxPerGroupInTable)
  }

  #countInGroup (address: Endpoint, newcomer: Contact): number {
    let count = 0
    for (const bucket of this.#buckets) {
      if (bucket !== undefined) count += countInGroup(bucket.contacts, address, newcomer)
    }
    return count
  }
}

function isProbed (bucket: Bucket, id: PeerId): boolean {
  return bucket.probe?.id.equals(id) === true
}

/** Whether two ids differ in bit `i`, 0 being the most significant. */
function differsAt (a: PeerId, b: PeerId, i: number): boolean {
  return ((wordAt(a, i) ^ wordAt(b, i)) << (i & 31)) < 0
}

function wordAt (id: PeerId, bit: number): number {
  switch (bit >> 5) {
    case 0: return id.w0
    case 1: return id.w1
    case 2: return id.w2
    case 3: return id.w3
    default: return id.w4
  }
}
