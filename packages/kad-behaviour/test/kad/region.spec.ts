import { compareDistance, createIdentity, generatePrivateKey, keyId } from '@kadmium/peer-id'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { expect } from 'chai'
import fc from 'fast-check'
import { maxHolders, placement, regionRadius } from '../../src/placement.ts'
import { normalisedDistance } from '../../src/size-estimate.ts'
import { QUIET, TestNetwork, text } from '../network.ts'
import type { Identity, PeerId } from '@kadmium/interface'
import type { KadInit } from '../../src/index.ts'
import type { TestNode } from '../network.ts'

const VALUE = text('value')
const K = 4
const OPTIONS: KadInit = { ...QUIET, k: K, replacementCacheSize: 64, getQuorum: 2, caching: 'off' }

/** Nodes that know each other, of which the first has measured how many they are. */
async function measuring (count: number, options: KadInit, seed: number): Promise<{ readonly network: TestNetwork, readonly nodes: TestNode[] }> {
  const network = new TestNetwork({ seed })
  const nodes = await network.acquainted(count, { ...OPTIONS, ...options })
  for (let i = 0; i < 40; i++) await network.until(nodes[0]!.kad.getClosestPeers(text(`measure ${i}`)))
  return { network, nodes }
}

function holders (network: TestNetwork, nodes: readonly TestNode[], key: Uint8Array): TestNode[] {
  return nodes.filter(({ kad }) => kad.store.get(key, network.clock.now()).length > 0)
    .sort((a, b) => compareDistance(keyId(key), a.id, b.id))
}

/** With k = 4 the region of one key in 50 holds nobody; this one's is like most. */
function keyAmong (nodes: readonly TestNode[]): Uint8Array {
  for (let i = 0; ; i++) {
    const key = text(`wanted ${i}`)
    if (nodes.filter(({ id }) => normalisedDistance(keyId(key), id) <= K / 80).length >= 3) return key
  }
}

/** So many identities nearer to `target` than anybody of `others` is. */
function sybils (target: PeerId, others: readonly TestNode[], count: number): Identity[] {
  const random = seededRandom('sybils')
  const nearest = [...others].sort((a, b) => compareDistance(target, a.id, b.id))[0]!.id
  const made: Identity[] = []
  while (made.length < count) {
    const identity = createIdentity(generatePrivateKey(random), systemCrypto())
    if (compareDistance(target, identity.peerId, nearest) < 0) made.push(identity)
  }
  return made
}

describe('the region of a key', () => {
  it('placement: the k nearest always, then whoever is within the radius, at most 4k', () => {
    const spread = fc.array(fc.uint8Array({ minLength: 20, maxLength: 20 }), { minLength: 0, maxLength: 60 })
    fc.assert(fc.property(spread, fc.integer({ min: 1, max: 10 }), fc.option(fc.integer({ min: 1, max: 500 }), { nil: undefined }), (bytes, k, networkSize) => {
      const target = keyId(text('key'))
      const found = bytes.map(one => ({ id: keyId(one) })).sort((a, b) => compareDistance(target, a.id, b.id))
      const placing = { target, replicationFactor: k, networkSize }
      const placed = placement(found, placing)
      expect(placed.slice(0, k)).to.deep.equal(found.slice(0, k))
      expect(placed.length).to.be.at.most(4 * k)
      for (const { id } of placed.slice(k)) expect(normalisedDistance(target, id)).to.be.at.most(regionRadius(placing))
      const left = found.slice(placed.length, maxHolders(placing))
      for (const { id } of left) expect(normalisedDistance(target, id)).to.be.above(regionRadius(placing))
      if (networkSize === undefined) expect(placed).to.have.length(Math.min(k, found.length))
    }))
  })

  it('R8: with region: false a put lands on exactly the k nearest, however many it has measured', async () => {
    const { network, nodes } = await measuring(60, { region: false }, 1)
    expect(nodes[0]!.kad.networkSize).to.be.a('number')
    for (let i = 0; i < 20; i++) {
      const key = text(`key ${i}`)
      await network.until(nodes[0]!.kad.putRecord({ key, value: VALUE }))
      const nearest = network.closest(keyId(key), K, nodes.slice(1))
      expect(holders(network, nodes.slice(1), key).map(({ id }) => id.hex)).to.deep.equal(nearest.map(({ id }) => id.hex))
    }
  })

  it('a put reaches the k nearest and everybody within the radius, at most 4k, and nobody outside of both', async () => {
    const { network, nodes } = await measuring(60, {}, 1)
    const [publisher, ...others] = nodes
    let more = 0
    for (let i = 0; i < 40; i++) {
      const key = text(`key ${i}`)
      const target = keyId(key)
      const radius = regionRadius({ target, replicationFactor: K, networkSize: publisher!.kad.networkSize })
      await network.until(publisher!.kad.putRecord({ key, value: VALUE }))
      const held = holders(network, others, key)
      const truth = network.closest(target, 4 * K, others).filter(({ id }, rank) => rank < K || normalisedDistance(target, id) <= radius * 0.98)
      expect(held.map(({ id }) => id.hex)).to.include.members(truth.map(({ id }) => id.hex))
      expect(held.length).to.be.within(K, 4 * K)
      const kth = normalisedDistance(target, network.closest(target, K, others)[K - 1]!.id)
      for (const { id } of held) expect(normalisedDistance(target, id)).to.be.at.most(Math.max(radius * 1.02, kth))
      if (held.length > K) more++
    }
    expect(more).to.be.above(5)
  })

  for (const [region, found] of [[true, true], [false, false]] as const) {
    it(`k Sybils next to a key ${found ? 'cannot hide' : 'hide'} a value when region is ${region}`, async () => {
      const network = new TestNetwork({ seed: 1 })
      const nodes: TestNode[] = []
      for (let i = 0; i < 60; i++) nodes.push(await network.node({ ...OPTIONS, region }))
      const key = keyAmong(nodes)
      const deaf: TestNode[] = []
      for (const { privateKey } of sybils(keyId(key), nodes, K)) deaf.push(await network.node(OPTIONS, { privateKey }))
      for (const { kad } of deaf) kad.store.put = () => ({ type: 'stored' }) as never
      network.introduce([...deaf, ...nodes]) // who is known first keeps its place in the buckets
      for (const { kad } of nodes.slice(0, 2)) {
        for (let i = 0; i < 40; i++) await network.until(kad.getClosestPeers(text(`measure ${i}`)))
      }
      await network.until(nodes[0]!.kad.putRecord({ key, value: VALUE }))
      nodes[0]!.kad.store.remove({ key, publisher: nodes[0]!.swarm.publicKey })
      const { value, records } = await network.until(nodes[1]!.kad.getRecord(key))
      expect(records.length > 0).to.equal(found)
      if (found) expect(value).to.deep.equal(VALUE)
    })
  }

  it('costs a lookup of nodes nothing, and a get not more than the members that it asks to spare', async () => {
    const asked = []
    for (const region of [true, false]) {
      const { network, nodes } = await measuring(60, { region }, 1)
      const key = text('key 1')
      await network.until(nodes[0]!.kad.putRecord({ key, value: VALUE }))
      const get = await network.until(nodes[0]!.kad.getRecord(key))
      const closest = await network.until(nodes[0]!.kad.getClosestPeers(key))
      asked.push([get.asked, closest.asked])
    }
    expect(asked[0]![1]).to.equal(asked[1]![1])
    expect(asked[0]![0]).to.be.at.most(asked[1]![0]! + 3)
  })
})
