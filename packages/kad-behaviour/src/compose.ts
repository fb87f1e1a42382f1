/** What the parts of a behaviour share, made from its options. */
import { PeerIdCache } from '@kadmium/peer-id'
import { MemoryRecordStore } from '@kadmium/records'
import { RoutingTable } from '@kadmium/routing-table'
import type { SwarmComponents } from '@kadmium/interface'
import type { RecordStore } from '@kadmium/records'
import { ContactFilter } from './contacts.ts'
import { EclipseAlarm } from './eclipse-alarm.ts'
import { KeptRecords } from './kept-records.ts'
import { rulesOf } from './checked-options.ts'
import { PopularKeys } from './popular-keys.ts'
import { kadProtocol } from './protocol.ts'
import { SilentPeers } from './silent-peers.ts'
import { SizeEstimate } from './size-estimate.ts'
import { SuspectAddresses } from './suspect-addresses.ts'
import type { KadContext } from './context.ts'
import type { KadOptions } from './options.ts'
import type { OwnStateWriter } from './own-state.ts'

/** Ids depend on nothing but keys, so all nodes of a process share what they have hashed. */
const protocol = kadProtocol(new PeerIdCache({ capacity: 4096 }))

export function kadContext (components: SwarmComponents, options: KadOptions, ownState: OwnStateWriter): KadContext {
  return {
    components,
    options,
    protocol,
    table: tableOf(components, options),
    store: storeOf(components, options),
    filter: new ContactFilter({
      localId: components.localId,
      profile: options.profile ?? components.profile,
      externalAddresses: () => components.externalAddresses,
      reaches: address => components.reaches(address)
    }),
    silent: new SilentPeers(options),
    suspects: new SuspectAddresses(options),
    size: new SizeEstimate(options),
    eclipse: new EclipseAlarm(options),
    popular: new PopularKeys(options.maxPopularKeys),
    kept: new KeptRecords({
      max: options.maxKept,
      onKept: (record, endsAt) => { ownState.kept(record, wallTimeOf(endsAt, components)) },
      onLeft: slot => { ownState.released(slot) }
    })
  }
}

function wallTimeOf (at: number, { clock }: SwarmComponents): number {
  return at + clock.wallNow() - clock.now()
}

function tableOf ({ localId }: SwarmComponents, options: KadOptions): RoutingTable {
  const { k, replacementCacheSize, maxPerGroupInBucket, maxPerGroupInTable, maxFailures, probeIdleMs, livenessIntervalMs } = options
  const maxCandidateAgeMs = livenessIntervalMs === 'off' ? Infinity : livenessIntervalMs
  return new RoutingTable({ localId, k, replacementCacheSize, maxPerGroupInBucket, maxPerGroupInTable, maxFailures, probeIdleMs, maxCandidateAgeMs })
}

function storeOf ({ crypto, localId, random, profile }: SwarmComponents, options: KadOptions): RecordStore {
  const { store, policies } = options
  const exemptPrivate = (options.profile ?? profile) !== 'public'
  return 'put' in store ? store : new MemoryRecordStore({ localId, random, exemptPrivate, ...store, ...rulesOf(options), crypto, ...(policies && { policies }) })
}
