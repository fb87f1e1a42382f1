/** How a quantity is spread. */
export interface Spread {
  readonly count: number
  readonly mean: number
  readonly p10: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

export function spreadOf (values: Iterable<number>): Spread {
  const sorted = Float64Array.from(values).sort()
  const at = (percent: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * percent / 100))] ?? 0
  return {
    count: sorted.length,
    mean: sorted.length === 0 ? 0 : sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    p10: at(10),
    p50: at(50),
    p90: at(90),
    p99: at(99),
    max: sorted.at(-1) ?? 0
  }
}
