/** The jobs of a node. Replicating and republishing records will be two more of them. */
import { randomIdInBucket } from '@kadmium/peer-id'
import { findNodes } from './find.ts'
import type { Bootstrapper } from './bootstrap.ts'
import type { FormerPeers } from './former-peers.ts'
import type { Job } from './jobs.ts'
import type { KadContext } from './context.ts'
import type { Queries } from './queries.ts'

export interface UpkeepInit {
  readonly kad: KadContext
  readonly queries: Queries
  readonly bootstrapper: Bootstrapper
  readonly former: FormerPeers
}

export function upkeep (init: UpkeepInit): Job[] {
  const { bootstrapIntervalMs, refreshIntervalMs, livenessIntervalMs, expireIntervalMs, formerRetryMs } = init.kad.options
  return [
    ...(bootstrapIntervalMs === 'off' ? [] : [periodicBootstrap(init, bootstrapIntervalMs)]),
    ...(refreshIntervalMs === 'off' ? [] : [refresh(init, refreshIntervalMs)]),
    ...(livenessIntervalMs === 'off' ? [] : [liveness(init, livenessIntervalMs)]),
    expire(init, expireIntervalMs),
    findAgain(init, formerRetryMs)
  ]
}

function periodicBootstrap ({ bootstrapper }: UpkeepInit, intervalMs: number): Job {
  return { name: 'bootstrap', firstInMs: intervalMs, run: async () => await bootstrapper.runIfDue(intervalMs) }
}

/** Looks up a random id in each bucket that no lookup went through for so long (Kademlia, section 2.3). */
function refresh ({ kad, queries }: UpkeepInit, intervalMs: number): Job {
  const { components, options, table } = kad
  const everyMs = intervalMs / CHECKS_PER_INTERVAL
  return {
    name: 'refresh',
    firstInMs: everyMs,
    async run () {
      for (const index of table.refreshCandidates(components.clock.now(), intervalMs)) {
        const target = randomIdInBucket(components.localId, index, components.random)
        await findNodes(kad, target, options.k, queries.silently())
      }
      return everyMs
    }
  }
}

/** Pings who was not heard for so long; the table drops who does not answer twice. */
function liveness ({ kad: { components, options, table } }: UpkeepInit, intervalMs: number): Job {
  const everyMs = intervalMs / CHECKS_PER_INTERVAL
  return {
    name: 'liveness',
    firstInMs: everyMs,
    async run () {
      const idle = table.leastRecentlySeen(components.clock.now(), intervalMs, options.maxLivenessPings)
      await Promise.all(idle.map(async contact => await components.ping(contact)))
      return everyMs
    }
  }
}

function expire ({ kad: { components, store } }: UpkeepInit, intervalMs: number): Job {
  return {
    name: 'expire',
    firstInMs: intervalMs,
    run () {
      store.expire(components.clock.now())
      return intervalMs
    }
  }
}

function findAgain ({ kad: { components }, former }: UpkeepInit, everyMs: number): Job {
  return {
    name: 'find again',
    firstInMs: everyMs,
    async run () {
      await Promise.all(former.due(components.clock.now()).map(async contact => await components.ping(contact)))
      return everyMs
    }
  }
}

/** A thing is done at most a quarter of its interval late, and a silent contact is gone within two intervals (U7). */
const CHECKS_PER_INTERVAL = 4
