/** Asking again and again: holders keep no state for who watches, so a watcher polls. */
import type { Clock, QueryOptions, Random } from '@kadmium/interface'

export type WatchOptions = Pick<QueryOptions, 'signal'> & {
  /** Pause between two rounds, in milliseconds; up to a tenth shorter or longer each time. Default: the behaviour's `watchIntervalMs`. */
  readonly intervalMs?: number
}

export interface Watched<T> {
  readonly clock: Clock
  readonly random: Random
  readonly intervalMs: number
  /** Things of which it is remembered that they were told; the longest unseen are forgotten. */
  readonly maxWatched: number
  readonly signal: AbortSignal
  /** One round. Rejects when it could not be; the next one may be. */
  readonly round: (signal: AbortSignal) => AsyncIterable<T>
  /** Whose state it is, and which one: what is told again only when it has changed. */
  readonly stateOf: (item: T) => { readonly name: string, readonly state: string }
}

/** Yields what each round finds that is new or has changed. Ends, without an error, when `signal` is aborted. */
export async function * watch<T> (watched: Watched<T>): AsyncGenerator<T, void> {
  const { clock, random, intervalMs, maxWatched, signal, round, stateOf } = watched
  const told = new Map<string, string>()
  while (!signal.aborted) {
    try {
      for await (const item of round(signal)) {
        const { name, state } = stateOf(item)
        const isNew = told.get(name) !== state
        told.delete(name)
        told.set(name, state)
        if (told.size > maxWatched) told.delete(told.keys().next().value as string)
        if (isNew) yield item
      }
    } catch {
      // nobody could be asked this time
    }
    await pause(clock, intervalMs * (0.9 + 0.2 * random.float()), signal)
  }
}

async function pause (clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>(resolve => {
    const end = (): void => {
      clock.clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = clock.setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
  })
}
