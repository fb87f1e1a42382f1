import type { KadInit } from '@kadmium/kad-behaviour'
import { seededRandom } from '@kadmium/runtime'
import { joinedNetwork, kadOf, utf8 } from '../kad-network.ts'
import type { KadNetwork } from '../kad-network.ts'

export interface Popularity {
  readonly nodes: number
  readonly gets: number
  readonly seed: number
  /** Virtual milliseconds between two gets. */
  readonly pauseMs: number
  readonly options: KadInit
}

export interface Load {
  /** For which part of the gets the busiest node gave the record. */
  readonly busiest: number
  /** Answers with the record in one get, on average. */
  readonly answers: number
  readonly requests: number
  /** Nodes that gave the record at all. */
  readonly givers: number
  readonly medianMs: number
  /** Gets that found nothing, or something old. */
  readonly failed: number
}

const KEY = utf8('popular')

/** How the gets of one key by random nodes spread over the nodes. */
export async function popularKey (popularity: Popularity): Promise<Load> {
  const { nodes, seed, options } = popularity
  const network = await joinedNetwork(nodes, { seed, fidelity: 'lite' }, options, 60_000)
  const value = utf8('value')
  await network.sim.until(kadOf(network.nodes[0]!).putRecord({ key: KEY, value }))
  return await loadOf(network, popularity, value)
}

async function loadOf ({ sim, nodes }: KadNetwork, { gets, seed, pauseMs }: Popularity, expected: Uint8Array): Promise<Load> {
  const given = new Map<number, number>()
  for (const { index, swarm } of nodes) {
    swarm.addEventListener('InboundRequest', ({ detail: { request } }) => {
      if (request.type === 'GetRecord' && request.presentLocally) given.set(index, (given.get(index) ?? 0) + 1)
    })
  }
  const random = seededRandom(`readers ${seed}`)
  const elapsed: number[] = []
  let [failed, requests] = [0, 0]
  for (let i = 0; i < gets; i++) {
    const reader = nodes[random.below(nodes.length)]!
    void kadOf(reader).getRecord(KEY).then(({ value, elapsedMs, asked }) => {
      if (value?.join() !== expected.join()) failed++
      elapsed.push(elapsedMs)
      requests += asked
    })
    await sim.run(pauseMs)
  }
  await sim.run(10_000)
  const counts = [...given.values()].sort((a, b) => b - a)
  const answers = counts.reduce((sum, one) => sum + one, 0)
  return {
    busiest: counts[0]! / gets,
    answers: answers / gets,
    requests: requests / gets,
    givers: counts.length,
    medianMs: elapsed.sort((a, b) => a - b)[elapsed.length >> 1]!,
    failed: failed + gets - elapsed.length
  }
}
