/** Rows 1 to 5: what a lookup still finds where many nodes are not what they seem. */
import { colluding, decoys, silent } from '../../src/attackers.ts'
import type { KadInit } from '@kadmium/kad-behaviour'
import { attackedNetwork, findNeighbours } from './attacked-network.ts'
import type { AttackInit } from './attacked-network.ts'
import { finds } from './finds.ts'
import type { Finds } from './finds.ts'
import type { Mutation, Row, Size } from './row.ts'

const COLLUDERS: AttackInit['attacker'] = (inner, attackers) => colluding(inner, attackers)
const INVENTORS: AttackInit['attacker'] = inner => decoys(inner)
const MUTE: AttackInit['attacker'] = inner => silent(inner)

async function under (attacker: AttackInit['attacker'], share: number, { nodes, seed, samples }: Size, options: KadInit = {}): Promise<Finds> {
  return await finds(await attackedNetwork({ nodes, seed, share, attacker, options: { disjointPaths: 4, pathWidth: 8, ...options } }), samples)
}

/** With buckets of 8 a lookup among 1,000 nodes takes as many hops as one among 10,000 with buckets of 20. */
const NARROW = { k: 8, disjointPaths: 1 }

const SMALL = { nodes: 1000, samples: 200 }
const FULL = { nodes: 10_000, samples: 2000 }

export const LOOKUP_ROWS: readonly Row[] = [
  {
    row: 1,
    title: '30 % of the nodes collude: an honest node is found, on four paths of width 8',
    small: SMALL,
    full: FULL,
    seeds: 5,
    run: async size => {
      const { found, rpcs, p99Ms } = await under(COLLUDERS, 0.3, size)
      return [
        { what: 'found %', measured: found, atLeast: 99.9 },
        { what: 'RPCs', measured: rpcs, atMost: 45 },
        { what: 'p99 ms', measured: p99Ms, atMost: 450 }
      ]
    }
  },
  {
    row: 2,
    title: '30 % of the nodes name 20 contacts that do not exist, right next to the target',
    small: SMALL,
    full: FULL,
    run: async size => {
      const { found, rpcs, mostRpcs, p99Ms } = await under(INVENTORS, 0.3, size)
      return [
        { what: 'found %', measured: found, atLeast: 99.5 },
        { what: 'p99 ms', measured: p99Ms, atMost: 1500 },
        { what: 'RPCs', measured: rpcs, atMost: 100 },
        { what: 'most RPCs', measured: mostRpcs, atMost: 256 }
      ]
    }
  },
  {
    row: 3,
    title: '30 % of the nodes are silent: the k nearest honest ones are found by nodes that have looked for their neighbours twice',
    small: SMALL,
    full: FULL,
    run: async size => {
      const fresh = await under(MUTE, 0.3, size)
      const network = await attackedNetwork({ nodes: size.nodes, seed: size.seed, share: 0.3, attacker: MUTE, options: { disjointPaths: 4, pathWidth: 8 } })
      await findNeighbours(network, 2)
      const { found, recall } = await finds(network, size.samples)
      return [
        { what: 'found %', measured: found, atLeast: 99.9 },
        { what: 'recall of the k nearest honest', measured: recall, atLeast: 0.99 },
        { what: 'found % in tables nobody has used', measured: fresh.found, atLeast: 99.9 },
        // An answer names k nodes, and a silent one that was never asked takes the place of an honest one.
        { what: 'recall in tables nobody has used', measured: fresh.recall, atLeast: 0.96 }
      ]
    }
  },
  {
    row: 4,
    title: '50 % of the nodes collude: an honest node is found, on eight paths of width 4',
    small: SMALL,
    full: FULL,
    run: async size => {
      const { found } = await under(COLLUDERS, 0.5, size, { disjointPaths: 8, pathWidth: 4 })
      return [{ what: 'found %', measured: found, atLeast: 97 }]
    }
  }
]

export const LOOKUP_MUTATIONS: readonly Mutation[] = [
  {
    row: 5,
    without: 'candidates that nobody has verified (row 2 with a shortlist cut to k)',
    small: SMALL,
    run: async size => {
      const [cut, whole] = [await under(INVENTORS, 0.3, size, { ...NARROW, maxCandidates: NARROW.k }), await under(INVENTORS, 0.3, size, NARROW)]
      return [{ what: 'found %', measured: cut.found, atMost: 85 }, { what: 'with all candidates %', measured: whole.found, atLeast: 99.5 }]
    }
  },
  {
    row: 1,
    without: 'disjoint paths',
    small: SMALL,
    run: async size => {
      const { found } = await under(COLLUDERS, 0.3, size, { disjointPaths: 1 })
      return [{ what: 'found %', measured: found, atMost: 99.8 }]
    }
  },
  {
    row: 2,
    without: 'distrust of sources whose contacts are all dead',
    small: SMALL,
    run: async size => {
      const { rpcs } = await under(INVENTORS, 0.3, size, { distrustAfterDead: 1_000_000 })
      return [{ what: 'RPCs', measured: rpcs, atLeast: 100 }]
    }
  }
]
