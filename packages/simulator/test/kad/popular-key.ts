import type { KadInit } from '@kadmium/kad-behaviour'
import { keyId } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import { joinedNetwork, kadOf, utf8 } from '../kad-network.ts'

export interface Popularity {
  readonly nodes: number
  readonly gets: number
  readonly seed: number
  /** Virtual milliseconds between two gets. */
  readonly pauseMs: number
  readonly options: KadInit
}

export interface Load {
  /** Which part of the gets the busiest node gave the record for. */
  readonly busiest: number
  /** Which part of all answers with the record came from it. */
  readonly share: number
  /** Nodes that gave the record at all. */
  readonly givers: number
  readonly failed: number
}

/** How the gets of one key by random nodes spread over the nodes. */
export async function popularKey ({ nodes: count, gets, seed, pauseMs, options }: Popularity): Promise<Load> {
  const { sim, nodes } = await joinedNetwork(count, { seed, fidelity: 'lite' }, options, 60_000)
  const key = utf8('popular')
  await sim.until(kadOf(nodes[0]!).putRecord({ key, value: utf8('value') }))
  const given = new Map<number, number>()
  for (const { index, swarm } of nodes) {
    swarm.addEventListener('InboundRequest', ({ detail: { request } }) => {
      if (request.type === 'GetRecord' && request.presentLocally) given.set(index, (given.get(index) ?? 0) + 1)
    })
  }
  const random = seededRandom(`readers ${seed}`)
  let failed = 0
  for (let i = 0; i < gets; i++) {
    const reader = nodes[random.below(count)]!
    void kadOf(reader).getRecord(key).then(({ value }) => { if (value === undefined) failed++ })
    await sim.run(pauseMs)
  }
  await sim.run(10_000)
  const counts = [...given.values()].sort((a, b) => b - a)
  const nearest = sim.closest(keyId(key), 3).map(({ index }) => given.get(index) ?? 0)
  console.log(`      busiest ${counts.slice(0, 5).join(', ')}; nearest ${nearest.join(', ')}`)
  return { busiest: counts[0]! / gets, share: counts[0]! / counts.reduce((sum, one) => sum + one, 0), givers: counts.length, failed }
}
