import type { Contact, Reply, SwarmComponents } from '@kadmium/interface'
import type { RecordStore } from '@kadmium/records'
import type { RoutingTable } from '@kadmium/routing-table'
import type { ContactFilter } from './contacts.ts'
import type { KadOptions } from './options.ts'
import type { KadProtocol, KadRequest, KadResponse } from './protocol.ts'
import type { SilentPeers } from './silent-peers.ts'

/** What the parts of one node's behaviour share. */
export interface KadContext {
  readonly components: SwarmComponents
  readonly options: KadOptions
  readonly protocol: KadProtocol
  readonly table: RoutingTable
  readonly store: RecordStore
  readonly filter: ContactFilter
  readonly silent: SilentPeers
}

/**
 * One request of the Kad protocol. It is not cancelled when its query ends: that saves at most one try, and what comes of it
 * tells the table who lives.
 */
export async function ask ({ components, options, protocol }: KadContext, to: Contact, message: KadRequest, onSlow?: () => void): Promise<Reply<KadResponse>> {
  const { requestTimeoutMs: timeoutMs, requestTries: tries } = options
  return await components.request(to, protocol, message, { tries, ...(onSlow && { onSlow }), ...(timeoutMs !== undefined && { timeoutMs }) })
}
