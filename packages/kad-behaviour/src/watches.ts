/** The watches of a node, which end with it. */
import type { WatchOptions } from './watch.ts'
import { watch } from './watch.ts'
import type { KadContext } from './context.ts'
import type { DiscoveredPeer } from './discover.ts'

/** What is asked again and again, and how a change of an item is told. */
export interface Watched<T> {
  round (signal: AbortSignal): AsyncIterable<T>
  stateOf (item: T): { readonly name: string, readonly state: string }
}

export class Watches {
  readonly #kad: KadContext
  /** Made for the first. */
  #running: Set<AbortController> | undefined
  /** How often this node has stopped. */
  #stops = 0

  constructor (kad: KadContext) {
    this.#kad = kad
  }

  /** Also one that nobody has begun to read ends when this node stops. */
  run<T> (options: WatchOptions, watched: Watched<T>): AsyncGenerator<T, void> {
    return this.#run(options, watched, this.#stops)
  }

  async * #run<T> ({ intervalMs = this.#kad.options.watchIntervalMs, signal }: WatchOptions, { round, stateOf }: Watched<T>, stops: number): AsyncGenerator<T, void> {
    const { components: { clock, random }, options: { maxWatched } } = this.#kad
    const ended = new AbortController()
    const end = (): void => ended.abort(signal?.reason)
    if (signal?.aborted === true || stops !== this.#stops) end()
    signal?.addEventListener('abort', end, { once: true })
    const running = this.#running ??= new Set()
    running.add(ended)
    try {
      yield * watch({ clock, random, intervalMs, maxWatched, signal: ended.signal, round, stateOf })
    } finally {
      end()
      signal?.removeEventListener('abort', end)
      running.delete(ended)
    }
  }

  stop (): void {
    this.#stops++
    for (const watching of this.#running ?? []) watching.abort()
  }
}

/** What a watcher would want to hear of. */
export function peerState ({ addresses, mode, payload }: DiscoveredPeer): string {
  return [mode, ...addresses.map(address => address.toString()), ...(payload ?? [])].join(' ')
}
