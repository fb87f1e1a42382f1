/** The jobs of a node. */
import { peerIdFromBytes, randomIdInBucket } from '@kadmium/peer-id'
import { QuorumFailedError } from './errors.ts'
import { findNodes } from './find.ts'
import { replicate } from './distribute.ts'
import { PutRun } from './put.ts'
import { refreshDue } from './refresh.ts'
import { placing } from './region.ts'
import { replicasDue, replicationPauseMs } from './replication.ts'
import type { KadRecord, PeerId, PutResult } from '@kadmium/interface'
import type { Bootstrapper } from './bootstrap.ts'
import type { Churn } from './churn.ts'
import type { FormerPeers } from './former-peers.ts'
import type { Job } from './jobs.ts'
import type { KadContext } from './context.ts'
import type { Publications } from './publications.ts'
import type { PutProgress } from './put.ts'
import type { Queries } from './queries.ts'

export interface UpkeepInit {
  readonly kad: KadContext
  readonly queries: Queries
  readonly bootstrapper: Bootstrapper
  readonly former: FormerPeers
  readonly churn: Churn
  readonly publications: Publications
  /** Hears of a peer that was to be asked whether it lives, and could not be. */
  readonly unreachable: (peer: PeerId) => void
}

export function upkeep (init: UpkeepInit): Job[] {
  const {
    bootstrapIntervalMs, refreshIntervalMs, livenessIntervalMs, replicateIntervalMs, republishIntervalMs, expireIntervalMs, formerRetryMs
  } = init.kad.options
  return [
    ...(bootstrapIntervalMs === 'off' ? [] : [periodicBootstrap(init, bootstrapIntervalMs)]),
    ...(refreshIntervalMs === 'off' ? [] : [refresh(init, refreshIntervalMs)]),
    ...(livenessIntervalMs === 'off' ? [] : [liveness(init, livenessIntervalMs)]),
    ...(replicateIntervalMs === 'off' ? [] : [replication(init, replicateIntervalMs)]),
    ...(republishIntervalMs === 'off' ? [] : [republication(init, republishIntervalMs)]),
    ...(init.kad.options.region ? [measure(init)] : []),
    expire(init, expireIntervalMs),
    findAgain(init, formerRetryMs)
  ]
}

function periodicBootstrap ({ bootstrapper }: UpkeepInit, intervalMs: number): Job {
  return { name: 'bootstrap', firstInMs: intervalMs, run: async () => await bootstrapper.runIfDue(intervalMs) }
}

/**
 * Looks up a random id in each bucket that no lookup went through for so long (Kademlia, section 2.3). By one path: nobody is
 * looked for, and whoever is met has to answer.
 */
function refresh ({ kad, queries }: UpkeepInit, intervalMs: number): Job {
  const { components, options, table } = kad
  const everyMs = intervalMs / CHECKS_PER_INTERVAL
  return {
    name: 'refresh',
    firstInMs: everyMs,
    async run () {
      const now = components.clock.now()
      const { buckets, neighbourhood } = refreshDue(table, now, intervalMs)
      for (const index of neighbourhood) table.touchBucket(index, now)
      if (neighbourhood.length > 0) await findNodes(kad, components.localId, options.k, queries.silently())
      for (const index of buckets) {
        const target = randomIdInBucket(components.localId, index, components.random)
        await findNodes(kad, target, options.k, queries.silently(), { disjointPaths: 1 })
      }
      return everyMs
    }
  }
}

/**
 * Pings who was not heard for so long; the table drops who does not answer twice. Nor does it keep who cannot be asked: an
 * address that has proven nothing lately and is owed no more bytes is never sent another.
 */
function liveness ({ kad: { components, options, table }, unreachable }: UpkeepInit, intervalMs: number): Job {
  const everyMs = intervalMs / CHECKS_PER_INTERVAL
  return {
    name: 'liveness',
    firstInMs: everyMs,
    async run () {
      const idle = table.leastRecentlySeen(components.clock.now(), intervalMs, options.maxLivenessPings)
      await Promise.all(idle.map(async contact => {
        const reply = await components.ping(contact)
        if (reply.type === 'unsent' && (reply.reason === 'over-limit' || reply.reason === 'no-address')) unreachable(contact.id)
      }))
      return everyMs
    }
  }
}

/** One record after the other: what a node has to replicate after a pause makes no burst. */
function replication ({ kad, queries, churn }: UpkeepInit, intervalMs: number): Job {
  const { components: { clock, localId }, options, table, store } = kad
  const near = { localId, table, store, placingOf: (target: PeerId) => placing(kad, target), isKeeper: (record: KadRecord) => kad.kept.has(record) }
  const { minReplicateIntervalMs, replicationFactor } = options
  const pace = { replicateIntervalMs: intervalMs, minReplicateIntervalMs, replicationFactor }
  const pauseMs = (): number => replicationPauseMs(pace, churn.medianSessionMs(clock.now()))
  return {
    name: 'replicate',
    firstInMs: pauseMs() / TURNS_PER_PAUSE,
    async run () {
      const { due } = replicasDue(near, clock.now(), pauseMs())
      for (const { record, receivedAt } of due) {
        const held = store.getSlot(record, clock.now())
        if (held !== undefined && held.receivedAt === receivedAt) await replicate(kad, held, queries.silently())
      }
      const { nextInMs } = replicasDue(near, clock.now(), pauseMs())
      return Math.max(Math.min(nextInMs, options.minReplicateIntervalMs), pauseMs() / TURNS_PER_PAUSE)
    }
  }
}

/**
 * What could not be put is tried again soon; what somebody with the same key has replaced is theirs from now on. With nobody
 * known it waits, for a copy of one's own is no publication.
 */
function republication ({ kad, queries, publications }: UpkeepInit, intervalMs: number): Job {
  const { components: { clock }, table } = kad
  const everyMs = intervalMs / TURNS_PER_PAUSE
  const pauseMs = (): number => Math.min(everyMs, Math.max(publications.restsMs(clock.now()), MIN_REPUBLISH_PAUSE_MS))
  return {
    name: 'republish',
    firstInMs: pauseMs(),
    async run () {
      if (table.size === 0) return pauseMs()
      for (const { record, signer } of publications.due(clock.now(), everyMs)) {
        const query = queries.start<PutResult, PutProgress>({
          type: 'RepublishRecord',
          inLine: false,
          work: async progress => await new PutRun(kad, record, 'one', progress, { type: 'RepublishRecord' }).run()
        })
        await query.then(
          () => publications.published(record, signer, clock.now()),
          error => { if (isReplaced(error)) publications.forget(record) }
        )
      }
      return pauseMs()
    }
  }
}

function isReplaced (error: Error): boolean {
  return error instanceof QuorumFailedError && error.refused.some(({ reason }) => reason === 'older-seq')
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

/** A network that has outgrown what this node knows of its size is measured anew, by lookups of random ids. */
function measure ({ kad, queries }: UpkeepInit): Job {
  const { components: { clock, localId, random }, options: { k, minSizeSamples }, size, table } = kad
  return {
    name: 'measure',
    firstInMs: MEASURE_CHECK_MS,
    async run () {
      const nearest = table.closest(localId, k)
      if (nearest.length === k) size.neighbours(localId, nearest.map(({ id }) => id))
      for (let i = 0; i < minSizeSamples && size.isOutgrown(clock.now()); i++) {
        await findNodes(kad, peerIdFromBytes(random.bytes(ID_BYTES)), k, queries.silently())
      }
      return MEASURE_CHECK_MS
    }
  }
}

/** Sent once: there are others to try, and another time. */
function findAgain ({ kad: { components, table }, former }: UpkeepInit, everyMs: number): Job {
  return {
    name: 'find again',
    firstInMs: everyMs,
    async run () {
      const contact = former.due(components.clock.now(), table.size)
      if (contact !== undefined) await components.ping(contact, { tries: 1 })
      return everyMs
    }
  }
}

/** So long a node that comes back looks around, before it puts anew what fell due meanwhile. */
const MIN_REPUBLISH_PAUSE_MS = 5_000

const ID_BYTES = 20
const MEASURE_CHECK_MS = 30_000

/** A thing is done at most a quarter of its interval late, and a silent contact is gone within two intervals (U7). */
const CHECKS_PER_INTERVAL = 4

/** The holders of a record have their turns in the last quarter of the pause, so they look as often as there are turns. */
const TURNS_PER_PAUSE = 80
