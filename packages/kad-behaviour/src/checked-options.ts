/** The options' defaults, and what is allowed: checked when the behaviour is made, not when an option is first used. */
import { InvalidOptionError } from '@kadmium/interface'
import { RecordPolicies } from '@kadmium/records'
import type { RecordRules } from '@kadmium/records'
import { MAX_TTL_SECONDS } from '@kadmium/wire'
import type { KadInit, KadOptions, StoreLimits } from './options.ts'
import { checkQuorum } from './quorum.ts'

/** Options whose defaults follow others. */
type Following = 'replicationFactor' | 'maxContactsPerReply' | 'replacementCacheSize' | 'replicateIntervalMs' | 'minReplicateIntervalMs' | 'republishIntervalMs'

type Defaults = Omit<KadOptions, Following>

const DEFAULTS: Defaults = {
  k: 20,
  alpha: 3,
  pathAlpha: 2,
  disjointPaths: 'auto',
  disjointFromPeers: 100,
  pathWidth: 8,
  maxCandidates: 512,
  distrustAfterDead: 3,
  maxTriesPerContact: 3,
  maxRequests: 256,
  maxPerAddress: 3,
  preferFast: false,
  maxSilentPeers: 1_024,
  suspectAddressMs: 600_000,
  requestTimeoutMs: undefined,
  requestTries: undefined,
  queryTimeoutMs: 60_000,
  maxRunningQueries: 64,
  maxQueuedQueries: 16_384,
  progressBuffer: 1_024,
  seeds: [],
  maxSeeds: 64,
  maxFormerPeers: 64,
  formerRetryMs: 10_000,
  formerRetryMaxMs: 3_600_000,
  bootstrapTimeoutMs: 30_000,
  bootstrapRetryMs: 1_000,
  bootstrapRetryMaxMs: 60_000,
  bootstrapIntervalMs: 300_000,
  bootstrapRefreshes: 'all',
  bootstrapThrottleMs: 500,
  bucketInserts: 'automatic',
  probeIdleMs: 30_000,
  maxPerGroupInBucket: 2,
  maxPerGroupInTable: 10,
  maxFailures: 2,
  profile: undefined,
  recordTtl: MAX_TTL_SECONDS,
  putQuorum: 'majority',
  getQuorum: 3,
  getRequests: 256,
  caching: 1,
  maxPopularKeys: 256,
  maxWriteBacks: 16,
  compressor: undefined,
  compressMinBytes: 256,
  store: {},
  policies: undefined,
  state: undefined,
  allowUnsigned: false,
  advertisementTtl: 7_200,
  providerTtl: MAX_TTL_SECONDS,
  maxAdvertised: 1_024,
  advertiseRetryMs: 1_000,
  addressCheckMs: 30_000,
  discoverRequests: 60,
  discoverHolders: 20,
  watchIntervalMs: 30_000,
  maxWatched: 16_384,
  batchConcurrency: 32,
  region: true,
  maxSizeSamples: 150,
  sizeSampleMaxAgeMs: 7_200_000,
  minSizeSamples: 3,
  eclipseDivergence: 10,
  eclipseRepeatMs: 3_600_000,
  maxSuspected: 256,
  maxPublications: 16_384,
  maxKept: 256,
  handOver: 32,
  maxNewcomers: 256,
  refreshIntervalMs: 3_600_000,
  livenessIntervalMs: 600_000,
  maxLivenessPings: 32,
  expireIntervalMs: 60_000
}

/** Smallest and largest number, and the word that may stand instead of one. */
type Range = readonly [min: number, max: number, word?: 'auto' | 'off' | 'all']

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const MANY = 1_048_576
const NODES: Range = [1, 64]
const COUNT: Range = [1, MANY]
const COUNT_OR_NONE: Range = [0, MANY]
const DURATION_MS: Range = [1, DAY_MS]
const INTERVAL_MS: Range = [1, DAY_MS, 'off']

const RANGES: { readonly [K in keyof KadOptions]?: Range } = {
  k: NODES,
  replicationFactor: NODES,
  alpha: NODES,
  pathAlpha: NODES,
  disjointPaths: [1, 30, 'auto'],
  disjointFromPeers: COUNT,
  pathWidth: NODES,
  maxCandidates: COUNT,
  maxContactsPerReply: COUNT,
  distrustAfterDead: COUNT,
  maxTriesPerContact: COUNT,
  maxRequests: COUNT,
  maxPerAddress: COUNT,
  maxSilentPeers: COUNT,
  suspectAddressMs: DURATION_MS,
  requestTimeoutMs: DURATION_MS,
  requestTries: [1, 64],
  queryTimeoutMs: DURATION_MS,
  maxRunningQueries: COUNT,
  maxQueuedQueries: COUNT_OR_NONE,
  progressBuffer: COUNT,
  maxSeeds: COUNT,
  maxFormerPeers: COUNT_OR_NONE,
  formerRetryMs: DURATION_MS,
  formerRetryMaxMs: DURATION_MS,
  bootstrapTimeoutMs: DURATION_MS,
  bootstrapRetryMs: DURATION_MS,
  bootstrapRetryMaxMs: DURATION_MS,
  bootstrapIntervalMs: INTERVAL_MS,
  bootstrapRefreshes: [0, 160, 'all'],
  bootstrapThrottleMs: [0, DAY_MS, 'off'],
  replacementCacheSize: COUNT,
  probeIdleMs: [0, DAY_MS],
  maxPerGroupInBucket: COUNT,
  maxPerGroupInTable: COUNT,
  maxFailures: COUNT,
  advertisementTtl: [1, MAX_TTL_SECONDS],
  providerTtl: [1, MAX_TTL_SECONDS],
  maxAdvertised: COUNT,
  advertiseRetryMs: DURATION_MS,
  addressCheckMs: DURATION_MS,
  discoverRequests: COUNT,
  discoverHolders: NODES,
  watchIntervalMs: DURATION_MS,
  maxWatched: COUNT,
  batchConcurrency: COUNT,
  recordTtl: [1, MAX_TTL_SECONDS],
  getRequests: COUNT_OR_NONE,
  caching: [1, 64, 'off'],
  compressMinBytes: COUNT,
  maxPopularKeys: COUNT_OR_NONE,
  maxWriteBacks: COUNT_OR_NONE,
  maxSizeSamples: COUNT,
  sizeSampleMaxAgeMs: DURATION_MS,
  minSizeSamples: COUNT,
  eclipseDivergence: [1, MANY, 'off'],
  eclipseRepeatMs: DURATION_MS,
  maxSuspected: COUNT,
  replicateIntervalMs: INTERVAL_MS,
  minReplicateIntervalMs: DURATION_MS,
  republishIntervalMs: INTERVAL_MS,
  maxPublications: COUNT_OR_NONE,
  maxKept: COUNT_OR_NONE,
  handOver: [1, MANY, 'off'],
  maxNewcomers: COUNT,
  refreshIntervalMs: INTERVAL_MS,
  livenessIntervalMs: INTERVAL_MS,
  maxLivenessPings: COUNT,
  expireIntervalMs: DURATION_MS
}

/** Throws `InvalidOptionError`, which names the option and says what is allowed. */
export function kadOptions (init: KadInit = {}): KadOptions {
  checkNames(init)
  const { policies, ...rest } = init
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as Partial<KadOptions>
  const k = given.k ?? DEFAULTS.k
  const options = {
    ...DEFAULTS, replicationFactor: k, maxContactsPerReply: 2 * k, replacementCacheSize: k, ...intervals(given), ...given, policies: policiesOf(policies)
  }
  for (const [option, range] of Object.entries(RANGES)) checkNumber(option, options[option as keyof KadOptions], range)
  checkRelations(options)
  return options
}

/** What a node takes for a record. */
export function rulesOf ({ allowUnsigned, compressor }: KadOptions): RecordRules {
  return { allowUnsigned, ...(compressor && { compressor }) }
}

function policiesOf (given: KadInit['policies']): RecordPolicies | undefined {
  if (given === undefined || given instanceof RecordPolicies) return given
  const policies = new RecordPolicies()
  for (const [prefix, policy] of Object.entries(given)) policies.register(prefix, policy)
  return policies
}

const FOLLOWING: readonly string[] = [
  'replicationFactor', 'maxContactsPerReply', 'replacementCacheSize', 'replicateIntervalMs', 'minReplicateIntervalMs', 'republishIntervalMs'
] satisfies Following[]

/** Those of maintenance that were not given, so that they fit those that were. */
function intervals ({ recordTtl = DEFAULTS.recordTtl, ...given }: Partial<KadOptions>): Pick<KadOptions, 'replicateIntervalMs' | 'minReplicateIntervalMs' | 'republishIntervalMs'> {
  const republishIntervalMs = given.republishIntervalMs ?? Math.max(1, Math.floor(Math.min(22 * HOUR_MS, recordTtl * 1000 * 22 / 48)))
  const longest = republishIntervalMs === 'off' ? HOUR_MS : Math.max(1, Math.floor(republishIntervalMs / 2))
  const replicateIntervalMs = given.replicateIntervalMs ?? Math.min(HOUR_MS, longest)
  const minReplicateIntervalMs = Math.min(300_000, replicateIntervalMs === 'off' ? HOUR_MS : replicateIntervalMs)
  return { replicateIntervalMs, minReplicateIntervalMs, republishIntervalMs }
}

/** Their values are checked by the store. */
const STORE_LIMITS: { readonly [K in keyof Required<StoreLimits>]: true } = {
  maxRecords: true,
  maxBytes: true,
  maxValueBytes: true,
  maxRecordsPerKey: true,
  maxRecordsPerPublisher: true,
  maxBytesPerPublisher: true,
  maxRecordsPerGroup: true,
  maxBytesPerGroup: true,
  maxAdvertisements: true,
  maxAdvertisementsPerKey: true,
  maxAdvertisementsPerKeyAndGroup: true,
  maxAdvertisementsPerGroup: true,
  exemptPrivate: true,
  onEquivocation: true,
  localId: true,
  random: true
}

function checkNames (init: KadInit): void {
  const known = [...Object.keys(DEFAULTS), ...FOLLOWING]
  const unknown = Object.keys(init).find(option => !known.includes(option))
  if (unknown !== undefined) throw new InvalidOptionError(unknown, 'no such option')
  const limits = init.store === undefined || 'put' in init.store ? {} : init.store
  const limit = Object.keys(limits).find(name => !(name in STORE_LIMITS))
  if (limit !== undefined) throw new InvalidOptionError(`store.${limit}`, 'no such option')
}

function checkNumber (option: string, value: unknown, [min, max, word]: Range): void {
  if (value === word) return // also where no word is allowed and nothing was given
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return
  const allowed = `a whole number from ${min} to ${max}${word === undefined ? '' : ` or '${word}'`}`
  throw new InvalidOptionError(option, `expected ${allowed}, got ${JSON.stringify(value)}`)
}

function checkRelations (options: KadOptions): void {
  checkBoolean('region', options.region)
  checkBoolean('preferFast', options.preferFast)
  checkOrder(options, 'bootstrapRetryMs', 'bootstrapRetryMaxMs')
  checkBoolean('allowUnsigned', options.allowUnsigned)
  checkOrder(options, 'formerRetryMs', 'formerRetryMaxMs')
  const { replicateIntervalMs, minReplicateIntervalMs, republishIntervalMs, recordTtl } = options
  checkBelow('replicateIntervalMs', replicateIntervalMs, 'republishIntervalMs', republishIntervalMs)
  checkBelow('replicateIntervalMs', replicateIntervalMs, 'recordTtl', recordTtl * 1000)
  checkBelow('republishIntervalMs', republishIntervalMs, 'recordTtl', recordTtl * 1000)
  if (replicateIntervalMs !== 'off' && minReplicateIntervalMs > replicateIntervalMs) {
    throw new InvalidOptionError('minReplicateIntervalMs', `expected at most replicateIntervalMs (${replicateIntervalMs}), got ${minReplicateIntervalMs}`)
  }
  checkWord('bucketInserts', options.bucketInserts, ['automatic', 'manual'])
  if (options.profile !== undefined) checkWord('profile', options.profile, ['private', 'public', 'auto'])
  checkQuorum('putQuorum', options.putQuorum)
  checkQuorum('getQuorum', options.getQuorum)
}

type Pause = 'bootstrapRetryMs' | 'formerRetryMs'
type LongestPause = 'bootstrapRetryMaxMs' | 'formerRetryMaxMs'

function checkOrder (options: KadOptions, first: Pause, longest: LongestPause): void {
  if (options[longest] >= options[first]) return
  throw new InvalidOptionError(longest, `expected at least ${first} (${options[first]}), got ${options[longest]}`)
}

function checkBoolean (option: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new InvalidOptionError(option, `expected true or false, got ${JSON.stringify(value)}`)
}

/** A copy is to be renewed before its life ends, and by its holders more often than by its publisher. */
function checkBelow (option: string, value: number | 'off', bound: string, limit: number | 'off'): void {
  if (value === 'off' || limit === 'off' || value < limit) return
  throw new InvalidOptionError(option, `expected less than ${bound} (${limit} ms), got ${value}`)
}

function checkWord (option: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return
  throw new InvalidOptionError(option, `expected ${allowed.map(word => `'${word}'`).join(' or ')}, got ${JSON.stringify(value)}`)
}
