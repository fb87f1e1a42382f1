/** Small charts as SVG: lines or bars over two axes with round ticks. Colours are those of Okabe and Ito, which all eyes tell apart. */

export interface Axis {
  readonly label: string
  /** Default: what the points need. */
  readonly min?: number
  readonly max?: number
}

export type Point = readonly [x: number, y: number]

export interface Series {
  readonly name: string
  readonly kind: 'line' | 'bars' | 'dashes'
  readonly points: readonly Point[]
}

export interface Chart {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly Series[]
  /** Upright lines with a label at their upper end. */
  readonly marks?: ReadonlyArray<{ readonly at: number, readonly label: string }>
}

export const CHART_WIDTH = 480
export const CHART_HEIGHT = 320
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7']
const MARK_COLOUR = '#666'
const PLOT = { left: 62, right: 18, top: 56, bottom: 46 }
const WIDTH = CHART_WIDTH - PLOT.left - PLOT.right
const HEIGHT = CHART_HEIGHT - PLOT.top - PLOT.bottom
const TICKS = 6
/** Rows in which the labels of marks that lie close to each other are written. */
const MARK_ROWS = 3
/** Keeps what is drawn below those labels, where nothing is said of the axis. */
const MARK_HEADROOM = 1.25
/** Of a step: what rounding may take from a tick at the very end of an axis. */
const SLACK = 1e-9
/** Keeps text legible on bars and lines. */
const HALO = 'stroke="#fff" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'

interface Scale {
  readonly min: number
  readonly max: number
  readonly step: number
}

/** A chart as an SVG group of CHART_WIDTH by CHART_HEIGHT. */
export function chartSvg (chart: Chart): string {
  const points = chart.series.flatMap(({ points }) => points)
  const x = scaleOf(chart.x, [...points.map(([x]) => x), ...(chart.marks ?? []).map(({ at }) => at)], false)
  const headroom = chart.marks === undefined ? 1 : MARK_HEADROOM
  const y = scaleOf(chart.y, points.map(([, y]) => y * headroom), true)
  const toX = (value: number): number => PLOT.left + (value - x.min) / (x.max - x.min) * WIDTH
  const toY = (value: number): number => PLOT.top + HEIGHT - (value - y.min) / (y.max - y.min) * HEIGHT
  return [
    text(PLOT.left, 22, chart.title, 'font-size="15" font-weight="600"'),
    legend(chart.series),
    ...ticks(y).map(value => `<line x1="${PLOT.left}" y1="${px(toY(value))}" x2="${PLOT.left + WIDTH}" y2="${px(toY(value))}" stroke="#ddd"/>${text(PLOT.left - 7, toY(value) + 4, label(value, y), 'text-anchor="end"')}`),
    ...ticks(x).map(value => `<line x1="${px(toX(value))}" y1="${PLOT.top + HEIGHT}" x2="${px(toX(value))}" y2="${PLOT.top + HEIGHT + 4}" stroke="#333"/>${text(toX(value), PLOT.top + HEIGHT + 18, label(value, x), 'text-anchor="middle"')}`),
    ...chart.series.map((series, index) => seriesSvg(series, COLOURS[index % COLOURS.length] as string, toX, toY)),
    ...(chart.marks ?? []).map((mark, index) => markSvg(mark, index, toX)),
    `<path d="M${PLOT.left} ${PLOT.top}V${PLOT.top + HEIGHT}H${PLOT.left + WIDTH}" fill="none" stroke="#333"/>`,
    text(PLOT.left + WIDTH / 2, CHART_HEIGHT - 8, chart.x.label, 'text-anchor="middle"'),
    text(-(PLOT.top + HEIGHT / 2), 14, chart.y.label, 'text-anchor="middle" transform="rotate(-90)"')
  ].join('\n')
}

function seriesSvg ({ kind, points }: Series, colour: string, toX: (x: number) => number, toY: (y: number) => number): string {
  if (points.length === 0) return ''
  if (kind === 'bars') return bars(points, colour, toX, toY)
  const path = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${px(toX(x))} ${px(toY(y))}`).join('')
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"${kind === 'dashes' ? ' stroke-dasharray="6 4"' : ''}/>`
}

/** Bars stand around their x, as wide as the least distance between two of them allows. */
function bars (points: readonly Point[], colour: string, toX: (x: number) => number, toY: (y: number) => number): string {
  const gaps = points.slice(1).map(([x], index) => toX(x) - toX((points[index] as Point)[0]))
  const width = Math.max(1, Math.min(60, ...gaps) * 0.8)
  return points.map(([x, y]) => {
    const left = Math.max(PLOT.left, toX(x) - width / 2)
    const right = Math.min(PLOT.left + WIDTH, toX(x) + width / 2)
    return `<rect x="${px(left)}" y="${px(toY(y))}" width="${px(Math.max(0, right - left))}" height="${px(PLOT.top + HEIGHT - toY(y))}" fill="${colour}"/>`
  }).join('')
}

function markSvg ({ at, label }: { readonly at: number, readonly label: string }, index: number, toX: (x: number) => number): string {
  const x = toX(at)
  const isFarRight = x > PLOT.left + WIDTH * 0.7
  return `<line x1="${px(x)}" y1="${PLOT.top}" x2="${px(x)}" y2="${PLOT.top + HEIGHT}" stroke="${MARK_COLOUR}" stroke-dasharray="3 3"/>` +
    text(isFarRight ? x - 4 : x + 4, PLOT.top + 12 + 14 * (index % MARK_ROWS), label, `fill="${MARK_COLOUR}" ${HALO}${isFarRight ? ' text-anchor="end"' : ''}`)
}

/** One series needs no name beside the title. */
function legend (series: readonly Series[]): string {
  if (series.length < 2) return ''
  let x = PLOT.left
  return series.map(({ name, kind }, index) => {
    const at = x
    x += 34 + name.length * 7
    const dashes = kind === 'dashes' ? ' stroke-dasharray="6 4"' : ''
    return `<line x1="${at}" y1="37" x2="${at + 20}" y2="37" stroke="${COLOURS[index % COLOURS.length]}" stroke-width="3"${dashes}/>${text(at + 25, 41, name)}`
  }).join('')
}

function scaleOf ({ min, max }: Axis, values: readonly number[], fromZero: boolean): Scale {
  const low = min ?? (fromZero ? 0 : values.reduce((a, b) => Math.min(a, b), Infinity))
  const high = max ?? values.reduce((a, b) => Math.max(a, b), -Infinity)
  if (!(high > low)) return { min: low === Infinity ? 0 : low, max: (low === Infinity ? 0 : low) + 1, step: 1 }
  const step = roundStep((high - low) / TICKS)
  return { min: min ?? Math.floor(low / step) * step, max: max ?? Math.ceil(high / step) * step, step }
}

/** 1, 2 or 5 with zeros, at least `least`. */
function roundStep (least: number): number {
  let power = 1
  while (power > least) power /= 10
  while (power * 10 <= least) power *= 10
  return power * ([1, 2, 5].find(factor => power * factor >= least) ?? 10)
}

function ticks ({ min, max, step }: Scale): number[] {
  const first = Math.ceil(min / step - SLACK)
  const last = Math.floor(max / step + SLACK)
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step)
}

function label (value: number, { step }: Scale): string {
  return value.toFixed(step >= 1 ? 0 : step >= 0.1 ? 1 : 2)
}

function text (x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${px(x)}" y="${px(y)}" ${attributes}>${escaped(content)}</text>`
}

function escaped (content: string): string {
  return content.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

function px (value: number): string {
  return `${Math.round(value * 10) / 10}`
}
