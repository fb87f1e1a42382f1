import type { Endpoint } from '@kadmium/interface'
import { endpoint } from '@kadmium/wire'
import type { NatKind, NatPlace } from './node-place.ts'

const FIRST_PORT = 20_000
const LAST_PORT = 65_000
const DEFAULT_MAPPING_MS = 30_000

interface Mapping {
  readonly external: Endpoint
  /** To whom something was sent by it, and when last: hosts, or hosts with their ports. */
  readonly sentTo: Map<string, number>
  lastUsed: number
}

/**
 * An address translator with one node behind it. A datagram that leaves makes a mapping or keeps one alive; what comes back
 * is let in as its kind has it. Only what leaves keeps a mapping alive (RFC 4787, REQ-6 demands no more).
 */
export class Nat {
  readonly host: string
  readonly #kind: NatKind
  readonly #mappingMs: number
  /** By destination where it is symmetric, else one for all. */
  readonly #mappings = new Map<string, Mapping>()
  readonly #byPort = new Map<number, Mapping>()
  #nextPort = FIRST_PORT

  constructor ({ kind, mappingMs = DEFAULT_MAPPING_MS }: NatPlace, host: string) {
    this.host = host
    this.#kind = kind
    this.#mappingMs = mappingMs
  }

  /** Where a datagram to `to` seems to come from. */
  outbound (to: Endpoint, now: number): Endpoint {
    const key = this.#kind === 'symmetric' ? to.text : ''
    const known = this.#mappings.get(key)
    const mapping = known !== undefined && this.#isAlive(known, now) ? known : this.#map(key, now)
    mapping.lastUsed = now
    mapping.sentTo.set(this.#kind === 'restricted' ? to.host : to.text, now)
    return mapping.external
  }

  /** Whether a datagram from `from` to the translator's endpoint `to` reaches the node. */
  admits (to: Endpoint, from: Endpoint, now: number): boolean {
    const mapping = this.#byPort.get(to.port)
    if (mapping === undefined || !this.#isAlive(mapping, now)) return false
    if (this.#kind === 'full-cone') return true
    const sentAt = mapping.sentTo.get(this.#kind === 'restricted' ? from.host : from.text)
    return sentAt !== undefined && now - sentAt <= this.#mappingMs
  }

  #isAlive ({ lastUsed }: Mapping, now: number): boolean {
    return now - lastUsed <= this.#mappingMs
  }

  #map (key: string, now: number): Mapping {
    this.#sweep(now)
    const mapping: Mapping = { external: endpoint(this.host, this.#nextPort), sentTo: new Map(), lastUsed: now }
    this.#nextPort = this.#nextPort === LAST_PORT ? FIRST_PORT : this.#nextPort + 1
    this.#mappings.set(key, mapping)
    this.#byPort.set(mapping.external.port, mapping)
    return mapping
  }

  #sweep (now: number): void {
    for (const [key, mapping] of this.#mappings) {
      if (this.#isAlive(mapping, now)) continue
      this.#mappings.delete(key)
      this.#byPort.delete(mapping.external.port)
    }
  }
}
