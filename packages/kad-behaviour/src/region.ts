/** Finding who is responsible for a key: the k nearest by a lookup, and beyond them the rest of the region, which that lookup does not show. */
import { commonPrefixLength, compareDistance, isCloser, peerIdFromWords, xor } from '@kadmium/peer-id'
import type { Contact, PeerId } from '@kadmium/interface'
import { placement, regionRadius, spread } from './placement.ts'
import { runLookup } from './run-lookup.ts'
import { normalisedDistance } from './size-estimate.ts'
import type { KadContext } from './context.ts'
import type { Lookup } from './lookup.ts'
import type { Placing } from './placement.ts'
import type { KadResponse } from './protocol.ts'
import type { Asking, LookupRun } from './run-lookup.ts'

export interface Holders {
  readonly lookup: Lookup
  /** Nearest first: those of the k nearest that answered the lookup, then those of the region, of whom some were only named. */
  readonly holders: readonly Contact[]
  /** How many of `holders` are of the k nearest. */
  readonly nearest: number
}

/**
 * Who else is to hold a record with this place in the key space.
 * @param counted whether this node counts as one of the holders, as it does when it holds the record for others.
 */
export async function findHolders (kad: KadContext, target: PeerId, asking: Asking, counted = false): Promise<Holders> {
  const { components: { localId }, options: { k, replicationFactor } } = kad
  const named = new Map<string, Contact>()
  const lookup = await walk(kad, target, Math.max(k, replicationFactor), named, asking)
  const nearest = lookup.closest(replicationFactor)
  const beyond = await regionBeyond(kad, target, lookup, [...named.values()], asking)
  const found: Array<Pick<Contact, 'id'>> = [...nearest, ...beyond]
  if (counted) insertSorted({ id: localId }, found, target)
  const holders = placement(found, placing(kad, target)).filter((one): one is Contact => one.id !== localId)
  return { lookup, holders, nearest: Math.min(nearest.length, holders.length) }
}

function insertSorted (one: Pick<Contact, 'id'>, sorted: Array<Pick<Contact, 'id'>>, target: PeerId): void {
  const rank = sorted.findIndex(({ id }) => isCloser(target, one.id, id))
  sorted.splice(rank < 0 ? sorted.length : rank, 0, one)
}

/**
 * The nodes of the region farther away than the `replicationFactor` nearest that answered, nearest first, without those that
 * failed. An answer names only the nearest to what was asked for; so for each level of the region the other half of the
 * key space at that level is asked for, at a few nodes of it. Whoever is nearer to the target than that half is not asked: a
 * crowd of Sybils there would answer for all of it.
 * @param named whom the answers to `lookup` named.
 */
export async function regionBeyond (
  kad: KadContext, target: PeerId, lookup: Lookup, named: readonly Contact[], asking: Asking
): Promise<readonly Contact[]> {
  const region = placing(kad, target)
  const radius = regionRadius(region)
  const farthest = lookup.closest(region.replicationFactor)[region.replicationFactor - 1]
  if (farthest === undefined || normalisedDistance(target, farthest.id) >= radius) return []
  const members = new Map(named.map(contact => [contact.id.hex, contact]))
  for (const level of levels(target, farthest.id, region)) {
    const isEligible = ({ id }: Contact): boolean => commonPrefixLength(target, id) <= level
    for (const place of placesIn(target, level, region)) {
      const seeds = inside(members, region, farthest.id)
      await walk(kad, place, PROBES, members, asking, { seeds, disjointPaths: 1, isEligible })
    }
  }
  const gone = new Set(lookup.trace().filter(({ state }) => state !== 'answered').map(({ peer }) => peer.hex))
  const there = inside(members, region, farthest.id).filter(contact => !gone.has(contact.id.hex) && kad.silent.of(contact) !== 'silent')
  return spread(there, region)
}

/** The network's size is used only where `region` is on. */
export function placing ({ components, options: { region, replicationFactor }, size }: KadContext, target: PeerId): Placing {
  return { target, replicationFactor, networkSize: region ? size.nodes(components.clock.now()) : undefined }
}

/** A lookup that remembers everybody who was named. */
async function walk (
  kad: KadContext, target: PeerId, count: number, named: Map<string, Contact>, asking: Asking, how: Pick<LookupRun, 'seeds' | 'disjointPaths' | 'isEligible'> = {}
): Promise<Lookup> {
  const read = (_from: Contact, response: KadResponse): readonly Contact[] | undefined => {
    if (response.type !== 'found-node') return undefined
    for (const contact of kad.filter.ofReply(response.contacts.slice(0, kad.options.maxContactsPerReply))) {
      if (!contact.id.equals(kad.components.localId)) named.set(contact.id.hex, contact)
    }
    return response.contacts
  }
  return await runLookup(kad, { target, count, message: { type: 'find-node', target }, read, ...how }, asking)
}

function inside (members: ReadonlyMap<string, Contact>, region: Placing, farthest: PeerId): Contact[] {
  const { target } = region
  return [...members.values()]
    .filter(({ id }) => isCloser(target, farthest, id) && normalisedDistance(target, id) <= regionRadius(region))
    .sort((a, b) => compareDistance(target, a.id, b.id))
}

/** From that of the farthest that is known outward; deeper than one node in a half on average nobody is to be expected. */
function levels (target: PeerId, farthest: PeerId, region: Placing): number[] {
  const deepest = Math.min(commonPrefixLength(target, farthest), levelOf(1 / (region.networkSize ?? 1)))
  const outermost = levelOf(regionRadius(region))
  return Array.from({ length: Math.max(0, deepest - outermost + 1) }, (_, i) => deepest - i)
}

/** How many leading bits two ids share that are so far apart. */
function levelOf (fraction: number): number {
  let level = 0
  for (let reach = 0.5; reach > fraction; reach /= 2) level++
  return level
}

/** Where to ask for the other half at a level: at its near end, and in its middle if it may have more nodes than an answer names. */
function placesIn (target: PeerId, level: number, { networkSize = 0, replicationFactor }: Placing): PeerId[] {
  const half = otherHalf(target, level)
  let expected = networkSize
  for (let i = 0; i <= level; i++) expected /= 2
  return expected > replicationFactor / 2 ? [half, otherHalf(half, level + 1)] : [half]
}

/** The id that differs in that bit alone. */
function otherHalf (target: PeerId, bit: number): PeerId {
  const word = (i: number): number => bit >> 5 === i ? 1 << (31 - (bit & 31)) : 0
  return xor(target, peerIdFromWords(word(0), word(1), word(2), word(3), word(4)))
}

/** Nodes asked at each level: neighbours know each other well, and one of them may be silent. */
const PROBES = 3
