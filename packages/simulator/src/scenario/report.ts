/** What a run showed, as numbers that mean the same in every run. */
import type { Expected } from './formulas.ts'
import type { Figures } from './composition.ts'
import type { Spread } from './percentiles.ts'
import type { Scenario } from './scenario.ts'

export interface Report {
  readonly name: string
  readonly seed: number | string
  readonly fidelity: Scenario['fidelity']
  readonly nodes: number
  readonly virtualMs: number
  readonly lookups: {
    readonly count: number
    /** Those that found the nearest living node. */
    readonly success: number
    /** Of the living nodes that belong among the k found, how many were, on average. */
    readonly recall: number
    readonly hops: Spread
    readonly rpcs: Spread
    readonly elapsedMs: Spread
  }
  readonly reads: { readonly count: number, readonly success: number, readonly elapsedMs: Spread }
  readonly records: {
    readonly put: number
    readonly acknowledged: number
    readonly holders: Spread
    /** Acknowledged records that no living node holds at the end. */
    readonly lost: number
    /** Acknowledged records that a living node holds, but that a get does not find. */
    readonly unreadable: number
  }
  readonly tables: {
    readonly entries: Spread
    /** Of all entries, those whose node is gone. */
    readonly dead: number
    /** Nodes that know no living node. */
    readonly isolated: number
  }
  readonly traffic: {
    readonly datagrams: number
    readonly lost: number
    /** While nobody asked for anything, for each node and second. */
    readonly idleDatagrams: number
    /** While lookups and reads ran, for each node and second. */
    readonly busyDatagrams: number
    /** Bytes instead of datagrams; absent in `lite`, where datagrams have none. */
    readonly idleBytes?: number
    readonly busyBytes?: number
    readonly largestDatagram?: number
  }
  readonly churn: { readonly nodesUp: number, readonly joined: number, readonly left: number, readonly vanished: number }
  /** Nodes that believe in a wrong address of their own, because of what others told them. */
  readonly deceived: number
  /** What the application's own module says. */
  readonly figures?: Figures
  readonly roundTripMs: Spread
  /** What theory expects of as many nodes with full tables, where nobody leaves and nothing is lost. */
  readonly expected: Expected
  readonly traceHash: string
}

/** The state of the network at one moment of the measurement. */
export interface Sample {
  /** Since the measurement began, in milliseconds. */
  readonly at: number
  readonly nodesUp: number
  readonly tableEntries: number
  readonly datagrams: number
  readonly lookups: number
  readonly succeeded: number
}

const COLUMN = 12

/** The report as lines for people. */
export function reportText (report: Report): string {
  const { lookups, reads, records, tables, traffic, churn, roundTripMs, expected } = report
  const isQuiet = churn.joined + churn.left + churn.vanished === 0
  return [
    line('scenario', `${report.name}, seed ${report.seed}, ${report.fidelity}, ${report.nodes} nodes, ${seconds(report.virtualMs)} of virtual time`),
    line('round trip', `${spread(roundTripMs, ms)}`),
    lookups.count === 0 ? '' : line('lookups', `${lookups.count}, success ${percent(lookups.success)}, recall ${percent(lookups.recall)}`),
    lookups.count === 0 ? '' : line('  latency', `${spread(lookups.elapsedMs, ms)}${against(lookups.elapsedMs.p50, expected.medianMs, ms, 'p50')}`),
    lookups.count === 0 ? '' : line('  hops', `${spread(lookups.hops, figure)}${against(lookups.hops.mean, expected.hops, figure, 'mean')}`),
    lookups.count === 0 ? '' : line('  requests', `${spread(lookups.rpcs, figure)}${against(lookups.rpcs.mean, expected.rpcs, figure, 'mean')}`),
    reads.count === 0 ? '' : line('reads', `${reads.count}, success ${percent(reads.success)}, ${spread(reads.elapsedMs, ms)}`),
    records.put === 0 ? '' : line('records', `${records.acknowledged} of ${records.put} acknowledged, on ${figure(records.holders.mean)} holders, ${records.lost} lost, ${records.unreadable} unreadable`),
    line('tables', `${spread(tables.entries, figure)}${against(tables.entries.mean, expected.tableEntries, figure, 'mean')}`),
    line('', `${percent(tables.dead)} of the entries dead, ${tables.isolated} nodes isolated`),
    line('upkeep', `${figure(traffic.idleDatagrams)} datagrams/s/node${bytes(traffic.idleBytes)}; with lookups ${figure(traffic.busyDatagrams)}${bytes(traffic.busyBytes)}`),
    line('traffic', `${traffic.datagrams} datagrams, ${traffic.lost} lost${traffic.largestDatagram === undefined ? '' : `, at most ${traffic.largestDatagram} B`}`),
    isQuiet ? '' : line('churn', `${churn.joined} came, ${churn.left} left, ${churn.vanished} vanished, ${churn.nodesUp} up at the end`),
    report.deceived === 0 ? '' : line('deceived', `${report.deceived} nodes believe in a wrong address of their own`),
    ...Object.entries(report.figures ?? {}).map(([name, value]) => line(name, `${value}`)),
    line('trace', report.traceHash)
  ].filter(text => text !== '').join('\n')
}

function line (name: string, text: string): string {
  return `${name.padEnd(COLUMN - 1)} ${text}`
}

function spread ({ mean, p50, p90, p99 }: Spread, write: (value: number) => string): string {
  return `mean ${write(mean)}, p50 ${write(p50)}, p90 ${write(p90)}, p99 ${write(p99)}`
}

function against (measured: number, limit: number, write: (value: number) => string, what: string): string {
  return limit === 0 ? '' : `  (theory: ${what} ${write(limit)}, here ${(measured / limit).toFixed(2)} of it)`
}

function bytes (value: number | undefined): string {
  return value === undefined ? '' : ` = ${Math.round(value)} B/s`
}

const ms = (value: number): string => `${Math.round(value)} ms`
const figure = (value: number): string => value.toFixed(2)
const seconds = (value: number): string => `${(value / 1000).toFixed(0)} s`
const percent = (value: number): string => `${(100 * value).toFixed(2)} %`
