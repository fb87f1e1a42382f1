/** Rows 19 and 20: forged records, and a namespace that one attacker floods. */
import type { Crypto, Endpoint, Identity, KadRecord, SwarmComponents } from '@kadmium/interface'
import { kad, kadProtocol, namespaceKey } from '@kadmium/kad-behaviour'
import type { KadInit } from '@kadmium/kad-behaviour'
import { PeerIdCache, createIdentity, generatePrivateKey, keyId } from '@kadmium/peer-id'
import { RECORD_REFUSALS, signRecord } from '@kadmium/records'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { encodePeerRecord, endpoint, recordSigningBytes } from '@kadmium/wire'
import { K, kadOf, oracleNetwork, utf8 } from '../kad-network.ts'
import type { KadNetwork, KadNode } from '../kad-network.ts'
import type { Figure, Mutation, Row, Size } from './row.ts'

const MAX_VALUE_BYTES = 1000
const KEY = utf8('the key of the victim')
const SEQ = 1000

function identity (label: string): Identity {
  return createIdentity(generatePrivateKey(seededRandom(label)), systemCrypto())
}

function signedBy (owner: Identity, fields: Partial<KadRecord>): KadRecord {
  const record: KadRecord = { key: KEY, value: utf8('forged'), publisher: owner.publicKey, seq: SEQ + 1, ttl: 3600, ...fields }
  return { ...record, signature: owner.sign(recordSigningBytes(record)) }
}

/** What is sent to the holders of the victim's record, and why each is refused. */
function forgeries (victim: Identity, attacker: Identity): Array<readonly [string, KadRecord, string]> {
  const good = signedBy(victim, {})
  const bent = Uint8Array.from(good.signature as Uint8Array, (byte, i) => i === 7 ? byte ^ 1 : byte)
  const elsewhere = signedBy(victim, { key: utf8('another namespace') })
  return [
    ['a bad signature', { ...good, signature: bent }, 'bad-signature'],
    ['another publisher', { ...signedBy(attacker, {}), publisher: victim.publicKey }, 'bad-signature'],
    ['seq - 1', signedBy(victim, { seq: SEQ - 1 }), 'older-seq'],
    ['the same seq with another value', signedBy(victim, { seq: SEQ }), 'same-seq-other-value'],
    ['seq 2^64 - 1', { ...good, seq: 2 ** 64 - 1 }, 'malformed'],
    ['a ttl of ten years', { ...good, ttl: 315_360_000 }, 'ttl-too-long'],
    ['a salt of 65 bytes', { ...good, salt: new Uint8Array(65) }, 'malformed'],
    ['a value one byte too long', signedBy(victim, { value: new Uint8Array(MAX_VALUE_BYTES + 1) }), 'value-too-large'],
    ['a record of another key', { ...elsewhere, key: KEY }, 'bad-signature']
  ]
}

async function forged ({ nodes: count, seed }: Size): Promise<Figure[]> {
  const network = await oracleNetwork(count, { seed, fidelity: 'lite' }, { store: { maxValueBytes: MAX_VALUE_BYTES }, region: false })
  const { sim, nodes } = network
  const [victim, attacker] = [identity(`victim ${seed}`), identity(`attacker ${seed}`)]
  const record = signRecord({ key: KEY, value: utf8('the value of the victim'), seq: SEQ, ttl: 3600 }, victim)
  await sim.until(kadOf(nodes[0] as KadNode).putRecord({ key: KEY, value: record.value, seq: SEQ, ttl: 3600 }, { publisher: victim }))
  const holders = nodes.filter(node => kadOf(node).store.get(KEY, sim.clock.now()).length > 0)
  const send = await sender(network)
  let [right, sent] = [0, 0]
  for (const [, forgery, reason] of forgeries(victim, attacker)) {
    for (const holder of holders) {
      sent++
      if (await send(holder, forgery) === reason) right++
    }
  }
  const intact = holders.filter(node => new TextDecoder().decode(kadOf(node).store.get(KEY, sim.clock.now())[0]?.record.value) === 'the value of the victim')
  return [
    { what: 'refused with the right code %', measured: 100 * right / sent, atLeast: 100 },
    { what: 'intact copies %', measured: 100 * intact.length / holders.length, atLeast: 100 },
    { what: 'holders', measured: holders.length, atLeast: K }
  ]
}

type Send = (holder: KadNode, record: KadRecord) => Promise<string>

/** A node that sends what it is told to, and says what became of it. */
async function sender ({ sim }: KadNetwork): Promise<Send> {
  let components: SwarmComponents | undefined
  await sim.addNodes(1, () => ({ behaviours: { kad: kad({ k: K }), liar: (own: SwarmComponents) => { components = own; return {} } } }))
  const protocol = kadProtocol(new PeerIdCache({ capacity: 64 }))
  return async ({ contact }, record) => {
    const reply = await sim.until((components as SwarmComponents).request(contact, protocol, { type: 'store', record, remainingMs: record.ttl * 1000 }))
    if (reply.type !== 'error') return reply.type
    return RECORD_REFUSALS.find(reason => reply.reason.startsWith(`${reason}: `)) ?? (reply.code === 'too-large' ? 'value-too-large' : reply.code)
  }
}

const NAME = 'a name'
const HONEST = 50
/** Everything is believed: the signatures of the flood are right, and cost nothing here. */
const { sha1, hmacSha256 } = systemCrypto()
const CREDULOUS: Crypto = { sha1, hmacSha256, sign: () => new Uint8Array(64), verify: () => true }

async function floodedNamespace ({ nodes, seed, samples }: Size, options: KadInit = {}): Promise<Figure[]> {
  const network = await oracleNetwork(nodes, { seed, fidelity: 'lite', crypto: CREDULOUS }, options)
  const { sim } = network
  const key = namespaceKey(NAME)
  const holders = sim.closest(keyId(key), K) as KadNode[]
  const random = seededRandom(`publishers ${seed}`)
  const value = encodePeerRecord({ addresses: [endpoint('31.1.2.3', 4000)], mode: 'server' })
  const advertise = (from: Endpoint): Uint8Array => {
    const publisher = random.bytes(32)
    const record: KadRecord = { key, value, kind: 'advertisement', publisher, seq: 1, ttl: 7200, signature: new Uint8Array(64) }
    for (const holder of holders) kadOf(holder).store.put(record, 7_200_000, sim.clock.now(), { from })
    return publisher
  }
  const flood = (count: number): void => { for (let i = 0; i < count; i++) advertise(endpoint(`66.66.${i % 3}.${i % 250}`, 4000)) }
  flood(samples / 2)
  const honest = Array.from({ length: HONEST }, (_, i) => advertise(endpoint(`40.1.${i}.7`, 4000)).join())
  flood(samples / 2)
  const asker = network.nodes.find(node => !holders.includes(node)) as KadNode
  const { peers, requests } = await sim.until(kadOf(asker).discover(NAME))
  const listed = new Set(peers.map(({ publicKey }) => publicKey.join()))
  return [
    { what: 'honest publishers found %', measured: 100 * honest.filter(one => listed.has(one)).length / HONEST, atLeast: 95 },
    { what: 'requests', measured: requests, atMost: 60 }
  ]
}

export const RECORD_ROWS: readonly Row[] = [
  {
    row: 19,
    title: 'forged records are refused by every holder, each with its code, and the victim\'s is intact',
    small: { nodes: 100, samples: 1 },
    full: { nodes: 1000, samples: 1 },
    run: forged
  },
  {
    row: 20,
    title: 'one attacker with many keys in three /24s floods a namespace: its honest publishers are found',
    small: { nodes: 200, samples: 5000 },
    full: { nodes: 1000, samples: 100_000 },
    run: async size => await floodedNamespace(size)
  }
]

export const RECORD_MUTATIONS: readonly Mutation[] = [
  {
    row: 20,
    without: 'a share of a key for each IP group',
    small: { nodes: 200, samples: 5000 },
    run: async size => {
      const [found] = await floodedNamespace(size, { store: { maxAdvertisementsPerKeyAndGroup: 1_000_000, maxAdvertisementsPerGroup: 1_000_000 } })
      return [{ what: 'honest publishers found %', measured: (found as Figure).measured, atMost: 50 }]
    }
  }
]
