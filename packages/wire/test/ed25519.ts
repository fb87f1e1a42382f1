/** Keys for tests: the key whose seed is 32 times one byte. */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto'

const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex')

export interface TestKey {
  readonly seed: Uint8Array
  readonly publicKey: Uint8Array
  sign (message: Uint8Array): Uint8Array
}

export function testKey (byte: number): TestKey {
  const seed = new Uint8Array(32).fill(byte)
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' })
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' })
  return { seed, publicKey: new Uint8Array(Buffer.from(x, 'base64url')), sign: message => new Uint8Array(sign(null, message, key)) }
}
