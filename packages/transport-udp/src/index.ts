/**
 * @packageDocumentation
 *
 * Binds, sends and receives UDP datagrams on IPv4 and IPv6, nothing else.
 *
 * ```ts
 * import { udp } from '@kadmium/transport-udp'
 *
 * const transport = udp({ listen: ['/ip4/0.0.0.0/udp/8001', '[::]:8001'] })()
 * await transport.start({
 *   receive (bytes, from) { transport.send(bytes, from) }, // an echo server
 *   failed (error) { console.error(error.message) }
 * })
 * ```
 */
export { udp } from './udp.ts'
export type { UdpInit } from './udp.ts'
