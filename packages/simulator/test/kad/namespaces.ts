import type { Endpoint, KadRecord } from '@kadmium/interface'
import { namespaceKey } from '@kadmium/kad-behaviour'
import { createIdentity, generatePrivateKey, keyId } from '@kadmium/peer-id'
import { signAdvertisement, signRecord } from '@kadmium/records'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { kadOf, oracleNetwork } from '../kad-network.ts'
import type { KadNetwork, KadNode } from '../kad-network.ts'

const NAME = 'a name'
const KEY = namespaceKey(NAME)
const NODES = 200
const HOLDERS = 20

export interface Crowd {
  /** Advertisements that the fullest holder has. */
  readonly held: number
  /** Which part of those that holders have came first, of two halves. */
  readonly earlyShare: number
  /** Distinct peers of one walk, and its requests. */
  readonly found: number
  readonly foundEarly: number
  readonly requests: number
}

/** So many publishers under one name, each at its own address. */
export async function crowdedNamespace (count: number, seed: number): Promise<Crowd> {
  const network = await oracleNetwork(NODES, { seed })
  const records = publishers(count, 'publisher')
  const holders = advertise(network, records, spread)
  const early = new Set(records.slice(0, count / 2).map(nameOf))
  const held = holders.flatMap(holder => kadOf(holder).store.get(KEY, network.sim.clock.now()).map(({ record }) => nameOf(record)))
  const found = await network.sim.until(kadOf(readers(network, holders)[0]!).discover(NAME))
  return {
    held: Math.max(...holders.map(holder => kadOf(holder).store.size)),
    earlyShare: held.filter(name => early.has(name)).length / held.length,
    found: found.peers.length,
    foundEarly: found.peers.filter(({ publicKey }) => early.has(publicKey.join())).length / found.peers.length,
    requests: found.requests
  }
}

/** 50 honest publishers beside so many keys of an attacker, who has three /24s, and 200 values under the same key. */
export async function floodedNamespace (keys: number, seed: number): Promise<{ readonly listed: readonly number[], readonly requests: readonly number[] }> {
  const network = await oracleNetwork(NODES, { seed })
  const honest = publishers(50, 'honest')
  const flood = publishers(keys, 'attacker')
  const attacker = (n: number): Endpoint => endpoint(`66.66.${n % 3}.${n % 250}`, 4000)
  advertise(network, [...flood.slice(0, keys / 2), ...values(200)], attacker)
  advertise(network, honest, spread)
  const holders = advertise(network, flood.slice(keys / 2), attacker)
  const walks = []
  for (const reader of readers(network, holders).slice(0, 3)) walks.push(await network.sim.until(kadOf(reader).discover(NAME)))
  return {
    listed: walks.map(({ peers }) => {
      const names = new Set(peers.map(({ publicKey }) => publicKey.join()))
      return honest.filter(record => names.has(nameOf(record))).length
    }),
    requests: walks.map(({ requests }) => requests)
  }
}

function publishers (count: number, label: string): KadRecord[] {
  return Array.from({ length: count }, (_, n) => {
    const peer = { addresses: [endpoint(`31.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, 4000)], mode: 'server' } as const
    return signAdvertisement({ key: KEY, seq: 1, ttl: 7200, peer }, identity(`${label} ${n}`))
  })
}

function values (count: number): KadRecord[] {
  return Array.from({ length: count }, (_, n) => signRecord({ key: KEY, value: new Uint8Array(200), seq: 1, ttl: 7200 }, identity(`value ${n}`)))
}

function identity (name: string): ReturnType<typeof createIdentity> {
  return createIdentity(generatePrivateKey(seededRandom(name)), systemCrypto())
}

/** As if each had put it: the nearest have it. */
function advertise ({ sim }: KadNetwork, records: readonly KadRecord[], from: (n: number) => Endpoint): KadNode[] {
  const holders = sim.closest(keyId(KEY), HOLDERS) as KadNode[]
  for (const holder of holders) {
    for (const [n, record] of records.entries()) kadOf(holder).store.put(record, record.ttl * 1000, sim.clock.now(), { from: from(n) })
  }
  return holders
}

const spread = (n: number): Endpoint => endpoint(`${40 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}.7`, 4000)

function readers ({ nodes }: KadNetwork, holders: readonly KadNode[]): KadNode[] {
  return nodes.filter(node => !holders.includes(node))
}

function nameOf ({ publisher }: KadRecord): string {
  return publisher?.join() ?? ''
}
