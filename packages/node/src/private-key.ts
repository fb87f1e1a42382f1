import { setImmediate } from 'node:timers/promises'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { solvePuzzleWithin } from '@kadmium/peer-id'
import { systemRandom } from '@kadmium/runtime'

/** Keys tried between two looks at the signal: some 10 ms. */
const TRIES_PER_SLICE = 64

/** A fresh key that solves the network's puzzle: about 2^`difficulty` tries of 0.15 ms. Rejects when `signal` aborts. */
export async function newPrivateKey (difficulty: number, signal?: AbortSignal): Promise<Ed25519PrivateKey> {
  const random = systemRandom()
  for (;;) {
    signal?.throwIfAborted()
    const found = solvePuzzleWithin(difficulty, random, TRIES_PER_SLICE)
    if (found !== undefined) return found
    await setImmediate()
  }
}
