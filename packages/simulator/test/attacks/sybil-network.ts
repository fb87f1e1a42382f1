/** Networks in which Sybils sit next to keys: nearer than any honest node, as whoever makes keys enough can have it. */
import { hash } from 'node:crypto'
import type { BehaviourFactory, PeerId, Random, SwarmInit } from '@kadmium/interface'
import { kad } from '@kadmium/kad-behaviour'
import type { KadBehaviour, KadInit } from '@kadmium/kad-behaviour'
import { isCloser, keyId, peerIdFromBytes } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import { colluding, silent } from '../../src/attackers.ts'
import { Simulator } from '../../src/index.ts'
import { closestOf } from '../../src/oracle.ts'
import { ALPHA, K, kadOf, utf8 } from '../kad-network.ts'
import type { KadNode } from '../kad-network.ts'
import { ENDLESS, QUIET } from './attacked-network.ts'
import type { AttackedNetwork } from './attacked-network.ts'
import { leadingWord } from './leading-word.ts'

export interface Cluster {
  readonly key: Uint8Array
  readonly sybils: number
}

export interface SybilInit {
  readonly nodes: number
  readonly seed: number
  readonly clusters: readonly Cluster[]
  /** `silent` Sybils answer pings alone; those that are `active` say that they store, have nothing and name each other. */
  readonly kind: 'silent' | 'active'
  readonly options?: KadInit
}

type KadFactory = BehaviourFactory<KadBehaviour>
type PrivateKey = NonNullable<SwarmInit['privateKey']>

/** What libp2p puts before an Ed25519 key; 32 bytes of key follow, and the SHA-1 of all is the id. */
const ENCODED_KEY = [0x08, 0x01, 0x12, 0x20]

export async function sybilNetwork ({ nodes: count, seed, clusters, kind, options }: SybilInit): Promise<AttackedNetwork> {
  const random = seededRandom(`sybils ${seed}`)
  const sim = new Simulator({ seed, fidelity: 'lite', traceEvents: false })
  const inner = kad({ k: K, alpha: ALPHA, ...QUIET, ...options })
  const honest = await sim.addNodes(count, () => ({ behaviours: { kad: inner } }))
  const attackers: KadNode[] = []
  for (const { key, sybils } of clusters) {
    const target = keyId(key)
    const [nearest] = closestOf(honest, target, 1) as [KadNode]
    const cluster: KadNode[] = []
    const keys = Array.from({ length: sybils }, (_, i) => sybilKey(nearest.id, target, i))
    const behaviour = kind === 'silent' ? silent(inner) : colluding(inner, cluster)
    cluster.push(...await sim.addNodes(sybils, () => ({
      behaviours: { kad: behaviour }, privateKey: keys.pop() as PrivateKey, limits: { inboundRequests: ENDLESS }
    })))
    attackers.push(...cluster)
  }
  sim.fillTables<{ kad: KadFactory }>(node => kadOf(node).table, { k: K })
  return { sim, nodes: [...honest, ...attackers], honest, attackers, random }
}

export const clusterKey = (label: string, i: number): Uint8Array => utf8(`${label} ${i}`)

/** By target, nearest honest node and number: networks that differ in what their Sybils do have the same ones. */
const made = new Map<string, PrivateKey>()

function sybilKey (rival: PeerId, target: PeerId, index: number): PrivateKey {
  const name = `${target.hex} ${rival.hex} ${index}`
  const key = made.get(name) ?? keyNearerThan(rival, target, seededRandom(name))
  made.set(name, key)
  return key
}

/** Its public half is 32 random bytes: Sybils sign nothing, and points on the curve would cost a hundred times as much. */
function keyNearerThan (rival: PeerId, target: PeerId, random: Random): PrivateKey {
  const encoded = new Uint8Array([...ENCODED_KEY, ...random.bytes(32)])
  const tries = new DataView(encoded.buffer)
  const leading = leadingWord(encoded)
  const wanted = firstWord(target.bytes)
  const most = (wanted ^ firstWord(rival.bytes)) >>> 0
  for (let i = 0; ; i++) {
    if (((leading(i) ^ wanted) >>> 0) > most) continue
    tries.setUint32(ENCODED_KEY.length, i)
    if (!isCloser(target, peerIdFromBytes(new Uint8Array(hash('sha1', encoded, 'buffer'))), rival)) continue
    const raw = encoded.slice(ENCODED_KEY.length)
    return { type: 'Ed25519', raw: new Uint8Array([...random.bytes(32), ...raw]), publicKey: { type: 'Ed25519', raw } } as unknown as PrivateKey
  }
}

function firstWord (bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
}
