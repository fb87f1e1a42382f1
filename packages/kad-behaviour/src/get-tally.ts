/**
 * What the answers to one get add up to: the newest record of each slot, who holds what, and whether that is enough. Pure;
 * every record is verified against the key asked for before it counts.
 */
import { equalBytes, plainValue, selectNewest, slotOf, verifyAnswer } from '@kadmium/records'
import type { Compressor, Contact, Crypto, KadRecord, PeerId, PeerRecord, RecordRefusal } from '@kadmium/interface'
import type { Asked, RecordPolicies, RecordRules } from '@kadmium/records'
import { AnswerValues } from './answer-values.ts'
import type { RemainingRecord } from './protocol.ts'
import type { Standing } from './run-lookup.ts'

/** The best copy of one slot that was seen, and the longest remaining life that a holder gave it. */
export interface NewestRecord extends RemainingRecord {
  /** Who gave it first; `undefined` for this node's own copy. */
  readonly peer: PeerId | undefined
  /** As it was put. */
  readonly value: Uint8Array
}

/** A holder whose copy of a slot is older than the newest that was seen. */
export interface StaleCopy {
  readonly holder: Contact
  readonly newest: NewestRecord
}

interface GivenRecord {
  readonly holder: Contact
  readonly slot: string
  readonly record: KadRecord
}

/** Who gave which record. */
export interface RecordHolders {
  readonly record: KadRecord
  readonly holders: readonly PeerId[]
}

/** Two records that one publisher signed for one slot with one seq: it says one thing to some and another to others. */
export interface Equivocation {
  readonly believed: KadRecord
  readonly other: KadRecord
}

/** A peer whose answer has a record that is not believed, and why. */
export interface Disbelieved {
  readonly peer: PeerId
  readonly reason: RecordRefusal
}

/** One that is verified, and its value as it was put. */
interface Believed extends RemainingRecord {
  readonly value: Uint8Array
}

export class GetTally {
  /** Peers with a verified record, in the order of their answers. */
  readonly holders: Contact[] = []
  /** Peers that answered and had none. */
  readonly without: Contact[] = []
  /** At most one reason for each answer. */
  readonly disbelieved: Disbelieved[] = []
  readonly #asked: Asked
  readonly #crypto: Crypto
  readonly #policies: RecordPolicies | undefined
  /** Without the compressor: values are inflated once, after all else is verified. */
  readonly #rules: RecordRules
  readonly #compressor: Compressor | undefined
  readonly #equivocations = new Map<string, Equivocation>()
  readonly #newest = new Map<string, NewestRecord>()
  readonly #given: GivenRecord[] = []

  constructor (asked: Asked, crypto: Crypto, policies: RecordPolicies | undefined, { compressor, ...rules }: RecordRules = {}) {
    this.#asked = asked
    this.#crypto = crypto
    this.#policies = policies
    this.#rules = rules
    this.#compressor = compressor
  }

  /** This node's own copies; they count towards no quorum. Returns those that are new. */
  own (held: readonly RemainingRecord[]): PeerRecord[] {
    return held.flatMap(one => {
      const value = plainValue(one.record, this.#compressor)
      return typeof value === 'string' ? [] : this.#take({ ...one, value }, undefined)
    })
  }

  /** One peer's answer. Returns the records in it that were not known: of another slot, or newer. */
  answered (from: Contact, held: readonly RemainingRecord[]): PeerRecord[] {
    const believed = this.#believed(from, held)
    const answered = believed.length === 0 ? this.without : this.holders
    if (answered.every(({ id }) => !id.equals(from.id))) answered.push(from)
    return this.#gave(from, believed)
  }

  /** One more page of a holder's. Returns what `answered` does. */
  read (from: Contact, held: readonly RemainingRecord[]): PeerRecord[] {
    return this.#gave(from, this.#believed(from, held))
  }

  isHolder ({ id }: Contact): boolean {
    return this.holders.some(holder => holder.id.equals(id))
  }

  /**
   * Whether to stop: when `quorum` holders have answered, one of which is `responsible`; or, where nobody but slow peers is
   * waited for, when there is a record, unless exactly that quorum was asked for, or when more peers said no than are silent.
   */
  enough ({ waiting, slow }: Omit<Standing, 'lookup'>, quorum: number, strict: boolean, responsible: (holder: Contact) => boolean): boolean {
    if (this.holders.length >= quorum && this.holders.some(responsible)) return true
    if (waiting > 0 || strict) return false
    return this.holders.length > 0 || this.without.length > slow
  }

  get newest (): NewestRecord[] {
    return [...this.#newest.values()]
  }

  get stale (): StaleCopy[] {
    return this.#given.flatMap(({ holder, slot, record: { seq } }) => {
      const newest = this.#newest.get(slot)
      return newest !== undefined && newest.record.seq > seq ? [{ holder, newest }] : []
    })
  }

  /** Each record that was given, older ones too, with those who gave it. */
  get held (): RecordHolders[] {
    const held: { record: KadRecord, holders: PeerId[] }[] = []
    for (const { holder, record } of this.#given) {
      const same = held.find(one => slotOf(one.record) === slotOf(record) && isSame(one.record, record))
      if (same === undefined) held.push({ record, holders: [holder.id] })
      else if (same.holders.every(id => !id.equals(holder.id))) same.holders.push(holder.id)
    }
    return held
  }

  /** One for each slot at most. */
  get equivocations (): Equivocation[] {
    return [...this.#equivocations.values()]
  }

  #believed (from: Contact, held: readonly RemainingRecord[]): readonly Believed[] {
    const values = new AnswerValues(this.#compressor)
    const read = held.map(({ record }) => this.#valueOf(record, values))
    const reason = read.find(value => typeof value === 'string')
    if (reason !== undefined) this.disbelieved.push({ peer: from.id, reason })
    return held.flatMap((one, index) => {
      const value = read[index]
      return value === undefined || typeof value === 'string' ? [] : [{ ...one, value }]
    })
  }

  #gave (holder: Contact, believed: readonly Believed[]): PeerRecord[] {
    for (const { record } of believed) this.#given.push({ holder, slot: slotOf(record), record })
    return believed.flatMap(one => this.#take(one, holder.id))
  }

  /** Or what is wrong with it. */
  #valueOf (record: KadRecord, values: AnswerValues): Uint8Array | RecordRefusal {
    const known = this.#newest.get(slotOf(record))
    if (known !== undefined && isSame(known.record, record)) return known.value
    const flaw = verifyAnswer(record, this.#asked, this.#crypto, this.#rules)
    if (flaw !== undefined) return flaw
    return this.#policies?.validate(record) === undefined ? values.read(record) : 'invalid-value'
  }

  #take ({ record, remainingMs, value }: Believed, peer: PeerId | undefined): PeerRecord[] {
    const slot = slotOf(record)
    const known = this.#newest.get(slot)
    if (known === undefined || record.seq > known.record.seq) {
      this.#newest.set(slot, { record, remainingMs, peer, value })
      return [{ peer, record, value }]
    }
    if (record.seq < known.record.seq) return []
    if (isSame(record, known.record)) {
      if (remainingMs > known.remainingMs) this.#newest.set(slot, { ...known, remainingMs })
      return []
    }
    return this.#takeOneOfTwo({ record, remainingMs, peer, value }, known)
  }

  /** Every reader believes the same one of the two. Where nobody signs, that is no proof against anybody. */
  #takeOneOfTwo (given: NewestRecord, known: NewestRecord): PeerRecord[] {
    const [believed] = selectNewest([given.record, known.record])
    const winner = believed === given.record ? given : known
    const loser = winner === given ? known : given
    const slot = slotOf(given.record)
    this.#newest.set(slot, winner)
    if (given.record.publisher !== undefined) this.#equivocations.set(slot, { believed: winner.record, other: loser.record })
    return winner === given ? [{ peer: given.peer, record: given.record, value: given.value }] : []
  }
}

/** Byte for byte: what was verified once need not be verified again (0.2 ms a signature). */
function isSame (a: KadRecord, b: KadRecord): boolean {
  return a.seq === b.seq && a.encoding === b.encoding && (a.publisher === undefined || a.ttl === b.ttl) && equalBytes(a.value, b.value) && equalBytes(a.signature, b.signature)
}
