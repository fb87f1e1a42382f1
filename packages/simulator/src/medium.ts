import type { Contact, SwarmInit } from '@kadmium/interface'
import { noise, plaintext } from '@kadmium/secure-channel'
import type { Conditions } from './conditions.ts'
import { DatagramTransport } from './datagram-transport.ts'
import type { Datagram } from './datagram-transport.ts'
import { LiteLink } from './lite-link.ts'
import type { LiteMessage } from './lite-link.ts'
import { Network } from './network.ts'
import type { NetworkComponents } from './network.ts'
import type { NodePlace } from './node-place.ts'
import { StreamTransport } from './stream-transport.ts'
import { Streams } from './streams.ts'

/**
 * How much of a swarm is real. `wire`: all but the sockets; messages are encoded and pass the secure channel; what exceeds a
 * datagram goes by connections. `lite`:
 * messages are handed over as objects, which is several times quicker and smaller; everything above is the same code.
 * `full`: as `wire`, and what leaves is encrypted with `noise()` where the swarm's options name no channel.
 */
export type Fidelity = 'wire' | 'lite' | 'full'

/** What a swarm is given to send with. */
export type Below = Pick<SwarmInit, 'transports' | 'secureChannel' | 'link'>

/** A network of one fidelity, and how a node's swarm is plugged into it. */
export interface Medium extends Pick<Network<never>, 'addNode' | 'detach' | 'partition' | 'heal' | 'traffic'> {
  below (node: number, init: SwarmInit, place: NodePlace): Below
}

export interface MediumInit extends Conditions {
  readonly fidelity: Fidelity
  readonly sessionsPerNode: number
}

export function medium (init: MediumInit, components: NetworkComponents, contactOf: (node: number) => Contact): Medium {
  switch (init.fidelity) {
    case 'wire':
    case 'full': {
      const network = new Network<Datagram>(init, components)
      const streams = new Streams(components, (from, to) => network.separated(from, to))
      const channel = init.fidelity === 'full' ? noise() : plaintext()
      const transports = (node: number): NonNullable<Below['transports']> =>
        [() => new DatagramTransport(network, node), () => new StreamTransport(streams, components.addresses, node)]
      const below: Medium['below'] = (node, { secureChannel = channel }) => ({ transports: transports(node), secureChannel })
      return { ...plugged(network, below), detach: node => { network.detach(node); streams.detach(node) } }
    }
    case 'lite': {
      const medium = new Network<LiteMessage>(init, components)
      return plugged(medium, (node, { network = '' }, { twist }) => ({
        link: () => new LiteLink({ medium, node, network, contactOf, maxSessions: init.sessionsPerNode, twist })
      }))
    }
  }
}

function plugged (network: Network<never>, below: Medium['below']): Medium {
  return {
    traffic: network.traffic,
    addNode: place => network.addNode(place),
    detach: node => { network.detach(node) },
    partition: groups => { network.partition(groups) },
    heal: () => { network.heal() },
    below
  }
}
