/**
 * A running operation, for whoever started it: awaited it gives the result, iterated it gives the progress. The operation
 * itself sees the other side, `Progress`, and answers with one `Outcome`, so that every query ends in exactly one last
 * `QueryProgressed` event, however it ends.
 */
import type { Clock, Query, QueryId, QueryProgressed, QueryResult, Timer } from '@kadmium/interface'
import { ProgressLog } from './progress-log.ts'
import { StatsCounter } from './stats.ts'

/** Why a query ends before its work is done. */
export type Ending = 'finished' | 'timeout' | 'cancelled'

/** Calls back once, at once if it is ending already. Returns how to take that back. */
export type OnEnding = (callback: () => void) => () => void

/** What the work of a query sees of it. */
export interface Progress<P> {
  readonly id: QueryId
  readonly stats: StatsCounter
  /** Why it is to end, or `undefined` while it may go on. */
  readonly ending: Ending | undefined
  readonly onEnding: OnEnding
  /** Tells the iterators. */
  tell (progress: P): void
  /** Emits an event that is not the last. */
  report (result: QueryResult): void
}

/** How the work ended: with a value or an error, and what the last event says. */
export type Outcome<T> =
  | { readonly value: T, readonly result: QueryResult }
  | { readonly error: Error, readonly result: QueryResult }

export interface QueryInit<T, P> {
  readonly id: QueryId
  readonly clock: Clock
  readonly timeoutMs: number
  readonly progressBuffer: number
  readonly signal?: AbortSignal | undefined
  /** Holds the work back until the query may run, or is ending; rejects when too many wait. Gives back what ends the turn. */
  readonly turn: (onEnding: OnEnding) => Promise<() => void>
  readonly work: (progress: Progress<P>) => Promise<Outcome<T>>
  readonly emit: (event: QueryProgressed) => void
  readonly ended: () => void
}

export class RunningQuery<T, P> implements Query<T, P> {
  readonly id: QueryId
  readonly stats: StatsCounter
  readonly #init: QueryInit<T, P>
  readonly #log: ProgressLog<P>
  readonly #onEnding = new Set<() => void>()
  readonly #promise: Promise<T>
  #ending: Ending | undefined
  #reason: Error | undefined
  #step = 0

  constructor (init: QueryInit<T, P>) {
    this.id = init.id
    this.stats = new StatsCounter(init.clock)
    this.#init = init
    this.#log = new ProgressLog(init.progressBuffer)
    this.#promise = this.#run()
    this.#promise.catch(() => {})
  }

  /** Iterators end too: with the result, or by throwing what the promise rejects with. Leaving a loop ends no query. */
  [Symbol.asyncIterator] (): AsyncIterator<P> {
    return this.#log.read()
  }

  finish (): void {
    this.#end('finished')
  }

  /** Ends it by rejecting with `reason`, unless it is ending already. */
  cancel (reason: Error): void {
    if (this.#ending === undefined) this.#reason = reason
    this.#end('cancelled')
  }

  then<R = T, E = never> (
    onFulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    onRejected?: ((error: Error) => E | PromiseLike<E>) | null
  ): Promise<R | E> {
    return this.#promise.then(onFulfilled, onRejected)
  }

  catch<R> (onRejected: (error: Error) => R): Promise<T | R> {
    return this.#promise.catch(onRejected)
  }

  finally (onFinally: () => void): Promise<T> {
    return this.#promise.finally(onFinally)
  }

  async #run (): Promise<T> {
    const forget = this.#heed(this.#init.signal)
    let timer: Timer | undefined
    let release: (() => void) | undefined
    try {
      release = await this.#init.turn(callback => this.#whenEnding(callback))
      timer = this.#init.clock.setTimeout(() => this.#end('timeout'), this.#init.timeoutMs)
      return this.#settle(await this.#init.work(this.#progress()))
    } catch (error) {
      this.#log.fail(error as Error)
      throw error
    } finally {
      if (timer !== undefined) this.#init.clock.clearTimeout(timer)
      release?.()
      forget()
      this.#onEnding.clear()
      this.#init.ended()
    }
  }

  #settle (outcome: Outcome<T>): T {
    this.stats.stop()
    this.#report(outcome.result, true)
    if (this.#reason !== undefined) throw this.#reason
    if ('error' in outcome) throw outcome.error
    this.#log.end()
    return outcome.value
  }

  #heed (signal: AbortSignal | undefined): () => void {
    if (signal === undefined) return () => {}
    const cancel = (): void => this.cancel(signal.reason as Error)
    if (signal.aborted) cancel()
    signal.addEventListener('abort', cancel, { once: true })
    return () => signal.removeEventListener('abort', cancel)
  }

  #end (ending: Ending): void {
    if (this.#ending !== undefined) return
    this.#ending = ending
    for (const callback of this.#onEnding) callback()
    this.#onEnding.clear()
  }

  #report (result: QueryResult, last: boolean): void {
    this.#step++
    this.#init.emit({ id: this.id, result, stats: this.stats.snapshot(), step: { count: this.#step, last } })
  }

  #progress (): Progress<P> {
    const ending = (): Ending | undefined => this.#ending
    return {
      id: this.id,
      stats: this.stats,
      get ending () { return ending() },
      onEnding: callback => this.#whenEnding(callback),
      tell: progress => this.#log.push(progress),
      report: result => this.#report(result, false)
    }
  }

  #whenEnding (callback: () => void): () => void {
    if (this.#ending !== undefined) callback()
    else this.#onEnding.add(callback)
    return () => this.#onEnding.delete(callback)
  }
}
