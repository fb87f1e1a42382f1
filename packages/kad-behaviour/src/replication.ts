/**
 * When a holder stores its copy on the others of the region again, so that the record outlives those that leave (Kademlia,
 * section 2.5). The nearest to the key has the first turn, and each other its own a little later, unless a copy comes
 * meanwhile: of all holders one acts. Copies carry what is left of the life, never more.
 */
import { isCloser } from '@kadmium/peer-id'
import { remainingMs } from '@kadmium/records'
import type { KadRecord, PeerId } from '@kadmium/interface'
import type { HeldRecord, RecordStore } from '@kadmium/records'
import type { RoutingTable } from '@kadmium/routing-table'
import { regionRadius } from './placement.ts'
import { normalisedDistance } from './size-estimate.ts'
import type { Placing } from './placement.ts'

export interface Pace {
  readonly replicateIntervalMs: number
  readonly minReplicateIntervalMs: number
  readonly replicationFactor: number
}

/** The pause between two replications of one record. `medianSessionMs`: of peers, where it is known. */
export function replicationPauseMs (pace: Pace, medianSessionMs: number | undefined): number {
  const { replicateIntervalMs, minReplicateIntervalMs, replicationFactor } = pace
  const adapted = medianSessionMs === undefined ? replicateIntervalMs : medianSessionMs * safeShare(replicationFactor)
  return Math.min(replicateIntervalMs, Math.max(minReplicateIntervalMs, adapted))
}

/**
 * Which share of the median session may pass between two replications so that all k holders leave in between once in a
 * million times: (1 − 2^(−T/M))^k = 1e-6, solved for T/M, and not more than the whole.
 */
function safeShare (replicationFactor: number): number {
  return SAFE_SHARES.find(([k]) => replicationFactor >= k)?.[1] ?? 0.02
}

const SAFE_SHARES = [[20, 1], [16, 0.79], [12, 0.55], [8, 0.28], [4, 0.046]] as const

export interface Neighbourhood {
  readonly localId: PeerId
  readonly table: RoutingTable
  readonly store: RecordStore
  readonly placingOf: (target: PeerId) => Placing
  /** Whether this node was asked to keep it alive. */
  readonly isKeeper: (record: KadRecord) => boolean
}

export interface Replicas {
  /** Copies whose turn it is. */
  readonly due: readonly HeldRecord[]
  /** The earliest that another one may be due, in milliseconds from now. */
  readonly nextInMs: number
}

/** Looks through all copies; ranks only those that nobody has stored for three quarters of the pause. */
export function replicasDue (near: Neighbourhood, now: number, pauseMs: number): Replicas {
  const due: HeldRecord[] = []
  let nextAt = now + pauseMs
  for (const held of near.store.entries(now)) {
    if (!isKept(held, now)) continue
    const at = now < firstTurnAt(held, pauseMs) ? firstTurnAt(held, pauseMs) : turnAt(near, held, pauseMs)
    if (at <= now) due.push(held)
    else nextAt = Math.min(nextAt, at)
  }
  return { due, nextInMs: nextAt - now }
}

/** Advertisements are kept alive by their publishers alone. */
export function isKept (held: HeldRecord, now: number): boolean {
  return held.record.kind !== 'advertisement' && remainingMs(held, now) >= 1
}

function firstTurnAt ({ receivedAt }: HeldRecord, pauseMs: number): number {
  return receivedAt + pauseMs * FIRST_TURN
}

/** Never, for a copy that others are responsible for: it is due once they have left. Unless this node is to keep it alive. */
function turnAt ({ localId, table, placingOf, isKeeper }: Neighbourhood, held: HeldRecord, pauseMs: number): number {
  const placing = placingOf(held.keyId)
  const { replicationFactor } = placing
  const nearer = rankOf(localId, held.keyId, table, replicationFactor)
  if (nearer === replicationFactor && !isKeeper(held.record) && normalisedDistance(held.keyId, localId) > regionRadius(placing)) return Infinity
  return firstTurnAt(held, pauseMs) + pauseMs * (1 - FIRST_TURN) * nearer / replicationFactor
}

/** How many peers of the table are nearer to `target` than `id`, as far as `limit`. */
export function rankOf (id: PeerId, target: PeerId, table: RoutingTable, limit: number): number {
  return table.closest(target, limit).filter(other => isCloser(target, other.id, id)).length
}

/** The rest of the pause is for the turns of the others. */
const FIRST_TURN = 0.75
