import type { Contact, Reply, SwarmComponents } from '@kadmium/interface'
import type { RecordStore } from '@kadmium/records'
import type { RoutingTable } from '@kadmium/routing-table'
import type { ContactFilter } from './contacts.ts'
import type { KadOptions } from './options.ts'
import type { KadProtocol, KadRequest, KadResponse } from './protocol.ts'

/** What the parts of one node's behaviour share. */
export interface KadContext {
  readonly components: SwarmComponents
  readonly options: KadOptions
  readonly protocol: KadProtocol
  readonly table: RoutingTable
  readonly store: RecordStore
  readonly filter: ContactFilter
}

interface AskOptions {
  readonly signal?: AbortSignal
  readonly onSlow?: () => void
}

/** One request of the Kad protocol. */
export async function ask ({ components, options, protocol }: KadContext, to: Contact, message: KadRequest, asking: AskOptions = {}): Promise<Reply<KadResponse>> {
  const timeoutMs = options.requestTimeoutMs
  return await components.request(to, protocol, message, timeoutMs === undefined ? asking : { ...asking, timeoutMs })
}
