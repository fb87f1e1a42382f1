/** Who signs in these tests, and what with. */
import type { Identity } from '@kadmium/interface'
import { createIdentity, privateKeyFromBytes } from '@kadmium/peer-id'
import { systemCrypto } from '@kadmium/runtime'

export const crypto = systemCrypto()
export const alice = person(3)
export const bob = person(4)

export function person (byte: number): Identity {
  return createIdentity(privateKeyFromBytes(new Uint8Array(32).fill(byte)), crypto)
}

export function bytes (text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
