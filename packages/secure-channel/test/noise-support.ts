import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { ChannelFactory, Endpoint, Identity, Output } from '@kadmium/interface'
import { seededRandom, systemNoiseCrypto } from '@kadmium/runtime'
import { noise } from '../src/index.ts'
import type { NoiseInit } from '../src/index.ts'
import type { End, EndInit } from './support.ts'
import { here, makeEnd, there } from './support.ts'

/** DER of an Ed25519 private key is a constant and the 32 bytes of the seed (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

export const noiseCrypto = systemNoiseCrypto()

/** `noise()` with its crypto, wherever the components come from. */
export function noiseChannel (init: NoiseInit = {}, crypto = noiseCrypto): ChannelFactory {
  return components => noise(init)({ ...components, crypto: { ...components.crypto, noise: crypto } })
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

export function noiseEnd (at: Endpoint, init: NoiseInit = {}, endInit: EndInit = {}): End {
  return makeEnd(noiseChannel(init), identityFrom, at, endInit)
}

export function noisePair (init: NoiseInit = {}): [End, End] {
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
