/** The pictures of a run: how long lookups took, how far they went, how full the tables are, and how it went over time. */
import type { ScenarioRun } from '../scenario/run-scenario.ts'
import { CHART_HEIGHT, CHART_WIDTH, chartSvg } from './chart.ts'
import type { Chart, Point } from './chart.ts'

const HEADER = 52
const BINS = 24
/** Points of a distribution's line: more are not seen. */
const LINE_POINTS = 200
const MINUTE_MS = 60_000

/** An SVG document of four charts. */
export function runPlots (run: ScenarioRun): string {
  const charts = [latencyChart(run), hopsChart(run), tableChart(run), timeChart(run)]
  const width = 2 * CHART_WIDTH
  const height = HEADER + 2 * CHART_HEIGHT
  const { name, seed, fidelity, nodes, lookups, traceHash } = run.report
  const title = `${name === 'unnamed' ? 'Kadmium' : name}: ${nodes} nodes, ${lookups.count} lookups, ${fidelity}, seed ${seed}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="12" fill="#222">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="20" y="26" font-size="17" font-weight="600">${title.replace(/&/g, '&amp;').replace(/</g, '&lt;')}</text>`,
    `<text x="20" y="44" fill="#666">trace ${traceHash}</text>`,
    ...charts.map((chart, index) => `<g transform="translate(${(index % 2) * CHART_WIDTH} ${HEADER + Math.floor(index / 2) * CHART_HEIGHT})">\n${chartSvg(chart)}\n</g>`),
    '</svg>\n'
  ].join('\n')
}

function latencyChart ({ lookups, reads, report }: ScenarioRun): Chart {
  const { elapsedMs } = report.lookups
  return {
    title: 'Latency: share that ended within',
    x: { label: 'milliseconds', min: 0 },
    y: { label: '% of all', min: 0, max: 100 },
    series: [
      { name: 'lookups', kind: 'line', points: distribution(lookups.map(({ elapsedMs }) => elapsedMs)) },
      ...(reads.length === 0 ? [] : [{ name: 'reads', kind: 'dashes' as const, points: distribution(reads.map(({ elapsedMs }) => elapsedMs)) }])
    ],
    marks: lookups.length === 0 ? [] : [{ at: elapsedMs.p50, label: `p50 ${Math.round(elapsedMs.p50)}` }, { at: elapsedMs.p99, label: `p99 ${Math.round(elapsedMs.p99)}` }]
  }
}

function hopsChart ({ lookups, report }: ScenarioRun): Chart {
  const most = lookups.reduce((max, { hops }) => Math.max(max, hops), 0)
  const counts = Array.from({ length: most + 1 }, (_, hops) => lookups.filter(lookup => lookup.hops === hops).length)
  return {
    title: 'Hops until the nearest node was known',
    x: { label: 'hops', min: -0.5, max: Math.max(4.5, most + 0.5) },
    y: { label: '% of lookups', min: 0 },
    series: [{ name: 'lookups', kind: 'bars', points: counts.map((count, hops): Point => [hops, 100 * count / Math.max(1, lookups.length)]) }],
    marks: [{ at: report.lookups.hops.mean, label: `mean ${report.lookups.hops.mean.toFixed(2)}` }, { at: report.expected.hops, label: `theory ${report.expected.hops.toFixed(2)}` }]
  }
}

function tableChart ({ tableSizes, report }: ScenarioRun): Chart {
  return {
    title: 'Table fill at the end',
    x: { label: 'entries of a node’s table', min: 0 },
    y: { label: 'nodes', min: 0 },
    series: [{ name: 'nodes', kind: 'bars', points: histogram(tableSizes) }],
    marks: [{ at: report.expected.tableEntries, label: `theory ${report.expected.tableEntries.toFixed(0)}` }]
  }
}

/** Success is of the lookups that ended since the sample before. */
function timeChart ({ samples, report }: ScenarioRun): Chart {
  const most = samples.reduce((max, { nodesUp }) => Math.max(max, nodesUp), 1)
  const success = samples.flatMap((sample, index): Point[] => {
    const before = samples[index - 1] ?? { lookups: 0, succeeded: 0 }
    const ended = sample.lookups - before.lookups
    return ended === 0 ? [] : [[sample.at / MINUTE_MS, 100 * (sample.succeeded - before.succeeded) / ended]]
  })
  return {
    title: 'Over time',
    x: { label: 'minutes of measurement', min: 0 },
    y: { label: '%', min: 0, max: 110 },
    series: [
      { name: 'success', kind: 'line', points: success },
      { name: `nodes up of ${most}`, kind: 'dashes', points: samples.map(({ at, nodesUp }): Point => [at / MINUTE_MS, 100 * nodesUp / most]) },
      { name: 'table fill of theory', kind: 'dashes', points: samples.map(({ at, tableEntries }): Point => [at / MINUTE_MS, Math.min(110, 100 * tableEntries / Math.max(1, report.expected.tableEntries))]) }
    ]
  }
}

function distribution (values: readonly number[]): Point[] {
  const sorted = Float64Array.from(values).sort()
  const { length } = sorted
  const points = Math.min(length, LINE_POINTS)
  return Array.from({ length: points }, (_, i): Point => {
    const index = Math.floor((i + 1) * length / points) - 1
    return [sorted[index] as number, 100 * (index + 1) / length]
  })
}

/** How many values fall around each of some evenly spaced ones. */
function histogram (values: readonly number[]): Point[] {
  if (values.length === 0) return []
  const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))]
  const width = Math.max(1, Math.ceil((high - low + 1) / BINS))
  const counts = Array.from({ length: Math.floor((high - low) / width) + 1 }, () => 0)
  for (const value of values) {
    const bin = Math.floor((value - low) / width)
    counts[bin] = (counts[bin] as number) + 1
  }
  return counts.map((count, bin): Point => [low + (bin + 0.5) * width - 0.5, count])
}
