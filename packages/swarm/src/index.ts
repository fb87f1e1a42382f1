/**
 * @packageDocumentation
 *
 * A node: behaviours on top of requests and replies, over a secure channel and transports. It matches answers to requests,
 * repeats what is lost, proves addresses, bounds everything a stranger can make grow, and tells what happens as events.
 *
 * @example
 *
 * ```ts
 * import { bytesProtocol, createSwarm } from '@kadmium/swarm'
 * import { udp } from '@kadmium/transport-udp'
 *
 * const echo = bytesProtocol('/example/echo/1.0.0')
 * const swarm = await createSwarm({
 *   transports: [udp({ listen: ['127.0.0.1:0'] })],
 *   behaviours: {
 *     echo: components => {
 *       components.handle(echo, request => request)
 *       return { ask: (contact, bytes) => components.request(contact, echo, bytes) }
 *     }
 *   }
 * })
 * swarm.addEventListener('ConnectionEstablished', event => { console.log('connected to', event.detail.peer.hex) })
 * ```
 */
export { bytesProtocol, ping } from './protocols.ts'
export { createSwarm } from './swarm.ts'
export { defaultLimits, limitsOf } from './limits.ts'
