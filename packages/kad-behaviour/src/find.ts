/** Finding nodes: the nearest to a place in the key space, or one by its id. */
import type { Contact, PeerId, PeerInfo, QueryResult } from '@kadmium/interface'
import { peerInfo } from './contacts.ts'
import { runLookup } from './run-lookup.ts'
import type { KadContext } from './context.ts'
import type { KadResponse } from './protocol.ts'
import type { Ending, Outcome, Progress } from './query.ts'
import type { Asking, LookupProgress, LookupRun } from './run-lookup.ts'
import type { Lookup } from './lookup.ts'

export interface ClosestPeers {
  readonly key: PeerId
  /** Those that answered, nearest first; never this node itself. */
  readonly peers: readonly PeerInfo[]
  /** Answers that lay between the own table and the nearest peer: 0 when it was known. */
  readonly hops: number
  /** Peers that were sent anything. */
  readonly asked: number
  readonly elapsedMs: number
  /** True when `peers` is what was reached when time was up, or `finish()` was called. */
  readonly partial: boolean
}

/** The `count` nodes nearest to `target`. */
export async function findClosest (
  kad: KadContext, target: PeerId, count: number, progress: Progress<LookupProgress>
): Promise<Outcome<ClosestPeers>> {
  const startedAt = kad.components.clock.now()
  const lookup = await findNodes(kad, target, count, progress, { onProgress: step => progress.tell(step) })
  const peers = lookup.closest(count).map(peerInfo)
  const value: ClosestPeers = {
    key: target,
    peers,
    hops: peers[0] === undefined ? 0 : lookup.hops(peers[0].id) ?? 0,
    asked: progress.stats.asked,
    elapsedMs: kad.components.clock.now() - startedAt,
    partial: progress.ending !== undefined
  }
  return { value, result: { type: 'GetClosestPeers', key: target, peers, ...okOr(progress.ending) } }
}

/** The node with that very id, once it has answered; `undefined` when nobody knows it, or when it is silent. */
export async function findPeer<T> (
  kad: KadContext, id: PeerId, present: (contact: Contact) => T, progress: Progress<LookupProgress>
): Promise<Outcome<T | undefined>> {
  const lookup = await findNodes(kad, id, kad.options.k, progress, {
    onProgress: step => progress.tell(step),
    enough: ({ lookup }) => lookup.closest(1)[0]?.id.equals(id) === true
  })
  const closest = lookup.closest()
  const found = closest.find(contact => contact.id.equals(id))
  const ending = found === undefined ? progress.ending : undefined
  const result: QueryResult = { type: 'GetClosestPeers', key: id, peers: closest.map(peerInfo), ...okOr(ending) }
  return { value: found && present(found), result }
}

/** A lookup by `FIND_NODE`. */
export async function findNodes (
  kad: KadContext, target: PeerId, count: number, asking: Asking, how: Pick<LookupRun, 'onProgress' | 'enough' | 'disjointPaths' | 'named'> = {}
): Promise<Lookup> {
  return await runLookup(kad, { target, count, message: { type: 'find-node', target }, read: contactsFound, ...how }, asking)
}

function contactsFound (_from: Contact, response: KadResponse): readonly Contact[] | undefined {
  return response.type === 'found-node' ? response.contacts : undefined
}

type OkOr = { readonly ok: true } | { readonly ok: false, readonly error: 'Timeout' | 'Cancelled' }

/** How a result that may be partial is reported: whoever finishes a query has what he wanted. */
export function okOr (ending: Ending | undefined): OkOr {
  switch (ending) {
    case undefined:
    case 'finished': return { ok: true }
    case 'timeout': return { ok: false, error: 'Timeout' }
    case 'cancelled': return { ok: false, error: 'Cancelled' }
  }
}
