import type { SwarmEvent, SwarmEventDetails, SwarmEvents } from '@kadmium/interface'
import type { EventHandler } from 'main-event'
import { TypedEventEmitter } from 'main-event'
import { EventQueue } from './event-queue.ts'

type Guard = (event: Event) => void

/**
 * The event surface of a swarm. What a listener throws, or the promise it returns rejects with, becomes a `ListenerError`
 * event; on a bare `EventTarget` it would end the process.
 */
export class SwarmEventTarget extends TypedEventEmitter<SwarmEvents> {
  readonly #queueLimit: number
  readonly #onLostError: (error: Error) => void
  /** Both are made for the first who listens. */
  #queues: Set<EventQueue> | undefined
  #guards: WeakMap<object, Guard> | undefined

  /** @param onLostError told what a listener for `ListenerError` itself throws */
  constructor (queueLimit: number, onLostError: (error: Error) => void) {
    super()
    this.#queueLimit = queueLimit
    this.#onLostError = onLostError
  }

  /** Whether anyone would notice: whoever must work to make a detail asks first. */
  hears (type: keyof SwarmEventDetails): boolean {
    return (this.#queues !== undefined && this.#queues.size > 0) || this.listenerCount(type) > 0
  }

  emit<K extends keyof SwarmEventDetails> (type: K, detail: SwarmEventDetails[K]): void {
    if (this.listenerCount(type) > 0) this.safeDispatchEvent(type, { detail })
    if (this.#queues === undefined) return
    for (const queue of this.#queues) queue.push({ type, detail } as SwarmEvent)
  }

  events (): AsyncIterableIterator<SwarmEvent> {
    const queues = this.#queues ??= new Set()
    const queue = new EventQueue(this.#queueLimit, ended => { queues.delete(ended) })
    queues.add(queue)
    return queue
  }

  endQueues (): void {
    for (const queue of this.#queues ?? []) queue.end()
    this.#queues?.clear()
  }

  /** Runs what the application or a behaviour gave us; what it throws is reported and goes no further. */
  guard (run: () => unknown): void {
    watch(run, error => { this.report(error) })
  }

  report (error: unknown): void {
    this.emit('ListenerError', { error: asError(error) })
  }

  override addEventListener<K extends keyof SwarmEvents> (
    type: K, listener: EventHandler<SwarmEvents[K]> | null, options?: boolean | AddEventListenerOptions
  ): void {
    super.addEventListener(type, listener === null ? null : this.#guarded(listener as EventHandler<Event>), options)
  }

  override removeEventListener<K extends keyof SwarmEvents> (
    type: K, listener?: EventHandler<SwarmEvents[K]> | null, options?: boolean | EventListenerOptions
  ): void {
    // the emitter itself removes a guard, when that was added for one event
    super.removeEventListener(type, listener == null ? listener : this.#guards?.get(listener) ?? listener, options)
  }

  /** One guard per listener, so that adding it twice and removing it do what they do on any `EventTarget`. */
  #guarded (listener: EventHandler<Event>): Guard {
    const guards = this.#guards ??= new WeakMap()
    const known = guards.get(listener)
    if (known !== undefined) return known
    const guard: Guard = event => {
      const run = (): unknown => typeof listener === 'function' ? listener(event) : listener.handleEvent(event)
      if (event.type === 'ListenerError') watch(run, this.#onLostError)
      else this.guard(run)
    }
    guards.set(listener, guard)
    return guard
  }
}

function watch (run: () => unknown, onError: (error: Error) => void): void {
  try {
    const result = run()
    if (isPromise(result)) result.then(undefined, (error: unknown) => { onError(asError(error)) })
  } catch (error) {
    onError(asError(error))
  }
}

export function isPromise (value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

export function asError (error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
