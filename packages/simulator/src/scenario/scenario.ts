/** What a scenario may say: the shape of the YAML file and of the command's options, with every default. */
import { z } from 'zod'
import { count, duration, share } from './units.ts'

const MAX_NODES = 200_000
const MANY = 10_000_000

const latency = z.union([
  z.enum(['internet', 'regions']),
  z.strictObject({ fixed: duration }),
  z.strictObject({ internet: z.strictObject({ scale: duration.optional(), access: duration.optional(), base: duration.optional(), jitter: z.number().min(0).max(3).optional() }) }),
  z.strictObject({ regions: z.strictObject({ roundTrips: z.array(z.array(z.number().min(0))).optional(), weights: z.array(z.number().min(0)).optional(), jitter: z.number().min(0).max(3).optional() }) })
], { error: 'expected internet, regions, or one of { fixed: 50ms }, { internet: … }, { regions: … }' })

/** Sessions and pauses are lognormal: half of the sessions are shorter than `median`, half of the pauses than `offMedian`. */
const churn = z.strictObject({
  median: duration,
  sigma: z.number().min(0).max(4).default(1.6),
  /** Default: twice `median`. */
  offMedian: duration.optional(),
  /** Nodes that never leave, the seeds among them. */
  alwaysOn: share.default(0.1),
  /** Of those that leave, how many stop as a program does; the others vanish. */
  clean: share.default(0.3)
})

const nat = z.strictObject({
  fullCone: share.default(0),
  restricted: share.default(0),
  portRestricted: share.default(0),
  symmetric: share.default(0),
  /** A mapping that nothing left by for so long is gone. */
  mapping: duration.default(30_000),
  /** What nodes behind restricting NATs are. `server` is what a node takes itself for as long as nobody tells it otherwise. */
  mode: z.enum(['client', 'server']).default('server')
}).refine(kinds => kinds.fullCone + kinds.restricted + kinds.portRestricted + kinds.symmetric <= 1, 'expected shares that sum to 100% at most')

const addresses = z.strictObject({
  /** Nodes that have an IPv6 address only. */
  ipv6: share.default(0),
  /** Nodes that have an address of each family. */
  dual: share.default(0),
  /** Nodes of one /24 (/56). */
  perGroup: count(1, 254).default(1)
}).refine(stacks => stacks.ipv6 + stacks.dual <= 1, 'expected shares that sum to 100% at most')

/** Bytes a second of each node's line, and how long a queue in front of it may get. Only where datagrams have bytes: not in lite. */
const bandwidth = z.strictObject({
  up: count(1, MANY * 1000).default(1_250_000),
  down: count(1, MANY * 1000).default(6_250_000),
  queue: duration.default(200)
})

const attackers = z.strictObject({
  kind: z.enum(['silent', 'garbage', 'colluding', 'sybil', 'eclipse', 'flooder', 'observer']),
  /** Of all nodes. */
  share: share.default(0.1),
  /** Whom `sybil` and `eclipse` surround: the text of a record key. Default: the scenario's first record. */
  key: z.string().min(1).max(64).optional(),
  /** Leading bits that the ids of `sybil` and `eclipse` share with that key; each doubles the work of making them. */
  bits: count(1, 16).default(10),
  /** Requests a second of each flooder. */
  rate: z.number().min(0.001).max(1000).default(20)
})

const at = { at: duration }
const events = z.discriminatedUnion('do', [
  z.strictObject({ ...at, do: z.literal('partition'), share: share.default(0.5) }),
  z.strictObject({ ...at, do: z.literal('heal') }),
  z.strictObject({ ...at, do: z.literal('mass-death'), share: share.default(0.5) }),
  z.strictObject({ ...at, do: z.literal('flash-crowd'), share: share.default(1), within: duration.default(300_000) }),
  z.strictObject({ ...at, do: z.literal('restart-all'), within: duration.default(60_000) })
])

export const scenarioSchema = z.strictObject({
  name: z.string().default('unnamed'),
  seed: z.union([z.int(), z.string()]).default(1),
  nodes: count(1, MAX_NODES).default(1000),
  fidelity: z.enum(['lite', 'wire', 'full']).default('lite'),
  /** `join`: one after the other through the seeds. `oracle`: tables as endless time would fill them. */
  start: z.enum(['join', 'oracle']).default('join'),
  /** Pause between two nodes that join. */
  joinEvery: duration.default(100),
  /** The first nodes, whose addresses all others are given. */
  seeds: count(1, 64).default(1),
  /** Time between the last join and the first measurement. */
  warmUp: duration.default(120_000),
  /** Lookups and reads are spread over so long, at random times. */
  measure: duration.default(120_000),
  lookups: count(0, MANY).default(1000),
  /** Records that are put before and read at the end. */
  records: count(0, MANY).default(100),
  /** Reads of random records while lookups run. */
  reads: count(0, MANY).default(200),
  /** So many nodes have disks: what they hold and publish is there again when they come back. */
  disks: share.default(0),
  /** A module with the application's own behaviours, as `Composition` has it: its path. */
  compose: z.string().min(1).optional(),
  /** Options of `kad()`, by its own names and in its own units. */
  kad: z.record(z.string(), z.unknown()).default({}),
  /** Bounds of each node's swarm, by their own names: lower ones make room for more nodes. */
  limits: z.record(z.string(), z.number()).default({}),
  latency: latency.default('internet'),
  loss: share.default(0),
  duplicate: share.default(0),
  reorder: share.default(0),
  bandwidth: bandwidth.optional(),
  nat: nat.optional(),
  addresses: addresses.optional(),
  /** So many nodes have wall clocks that are wrong, by up to `max` either way. */
  clockSkew: z.strictObject({ share: share.default(0.2), max: duration }).optional(),
  churn: churn.optional(),
  attackers: z.array(attackers).default([]),
  /** What happens, and when: counted from the first measurement. */
  events: z.array(events).default([])
}).refine(({ nodes, seeds }) => seeds <= nodes, { path: ['seeds'], message: 'expected no more seeds than nodes' })
  .refine(({ bandwidth, fidelity }) => bandwidth === undefined || fidelity !== 'lite', { path: ['bandwidth'], message: 'needs a fidelity with bytes: wire or full' })

/** As people write it. Every option may be left out. */
export type ScenarioInput = z.input<typeof scenarioSchema>
/** Complete and checked: times in milliseconds, shares from 0 to 1. */
export type Scenario = z.output<typeof scenarioSchema>
export type ChurnModel = NonNullable<Scenario['churn']>
export type ScenarioEvent = Scenario['events'][number]
export type AttackerKind = Scenario['attackers'][number]['kind']
export type Attackers = Scenario['attackers'][number]
