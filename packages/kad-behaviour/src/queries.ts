/** The queries of one node: gives them their ids, lets a bounded number run, and knows those that do. */
import { NotStartedError } from '@kadmium/interface'
import type { Clock, Query, QueryId, QueryOptions, QueryProgressed, QueryStats } from '@kadmium/interface'
import { RunningQuery } from './query.ts'
import { StatsCounter } from './stats.ts'
import { Turns } from './turns.ts'
import type { KadOptions } from './options.ts'
import type { Outcome, Progress } from './query.ts'
import type { Asking } from './run-lookup.ts'

/** A query that runs, whatever its result will be. */
export interface QueryView {
  readonly id: QueryId
  readonly stats: QueryStats
  /** What it is for, as in `QueryResult.type`. */
  readonly type: QueryType
  finish (): void
}

export type QueryType = QueryProgressed['result']['type']

export interface QueryStart<T, P> {
  readonly type: QueryType
  readonly options?: QueryOptions | undefined
  /** Whether it waits for its turn among the queries of the application; upkeep does not. */
  readonly inLine: boolean
  readonly work: (progress: Progress<P>) => Promise<Outcome<T>>
}

interface Running {
  readonly view: QueryView
  readonly cancel: (reason: Error) => void
  readonly ended: Promise<void>
}

export class Queries {
  readonly #clock: Clock
  readonly #options: KadOptions
  readonly #emit: (event: QueryProgressed) => void
  /** Made when one begins, and given up with the last. */
  #running: Map<QueryId, Running> | undefined
  readonly #turns: Turns
  #onClosing: Set<() => void> | undefined
  #lastId = 0
  #open = false

  constructor (clock: Clock, options: KadOptions, emit: (event: QueryProgressed) => void) {
    this.#clock = clock
    this.#options = options
    this.#emit = emit
    this.#turns = new Turns(options.maxRunningQueries, options.maxQueuedQueries)
  }

  start<T, P> ({ type, options, inLine, work }: QueryStart<T, P>): Query<T, P> {
    const id = ++this.#lastId
    const query = new RunningQuery<T, P>({
      id,
      clock: this.#clock,
      timeoutMs: options?.timeoutMs ?? this.#options.queryTimeoutMs,
      progressBuffer: this.#options.progressBuffer,
      signal: options?.signal,
      turn: async onEnding => inLine ? await this.#turns.take(onEnding) : () => {},
      work,
      emit: this.#emit,
      ended: () => { this.#ended(id) }
    })
    const view: QueryView = { id, type, get stats () { return query.stats.snapshot() }, finish: () => query.finish() }
    this.#running ??= new Map()
    this.#running.set(id, { view, cancel: reason => query.cancel(reason), ended: query.then(() => {}, () => {}) })
    if (!this.#open) query.cancel(new NotStartedError())
    return query
  }

  /** For lookups of the node's own upkeep: no events, in nobody's list, but they end when the node stops. */
  silently (): Asking {
    return {
      stats: new StatsCounter(this.#clock),
      onEnding: callback => {
        this.#onClosing ??= new Set()
        if (this.#open) this.#onClosing.add(callback)
        else callback()
        return () => this.#onClosing?.delete(callback)
      }
    }
  }

  /** A query that could not even begin: it rejects, and there are no events of it. */
  refuse<T, P> (error: Error): Query<T, P> {
    return new RunningQuery<T, P>({
      id: ++this.#lastId,
      clock: this.#clock,
      timeoutMs: this.#options.queryTimeoutMs,
      progressBuffer: 1,
      turn: async () => { throw error },
      work: async () => { throw error },
      emit: this.#emit,
      ended: () => {}
    })
  }

  get (id: QueryId): QueryView | undefined {
    return this.#running?.get(id)?.view
  }

  all (): QueryView[] {
    return this.#all.map(({ view }) => view)
  }

  open (): void {
    this.#open = true
  }

  /** Cancels what runs and refuses what comes. Resolves when each has told its end. */
  async close (): Promise<void> {
    this.#open = false
    const running = this.#all
    for (const callback of this.#onClosing ?? []) callback()
    this.#onClosing = undefined
    for (const { cancel } of running) cancel(new NotStartedError())
    await Promise.all(running.map(async ({ ended }) => await ended))
  }

  get #all (): Running[] {
    return this.#running === undefined ? [] : [...this.#running.values()]
  }

  #ended (id: QueryId): void {
    this.#running?.delete(id)
    if (this.#running?.size === 0) this.#running = undefined
  }
}
