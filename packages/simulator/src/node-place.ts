import type { Envelope } from '@kadmium/interface'

/** The four ways in which address translators treat strangers, in the words of RFC 3489, section 5. */
export type NatKind = 'full-cone' | 'restricted' | 'port-restricted' | 'symmetric'

export interface NatPlace {
  readonly kind: NatKind
  /** A mapping that nothing left by for so long is gone, in milliseconds. Default 30,000. */
  readonly mappingMs?: number
}

/** Where and how a node is connected. */
export interface NodePlace {
  /** Which addresses it has. Default `ipv4`. */
  readonly stack?: 'ipv4' | 'ipv6' | 'dual'
  /** What its IPv4 address is behind. Default: nothing. */
  readonly nat?: NatPlace
  /** How far its wall clock is wrong, in milliseconds. Default 0. */
  readonly clockSkewMs?: number
  /** Nodes with equal groups share a /24 (a /56), up to 254 of them. Default: `nodesPerGroup` of the simulator decides. */
  readonly group?: string
  /** Nodes with equal hosts share one public address, each with a port of its own: the many identities of one machine. */
  readonly host?: string
  /** What becomes of the envelopes that it sends: for nodes that lie. Only in `lite`. */
  readonly twist?: (envelope: Envelope) => Envelope
}
