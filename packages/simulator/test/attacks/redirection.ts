/** Row 22: contacts that all point to somebody who is to be flooded. */
import type { Endpoint } from '@kadmium/interface'
import { redirecting } from '../../src/attackers.ts'
import type { KadInit } from '@kadmium/kad-behaviour'
import { endpoint } from '@kadmium/wire'
import { kadOf, randomId } from '../kad-network.ts'
import { anyOf, attackedNetwork, learnSize } from './attacked-network.ts'
import type { Figure, Mutation, Row, Size } from './row.ts'

const MINUTE_MS = 60_000
/** How often each node looks something up, in milliseconds. */
const LOOKUP_EVERY_MS = 5 * MINUTE_MS

/** Longer than `suspectAddressMs`. */
const SUSPECTED_MS = 11 * MINUTE_MS

interface Flooded {
  readonly mostPerLookup: number
  readonly perSecond: number
}

/** When nobody is suspected any more for the lookups by which nodes measure the network: some lookups one by one, then `samples` more at the pace of the whole network. */
async function flooded ({ nodes, seed, samples }: Size, options: KadInit = {}): Promise<Flooded> {
  let victim: Endpoint = endpoint('6.6.6.6', 666)
  const network = await attackedNetwork({ nodes, seed, share: 0.3, attacker: inner => redirecting(inner, () => victim), options })
  const { sim, honest, random } = network
  const [target] = await sim.addNodes(1, () => ({ network: 'another', behaviours: {} }))
  victim = (target as NonNullable<typeof target>).address
  await learnSize(network, honest, 4)
  await sim.run(SUSPECTED_MS)
  const received = (): number => sim.traffic(target as NonNullable<typeof target>).received
  let mostPerLookup = 0
  for (let i = 0; i < samples / 20; i++) {
    const before = received()
    await sim.until(kadOf(anyOf(honest, random)).getClosestPeers(randomId(random)))
    await sim.run(10_000)
    mostPerLookup = Math.max(mostPerLookup, received() - before)
  }
  const [before, startedAt] = [received(), sim.clock.now()]
  for (let i = 0; i < samples; i++) {
    void kadOf(anyOf(honest, random)).getClosestPeers(randomId(random))
    await sim.run(LOOKUP_EVERY_MS / honest.length)
  }
  await sim.run(10_000)
  return { mostPerLookup, perSecond: (received() - before) * 1000 / (sim.clock.now() - startedAt) * 1000 / nodes }
}

const SMALL = { nodes: 300, samples: 210 }

function figures ({ mostPerLookup, perSecond }: Flooded): Figure[] {
  return [
    { what: 'packets at the victim for one lookup', measured: mostPerLookup, atMost: 3 },
    { what: 'a second, for 1,000 nodes with a lookup in five minutes each', measured: perSecond, atMost: 10 }
  ]
}

export const REDIRECTION_ROWS: readonly Row[] = [
  {
    row: 22,
    title: '30 % of the nodes name contacts next to the target, all at the address of a victim',
    small: SMALL,
    full: { nodes: 10_000, samples: 4000 },
    run: async size => figures(await flooded(size))
  }
]

export const REDIRECTION_MUTATIONS: readonly Mutation[] = [
  {
    row: 22,
    without: 'a limit of packets to one address',
    small: { nodes: 300, samples: 40 },
    run: async size => {
      const { mostPerLookup } = await flooded(size, { maxPerAddress: 1_000_000, suspectAddressMs: 1 })
      return [{ what: 'packets at the victim for one lookup', measured: mostPerLookup, atLeast: 10 }]
    }
  }
]
