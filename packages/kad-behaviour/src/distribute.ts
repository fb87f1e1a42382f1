/** Storing copies of what this node holds on other nodes, as part of its upkeep: no events, and a refusal is no loss. */
import { remainingMs } from '@kadmium/records'
import type { Contact, KadRecord } from '@kadmium/interface'
import type { HeldRecord } from '@kadmium/records'
import { ask } from './context.ts'
import { refusalOf } from './refusals.ts'
import { findHolders } from './region.ts'
import type { KadContext } from './context.ts'
import type { Asking } from './run-lookup.ts'

/** Stores a copy on every node that is to hold it. Where one has something newer, all are given that: some may have taken the old one. */
export async function replicate (kad: KadContext, held: HeldRecord, asking: Asking): Promise<void> {
  const { holders } = await findHolders(kad, held.keyId, asking, true)
  await giveCopies(kad, holders, held)
  const { store, components: { clock } } = kad
  const still = store.getSlot(held.record, clock.now())
  if (still === undefined) return
  if (still.record.seq === held.record.seq) store.put(held.record, remainingMs(held, clock.now()), clock.now())
  else await giveCopies(kad, holders, still)
}

async function giveCopies (kad: KadContext, holders: readonly Contact[], held: HeldRecord): Promise<void> {
  await Promise.all(holders.map(async holder => await giveCopy(kad, holder, held)))
}

/** A holder of something newer is asked for it. */
export async function giveCopy (kad: KadContext, to: Contact, held: HeldRecord): Promise<void> {
  const { components: { clock } } = kad
  const left = remainingMs(held, clock.now())
  if (left < 1) return
  const reply = await ask(kad, to, { type: 'store', record: held.record, remainingMs: left })
  if (refusalOf(to.id, reply)?.reason === 'older-seq') await takeNewer(kad, to, held.record)
}

/** The store verifies it. Like every copy that was asked for, it gets at most half of what is left. */
async function takeNewer (kad: KadContext, from: Contact, { key, publisher, salt }: KadRecord): Promise<void> {
  const reply = await ask(kad, from, { type: 'find-value', key, tombstones: true, ...(publisher && { publisher }), ...(salt && { salt }) })
  if (reply.type !== 'response' || reply.message.type !== 'found-value') return
  for (const { record, remainingMs } of reply.message.records) {
    kad.store.put(record, Math.floor(remainingMs / 2), kad.components.clock.now())
  }
}
