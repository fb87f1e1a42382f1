/** What all rows of the attack matrix have in common: how large, what was measured, and what is asked for. */

export interface Size {
  readonly nodes: number
  readonly seed: number
  /** Lookups, gets, forged records: what a row says that it repeats. */
  readonly samples: number
}

/** One measured number and its threshold. */
export interface Figure {
  readonly what: string
  readonly measured: number
  readonly atLeast?: number
  readonly atMost?: number
}

/** One attack, and what is to be left of the network under it. */
export interface Row {
  readonly row: number
  readonly title: string
  /** For every run of the tests. */
  readonly small: Omit<Size, 'seed'>
  /** For `npm run attacks`. */
  readonly full: Omit<Size, 'seed'>
  /** How many seeds the full size takes. Default 1. */
  readonly seeds?: number
  readonly run: (size: Size) => Promise<Figure[]>
}

/** A defence that is switched off, so that a row fails: that shows that the row can. */
export interface Mutation {
  readonly row: number
  readonly without: string
  readonly small: Omit<Size, 'seed'>
  /** Its thresholds are those at which the attack counts as successful. */
  readonly run: (size: Size) => Promise<Figure[]>
}

export function holds ({ measured, atLeast = -Infinity, atMost = Infinity }: Figure): boolean {
  return measured >= atLeast && measured <= atMost
}

export function figureText ({ what, measured, atLeast, atMost }: Figure): string {
  return `${what} ${rounded(measured)} (${thresholdText({ atLeast, atMost })})`
}

export function thresholdText ({ atLeast, atMost }: { readonly atLeast?: number | undefined, readonly atMost?: number | undefined }): string {
  return [atLeast === undefined ? [] : [`≥ ${atLeast}`], atMost === undefined ? [] : [`≤ ${atMost}`]].flat().join(', ')
}

export function rounded (value: number): string {
  return String(Math.round(value * 10_000) / 10_000)
}
