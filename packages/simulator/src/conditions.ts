import { InvalidOptionError } from '@kadmium/interface'

/** A probability, the same for all links or by link (node numbers from 0). */
export type Chance = number | ((from: number, to: number) => number)

/** What befalls datagrams under way. */
export interface Conditions {
  /** The chance that a datagram is lost. Default 0. */
  readonly loss?: Chance
  /** The chance that a datagram arrives twice, each copy in its own time. Default 0. */
  readonly duplicate?: Chance
  /** The chance that a datagram is held up, so that later ones overtake it. Default 0. */
  readonly reorder?: Chance
  /** How long it is held up at most, in milliseconds. Default 100. */
  readonly reorderMs?: number
}

export type ChanceOf = (from: number, to: number) => number

export function chanceOf (option: string, chance: Chance = 0): ChanceOf {
  if (typeof chance === 'function') return chance
  if (!(chance >= 0 && chance <= 1)) throw new InvalidOptionError(option, `expected a probability from 0 to 1, got ${chance}`)
  return () => chance
}
