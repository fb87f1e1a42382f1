import type { BehaviourFactories, Clock, Crypto, Random, Swarm, SwarmEventDetails, SwarmInit } from '@kadmium/interface'
import { createSwarm } from '@kadmium/swarm'
import type { Below } from './medium.ts'

/** What a simulation puts in place of the ambient parts of a swarm. */
export interface Ambience {
  readonly privateKey: NonNullable<SwarmInit['privateKey']>
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
}

/** Hears every event of a swarm. */
export type Witness = <K extends keyof SwarmEventDetails>(type: K, detail: SwarmEventDetails[K]) => void

/**
 * Makes a swarm of a user's own options: only its surroundings are others. The witness hears events from the very first
 * on, so the swarm is started only after it listens.
 */
export async function bringUp<F extends BehaviourFactories> (
  init: SwarmInit<F>, ambience: Ambience, below: Below, witness: Witness | undefined
): Promise<Swarm<F>> {
  const { transports: _sockets, link: _link, ...options } = init
  const swarm = await createSwarm<F>({ logger: SILENT, ...options, ...ambience, ...below, start: false })
  if (witness !== undefined) listen(swarm, witness)
  if (init.start !== false) await swarm.start()
  return swarm
}

type Logger = ReturnType<NonNullable<SwarmInit['logger']>['forComponent']>

/** One for all nodes, since the default one weighs 2 kB for each of them. Who wants to read logs gives a logger. */
const silence: Logger = Object.assign(() => {}, { error: () => {}, trace: () => {}, enabled: false, newScope: () => silence })
const SILENT: NonNullable<SwarmInit['logger']> = { forComponent: () => silence }

function listen (swarm: Swarm, witness: Witness): void {
  for (const type of EVENT_TYPES) {
    swarm.addEventListener(type, event => { witness(type, (event as CustomEvent<SwarmEventDetails[typeof type]>).detail) })
  }
}

const EVENT_TYPES = Object.keys({
  NewListenAddr: true,
  ExpiredListenAddr: true,
  ListenerError: true,
  NewExternalAddrCandidate: true,
  ExternalAddrConfirmed: true,
  ExternalAddrExpired: true,
  ConnectionEstablished: true,
  ConnectionClosed: true,
  OutgoingConnectionError: true,
  RoutingUpdated: true,
  UnroutablePeer: true,
  RoutablePeer: true,
  PendingRoutablePeer: true,
  ModeChanged: true,
  InboundRequest: true,
  QueryProgressed: true,
  EclipseSuspected: true,
  Identified: true,
  Message: true
} satisfies Record<keyof SwarmEventDetails, true>) as Array<keyof SwarmEventDetails>
