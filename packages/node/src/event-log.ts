import type { EclipseSuspected, QueryProgressed } from '@kadmium/interface'
import type { Logger } from '@libp2p/interface'
import type { NodeSwarm } from './node-swarm.ts'

/** Pause between two warnings, in milliseconds: who crowds around many keys is not to fill the log. */
const WARN_EVERY_MS = 60_000

/** Tells what a node does: what changes at `debug`, what passes at `trace`. Errors are told at every level. */
export function logEvents (swarm: NodeSwarm, log: Logger): void {
  swarm.addEventListener('ListenerError', ({ detail: { error } }) => log.error('%s', error.message))
  swarm.addEventListener('EclipseSuspected', warning(log))
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

function warning (log: Logger): (event: CustomEvent<EclipseSuspected>) => void {
  let lastAt = -Infinity
  let untold = 0
  return ({ detail: { key, peers, networkSize } }) => {
    const now = performance.now()
    if (now - lastAt < WARN_EVERY_MS) {
      untold++
      return
    }
    const more = untold === 0 ? '' : `, and ${untold} other keys since the last warning`
    log.error('warning: %d nodes crowd around key %s, more than a network of %d explains%s: somebody may try to hide what is stored there', peers, key, Math.round(networkSize), more)
    lastAt = now
    untold = 0
  }
}

function describe ({ id, result, stats, step }: QueryProgressed): string {
  const outcome = result.ok ? 'ok' : result.error
  return `query ${id} ${result.type} ${step.last ? 'ended' : `step ${step.count}`}: ${outcome}, ${stats.numSuccesses} of ${stats.numRequests} requests answered`
}
