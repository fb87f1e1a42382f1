import type { QueryProgressed } from '@kadmium/interface'
import type { Logger } from '@libp2p/interface'
import type { NodeSwarm } from './node-swarm.ts'

/** Tells what a node does: what changes at `debug`, what passes at `trace`. Errors are told at every level. */
export function logEvents (swarm: NodeSwarm, log: Logger): void {
  swarm.addEventListener('ListenerError', ({ detail: { error } }) => log.error('%s', error.message))
  if (!log.enabled) return
  swarm.addEventListener('NewListenAddr', ({ detail: { address } }) => log('listens at %s', address))
  swarm.addEventListener('ModeChanged', ({ detail: { newMode } }) => log('is a %s now', newMode))
  swarm.addEventListener('ConnectionEstablished', ({ detail: { peer, address } }) => log('knows that %s is at %s', peer, address))
  swarm.addEventListener('OutgoingConnectionError', ({ detail: { error } }) => log('%s', error.message))
  swarm.addEventListener('RoutingUpdated', ({ detail: { peer, change } }) => log('routing table: %s %s', change, peer))
  swarm.addEventListener('QueryProgressed', ({ detail }) => {
    if (detail.step.last) log('%s', describe(detail))
    else log.trace('%s', describe(detail))
  })
  swarm.addEventListener('InboundRequest', ({ detail: { peer, request } }) => log.trace('%s from %s', request.type, peer))
}

function describe ({ id, result, stats, step }: QueryProgressed): string {
  const outcome = result.ok ? 'ok' : result.error
  return `query ${id} ${result.type} ${step.last ? 'ended' : `step ${step.count}`}: ${outcome}, ${stats.numSuccesses} of ${stats.numRequests} requests answered`
}
