/**
 * Whom a get asks while it takes for granted that the record is where it should be: any nodes of its region, and not the
 * nearest, so that the readers of a popular key are spread over all of its holders. Pure.
 *
 * A key is popular, for who reads it, when a node beyond the region was found to have a copy. From then on one node of the region is
 * asked, which knows what is newest, and for the rest of the quorum any nodes at all, many of which read it too.
 */
import type { Contact, PeerId, Random } from '@kadmium/interface'
import { normalisedDistance } from './size-estimate.ts'

export interface ReadPlanInit {
  readonly target: PeerId
  /** How far the region reaches, as a fraction of the key space. */
  readonly radius: number
  /** Holders that are waited for. */
  readonly quorum: number
  /** Whom this node knows, nearest to the target first. */
  readonly known: readonly Contact[]
  readonly isPopular: boolean
  /** Asked beside those that are needed where the key is not known to be popular: the quickest answers count. */
  readonly spare: number
  readonly random: Random
}

export class ReadPlan {
  readonly #init: ReadPlanInit
  readonly #seen = new Set<string>()
  /** Who was asked and has not answered: those that should have the record, and those that may know who has. */
  readonly #promising = new Set<string>()
  readonly #guides = new Set<string>()
  #members: Contact[] = []
  #beyond: Contact[] = []
  /** Members that may be asked now: at first a quarter of those that are known, for old nodes are in everybody's table. */
  #room: number
  /** Whether a node beyond the region gave the record: then nobody more is asked than is needed. */
  #isPopular: boolean
  #holders = 0
  #freshHolders = 0
  #denials = 0

  constructor (init: ReadPlanInit) {
    this.#init = init
    this.#isPopular = init.isPopular
    for (const contact of init.known) this.#learn(contact)
    this.#room = init.isPopular ? Infinity : Math.floor(this.#members.length / 4)
    this.#beyond = init.isPopular ? this.#drawn(this.#beyond, init.quorum - 1) : this.#guidesAmong(this.#beyond)
  }

  /** Whether nothing is to be expected of it any more: members of the region say no, or nobody is left. */
  get isOver (): boolean {
    return this.#isHopeless || this.#isEnough || (this.#promising.size + this.#guides.size === 0 && this.#members.length === 0 && this.#beyond.length === 0)
  }

  /** Whom to ask now; they count as asked from here on. */
  next (): Contact[] {
    if (this.isOver) return []
    const beyond = this.#beyond
    this.#beyond = []
    const missing = this.#missing - (this.#init.isPopular ? beyond.length : 0)
    const members = this.#drawn(this.#members, Math.min(missing, this.#room))
    this.#room = Infinity
    this.#members = this.#members.filter(one => !members.includes(one))
    for (const { id } of members) this.#promising.add(id.hex)
    for (const { id } of beyond) (this.#init.isPopular ? this.#promising : this.#guides).add(id.hex)
    return [...members, ...beyond]
  }

  answered (from: Contact, hasRecord: boolean, named: readonly Contact[]): void {
    this.gone(from)
    for (const contact of named) if (this.isMember(contact)) this.#learn(contact)
    if (hasRecord) this.#holders++
    if (this.isMember(from)) {
      if (hasRecord) this.#freshHolders++
      else this.#denials++
    } else if (hasRecord) {
      this.#isPopular = true
    }
  }

  /** Did not answer, or not yet. */
  gone (from: Contact): void {
    this.#promising.delete(from.id.hex)
    this.#guides.delete(from.id.hex)
  }

  isMember ({ id }: Contact): boolean {
    return normalisedDistance(this.#init.target, id) <= this.#init.radius
  }

  /** A few may be newcomers, or lie where others think the region ends. */
  get #isHopeless (): boolean {
    return this.#denials > this.#freshHolders + 2
  }

  get #isEnough (): boolean {
    return this.#holders >= this.#init.quorum && this.#freshHolders > 0
  }

  get #toSpare (): number {
    return this.#init.quorum + (this.#isPopular ? 0 : this.#init.spare)
  }

  /** Answers that are needed beyond those that are on their way. */
  get #missing (): number {
    const wanted = Math.max(this.#toSpare - this.#holders, this.#freshHolders === 0 ? 1 : 0)
    return Math.max(0, wanted - this.#promising.size)
  }

  /**
   * Some of the nearest, who know members and have copies first when the key is popular; not the very nearest, who are the same for many
   * readers. Where members are known already, anybody, who may have a copy too.
   */
  #guidesAmong (beyond: readonly Contact[]): Contact[] {
    const missing = this.#toSpare - this.#room
    if (missing > 0) return this.#drawn(beyond.slice(0, GUIDES_DRAWN_FROM * missing), missing)
    return this.#init.spare === 0 ? [] : this.#drawn(beyond, 1)
  }

  #learn (contact: Contact): void {
    if (this.#seen.has(contact.id.hex)) return
    this.#seen.add(contact.id.hex)
    if (this.isMember(contact)) this.#members.push(contact)
    else this.#beyond.push(contact)
  }

  #drawn (contacts: readonly Contact[], count: number): Contact[] {
    const left = [...contacts]
    const drawn: Contact[] = []
    while (drawn.length < count && left.length > 0) drawn.push(...left.splice(this.#init.random.below(left.length), 1))
    return drawn
  }
}

const GUIDES_DRAWN_FROM = 3
