/** Runs a scenario from the first node to the report. The same scenario gives the same run, on every machine. */
import { fork, seededRandom } from '@kadmium/runtime'
import { fixed, internet, regions } from '../latency.ts'
import type { LatencyFactory } from '../latency.ts'
import { FALSE_ADDRESS } from '../attackers.ts'
import { Simulator } from '../simulator.ts'
import { Churn } from './churn.ts'
import { compositionOf } from './composition.ts'
import type { ComposedNetwork, Composition } from './composition.ts'
import { expected } from './formulas.ts'
import { Happenings } from './happenings.ts'
import { spreadOf } from './percentiles.ts'
import { kadOf } from './kad-node.ts'
import type { KadFactories, KadNode } from './kad-node.ts'
import { Population } from './population.ts'
import type { Report, Sample } from './report.ts'
import type { Scenario } from './scenario.ts'
import { Workload } from './workload.ts'
import type { LookupDone, ReadDone, Stored } from './workload.ts'

export interface ScenarioProgress {
  readonly phase: 'join' | 'warm-up' | 'put' | 'measure' | 'read'
  /** Of this phase, from 0 to 1. */
  readonly done: number
}

/** The trace so far, at one moment: where two runs part, the first entry that differs says when. */
export interface Checkpoint {
  readonly at: number
  readonly phase: ScenarioProgress['phase']
  readonly trace: string
}

export interface RunInit {
  readonly onProgress?: (progress: ScenarioProgress) => void
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void
  /** The module that the scenario names as `compose`, loaded; or any other. */
  readonly composition?: Composition
  /** Ends the run early, by rejecting with its reason. */
  readonly signal?: AbortSignal
}

/** A run that is over. */
export interface ScenarioRun {
  readonly scenario: Scenario
  readonly report: Report
  readonly lookups: readonly LookupDone[]
  readonly reads: readonly ReadDone[]
  readonly samples: readonly Sample[]
  /** Entries of each node's table at the end. */
  readonly tableSizes: readonly number[]
  /** Nodes and their simulator as they are at the end. */
  readonly simulator: Simulator
  readonly nodes: readonly KadNode[]
  readonly attackers: ReadonlySet<KadNode>
}

const SAMPLES = 60
const WARM_UP_STEPS = 10
const ROUND_TRIPS = 10_000
const READ_TRIES = 2

export async function runScenario (scenario: Scenario, init: RunInit = {}): Promise<ScenarioRun> {
  return await new Run(scenario, init).run()
}

interface Rate {
  readonly datagrams: number
  readonly bytes: number
}

class Run {
  readonly #scenario: Scenario
  readonly #init: RunInit
  readonly #composition: Composition
  readonly #sim: Simulator
  readonly #population: Population
  readonly #workload: Workload
  readonly #churn: Churn | undefined
  readonly #happenings: Happenings
  readonly #network: ComposedNetwork
  readonly #samples: Sample[] = []

  constructor (scenario: Scenario, init: RunInit) {
    this.#scenario = scenario
    this.#init = init
    const random = seededRandom(`scenario ${typeof scenario.seed} ${scenario.seed}`)
    this.#composition = compositionOf(scenario, init.composition)
    this.#population = new Population(scenario, this.#composition, random)
    this.#sim = simulatorOf(scenario, this.#population)
    this.#population.attach(this.#sim)
    this.#workload = new Workload(this.#sim, this.#population, this.#k, fork(random, 'workload'))
    this.#happenings = new Happenings(this.#sim, this.#population, fork(random, 'happenings'))
    this.#churn = scenario.churn && new Churn(this.#sim, this.#population, scenario.churn, fork(random, 'churn'))
    this.#network = { simulator: this.#sim, nodes: this.#population.nodes, random: fork(random, 'composition') }
  }

  async run (): Promise<ScenarioRun> {
    await this.#join()
    this.#churn?.start()
    const idle = await this.#warmUp()
    await this.#put()
    const busy = await this.#measure()
    await this.#workload.settle()
    this.#churn?.stop()
    const traceHash = this.#sim.trace()
    const tableSizes = this.#population.up.map(node => kadOf(node).table.size)
    const report = await this.#report(idle, busy, tableSizes, traceHash)
    return {
      scenario: this.#scenario,
      report,
      lookups: this.#workload.lookups,
      reads: this.#workload.reads,
      samples: this.#samples,
      tableSizes,
      simulator: this.#sim,
      nodes: this.#population.nodes,
      attackers: new Set(this.#population.nodes.filter(node => this.#population.isAttacker(node)))
    }
  }

  async #join (): Promise<void> {
    const { nodes, start, joinEvery, kad: { k } } = this.#scenario
    for (let i = 0; i < nodes; i++) {
      await this.#population.add()
      if (start === 'join') await this.#sim.run(joinEvery)
      this.#tell('join', i + 1, nodes)
    }
    if (start === 'oracle') {
      this.#sim.fillTables<KadFactories>(node => kadOf(node).table, { nodes: this.#population.nodes, ...(typeof k === 'number' && { k }) })
    }
    this.#checkpoint('join')
  }

  /** The second half shows what a network costs that nobody asks for anything. */
  async #warmUp (): Promise<Rate> {
    const stepMs = this.#scenario.warmUp / WARM_UP_STEPS
    let rate = this.#rateSince()
    for (let step = 0; step < WARM_UP_STEPS; step++) {
      if (step === WARM_UP_STEPS / 2) rate = this.#rateSince()
      await this.#sim.run(stepMs)
      this.#tell('warm-up', step + 1, WARM_UP_STEPS)
    }
    this.#checkpoint('warm-up')
    return rate()
  }

  async #put (): Promise<void> {
    await this.#workload.put(this.#scenario.records, done => { this.#tell('put', done, this.#scenario.records) })
    this.#checkpoint('put')
  }

  async #measure (): Promise<Rate> {
    const { events, lookups, reads, measure } = this.#scenario
    const startedAt = this.#sim.clock.now()
    const rate = this.#rateSince()
    this.#happenings.schedule(events)
    this.#workload.scatterLookups(lookups, measure)
    this.#workload.scatterReads(reads, measure)
    const application = this.#runApplication()
    for (let step = 1; step <= SAMPLES; step++) {
      await this.#sim.run(measure / SAMPLES)
      this.#sample(this.#sim.clock.now() - startedAt)
      this.#tell('measure', step, SAMPLES)
      if (step % 10 === 0) this.#checkpoint('measure')
    }
    await this.#sim.until(application)
    return rate()
  }

  /** Settled before the measurement ends; what it throws ends the run, and is not lost meanwhile. */
  #runApplication (): Promise<void> {
    const { measure } = this.#composition
    const running = (async () => { await measure?.(this.#network) })()
    running.catch(() => {})
    return running
  }

  #sample (at: number): void {
    const { up } = this.#population
    const { lookups } = this.#workload
    this.#samples.push({
      at,
      nodesUp: up.length,
      tableEntries: up.reduce((sum, node) => sum + kadOf(node).table.size, 0) / Math.max(1, up.length),
      datagrams: this.#sim.report().traffic.sent,
      lookups: lookups.length,
      succeeded: lookups.filter(({ succeeded }) => succeeded).length
    })
  }

  async #report (idle: Rate, busy: Rate, tableSizes: readonly number[], traceHash: string): Promise<Report> {
    const { name, seed, fidelity, nodes } = this.#scenario
    const { lookups, reads, stored } = this.#workload
    const { virtualMs, nodesUp, traffic } = this.#sim.report()
    const acknowledged = stored.filter(({ acknowledged }) => acknowledged)
    const inBytes = fidelity !== 'lite'
    const { joined = 0, left = 0, vanished = 0 } = this.#churn ?? {}
    const figures = this.#composition.figures?.(this.#network)
    const roundTripMs = spreadOf(this.#sim.roundTrips(ROUND_TRIPS))
    return {
      name,
      seed,
      fidelity,
      nodes,
      virtualMs,
      lookups: {
        count: lookups.length,
        success: shareOf(lookups, ({ succeeded }) => succeeded),
        recall: lookups.length === 0 ? 1 : lookups.reduce((sum, { recall }) => sum + recall, 0) / lookups.length,
        hops: spreadOf(lookups.map(({ hops }) => hops)),
        rpcs: spreadOf(lookups.map(({ rpcs }) => rpcs)),
        elapsedMs: spreadOf(lookups.map(({ elapsedMs }) => elapsedMs))
      },
      reads: { count: reads.length, success: shareOf(reads, ({ succeeded }) => succeeded), elapsedMs: spreadOf(reads.map(({ elapsedMs }) => elapsedMs)) },
      records: { put: stored.length, acknowledged: acknowledged.length, ...await this.#recordsLeft(acknowledged) },
      tables: { entries: spreadOf(tableSizes), ...this.#tablesLeft() },
      traffic: {
        datagrams: traffic.sent,
        lost: traffic.lost,
        idleDatagrams: idle.datagrams,
        busyDatagrams: busy.datagrams,
        ...(inBytes && { idleBytes: idle.bytes, busyBytes: busy.bytes, largestDatagram: traffic.largest })
      },
      churn: { nodesUp, joined, left, vanished },
      deceived: this.#population.up.filter(({ swarm }) => swarm.externalAddrs.some(address => `${address}`.includes(`/${FALSE_ADDRESS.host}/`))).length,
      ...(figures && { figures: { ...figures } }),
      roundTripMs,
      expected: expected(nodesUp, this.#k, this.#alpha, roundTripMs.p50),
      traceHash
    }
  }

  async #recordsLeft (acknowledged: readonly Stored[]): Promise<Omit<Report['records'], 'put' | 'acknowledged'>> {
    const held = acknowledged.map(({ number }) => number).filter(number => this.#workload.holders(number) > 0)
    let unreadable = held
    for (let tries = 0; tries < READ_TRIES && unreadable.length > 0; tries++) {
      unreadable = await this.#workload.unreadable(unreadable)
      this.#tell('read', tries + 1, READ_TRIES)
    }
    return { holders: spreadOf(acknowledged.map(({ storedOn }) => storedOn)), lost: acknowledged.length - held.length, unreadable: unreadable.length }
  }

  #tablesLeft (): { dead: number, isolated: number } {
    const { up } = this.#population
    const living = new Set(up.map(({ id }) => id.hex))
    let [entries, dead, isolated] = [0, 0, 0]
    for (const node of up) {
      const contacts = kadOf(node).table.closest(node.id, Infinity)
      const alive = contacts.filter(({ id }) => living.has(id.hex)).length
      entries += contacts.length
      dead += contacts.length - alive
      if (alive === 0 && up.length > 1) isolated++
    }
    return { dead: entries === 0 ? 0 : dead / entries, isolated }
  }

  /** Counts from now on; the function it gives tells what each node sent in each second since. */
  #rateSince (): () => Rate {
    const [at, { sent, bytesSent }] = [this.#sim.clock.now(), this.#sim.report().traffic]
    return () => {
      const { traffic, nodesUp } = this.#sim.report()
      const nodeSeconds = Math.max(1, nodesUp) * Math.max(1, this.#sim.clock.now() - at) / 1000
      return { datagrams: (traffic.sent - sent) / nodeSeconds, bytes: (traffic.bytesSent - bytesSent) / nodeSeconds }
    }
  }

  #tell (phase: ScenarioProgress['phase'], done: number, of: number): void {
    this.#init.signal?.throwIfAborted()
    this.#init.onProgress?.({ phase, done: done / of })
  }

  #checkpoint (phase: ScenarioProgress['phase']): void {
    this.#init.onCheckpoint?.({ at: this.#sim.clock.now(), phase, trace: this.#sim.trace() })
  }

  get #k (): number {
    const { k = 20 } = this.#scenario.kad
    return k as number
  }

  get #alpha (): number {
    const { alpha = 3 } = this.#scenario.kad
    return alpha as number
  }
}

function simulatorOf (scenario: Scenario, population: Population): Simulator {
  const { seed, fidelity, limits, loss, duplicate, reorder, bandwidth, addresses } = scenario
  return new Simulator({
    seed,
    fidelity,
    loss,
    duplicate,
    reorder,
    latency: latencyOf(scenario.latency),
    traceEvents: false,
    ...(limits['connections'] !== undefined && { sessionsPerNode: limits['connections'] }),
    placeOf: node => population.placeOf(node),
    ...(addresses && { nodesPerGroup: addresses.perGroup }),
    ...(bandwidth && { bandwidth: { up: bandwidth.up, down: bandwidth.down, queueMs: bandwidth.queue } })
  })
}

function latencyOf (latency: Scenario['latency']): LatencyFactory {
  if (latency === 'internet') return internet()
  if (latency === 'regions') return regions()
  if ('fixed' in latency) return fixed(latency.fixed)
  if ('internet' in latency) {
    const { scale, access, base, jitter } = latency.internet
    return internet(given({ scaleMs: scale, accessMs: access, baseMs: base, jitterSigma: jitter }))
  }
  const { roundTrips, weights, jitter } = latency.regions
  return regions(given({ roundTripsMs: roundTrips, weights, jitterSigma: jitter }))
}

function given<T extends object> (values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

function shareOf<T> (all: readonly T[], holds: (one: T) => boolean): number {
  return all.length === 0 ? 1 : all.filter(holds).length / all.length
}
