/** Rows 8 to 10: who wants to be all that a node knows. */
import type { BehaviourFactory, Contact, Endpoint } from '@kadmium/interface'
import { kad } from '@kadmium/kad-behaviour'
import type { KadBehaviour, KadInit } from '@kadmium/kad-behaviour'
import { peerIdFromPublicKey } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import { endpoint, ipGroup } from '@kadmium/wire'
import { colluding, flooder } from '../../src/attackers.ts'
import { Simulator } from '../../src/index.ts'
import { ALPHA, K, kadOf } from '../kad-network.ts'
import type { KadNode } from '../kad-network.ts'
import { QUIET } from './attacked-network.ts'
import type { Figure, Mutation, Row, Size } from './row.ts'

type KadFactory = BehaviourFactory<KadBehaviour>

const MINUTE_MS = 60_000
/** Requests that each identity of the attacker sends its victim, in a second. */
const REQUESTS_PER_SECOND = 0.5

interface Besieged {
  readonly sim: Simulator
  readonly honest: readonly KadNode[]
  readonly attackers: readonly KadNode[]
  /** From now on every identity of the attacker asks this node, again and again. */
  readonly besiege: (victim: KadNode) => void
  readonly inner: KadFactory
}

/** An honest network, and two machines with many identities that name each other. */
async function besieged ({ nodes, seed, samples }: Size, options: KadInit = {}): Promise<Besieged> {
  const sim = new Simulator({
    seed,
    fidelity: 'lite',
    traceEvents: false,
    placeOf: index => index >= nodes && index < nodes + samples ? { host: `machine ${index % 2}` } : {}
  })
  const inner = kad({ k: K, alpha: ALPHA, ...options })
  const honest = await sim.addNodes(nodes, () => ({ behaviours: { kad: inner } }))
  sim.fillTables<{ kad: KadFactory }>(node => kadOf(node).table, { k: K })
  const victims: KadNode[] = []
  const attackers: KadNode[] = []
  const attack = flooder(colluding(kad({ k: K, ...QUIET }), attackers), () => victims, REQUESTS_PER_SECOND)
  attackers.push(...await sim.addNodes(samples, () => ({ behaviours: { kad: attack } })))
  return { sim, honest, attackers, inner, besiege: victim => { victims.push(victim) } }
}

interface Share {
  readonly inBucket: number
  readonly inTable: number
  readonly honest: number
}

/** The most contacts of one /24 in a bucket and in the table that are the attacker's, and how much of the table is honest, in percent. */
function shareIn (victim: KadNode, attackers: readonly KadNode[]): Share {
  const hostile = new Set(attackers.map(({ id }) => id.hex))
  const [byTable, byBucket] = [new Map<string, number>(), new Map<string, number>()]
  const { table } = kadOf(victim)
  let taken = 0
  for (const { index, entries } of table.buckets()) {
    for (const { contact } of entries) {
      if (!hostile.has(contact.id.hex)) continue
      taken++
      const group = String(ipGroup(contact.addresses[0] as Endpoint))
      byTable.set(group, (byTable.get(group) ?? 0) + 1)
      byBucket.set(`${index} ${group}`, (byBucket.get(`${index} ${group}`) ?? 0) + 1)
    }
  }
  return { inBucket: Math.max(0, ...byBucket.values()), inTable: Math.max(0, ...byTable.values()), honest: 100 * (1 - taken / table.size) }
}

async function eclipseOfNewcomer (size: Size, options: KadInit = {}): Promise<Share> {
  const { sim, honest, attackers, besiege, inner } = await besieged(size, options)
  const seeds = [(honest[0] as KadNode).address.text]
  const [fresh] = await sim.addNodes(1, () => ({ behaviours: { kad: inner } })) as [KadNode]
  besiege(fresh)
  await sim.run(1000)
  void kadOf(fresh).addAddress(seeds[0] as string).then(async () => await kadOf(fresh).bootstrap()).catch(() => {})
  await sim.run(MINUTE_MS)
  return shareIn(fresh, attackers)
}

/** @param keeps whether the contacts of before are remembered; otherwise one seed is. */
async function eclipseAfterRestart (size: Size, keeps = true): Promise<Figure[]> {
  const { sim, honest, attackers, besiege } = await besieged(size)
  const victim = honest[0] as KadNode
  const kept = [...kadOf(victim).table.buckets()].flatMap(({ entries }) => entries.map(({ contact }) => contact))
  sim.crash(victim)
  besiege(victim)
  await sim.restart(victim)
  await sim.run(2000)
  await sim.until(rejoin(victim, keeps ? kept : kept.slice(0, 1)))
  await sim.run(MINUTE_MS)
  const { peers } = await sim.until(kadOf(victim).getClosestPeers(victim.id))
  const hostile = new Set(attackers.map(({ id }) => id.hex))
  const neighbours = new Set(peers.map(({ id }) => id.hex))
  const nearer = sim.closest(victim.id, honest.length + attackers.length).slice(0, 1 + peers.length)
  const truth = nearer.filter(node => node !== victim && !hostile.has(node.id.hex))
  const found = truth.filter(({ id }) => neighbours.has(id.hex)).length
  return [
    // Two machines have ten places each, of the k·(log2(n/k) + 1) that a table has: with 300 nodes a fifth, with 10,000 a tenth.
    { what: 'honest part of the table %', measured: shareIn(victim, attackers).honest, atLeast: 80 },
    { what: 'of the honest among the truly nearest, found by a lookup of itself %', measured: 100 * found / truth.length, atLeast: 99 }
  ]
}

/** As a node with a data directory does at its start. */
async function rejoin (node: KadNode, kept: readonly Contact[]): Promise<void> {
  await Promise.all(kept.map(async contact => await kadOf(node).addAddress(contact)))
  await kadOf(node).bootstrap()
}

/** Identities that prove themselves once, each from a /24 of its own; those that were in the table before answer every ping. */
async function stickiness ({ seed, samples, nodes }: Size): Promise<Figure[]> {
  const random = seededRandom(`newcomers ${seed}`)
  const sim = new Simulator({ seed, fidelity: 'lite', traceEvents: false })
  const honest = await sim.addNodes(nodes, () => ({ behaviours: { kad: kad({ k: K }) } }))
  sim.fillTables<{ kad: KadFactory }>(node => kadOf(node).table, { k: K })
  const victim = honest[0] as KadNode
  const { table } = kadOf(victim)
  const proven = [...table.buckets()].flatMap(({ entries }) => entries.map(({ contact: { id } }) => id))
  for (let i = 0; i < samples; i++) {
    const publicKey = random.bytes(32)
    const address = endpoint(`${11 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.9`, 4000)
    kadOf(victim).peerProven({ id: peerIdFromPublicKey(publicKey), publicKey, addresses: [address] }, 'server')
    if (i % 100 === 99) await sim.run(1000)
  }
  await sim.run(10_000)
  return [
    { what: 'evicted', measured: proven.filter(id => table.get(id) === undefined).length, atMost: 0 },
    { what: 'were there', measured: proven.length, atLeast: 80 }
  ]
}

export const TABLE_ROWS: readonly Row[] = [
  {
    row: 8,
    title: 'eclipse of a fresh node: two machines with many identities flood it while it joins',
    small: { nodes: 300, samples: 200 },
    full: { nodes: 1000, samples: 10_000 },
    run: async size => {
      const { inBucket, inTable } = await eclipseOfNewcomer(size)
      return [
        { what: 'most of a /24 in a bucket', measured: inBucket, atMost: 2 },
        { what: 'most of a /24 in the table', measured: inTable, atMost: 10 }
      ]
    }
  },
  {
    row: 9,
    title: 'eclipse after a restart: the attacker is there first, the contacts that were kept come after it',
    small: { nodes: 1000, samples: 200 },
    full: { nodes: 10_000, samples: 10_000 },
    run: async size => await eclipseAfterRestart(size)
  },
  {
    row: 10,
    title: 'full buckets of live contacts keep them, however many new identities prove themselves',
    small: { nodes: 200, samples: 10_000 },
    full: { nodes: 1000, samples: 100_000 },
    run: stickiness
  }
]

export const TABLE_MUTATIONS: readonly Mutation[] = [
  {
    row: 8,
    without: 'limits by IP group',
    small: { nodes: 300, samples: 200 },
    run: async size => {
      const { inTable } = await eclipseOfNewcomer(size, { maxPerGroupInBucket: 1_000_000, maxPerGroupInTable: 1_000_000 })
      return [{ what: 'most of a /24 in the table', measured: inTable, atLeast: 30 }]
    }
  },
  {
    row: 9,
    without: 'the contacts of before',
    small: { nodes: 1000, samples: 200 },
    run: async size => {
      const [honest] = await eclipseAfterRestart(size, false)
      return [{ what: 'honest part of the table %', measured: (honest as Figure).measured, atMost: 79 }]
    }
  }
]
