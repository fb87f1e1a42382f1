import type { SwarmEvent } from '@kadmium/interface'

/**
 * The events of one reader of `swarm.events()`, in order. When the reader falls behind by more than the limit, later events
 * are dropped, and where they would have been it is told how many.
 */
export class EventQueue implements AsyncIterableIterator<SwarmEvent> {
  readonly #limit: number
  readonly #onReturn: (queue: EventQueue) => void
  #events: SwarmEvent[] = []
  #read = 0
  #dropped = 0
  #ended = false
  #waiting: ((result: IteratorResult<SwarmEvent>) => void)[] = []

  constructor (limit: number, onReturn: (queue: EventQueue) => void) {
    this.#limit = limit
    this.#onReturn = onReturn
  }

  push (event: SwarmEvent): void {
    const reader = this.#waiting.shift()
    if (reader !== undefined) return reader({ done: false, value: event })
    if (this.#events.length - this.#read >= this.#limit) {
      this.#dropped++
      return
    }
    this.#tellDropped()
    this.#events.push(event)
  }

  /** Nothing follows; what is queued can still be read. */
  end (): void {
    this.#ended = true
    this.#tellDropped()
    for (const reader of this.#waiting.splice(0)) reader({ done: true, value: undefined })
  }

  next (): Promise<IteratorResult<SwarmEvent>> {
    if (this.#read === this.#events.length) this.#tellDropped()
    const event = this.#events[this.#read]
    if (event !== undefined) {
      this.#advance()
      return Promise.resolve({ done: false, value: event })
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise(resolve => { this.#waiting.push(resolve) })
  }

  return (): Promise<IteratorResult<SwarmEvent>> {
    this.#events = []
    this.#read = 0
    this.#dropped = 0
    this.end()
    this.#onReturn(this)
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator] (): this {
    return this
  }

  /** Read events are let go of in bulk: `shift` on a long array costs its length each time. */
  #advance (): void {
    this.#read++
    if (this.#read < 64 || this.#read * 2 < this.#events.length) return
    this.#events = this.#events.slice(this.#read)
    this.#read = 0
  }

  #tellDropped (): void {
    if (this.#dropped === 0) return
    this.#events.push({ type: 'Dropped', detail: { count: this.#dropped } })
    this.#dropped = 0
  }
}
