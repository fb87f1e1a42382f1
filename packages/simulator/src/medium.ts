import type { Contact, SwarmInit } from '@kadmium/interface'
import { plaintext } from '@kadmium/secure-channel'
import type { Conditions } from './conditions.ts'
import { DatagramTransport } from './datagram-transport.ts'
import type { Datagram } from './datagram-transport.ts'
import { LiteLink } from './lite-link.ts'
import type { LiteMessage } from './lite-link.ts'
import { Network } from './network.ts'
import type { NetworkComponents } from './network.ts'

/**
 * How much of a swarm is real. `wire`: all but the sockets; datagrams are encoded and pass the secure channel. `lite`:
 * messages are handed over as objects, which is several times quicker and smaller; everything above is the same code.
 */
export type Fidelity = 'wire' | 'lite'

/** What a swarm is given to send with. */
export type Below = Pick<SwarmInit, 'transports' | 'secureChannel' | 'link'>

/** A network of one fidelity, and how a node's swarm is plugged into it. */
export interface Medium extends Pick<Network<never>, 'addNode' | 'detach' | 'partition' | 'heal' | 'traffic'> {
  below (node: number, init: SwarmInit): Below
}

export interface MediumInit extends Conditions {
  readonly fidelity: Fidelity
  readonly sessionsPerNode: number
}

export function medium (init: MediumInit, components: NetworkComponents, contactOf: (node: number) => Contact): Medium {
  switch (init.fidelity) {
    case 'wire': {
      const network = new Network<Datagram>(init, components)
      return plugged(network, (node, { secureChannel = plaintext() }) => ({ transports: [() => new DatagramTransport(network, node)], secureChannel }))
    }
    case 'lite': {
      const medium = new Network<LiteMessage>(init, components)
      return plugged(medium, (node, { network = '' }) => ({ link: () => new LiteLink({ medium, node, network, contactOf, maxSessions: init.sessionsPerNode }) }))
    }
  }
}

function plugged (network: Network<never>, below: Medium['below']): Medium {
  return {
    traffic: network.traffic,
    addNode: () => network.addNode(),
    detach: node => { network.detach(node) },
    partition: groups => { network.partition(groups) },
    heal: () => { network.heal() },
    below
  }
}
