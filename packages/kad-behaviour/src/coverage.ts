/**
 * Which part of the order of ranks has been read at how many holders, and where to read on. Pure. Holders order their records
 * under a key by the ranks of a seed that the reader chose, so that a page is a stretch of that order: what was read at
 * one holder need not be read at the next, and where samples differ, other stretches show other publishers.
 */
import type { PeerId } from '@kadmium/interface'

/** From after `from` up to and including `to`; `undefined` is the beginning, or the end. */
export interface Stretch {
  readonly holder: string
  readonly from: PeerId | undefined
  readonly to: PeerId | undefined
}

/** What to ask next: whom, and for ranks above what. */
export interface NextPage {
  readonly holder: string
  readonly after: PeerId | undefined
}

export class Coverage {
  readonly #stretches: Stretch[] = []
  readonly #asked = new Map<string, number>()

  add (stretch: Stretch): void {
    this.#stretches.push(stretch)
  }

  /**
   * The least-read place that is not read at `depth` of the holders yet, and who has been asked least of those that were not
   * asked for it; `undefined` when there is none, or when what there is is being asked for already.
   */
  next (holders: readonly string[], depth: number, underWay: readonly NextPage[]): NextPage | undefined {
    const wanted = Math.min(depth, holders.length)
    for (const { after, readers } of this.#places(holders)) {
      if (readers.size >= wanted) return undefined
      if (underWay.some(page => page.after?.hex === after?.hex)) continue
      const [holder] = holders.filter(one => !readers.has(one)).sort((a, b) => this.#times(a) - this.#times(b))
      if (holder === undefined) continue
      this.#asked.set(holder, this.#times(holder) + 1)
      return { holder, after }
    }
    return undefined
  }

  /** Every place at which a stretch begins or ends, with who has read what follows it; least read first, then lowest first. */
  #places (holders: readonly string[]): { after: PeerId | undefined, readers: Set<string> }[] {
    const known = this.#stretches.filter(({ holder }) => holders.includes(holder))
    const starts = new Map<string, PeerId | undefined>([['', undefined]])
    for (const { from, to } of known) {
      for (const end of [from, to]) if (end !== undefined) starts.set(end.hex, end)
    }
    return [...starts.entries()]
      .sort(([a], [b]) => a < b ? -1 : 1)
      .map(([place, after]) => ({ after, readers: new Set(known.filter(stretch => follows(stretch, place)).map(({ holder }) => holder)) }))
      .sort((a, b) => a.readers.size - b.readers.size)
  }

  #times (holder: string): number {
    return this.#asked.get(holder) ?? 0
  }
}

/** Whether a stretch goes on right after `place`. */
function follows ({ from, to }: Stretch, place: string): boolean {
  return (from?.hex ?? '') <= place && (to === undefined || place < to.hex)
}
