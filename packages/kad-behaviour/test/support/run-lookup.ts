import type { Contact, PeerId, Random } from '@kadmium/interface'
import { Lookup } from '../../src/lookup.ts'
import type { LookupInit } from '../../src/lookup.ts'
import { contactOf, idNear, nearest } from './perfect-network.ts'
import type { PerfectNetwork, SimulatedNode } from './perfect-network.ts'

/** What bad nodes do: nothing; name the bad nodes nearest the target; name contacts nearer than anyone, who do not exist. */
export type Attack = 'silent' | 'colluding' | 'garbage'

export interface LookupRun {
  readonly lookup: Lookup
  readonly endMs: number
  /** When the nearest node, or `wanted`, was first heard of; undefined when it never was. */
  readonly heardMs: number | undefined
}

export interface RunInit {
  readonly network: PerfectNetwork
  readonly from: SimulatedNode
  readonly target: PeerId
  readonly random: Random
  readonly options: Omit<LookupInit, 'target' | 'localId' | 'seeds'>
  readonly attack?: Attack
  /** Whether the round trips of seeds are known, and bad nodes answer at once. Default: they are not. */
  readonly measured?: 'honest' | 'bad are fast'
  /** After how many milliseconds a try counts as slow and as failed. */
  readonly timeouts?: { readonly slowMs?: number, readonly failedMs: number }
}

type Happening = { at: number, order: number, run: () => void }

/** Runs one lookup in virtual time, with a queue in place of a clock: each request ends by one function call. */
export function runLookup (init: RunInit): LookupRun {
  const { network, from, target, options, timeouts = { failedMs: 500 } } = init
  const costOf = ({ id }: Contact): number | undefined => {
    const node = network.get(id)!
    if (init.measured === undefined) return undefined
    return init.measured === 'bad are fast' && node.bad ? 0 : network.roundTripMs(from, node)
  }
  const lookup = new Lookup({ ...options, target, localId: from.contact.id, seeds: network.closest(from, target), costOf })
  const wanted = network.get(target)?.contact.id ?? network.trueClosest(target, 1, node => node !== from)[0]!.id
  const colluders = init.attack === 'colluding' ? nearest(network.bad.map(bad => bad.contact), target, options.k) : []
  const queue: Happening[] = []
  let now = 0
  let order = 0
  let heardMs: number | undefined

  const later = (delayMs: number, run: () => void): void => {
    const happening = { at: now + delayMs, order: order++, run }
    const place = queue.findLastIndex(other => other.at <= happening.at)
    queue.splice(place + 1, 0, happening)
  }
  const ask = (contact: Contact): void => {
    const node = network.get(contact.id)
    if (node === undefined || (node.bad && init.attack === 'silent')) {
      if (timeouts.slowMs !== undefined) later(timeouts.slowMs, () => { lookup.slow(contact.id, now) })
      later(timeouts.failedMs, () => { lookup.failed(contact.id, now) })
    } else {
      later(network.roundTripMs(from, node), () => { lookup.answered(contact.id, answerOf(node, init, colluders), now) })
    }
  }
  const advance = (): void => {
    if (heardMs === undefined && lookup.hops(wanted) !== undefined) heardMs = now
    for (const contact of lookup.next(now)) ask(contact)
  }

  advance()
  while (!lookup.done) {
    const happening = queue.shift()
    if (happening === undefined) throw new Error('the lookup waits for nobody and does not end')
    now = happening.at
    happening.run()
    advance()
  }
  return { lookup, endMs: now, heardMs }
}

function answerOf (node: SimulatedNode, { network, target, attack, random, options: { k } }: RunInit, colluders: Contact[]): Contact[] {
  switch (node.bad ? attack : undefined) {
    case 'colluding': return colluders
    case 'garbage': return Array.from({ length: k }, () => contactOf(idNear(target, 24, random)))
    case 'silent': throw new Error('a silent node does not answer')
    case undefined: return network.closest(node, target)
  }
}
