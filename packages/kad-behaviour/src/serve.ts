/** Answers to the requests of others, as data: nothing here waits. */
import type { Contact, ErrorReply, InboundRequest, PeerId, Random, Requester } from '@kadmium/interface'
import type { RecordStore } from '@kadmium/records'
import type { RoutingTable } from '@kadmium/routing-table'
import { keyId } from '@kadmium/peer-id'
import { heldFor } from './held.ts'
import { refusalReply } from './refusals.ts'
import type { KadRequest, KadResponse, RemainingRecord } from './protocol.ts'

/** What a node answers from. */
export interface Served {
  readonly table: RoutingTable
  readonly store: RecordStore
  readonly k: number
  readonly random: Random
}

export interface Answer {
  readonly reply: KadResponse | ErrorReply
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
      const contacts = closestFor(from, keyId(request.key), served)
      const records = shuffled(heldFor(served.store, request, now), served.random)
      return {
        reply: { type: 'found-value', records, contacts, more: false },
        event: { type: 'GetRecord', numCloserPeers: contacts.length, presentLocally: records.length > 0 }
      }
    }
    case 'store': return serveStore(request, from, served, now)
  }
}

function serveStore ({ record, remainingMs }: RemainingRecord, from: Requester, { store }: Served, now: number): Answer {
  const outcome = store.put(record, remainingMs, now, { from: from.endpoint })
  const stored = outcome.type !== 'refused'
  return {
    reply: stored ? { type: 'stored' } : refusalReply(outcome.reason, outcome.message),
    event: { type: 'PutRecord', record, stored }
  }
}

/**
 * The k nearest that this node knows: never itself, and never the requester, who knows itself, unless it asked for exactly
 * that id. Cut to k at the end, so that no answer has more (X17).
 */
function closestFor ({ peer }: Requester, target: PeerId, { table, k }: Served): Contact[] {
  return table.closest(target, k + 1).filter(({ id }) => !id.equals(peer) || id.equals(target)).slice(0, k)
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
