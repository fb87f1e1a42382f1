import type { ChannelComponents, DhKeyPair, NoiseCrypto, Random } from '@kadmium/interface'
import { InvalidOptionError } from '@kadmium/interface'
import { equal } from './bytes.ts'
import type { PublicKeys } from './macs.ts'
import { Macs } from './macs.ts'

const SEED_BYTES = 32

/** What a node knows of itself. */
export interface Local {
  readonly crypto: NoiseCrypto
  readonly random: Random
  /** Ed25519. */
  readonly publicKey: Uint8Array
  /** The X25519 pair of the same identity. */
  readonly pair: DhKeyPair
  readonly macs: Macs
  readonly publicKeys: PublicKeys
}

export function localOf ({ identity, network, crypto, random }: ChannelComponents): Local {
  const noise = crypto.noise
  if (noise === undefined) throw new InvalidOptionError('crypto', 'noise() needs its `noise` part')
  const macs = new Macs(noise, network)
  const pair = noise.identityKeyPair(identity.privateKey.raw.subarray(0, SEED_BYTES))
  const { publicKey } = identity
  const converted = noise.toX25519(publicKey)
  if (converted === undefined || !equal(converted, pair.publicKey)) {
    throw new InvalidOptionError('identity', 'its public key does not belong to its private key')
  }
  return { crypto: noise, random, publicKey, pair, macs, publicKeys: macs.keysOf(publicKey) }
}
