import { InvalidOptionError } from '@kadmium/interface'
import type { Endpoint } from '@kadmium/interface'
import { endpoint } from '@kadmium/wire'

/** First octets without private, shared, reserved, test and multicast ranges. */
const PUBLIC_OCTETS = Array.from({ length: 223 }, (_, index) => index + 1)
  .filter(octet => ![10, 100, 127, 169, 172, 192, 198, 203].includes(octet))

const MIDDLE_OCTETS = 65_536
/** Odd, so that multiplying by it permutes the middle octets: neighbours in number are none in address. */
const SPREAD = 40_503
const PORT = 4001

/**
 * Public IPv4 addresses, `nodesPerGroup` of them in each /24, so that the limits per IP group hold in simulations as they
 * do outside.
 */
export class Addresses {
  readonly #nodesPerGroup: number
  readonly #byNode: Endpoint[] = []
  readonly #byText = new Map<string, number>()

  constructor (nodesPerGroup: number) {
    if (!Number.isInteger(nodesPerGroup) || nodesPerGroup < 1 || nodesPerGroup > 254) {
      throw new InvalidOptionError('nodesPerGroup', `expected an integer from 1 to 254, got ${nodesPerGroup}`)
    }
    this.#nodesPerGroup = nodesPerGroup
  }

  /** The address of the next node. */
  add (): Endpoint {
    const node = this.#byNode.length
    const group = Math.floor(node / this.#nodesPerGroup)
    const middle = Math.floor(group / PUBLIC_OCTETS.length) * SPREAD % MIDDLE_OCTETS
    const octets = [PUBLIC_OCTETS[group % PUBLIC_OCTETS.length], middle >> 8, middle & 255, node % this.#nodesPerGroup + 1]
    const address = endpoint(octets.join('.'), PORT)
    this.#byNode.push(address)
    this.#byText.set(address.text, node)
    return address
  }

  of (node: number): Endpoint {
    return this.#byNode[node] as Endpoint
  }

  /** Whose address it is; `undefined` where nobody lives. */
  nodeAt (address: Endpoint): number | undefined {
    return this.#byText.get(address.text)
  }
}
