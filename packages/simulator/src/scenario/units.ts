/** The numbers of a scenario as people write them. */
import { z } from 'zod'

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/
const PERCENT = /^(\d+(?:\.\d+)?)\s*%$/
const MAX_DURATION_MS = 30 * 86_400_000

/** `500ms`, `10s`, `5m`, `24h`, `1d`, or a number of seconds, at most 30 days. Gives milliseconds. */
export const duration = z.union([z.string(), z.number()]).transform((value, context) => {
  const ms = typeof value === 'number' ? value * 1000 : durationMs(value)
  if (ms >= 0 && ms <= MAX_DURATION_MS) return ms
  context.addIssue({ code: 'custom', message: `expected a time from 0 to 30d, as 500ms, 10s, 5m or 24h, got ${JSON.stringify(value)}` })
  return z.NEVER
})

/** `5%`, or a number from 0 to 1. Gives the number. */
export const share = z.union([z.string(), z.number()]).transform((value, context) => {
  const fraction = typeof value === 'number' ? value : Number(PERCENT.exec(value)?.[1]) / 100
  if (fraction >= 0 && fraction <= 1) return fraction
  context.addIssue({ code: 'custom', message: `expected a share, as 5% or 0.05, got ${JSON.stringify(value)}` })
  return z.NEVER
})

/** A whole number in a range. */
export function count (least: number, most: number) {
  return z.number(`expected a whole number from ${least} to ${most}`).refine(
    value => Number.isInteger(value) && value >= least && value <= most,
    { error: ({ input }) => `expected a whole number from ${least} to ${most}, got ${JSON.stringify(input)}` }
  )
}

function durationMs (text: string): number {
  const [, figure, unit = ''] = DURATION.exec(text) ?? []
  return Number(figure) * (UNIT_MS[unit] ?? NaN)
}
