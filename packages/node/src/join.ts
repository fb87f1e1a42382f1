import { setTimeout as pause } from 'node:timers/promises'
import { InvalidOptionError } from '@kadmium/interface'
import type { Endpoint, PeerId } from '@kadmium/interface'
import type { Profile } from '@kadmium/kad-behaviour'
import { isPublicAddress } from '@kadmium/wire'
import type { JoinOptions, JoinResult } from './operations.ts'
import type { NodeSwarm } from './node-swarm.ts'

const DEFAULT_TIMEOUT_MS = 5000

/** Pause before a seed that did not answer is asked again: it may be about to start. */
const RETRY_PAUSE_MS = 250

/**
 * Dials all `seeds` at once, until one answers or time is up, and then meets the neighbourhood through whoever answered.
 * A seed that has not answered by then is remembered, and tried again when the node knows nobody any more. When none has,
 * peers of an earlier run lead to the neighbourhood.
 */
export async function joinNetwork (swarm: NodeSwarm, seeds: readonly Endpoint[], options: JoinOptions): Promise<JoinResult> {
  const { depth = 'neighbourhood' } = options
  const startedAt = performance.now()
  const { kad } = swarm.behaviours
  const reached = await withDialling(swarm, seeds, options, async reached => {
    const knowsAnybody = reached.size > 0 || kad.table.size > 0
    if (!knowsAnybody || depth === 'contact') return
    for (const seed of seeds) void kad.addAddress(seed)
    await kad.bootstrap(options.signal == null ? {} : { signal: options.signal })
  })
  return {
    reached: [...reached].map(([address, peer]) => ({ peer, address })),
    unreachable: seeds.filter(seed => !reached.has(seed)),
    peers: kad.table.size,
    elapsedMs: performance.now() - startedAt
  }
}

/**
 * Calls `work` once a seed has answered, or when time is up; other seeds are dialled on while it runs. Resolves to those
 * that answered.
 */
async function withDialling (
  swarm: NodeSwarm,
  seeds: readonly Endpoint[],
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: JoinOptions,
  work: (reached: ReadonlyMap<Endpoint, PeerId>) => Promise<void>
): Promise<ReadonlyMap<Endpoint, PeerId>> {
  const reached = new Map<Endpoint, PeerId>()
  const stop = new AbortController()
  const giveUp = (): void => stop.abort()
  const timer = setTimeout(giveUp, timeoutMs)
  signal?.addEventListener('abort', giveUp)
  if (signal?.aborted === true) giveUp()
  try {
    await Promise.any(seeds.map(async seed => { reached.set(seed, await keepDialling(swarm, seed, stop.signal)) })).catch(() => {})
    await work(reached)
    return reached
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', giveUp)
    giveUp()
  }
}

/** Asks a seed until it answers. Rejects when `signal` aborts. */
async function keepDialling (swarm: NodeSwarm, seed: Endpoint, signal: AbortSignal): Promise<PeerId> {
  for (;;) {
    signal.throwIfAborted()
    const connection = await swarm.dial(seed.text, { signal }).catch(() => undefined)
    if (connection !== undefined) return connection.peer
    await pause(RETRY_PAUSE_MS, undefined, { signal })
  }
}

/** In the public profile nobody is known by an address that is nobody's on the internet: to join by such alone would lead nowhere. */
export function checkSeeds (seeds: readonly Endpoint[], profile: Profile): void {
  if (profile !== 'public' || seeds.length === 0 || seeds.some(isPublicAddress)) return
  const texts = seeds.map(({ text }) => text).join(', ')
  throw new InvalidOptionError('profile', `public drops addresses that are nobody's on the internet, and ${texts} ${seeds.length === 1 ? 'is one' : 'are such'}; expected private here`)
}
