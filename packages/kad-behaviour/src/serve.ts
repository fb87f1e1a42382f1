/** Answers to the requests of others, as data. */
import type { Contact, ErrorReply, InboundRequest, PeerId, Random, Requester } from '@kadmium/interface'
import type { PutOutcome, RecordPage, RecordStore } from '@kadmium/records'
import type { RoutingTable } from '@kadmium/routing-table'
import { compareDistance, keyId } from '@kadmium/peer-id'
import { MAX_RECORDS } from '@kadmium/wire'
import { remaining } from './held.ts'
import { MAX_REGION } from './placement.ts'
import { refusalReply } from './refusals.ts'
import { normalisedDistance } from './size-estimate.ts'
import type { KeptRecords } from './kept-records.ts'
import type { KadRequest, KadResponse } from './protocol.ts'

type FindValue = Extract<KadRequest, { type: 'find-value' }>
type Store = Extract<KadRequest, { type: 'store' }>

/** What a node answers from. */
export interface Served {
  readonly table: RoutingTable
  readonly store: RecordStore
  readonly k: number
  readonly random: Random
  /** How far the region of a place reaches, as a fraction of the key space; 0 when that is not known. */
  readonly radiusOf: (target: PeerId) => number
  readonly kept: KeptRecords
  /** Resolves when what is kept is written down; `undefined` where there is nothing to wait for. */
  readonly written: () => Promise<void> | undefined
}

export interface Answer {
  /** Waits only where a record has to be written to a disk first. */
  readonly reply: KadResponse | ErrorReply | Promise<KadResponse | ErrorReply>
  /** What is told to the application. */
  readonly event: InboundRequest
}

export function serve (request: KadRequest, from: Requester, served: Served, now: number): Answer {
  switch (request.type) {
    case 'find-node': {
      const contacts = closestFor(from, request.target, served)
      return { reply: { type: 'found-node', contacts }, event: { type: 'FindNode', numCloserPeers: contacts.length } }
    }
    case 'find-value': {
      const { records, more, total } = pageFor(request, served, now)
      const contacts = records.length === 0 ? closestFor(from, keyId(request.key), served) : holdersFor(from, keyId(request.key), served)
      const numCloserPeers = contacts.length
      return {
        reply: { type: 'found-value', records: records.map(held => remaining(held, now)), contacts, more, total },
        event: request.advertisements === true
          ? { type: 'GetProvider', numCloserPeers, numProviderPeers: total }
          : { type: 'GetRecord', numCloserPeers, presentLocally: total > 0 }
      }
    }
    case 'store': return serveStore(request, from, served, now)
  }
}

/** With a seed in its order. Without one, each asker sees others first where there are more than fit an answer. */
function pageFor (request: FindValue, { store, random }: Served, now: number): RecordPage {
  const { seed, limit = MAX_RECORDS } = request
  if (seed !== undefined) return store.page({ ...request, limit: Math.min(limit, MAX_RECORDS) }, now)
  const { limit: _, ...all } = request
  const { records, total } = store.page(all, now)
  return { records: shuffled(records, random).slice(0, Math.min(limit, MAX_RECORDS)), more: total > limit, total }
}

function serveStore ({ record, remainingMs, expectedSeq, keep = false }: Store, from: Requester, { store, kept, written }: Served, now: number): Answer {
  if (keep && !kept.hasRoom(record, now)) {
    return { reply: refusalReply('store-full', 'keeps as many records for others as it may'), event: { type: 'PutRecord', record, stored: false } }
  }
  const outcome = store.put(record, remainingMs, now, { from: from.endpoint, ...(expectedSeq !== undefined && { expectedSeq }) })
  const stored = outcome.type !== 'refused'
  if (keep && stored && outcome.held !== undefined) kept.keep(record, outcome.held.expiresAt)
  return {
    reply: stored ? storedReply(outcome, keep ? written() : undefined) : refusalReply(outcome.reason, outcome.message),
    event: record.kind === 'advertisement' && stored ? { type: 'AddProvider', record } : { type: 'PutRecord', record, stored }
  }
}

/** What is to outlive this process is acknowledged when it does. */
function storedReply ({ type, durable }: Exclude<PutOutcome, { type: 'refused' }>, written: Promise<void> | undefined): KadResponse | Promise<KadResponse | ErrorReply> {
  const reply: KadResponse = { type: 'stored', ...(type === 'sampled' && { sampled: true }) }
  if (durable === undefined && written === undefined) return reply
  return Promise.all([durable, written]).then(([refused]) => refused === undefined ? reply : refusalReply(refused.reason, refused.message))
}

/**
 * The k nearest that this node knows and that have answered last: never itself, and never the requester, who knows itself, unless it asked for exactly
 * that id. Cut to k at the end, so that no answer has more (X17).
 */
function closestFor ({ peer }: Requester, target: PeerId, { table, k }: Served): Contact[] {
  const contacts = table.closestAnswering(target, k + 1)
  const own = peer.equals(target) ? -1 : contacts.findIndex(({ id }) => id.equals(peer))
  if (own >= 0) contacts.splice(own, 1)
  else if (contacts.length > k) contacts.pop()
  return contacts
}

/**
 * Who is shown a record is shown k others who have it too, drawn from the region, so that not all readers turn to the
 * nearest; where the region is small, or not known, the k nearest as always.
 */
function holdersFor (from: Requester, target: PeerId, served: Served): Contact[] {
  const { table, k, random, radiusOf } = served
  const radius = radiusOf(target)
  const region = table.closestAnswering(target, MAX_REGION * k).filter(({ id }) => !id.equals(from.peer) && normalisedDistance(target, id) <= radius)
  if (region.length <= k) return closestFor(from, target, served)
  return shuffled(region, random).slice(0, k).sort((a, b) => compareDistance(target, a.id, b.id))
}

/** Where a key has more records than fit an answer, each asker sees others of them first. */
function shuffled<T> (items: readonly T[], random: Random): T[] {
  const out = [...items]
  for (let i = out.length - 1; i > 0; i--) {
    const other = random.below(i + 1)
    const item = out[i]!
    out[i] = out[other]!
    out[other] = item
  }
  return out
}
