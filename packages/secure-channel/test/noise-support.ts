import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { ChannelFactory, Endpoint, Identity, NetworkProfile, Output } from '@kadmium/interface'
import { seededRandom, systemNoiseCrypto } from '@kadmium/runtime'
import { noise } from '../src/index.ts'
import type { NoiseInit } from '../src/index.ts'
import type { End } from './support.ts'
import { crypto, here, there } from './support.ts'

/** DER of an Ed25519 private key is a constant and the 32 bytes of the seed (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

export const noiseCrypto = systemNoiseCrypto()

/** `noise()` with its crypto, wherever the components come from. */
export function noiseChannel (init: NoiseInit = {}, provider = noiseCrypto): ChannelFactory {
  return components => noise(init)({ ...components, crypto: { ...components.crypto, noise: provider } })
}

export function identityOf (secret: Uint8Array): Identity {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, secret]), format: 'der', type: 'pkcs8' })
  const publicKey = Uint8Array.from(Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x as string, 'base64url'))
  const raw = new Uint8Array([...secret, ...publicKey])
  return { publicKey, privateKey: { type: 'Ed25519', raw } } as unknown as Identity
}

export function identityFrom (seed: string): Identity {
  return identityOf(seededRandom(`identity ${seed}`).bytes(32))
}

/** An end whose identity is known, so that it can start again with the same one. */
export interface NoiseEnd extends End {
  readonly identity: Identity
  readonly init: NoiseInit
  readonly network: string
}

let made = 0

export function noiseEnd (at: Endpoint, init: NoiseInit = {}, { network = 'test', identity = identityFrom(`end ${made}`), profile = 'private' as NetworkProfile } = {}): NoiseEnd {
  const components = { identity, localId: identity.peerId, network, profile, crypto, random: seededRandom(`noise ${made++}`), clock: { now: () => 0 } }
  return { channel: noiseChannel(init)(components), key: identity.publicKey, at, outputs: [], identity, init, network }
}

/** The same node after it lost all that it knew. */
export function restarted ({ at, init, network, identity }: NoiseEnd): NoiseEnd {
  return noiseEnd(at, init, { network, identity })
}

export function noisePair (init: NoiseInit = {}): [NoiseEnd, NoiseEnd] {
  return [noiseEnd(here, init), noiseEnd(there, init)]
}

/** The datagrams among `outputs`. */
export function sent (outputs: readonly Output[]): Uint8Array[] {
  return outputs.flatMap(output => output.type === 'transmit' ? [output.bytes] : [])
}

/** The one datagram among `outputs`. */
export function datagram (outputs: readonly Output[]): Uint8Array {
  const [only, ...others] = sent(outputs)
  if (only === undefined || others.length > 0) throw new Error(`expected one datagram, got ${sent(outputs).length}`)
  return only
}

export function reasons (outputs: readonly Output[]): string[] {
  return outputs.flatMap(output => output.type === 'dropped' ? [output.reason] : [])
}

/** Different each time: equal requests are retries. */
export function request (number: number, length = 10): Uint8Array {
  const bytes = new Uint8Array(length)
  new DataView(bytes.buffer).setUint32(0, number)
  return bytes
}
