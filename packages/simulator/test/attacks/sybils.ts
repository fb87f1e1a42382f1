/** Rows 6 and 7: Sybils next to a key, which are to hide its value. */
import type { KadInit } from '@kadmium/kad-behaviour'
import { keyId } from '@kadmium/peer-id'
import type { EclipseSuspected, PeerId } from '@kadmium/interface'
import type { SimNode } from '../../src/index.ts'
import { K, kadOf, randomId, utf8 } from '../kad-network.ts'
import type { KadNode } from '../kad-network.ts'
import { anyOf, learnSize } from './attacked-network.ts'
import type { AttackedNetwork } from './attacked-network.ts'
import type { Figure, Mutation, Row, Size } from './row.ts'
import { clusterKey, sybilNetwork } from './sybil-network.ts'
import type { Cluster, SybilInit } from './sybil-network.ts'

const SIZES = [20, 45, 100]
const VALUE = utf8('the value that is to be hidden')
/** Nodes that read, as many keys at one time, and know about how large the network is. */
const READERS = 10

interface Hidden {
  readonly found: number
  readonly mostStores: number
}

/** Each key is put by one node and read by others; those with so many Sybils `samples` times in all, for each number of them. */
async function hide ({ nodes, seed, samples }: Size, clusters: readonly Cluster[], kind: SybilInit['kind'], options: KadInit = {}): Promise<Map<number, Hidden>> {
  const network = await sybilNetwork({ nodes, seed, clusters, kind, options: { caching: 'off', ...options } })
  const { sim, honest, random } = network
  const readers = Array.from({ length: READERS }, () => anyOf(honest, random))
  const publishers = clusters.map(() => anyOf(honest, random))
  await learnSize(network, [...new Set([...readers, ...publishers])])
  const hidden = new Map<number, Hidden>()
  for (const sybils of new Set(clusters.map(cluster => cluster.sybils))) {
    const alike = clusters.filter(cluster => cluster.sybils === sybils)
    let [mostStores, found] = [0, 0]
    for (const { key } of alike) mostStores = Math.max(mostStores, await put(network, anyOf(publishers, random), key))
    for (let read = 0; read < samples; read += READERS) {
      const keys = Array.from({ length: Math.min(READERS, samples - read) }, (_, i) => (alike[(read + i) % alike.length] as Cluster).key)
      found += (await sim.until(Promise.all(keys.map(async key => await isFound(network, readers, key))))).filter(isOne => isOne).length
    }
    hidden.set(sybils, { found: 100 * found / samples, mostStores })
  }
  return hidden
}

async function isFound ({ sim, random }: AttackedNetwork, readers: readonly KadNode[], key: Uint8Array): Promise<boolean> {
  const holdsNothing = readers.filter(node => kadOf(node).store.get(key, sim.clock.now()).length === 0)
  const { value } = await kadOf(anyOf(holdsNothing, random)).getRecord(key)
  return value !== undefined
}

/** How many nodes were sent the record. */
async function put ({ sim }: AttackedNetwork, publisher: KadNode, key: Uint8Array): Promise<number> {
  const { storedOn, refused } = await sim.until(kadOf(publisher).putRecord({ key, value: VALUE }, { quorum: 'one' }))
  return storedOn + refused.length
}

/** One network for each kind, with keys for each number of Sybils in it: most of the time goes into making networks. */
async function bothKinds (size: Size): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const kind of ['silent', 'active'] as const) {
    const clusters = SIZES.flatMap(sybils => Array.from({ length: Math.ceil(size.samples / 100) }, (_, i) => ({ key: clusterKey(`${sybils} Sybils`, i), sybils })))
    for (const [sybils, { found, mostStores }] of await hide(size, clusters, kind)) {
      figures.push({ what: `${sybils} ${kind}: found %`, measured: found, atLeast: 99.9 })
      figures.push({ what: 'stores', measured: mostStores, atMost: 4 * K })
    }
  }
  return figures
}

/** Half of the lookups are of places with 20 Sybils, half of clean ones. */
async function alarm ({ nodes, seed, samples }: Size, kind: SybilInit['kind']): Promise<Figure[]> {
  const clusters = Array.from({ length: Math.min(20, Math.ceil(samples / 100)) }, (_, i) => ({ key: clusterKey(`${kind} crowd`, i), sybils: 20 }))
  const network = await sybilNetwork({ nodes, seed, clusters, kind, options: { eclipseRepeatMs: 1 } })
  const { sim, honest, random } = network
  const readers = [...new Set(Array.from({ length: READERS }, () => anyOf(honest, random)))]
  await learnSize(network, readers, 10)
  /** Each round all readers look up places of their own; how many of them, in percent, raised the alarm. */
  const lookUp = async (targetOf: (i: number) => PeerId): Promise<number> => {
    let flagged = 0
    const rounds = Math.ceil(samples / readers.length)
    for (let round = 0; round < rounds; round++) {
      const flags = await sim.until(Promise.all(readers.map(async (reader, i) => await isFlagged(reader, targetOf(round + i)))))
      flagged += flags.filter(flag => flag).length
    }
    return 100 * flagged / rounds / readers.length
  }
  const suspected = await lookUp(i => keyId((clusters[i % clusters.length] as Cluster).key))
  const falseAlarms = await lookUp(() => cleanPlace(network))
  return [
    { what: `20 ${kind}: flagged %`, measured: suspected, atLeast: 95 },
    { what: 'false alarms %', measured: falseAlarms, atMost: 0.5 }
  ]
}

async function isFlagged ({ swarm }: KadNode, place: PeerId): Promise<boolean> {
  let flagged = false
  const hear = ({ detail: { key } }: CustomEvent<EclipseSuspected>): void => { flagged ||= key.equals(place) }
  swarm.addEventListener('EclipseSuspected', hear)
  await swarm.behaviours.kad.getClosestPeers(place)
  swarm.removeEventListener('EclipseSuspected', hear)
  return flagged
}

/** Where no Sybil is among the k nearest: who is next to an attacked key has reason for suspicion too. */
function cleanPlace ({ sim, attackers, random }: AttackedNetwork): PeerId {
  const sybils = new Set<SimNode>(attackers)
  for (;;) {
    const place = randomId(random)
    if (!sim.closest(place, K).some(node => sybils.has(node))) return place
  }
}

export const SYBIL_ROWS: readonly Row[] = [
  {
    row: 6,
    title: '20, 45 and 100 Sybils next to a key, silent or saying that there is nothing: its value is found',
    small: { nodes: 500, samples: 20 },
    full: { nodes: 10_000, samples: 1000 },
    run: bothKinds
  },
  {
    row: 7,
    title: '20 Sybils next to a key are noticed, and clean keys are not suspected',
    small: { nodes: 500, samples: 200 },
    full: { nodes: 10_000, samples: 1000 },
    run: async size => [...await alarm(size, 'silent'), ...await alarm(size, 'active')]
  }
]

export const SYBIL_MUTATIONS: readonly Mutation[] = [
  {
    row: 6,
    without: 'the region',
    small: { nodes: 500, samples: 20 },
    run: async size => {
      const hidden = await hide(size, [{ key: clusterKey('without', 0), sybils: 45 }], 'active', { region: false })
      return [{ what: 'found %', measured: (hidden.get(45) as Hidden).found, atMost: 20 }]
    }
  }
]
