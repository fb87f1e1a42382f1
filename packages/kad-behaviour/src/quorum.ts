import { InvalidOptionError } from '@kadmium/interface'
import type { Quorum } from '@kadmium/interface'

/**
 * How many of `holders` must have acknowledged. `holders` is min(replicationFactor, peers found), so that `all` can be
 * reached in a network of five, and `majority` in a network of three, one of which is oneself, means two.
 */
export function quorumOf (quorum: Quorum, holders: number): number {
  switch (quorum) {
    case 'one': return Math.min(1, holders)
    case 'majority': return holders === 0 ? 0 : Math.floor(holders / 2) + 1
    case 'all': return holders
    default: return Math.min(quorum, holders)
  }
}

export function checkQuorum (option: string, quorum: Quorum): Quorum {
  if (quorum === 'one' || quorum === 'majority' || quorum === 'all') return quorum
  if (Number.isInteger(quorum) && quorum >= 1) return quorum
  throw new InvalidOptionError(option, `expected 'one', 'majority', 'all' or a whole number from 1, got ${JSON.stringify(quorum)}`)
}
