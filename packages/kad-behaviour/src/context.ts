import type { Contact, Reply, RequestOptions, SwarmComponents } from '@kadmium/interface'
import type { RecordStore } from '@kadmium/records'
import type { RoutingTable } from '@kadmium/routing-table'
import type { ContactFilter } from './contacts.ts'
import type { EclipseAlarm } from './eclipse-alarm.ts'
import type { KeptRecords } from './kept-records.ts'
import type { KadOptions } from './options.ts'
import type { KadProtocol, KadRequest, KadResponse } from './protocol.ts'
import type { PopularKeys } from './popular-keys.ts'
import type { SilentPeers } from './silent-peers.ts'
import type { SizeEstimate } from './size-estimate.ts'
import type { SuspectAddresses } from './suspect-addresses.ts'

/** What the parts of one node's behaviour share. */
export interface KadContext {
  readonly components: SwarmComponents
  readonly options: KadOptions
  readonly protocol: KadProtocol
  readonly table: RoutingTable
  readonly store: RecordStore
  readonly filter: ContactFilter
  readonly silent: SilentPeers
  readonly suspects: SuspectAddresses
  readonly size: SizeEstimate
  readonly eclipse: EclipseAlarm
  readonly popular: PopularKeys
  readonly kept: KeptRecords
}

/**
 * One request of the Kad protocol, sent once to who is known to be silent. It is not cancelled when its query ends: that saves
 * at most one try, and what comes of it tells the table who lives.
 */
export function ask (kad: KadContext, to: Contact, message: KadRequest, how: Pick<RequestOptions, 'answerBytes' | 'onSlow' | 'mayRepeat'> = {}): Promise<Reply<KadResponse>> {
  const { requestTimeoutMs: timeoutMs, requestTries } = kad.options
  const tries = kad.silent.of(to) === 'silent' ? 1 : requestTries
  const onSlow = (): void => {
    kad.silent.slow(to)
    how.onSlow?.()
  }
  return kad.components.request(to, kad.protocol, message, { ...how, tries, onSlow, timeoutMs }).then(reply => {
    if (reply.type === 'timeout') {
      kad.silent.timedOut(to)
      kad.suspects.timedOut(to, kad.components.clock.now())
    }
    return reply
  })
}
