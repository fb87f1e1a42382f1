/**
 * @packageDocumentation
 *
 * The contracts of Kadmium: types, event maps and error classes that every other package shares. It holds no logic. Read
 * it on one sitting and you know the system: `swarm.ts` composes, `behaviour.ts` is what an application plugs in, `link.ts`,
 * `channel.ts` and `transport.ts` are the way of a message down to a socket.
 */
export * from './behaviour.ts'
export * from './channel.ts'
export * from './compressor.ts'
export * from './crypto.ts'
export * from './endpoint.ts'
export * from './errors.ts'
export * from './events.ts'
export * from './link.ts'
export * from './noise-crypto.ts'
export * from './peer-id.ts'
export * from './protocol.ts'
export * from './query.ts'
export * from './record.ts'
export * from './refusal.ts'
export * from './swarm.ts'
export * from './time.ts'
export * from './transport.ts'
