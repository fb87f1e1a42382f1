/**
 * @packageDocumentation
 *
 * Batteries included: from a configuration to a running node.
 *
 * ```ts
 * import { createNode, resolveEndpoints } from '@kadmium/node'
 *
 * const node = await createNode({ port: 8001 })
 * await node.join(await resolveEndpoints({ host: 'seed.example.org', port: 8001 }))
 * const utf8 = new TextEncoder()
 * const { storedOn } = await node.put(utf8.encode('hello'), utf8.encode('world'))
 * const { value } = await node.get(utf8.encode('hello'))
 * await node.stop()
 * ```
 *
 * What its verbs do not cover is in `node.swarm`, a `Swarm` with the behaviour `kad`.
 */
export { CHANNEL_NAMES } from './channels.ts'
export type { ChannelName } from './channels.ts'
export type { NodeConfig } from './config.ts'
export { DataDirectoryError, repairDataDirectory } from './data-directory.ts'
export { KeyFileError, configDirectory, keyText, loadPublisherKey, readKeyFile, stateDirectory, writeKeyFile } from './key-file.ts'
export type { LoadedKey } from './key-file.ts'
export { LOG_LEVELS, componentLogger } from './logger.ts'
export type { LogLevel } from './logger.ts'
export { createNode } from './node.ts'
export type { KadmiumNode } from './node.ts'
export type { NodeSwarm } from './node-swarm.ts'
export type * from './operations.ts'
export { newPrivateKey } from './private-key.ts'
export { ResolveError, resolveEndpoints, resolveHost } from './resolve.ts'
export { difficultyOf, keyId, peerIdFromHex, peerIdFromKey, peerIdFromPublicKey } from '@kadmium/peer-id'
export { endpoint, parseEndpoint } from '@kadmium/wire'
export type { HostPort } from '@kadmium/wire'
