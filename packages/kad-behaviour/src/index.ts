/**
 * @packageDocumentation
 *
 * Kademlia as a behaviour of a swarm: finds the nodes nearest to a key, stores signed records on them and gets them back,
 * joins a network and stays in it. Every operation is a `Query`: it starts at once, is awaited for its result and iterated
 * for its progress, and tells of itself by `QueryProgressed`.
 *
 * ```ts
 * const swarm = await createSwarm({ transports: [udp({ listen: ['0.0.0.0:8001'] })], behaviours: { kad: kad() } })
 * const { kad } = swarm.behaviours
 * await kad.addAddress('127.0.0.1:8000')
 * await kad.bootstrap()
 * const { storedOn } = await kad.putRecord({ key, value }, { quorum: 'majority' })
 * for await (const { peer, value } of kad.getRecord(key)) console.log(peer?.hex ?? 'here', value)
 * const { peers } = await kad.getClosestPeers(key)
 * ```
 */
export { KadBehaviour, kad } from './kad.ts'
export type { BatchOptions, RemoveOptions, RoutingUpdate } from './kad.ts'
export type { AdvertiseOptions } from './advertiser.ts'
export type { Batched } from './batch.ts'
export type { BootstrapOutcome, BootstrapProgress } from './bootstrap.ts'
export type { Profile } from './contacts.ts'
export { BootstrapTimeoutError, QuorumFailedError, TooManyQueriesError } from './errors.ts'
export type { DiscoverOptions, DiscoverResult, DiscoveredPeer } from './discover.ts'
export type { ClosestPeers } from './find.ts'
export type { GetOptions, GetResult } from './get-result.ts'
export type { Disbelieved, Equivocation, RecordHolders } from './get-tally.ts'
export { namespaceKey } from './namespace-key.ts'
export { Lookup } from './lookup.ts'
export type { LookupInit, LookupStats, LookupStep } from './lookup.ts'
export type { KadInit, KadOptions, StoreLimits } from './options.ts'
export type { EarlierState, OwnState } from './own-state.ts'
export { KAD_PROTOCOL, kadProtocol } from './protocol.ts'
export type { KadProtocol, KadRequest, KadResponse, RemainingRecord } from './protocol.ts'
export type { PutOptions, PutProgress, RecordToPut } from './put.ts'
export type { QueryType, QueryView } from './queries.ts'
export type { Address, Addressed } from './recipients.ts'
export type { LookupProgress } from './run-lookup.ts'
export type { MeasuredSize } from './size-estimate.ts'
export type { KBucket, TablePeer } from './table-view.ts'
export { ownedKey } from '@kadmium/records'
export type { WatchOptions } from './watch.ts'
