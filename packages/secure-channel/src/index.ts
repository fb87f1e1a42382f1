/**
 * @packageDocumentation
 *
 * The secure channel: a machine without sockets or timers between messages and datagrams. It is handed messages, datagrams
 * and the time, and answers with data: what to transmit, what arrived, whose session began or ended.
 *
 * ```ts
 * const channel = plaintext()({ identity, localId, network: 'my-network', crypto, random, clock })
 *
 * for (const output of channel.send(message, { endpoint }, { class: 'read', pad: true }, clock.now())) {
 *   if (output.type === 'transmit') socket.send(output.bytes, output.to)
 * }
 * for (const output of channel.receive(datagram, from, clock.now())) {
 *   if (output.type === 'message') console.log(output.peerKey, output.proven, output.message)
 * }
 * ```
 */
export { noise } from './noise/noise.ts'
export type { NoiseInit } from './noise/options.ts'
export { plaintext } from './plaintext.ts'
export type { PlaintextInit } from './plaintext.ts'
