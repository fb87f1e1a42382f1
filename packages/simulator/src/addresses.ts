import { InvalidOptionError } from '@kadmium/interface'
import type { Endpoint } from '@kadmium/interface'
import { endpoint } from '@kadmium/wire'
import { Nat } from './nat.ts'
import type { NodePlace } from './node-place.ts'

/** First octets without private, shared, reserved, test and multicast ranges. */
const PUBLIC_OCTETS = Array.from({ length: 223 }, (_, index) => index + 1)
  .filter(octet => ![10, 100, 127, 169, 172, 192, 198, 203].includes(octet))

const MIDDLE_OCTETS = 65_536
/** Odd, so that multiplying by it permutes the middle octets: neighbours in number are none in address. */
const SPREAD = 40_503
const PORT = 4001
const HOSTS_PER_GROUP = 254

interface Group {
  readonly number: number
  hosts: number
}

/**
 * Public addresses, `nodesPerGroup` of them in each /24 and /56, so that the limits per IP group hold in simulations as
 * they do outside; and the translators of nodes that have private ones.
 */
export class Addresses {
  readonly #nodesPerGroup: number
  readonly #byNode: Array<readonly Endpoint[]> = []
  readonly #nats: Array<Nat | undefined> = []
  readonly #byText = new Map<string, number>()
  readonly #natsByHost = new Map<string, number>()
  readonly #named = new Map<string, Group>()
  readonly #hosts = new Map<string, { readonly address: string, ports: number }>()
  #open: Group | undefined
  #groups = 0

  constructor (nodesPerGroup: number) {
    if (!Number.isInteger(nodesPerGroup) || nodesPerGroup < 1 || nodesPerGroup > HOSTS_PER_GROUP) {
      throw new InvalidOptionError('nodesPerGroup', `expected an integer from 1 to ${HOSTS_PER_GROUP}, got ${nodesPerGroup}`)
    }
    this.#nodesPerGroup = nodesPerGroup
  }

  /** Gives the next node its addresses; returns those that it listens on. */
  add ({ stack = 'ipv4', nat, group: name, host: machine }: NodePlace = {}): readonly Endpoint[] {
    const node = this.#byNode.length
    if (machine !== undefined) return this.#addPort(node, machine)
    const group = name === undefined ? this.#nextGroup() : this.#groupNamed(name)
    const host = ++group.hosts
    const addresses = [
      ...(stack === 'ipv6' ? [] : [endpoint(nat === undefined ? publicIpv4(group.number, host) : privateIpv4(node), PORT)]),
      ...(stack === 'ipv4' ? [] : [endpoint(`2a00:${(group.number >> 16).toString(16)}:${(group.number & 0xffff).toString(16)}::${host.toString(16)}`, PORT)])
    ]
    const box = nat === undefined || stack === 'ipv6' ? undefined : new Nat(nat, publicIpv4(group.number, host))
    this.#byNode.push(addresses)
    this.#nats.push(box)
    for (const address of addresses) {
      if (address.family === 6 || box === undefined) this.#byText.set(address.text, node)
    }
    if (box !== undefined) this.#natsByHost.set(box.host, node)
    return addresses
  }

  /** What a node listens on: IPv4 first. */
  allOf (node: number): readonly Endpoint[] {
    return this.#byNode[node] as readonly Endpoint[]
  }

  of (node: number, family: 4 | 6): Endpoint | undefined {
    const [first, second] = this.allOf(node)
    return first?.family === family ? first : second
  }

  natOf (node: number): Nat | undefined {
    return this.#nats[node]
  }

  /** Whose address it is, or whose translator's; `undefined` where nobody lives. */
  nodeAt (address: Endpoint): number | undefined {
    return this.#byText.get(address.text) ?? (this.#natsByHost.size > 0 ? this.#natsByHost.get(address.host) : undefined)
  }

  #addPort (node: number, machine: string): readonly Endpoint[] {
    const host = this.#hosts.get(machine) ?? { address: publicIpv4(this.#groups++, 1), ports: 0 }
    this.#hosts.set(machine, host)
    const address = endpoint(host.address, PORT + host.ports++)
    this.#byNode.push([address])
    this.#nats.push(undefined)
    this.#byText.set(address.text, node)
    return [address]
  }

  #nextGroup (): Group {
    if (this.#open === undefined || this.#open.hosts >= this.#nodesPerGroup) this.#open = { number: this.#groups++, hosts: 0 }
    return this.#open
  }

  #groupNamed (name: string): Group {
    const known = this.#named.get(name)
    if (known !== undefined && known.hosts < HOSTS_PER_GROUP) return known
    const group = { number: this.#groups++, hosts: 0 }
    this.#named.set(name, group)
    return group
  }
}

function publicIpv4 (group: number, host: number): string {
  const middle = Math.floor(group / PUBLIC_OCTETS.length) * SPREAD % MIDDLE_OCTETS
  return [PUBLIC_OCTETS[group % PUBLIC_OCTETS.length], middle >> 8, middle & 255, host].join('.')
}

function privateIpv4 (node: number): string {
  return `10.${(node >> 16) & 255}.${(node >> 8) & 255}.${node & 255}`
}
