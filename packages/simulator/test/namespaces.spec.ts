import type { Endpoint, KadRecord } from '@kadmium/interface'
import { namespaceKey } from '@kadmium/kad-behaviour'
import { createIdentity, generatePrivateKey, keyId } from '@kadmium/peer-id'
import { signAdvertisement, signRecord } from '@kadmium/records'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { kadOf, oracleNetwork } from './kad-network.ts'
import type { KadNetwork, KadNode } from './kad-network.ts'

/** All of it at once: `FULL=1 npm test -w @kadmium/simulator -- --grep namespace`. */
const FULL = process.env['FULL'] !== undefined
const NAME = 'a name'
const KEY = namespaceKey(NAME)

function publishers (count: number, label: string): KadRecord[] {
  return Array.from({ length: count }, (_, n) => {
    const identity = createIdentity(generatePrivateKey(seededRandom(`${label} ${n}`)), systemCrypto())
    return signAdvertisement({ key: KEY, seq: 1, ttl: 7200, peer: { addresses: [endpoint(`31.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, 4000)], mode: 'server' } }, identity)
  })
}

/** As if each had put it: the nearest have it, from an address of its own or of a few. */
function put ({ sim }: KadNetwork, records: readonly KadRecord[], from: (n: number) => Endpoint): KadNode[] {
  const holders = sim.closest(keyId(KEY), 20) as KadNode[]
  for (const holder of holders) {
    for (const [n, record] of records.entries()) kadOf(holder).store.put(record, record.ttl * 1000, sim.clock.now(), { from: from(n) })
  }
  return holders
}

const spread = (n: number): Endpoint => endpoint(`${40 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}.7`, 4000)

describe('namespaces in a network', function () {
  this.timeout(FULL ? 600_000 : 120_000)

  it('10,000 publishers (2,000 here): bounded holders, fair samples, and one walk of at most 60 requests finds at least 200', async () => {
    const count = FULL ? 10_000 : 2_000
    const network = await oracleNetwork(200, { seed: 1 })
    const records = publishers(count, 'publisher')
    const holders = put(network, records, spread)
    for (const holder of holders) expect(kadOf(holder).store.size).to.equal(512)
    const held = new Map<KadRecord, number>()
    for (const holder of holders) for (const { record } of kadOf(holder).store.get(KEY, network.sim.clock.now())) held.set(record, (held.get(record) ?? 0) + 1)
    const early = records.slice(0, count / 2).reduce((sum, record) => sum + (held.get(record) ?? 0), 0)
    expect(early / (20 * 512), 'who came first is not held more often than who came last').to.be.within(0.47, 0.53)
    const asker = network.nodes.find(node => !holders.includes(node)) as KadNode
    const found = await network.sim.until(kadOf(asker).discover(NAME))
    console.log(`      ${count} publishers: ${found.peers.length} distinct peers by ${found.requests} requests to ${found.asked} nodes in ${Math.round(found.elapsedMs)} virtual ms`)
    expect(found.requests).to.be.at.most(60)
    expect(found.peers.length).to.be.at.least(200)
    const share = found.peers.filter(({ publicKey }) => records.findIndex(({ publisher }) => publisher?.every((byte, i) => byte === publicKey[i])) < count / 2).length
    expect(share / found.peers.length, 'and not found more often').to.be.within(0.35, 0.65)
  })

  it('a flood of one attacker with 100,000 keys (2,000 here) in three /24s hides fewer than one in twenty of 50 honest publishers', async () => {
    const network = await oracleNetwork(200, { seed: 2 })
    const honest = publishers(50, 'honest')
    const flood = publishers(FULL ? 100_000 : 2_000, 'attacker')
    const values = Array.from({ length: 200 }, (_, n) => signRecord({ key: KEY, value: new Uint8Array(200), seq: 1, ttl: 7200 }, createIdentity(generatePrivateKey(seededRandom(`value ${n}`)), systemCrypto())))
    const attacker = (n: number): Endpoint => endpoint(`66.66.${n % 3}.${n % 250}`, 4000)
    put(network, [...flood.slice(0, flood.length / 2), ...values], attacker)
    put(network, honest, spread)
    const holders = put(network, flood.slice(flood.length / 2), attacker)
    for (const asker of network.nodes.filter(node => !holders.includes(node)).slice(0, 3)) {
      const found = await network.sim.until(kadOf(asker).discover(NAME))
      const keys = new Set(found.peers.map(({ publicKey }) => publicKey.join()))
      const listed = honest.filter(({ publisher }) => keys.has(publisher?.join() ?? '')).length
      console.log(`      ${listed} of 50 honest publishers among ${found.peers.length}, by ${found.requests} requests`)
      expect(found.requests).to.be.at.most(60)
      expect(listed).to.be.at.least(48)
    }
  })
})
