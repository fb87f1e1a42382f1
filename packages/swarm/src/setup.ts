import type { Clock, Crypto, Identity, NetworkProfile, Random, SwarmInit } from '@kadmium/interface'
import { DifficultyError, InvalidOptionError } from '@kadmium/interface'
import { ID_BITS, createIdentity, difficultyOf, generatePrivateKey, solvePuzzle } from '@kadmium/peer-id'
import { systemClock, systemCrypto, systemRandom } from '@kadmium/runtime'
import type { ComponentLogger } from '@libp2p/interface'
import { defaultLogger } from '@libp2p/logger'
import { checkName } from './check-option.ts'

/** What a swarm is made with, complete and checked. */
export interface Setup {
  readonly identity: Identity
  readonly network: string
  readonly difficulty: number
  readonly profile: NetworkProfile
  /** Known to nobody else, and the same for one key, so that no randomness is spent on it. */
  readonly rateLimitSeed: number
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly logger: ComponentLogger
}

const DEFAULT_NETWORK = 'kadmium'
const MAX_NETWORK_BYTES = 64
const PROFILES: readonly NetworkProfile[] = ['public', 'private']
const RATE_LIMIT_LABEL = new TextEncoder().encode('kadmium rate limit v1')

export function setupOf (init: Omit<SwarmInit, 'behaviours'>): Setup {
  const { network = DEFAULT_NETWORK, difficulty = 0, profile = 'private' } = init
  checkName('network', network, MAX_NETWORK_BYTES)
  if (!Number.isInteger(difficulty) || difficulty < 0 || difficulty > ID_BITS) {
    throw new InvalidOptionError('difficulty', `expected an integer from 0 to ${ID_BITS}, got ${difficulty}`)
  }
  if (!PROFILES.includes(profile)) throw new InvalidOptionError('profile', `expected ${PROFILES.join(' or ')}, got ${String(profile)}`)
  const random = init.random ?? systemRandom()
  const crypto = init.crypto ?? systemCrypto()
  const identity = identityOf(init, difficulty, random, crypto)
  return {
    identity,
    network,
    difficulty,
    profile,
    rateLimitSeed: seedOf(identity, crypto),
    clock: init.clock ?? systemClock(),
    random,
    crypto,
    logger: init.logger ?? defaultLogger()
  }
}

function identityOf ({ privateKey }: Pick<SwarmInit, 'privateKey'>, difficulty: number, random: Random, crypto: Crypto): Identity {
  if (privateKey === undefined) {
    return createIdentity(difficulty === 0 ? generatePrivateKey(random) : solvePuzzle(difficulty, random), crypto)
  }
  const identity = createIdentity(privateKey, crypto)
  const actual = difficultyOf(identity.publicKey)
  if (actual < difficulty) throw new DifficultyError(difficulty, actual)
  return identity
}

function seedOf ({ privateKey }: Identity, crypto: Crypto): number {
  const [a = 0, b = 0, c = 0, d = 0] = crypto.hmacSha256(privateKey.raw, RATE_LIMIT_LABEL)
  return a << 24 | b << 16 | c << 8 | d
}
