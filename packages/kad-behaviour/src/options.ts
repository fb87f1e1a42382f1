/** Every number of the behaviour. */
import type { Compressor, Quorum } from '@kadmium/interface'
import type { MemoryRecordStoreInit, RecordPolicies, RecordPolicy, RecordStore } from '@kadmium/records'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Profile } from './contacts.ts'
import type { OwnState } from './own-state.ts'

export interface KadOptions {
  /** Size of a bucket, and how many nodes a lookup finds. 1 to 64. Default 20. */
  readonly k: number
  /** On how many nodes a put stores. 1 to 64. Default `k`. */
  readonly replicationFactor: number
  /** Requests that a lookup has in flight on its only path, or in its closing step. 1 to 64. Default 3. */
  readonly alpha: number
  /** The same on each of several paths, which together have more in flight than one. 1 to 64. Default 2. */
  readonly pathAlpha: number
  /** Paths of a lookup that share no node, 1 to 30. `auto` is 4 from `disjointFromPeers` known peers on, and else 1. Default `auto`. */
  readonly disjointPaths: number | 'auto'
  /** From how many known peers on `auto` takes 4 paths: in a smaller network every path would meet the same nodes. Default 100. */
  readonly disjointFromPeers: number
  /** How many of its nearest contacts each of several paths asks. Default 8. */
  readonly pathWidth: number
  /** Contacts that one lookup remembers. Default 512. */
  readonly maxCandidates: number
  /** Contacts that are read of one reply. Default 2k. */
  readonly maxContactsPerReply: number
  /** How many contacts are asked on the word of a source none of whose contacts has answered. Default 3. */
  readonly distrustAfterDead: number
  /** How often a contact that failed is asked in one lookup, when others name other addresses for it. Default 3. */
  readonly maxTriesPerContact: number
  /** Requests of one lookup. Default 256. */
  readonly maxRequests: number
  /**
   * Packets of one lookup to an address that does not answer: contacts may be named at the address of somebody who is to be
   * flooded. Twice as many where more than two thirds of the nodes nearest to the target name it: else in a network that loses one packet in
   * ten a lookup would miss one living stranger in 150. Default 3.
   */
  readonly maxPerAddress: number
  /**
   * Whether of contacts of the table that are nearly as near to a target the fastest is asked first; those that left their last request
   * unanswered go last in any case. It finds sooner by a few percent, and liars who answer fast profit. Default false.
   */
  readonly preferFast: boolean
  /** Peers that were asked and not heard since, whom no lookup waits for. Default 1,024. */
  readonly maxSilentPeers: number
  /** How long nobody new is asked at an address where two others were asked in vain, in milliseconds. Default 600,000 (10 min). */
  readonly suspectAddressMs: number

  /** Timeout of each try of a request, in milliseconds. Default: adaptive, from measured round trips. */
  readonly requestTimeoutMs: number | undefined
  /** How often a request is sent. Default: as often as the swarm sends all, which by default follows the measured loss. */
  readonly requestTries: number | undefined
  /** After this a query ends with what it reached, in milliseconds. Default 60,000. */
  readonly queryTimeoutMs: number
  /** Queries of the application that run at once; others wait in line. Default 64. */
  readonly maxRunningQueries: number
  /** Queries that wait in line; beyond it they reject. Default 16,384. */
  readonly maxQueuedQueries: number
  /** Progress entries that a query keeps for who iterates it. Default 1,024. */
  readonly progressBuffer: number

  /** Addresses to join by, at the start and whenever the table runs dry: multiaddrs or `host:port`. Default none. */
  readonly seeds: readonly (string | Multiaddr)[]
  /** Addresses that are remembered to join by, beside `seeds`: those given to `addAddress`. Default 64. */
  readonly maxSeeds: number
  /** Peers that left the table and are still tried now and then, so that a healed partition grows together. Default 64. */
  readonly maxFormerPeers: number
  /** After this `bootstrap()` rejects, in milliseconds; it goes on in the background. Default 30,000. */
  readonly bootstrapTimeoutMs: number
  /** First pause between two tries to bootstrap; it doubles. Milliseconds, default 1,000. */
  readonly bootstrapRetryMs: number
  /** First pause before a former peer is tried; it doubles. Milliseconds, default 10,000. */
  readonly formerRetryMs: number
  /** Longest pause between two tries of a former peer. Milliseconds, default 3,600,000 (1 h). */
  readonly formerRetryMaxMs: number
  /** Longest pause between two tries to bootstrap. Milliseconds, default 60,000. */
  readonly bootstrapRetryMaxMs: number
  /**
   * Pause between two bootstraps, whoever starts them, in milliseconds; one that would only repeat what other lookups did lately is left
   * out. Default 300,000.
   */
  readonly bootstrapIntervalMs: number | 'off'
  /**
   * Buckets that a bootstrap refreshes, after its lookup of the own id: `all` that are farther than the nearest node, as the paper
   * has it, but for those that are full or were covered by that lookup, each in up to four places; or so many in one place each, the
   * emptiest first, the farthest of those; where nobody is known after that, somebody who was heard of is pinged, and so is who has this
   * node among its k nearest. The others fill by and by, from the requests that come. Default `all`.
   */
  readonly bootstrapRefreshes: number | 'all'
  /** While fewer than k peers are known, a new one starts a bootstrap when this long no other came, in milliseconds. Default 500. */
  readonly bootstrapThrottleMs: number | 'off'

  /** `automatic`: who answers enters the table. `manual`: only who was given to `addAddress`; others are told by `RoutablePeer`. */
  readonly bucketInserts: 'automatic' | 'manual'
  /** Candidates kept for each full bucket. Default `k`. */
  readonly replacementCacheSize: number
  /** A contact seen within this many milliseconds keeps its place in a full bucket unasked. Default 30,000. */
  readonly probeIdleMs: number
  /** Contacts of one IP group in a bucket; private ranges are exempt. Default 2. */
  readonly maxPerGroupInBucket: number
  /** Contacts of one IP group in the table; private ranges are exempt. Default 10. */
  readonly maxPerGroupInTable: number
  /** Requests in a row that go unanswered before a contact leaves the table. Default 2. */
  readonly maxFailures: number
  /** Which addresses are used and passed on. Default: the swarm's profile. */
  readonly profile: Profile | undefined

  /** Life of a record that is put without one, in seconds. 1 to 172,800. Default 172,800 (48 h). */
  readonly recordTtl: number
  /** Holders that must acknowledge a put. Default `majority`. */
  readonly putQuorum: Quorum
  /** Holders whose verified records are waited for by a get. Default 3, which shows a stale copy and asks few. */
  readonly getQuorum: Quorum
  /** Requests of a get for the pages of a key that has more records than fit an answer. Default 256, which is for hundreds of publishers. */
  readonly getRequests: number
  /** Peers without a record that are given one after a get: the nearest to the key that had none. Default 1. */
  readonly caching: number | 'off'
  /** Keys found to be popular of which this node keeps a copy for others, while `caching` is on; the longest unread give way. Default 256. */
  readonly maxPopularKeys: number
  /** Records that one get writes back: over stale copies, and to the peers of `caching`. Default 16. */
  readonly maxWriteBacks: number
  /**
   * Compresses values where that makes them smaller by an eighth, and reads those that others have compressed. Values under keys with
   * a policy are not. Default: none, and a record whose value is compressed is refused when it is got.
   */
  readonly compressor: Compressor | undefined
  /** From how many bytes on a value is compressed. Default 256: what is shorter fits any datagram. */
  readonly compressMinBytes: number
  /** Where records are kept, or the limits of the store in memory. Default: its defaults; with the profile `public` no address is exempt. */
  readonly store: RecordStore | StoreLimits
  /** What the application says about records whose keys have certain prefixes: validators and selectors. Default: nothing. */
  readonly policies: RecordPolicies | undefined
  /** What earlier runs have left, and where to leave what later ones are to know. Default: nothing outlives the process. */
  readonly state: OwnState | undefined

  /** Records that nobody signs are taken, and every node can replace them. Where all nodes trust each other only. Default false. */
  readonly allowUnsigned: boolean

  /** Life of an advertisement that is not renewed, in seconds: who has gone is listed so long. 1 to 172,800. Default 7,200 (2 h). */
  readonly advertisementTtl: number
  /** The same for what `startProviding` says. Default 172,800 (48 h). */
  readonly providerTtl: number
  /** Keys under which this node advertises. Default 1,024. */
  readonly maxAdvertised: number
  /** Longest pause before an advertisement that reached nobody is sent again, in milliseconds. Default 1,000. */
  readonly advertiseRetryMs: number
  /** How often it is looked whether this node's addresses are still those that it advertises, in milliseconds. Default 30,000. */
  readonly addressCheckMs: number
  /** Requests after which a walk over a namespace ends. Default 60. */
  readonly discoverRequests: number
  /** Holders that are asked for each part of a namespace, so that one that keeps something back hides nothing. Default 20. */
  readonly discoverHolders: number
  /** Pause between two rounds of a `watch`, in milliseconds. Default 30,000. */
  readonly watchIntervalMs: number
  /** Peers or records of which a `watch` remembers that it told them. Default 16,384. */
  readonly maxWatched: number
  /** Operations of `putMany` and `getMany` that run at once. Default 32. */
  readonly batchConcurrency: number

  /**
   * Whether a put also stores on every node of the key's region: those no farther from it than k·2^160/N, at most 4k; and
   * whether a get asks them when the k nearest do not make its quorum. Without an estimate of N, and with `false`, exactly the
   * k nearest. Default true.
   */
  readonly region: boolean
  /** Lookups that the estimate of the network's size remembers. Default 150. */
  readonly maxSizeSamples: number
  /** How long a lookup counts for that estimate, in milliseconds. Default 7,200,000 (2 h). */
  readonly sizeSampleMaxAgeMs: number
  /** With fewer lookups the estimate goes by the nearest neighbours too: one is off by a fifth, three by an eighth (1/√(3k)). Default 3. */
  readonly minSizeSamples: number
  /**
   * From which divergence on, in nats, `EclipseSuspected` tells that the nodes nearest to a key are more than chance explains.
   * That happens to a clean key with a probability of exp(-divergence). Default 10.
   */
  readonly eclipseDivergence: number | 'off'
  /** How long the same key is not told again, in milliseconds. Default 3,600,000 (1 h). */
  readonly eclipseRepeatMs: number
  /** Suspected keys that are remembered for that. Default 256. */
  readonly maxSuspected: number

  /**
   * Longest pause between two replications of a record by its holders, in milliseconds; where peers leave sooner it is shorter, so
   * that a record outlives them. Below `republishIntervalMs`. Default 3,600,000 (1 h), at most half of `republishIntervalMs`.
   */
  readonly replicateIntervalMs: number | 'off'
  /** How short churn can make that pause, in milliseconds. Default 300,000 (5 min), at most `replicateIntervalMs`. */
  readonly minReplicateIntervalMs: number
  /**
   * How often this node puts anew what it published, in milliseconds; a record with a ttl no longer than this is left to end.
   * Below `recordTtl`. Default 79,200,000 (22 h), at most 22/48 of `recordTtl`.
   */
  readonly republishIntervalMs: number | 'off'
  /** Publications that are put anew; the longest not put give way. Default 16,384. */
  readonly maxPublications: number
  /** Records that others may ask this node to keep alive until they end; it stores each where it belongs with each pause of replication. Default 256. */
  readonly maxKept: number
  /** Records given in a second to peers that come into the region of what this node holds. Default 32. */
  readonly handOver: number | 'off'
  /** Newcomers that wait for theirs; the longest waiting give way. Default 256. */
  readonly maxNewcomers: number

  /** How long a bucket may go without a lookup, in milliseconds. Default 3,600,000 (1 h). */
  readonly refreshIntervalMs: number | 'off'
  /** How long a contact may go unheard before it is pinged, in milliseconds. Default 600,000 (10 min). */
  readonly livenessIntervalMs: number | 'off'
  /** Pings of one round, so that a large table makes no burst. Default 32. */
  readonly maxLivenessPings: number
  /** Pause between two sweeps for expired records, in milliseconds. Default 60,000. */
  readonly expireIntervalMs: number
}

/** Limits of the record store in memory. */
export type StoreLimits = Omit<MemoryRecordStoreInit, 'crypto' | 'policies' | 'allowUnsigned' | 'compressor'>

/** What may be given: some of the options. */
export type KadInit = { readonly [K in Exclude<keyof KadOptions, 'policies'>]?: KadOptions[K] | undefined } & {
  /** Also as an object: policies by the prefixes of their keys. */
  readonly policies?: RecordPolicies | Readonly<Record<string, RecordPolicy>> | undefined
}
