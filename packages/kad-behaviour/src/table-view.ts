/** The routing table as applications see it. */
import { bucketRange } from '@kadmium/peer-id'
import type { PeerId, PeerInfo } from '@kadmium/interface'
import type { BucketView } from '@kadmium/routing-table'
import { peerInfo } from './contacts.ts'

/** A peer of the routing table. Times are monotonic milliseconds. */
export interface TablePeer extends PeerInfo {
  readonly lastSeen: number
  readonly addedAt: number
  readonly rttMs: number | undefined
  readonly failures: number
}

export interface KBucket {
  /** Leading bits that its peers share with this node: 0 is the farthest half of the key space. */
  readonly index: number
  /** The smallest and the largest distance that it holds, inclusive. */
  readonly range: readonly [PeerId, PeerId]
  /** Least recently seen first. */
  readonly peers: readonly TablePeer[]
  /** Peers that wait for a place. */
  readonly waiting: number
}

export function kbucket ({ index, entries, replacements }: BucketView): KBucket {
  return {
    index,
    range: bucketRange(index),
    peers: entries.map(({ contact, ...known }) => ({ ...peerInfo(contact), ...known })),
    waiting: replacements.length
  }
}
