/**
 * @packageDocumentation
 *
 * Carries messages of up to 64 KiB over TCP, for what exceeds a datagram: it stands beside UDP, on the same port.
 *
 * ```ts
 * import { tcp } from '@kadmium/transport-tcp'
 *
 * const transport = tcp({ listen: ['/ip4/0.0.0.0/tcp/8001', '[::]:8001'] })()
 * await transport.start({
 *   receive (bytes, from) { transport.send(bytes, from) }, // an echo server: the answer leaves by the connection it came on
 *   failed (error, to) { console.error(to?.text, error.message) }
 * })
 * ```
 */
export { readMessages } from './framing.ts'
export { tcp } from './tcp.ts'
export type { TcpInit } from './options.ts'
