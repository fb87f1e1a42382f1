/**
 * Reading on where a key has more records than fit an answer: page after page, in one order of ranks for all holders, each
 * stretch of it at as many holders as a get waits for, least-read stretches first.
 */
import { slotRank } from '@kadmium/records'
import type { Contact, KadRecord } from '@kadmium/interface'
import { Coverage } from './coverage.ts'
import type { NextPage } from './coverage.ts'

export interface Page {
  readonly records: readonly KadRecord[]
  /** There are others of higher rank. */
  readonly more: boolean
}

export interface PagesInit {
  /** Makes the order of ranks. */
  readonly seed: Uint8Array
  readonly holders: readonly Contact[]
  /** Holders that are asked for each stretch. */
  readonly depth: number
  readonly maxRequests: number
  /** Asks one for what comes after a rank, all 20 bytes of it; `undefined` when it does not answer. */
  readonly ask: (holder: Contact, after: Uint8Array | undefined) => Promise<Page | undefined>
  readonly hasEnded: () => boolean
}

const AT_ONCE = 6

export class RecordPages {
  readonly #init: PagesInit
  readonly #coverage = new Coverage()
  readonly #holders: Map<string, Contact>
  readonly #underWay: NextPage[] = []
  #requests = 0

  constructor (init: PagesInit) {
    this.#init = init
    this.#holders = new Map(init.holders.map(contact => [contact.id.hex, contact]))
  }

  async read (): Promise<void> {
    while (!this.#isOver) {
      const pages = Array.from({ length: AT_ONCE }, () => this.#next()).filter(page => page !== undefined)
      if (pages.length === 0) return
      await Promise.all(pages.map(async page => await this.#read(page)))
      this.#underWay.length = 0
    }
  }

  #next (): NextPage | undefined {
    if (this.#isOver) return undefined
    const page = this.#coverage.next([...this.#holders.keys()], this.#init.depth, this.#underWay)
    if (page === undefined) return undefined
    this.#requests++
    this.#underWay.push(page)
    return page
  }

  get #isOver (): boolean {
    return this.#init.hasEnded() || this.#requests >= this.#init.maxRequests
  }

  /** Who does not answer, or sends a page that leads nowhere, is not asked again. */
  async #read ({ holder, after }: NextPage): Promise<void> {
    const contact = this.#holders.get(holder)
    const page = contact && await this.#init.ask(contact, after?.bytes)
    const ranks = (page?.records ?? []).map(record => slotRank(this.#init.seed, record)).sort((a, b) => a.hex < b.hex ? -1 : 1)
    const last = ranks.at(-1)
    const leadsNowhere = last === undefined ? page?.more === true : after !== undefined && last.hex <= after.hex
    if (page === undefined || leadsNowhere) this.#holders.delete(holder)
    else this.#coverage.add({ holder, from: after, to: page.more ? last : undefined })
  }
}
