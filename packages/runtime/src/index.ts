/**
 * @packageDocumentation
 *
 * The only home of ambient things: the system's clock, secure randomness and crypto; and their virtual twins, with which
 * the same program runs in virtual time from a seed and repeats itself event for event.
 *
 * ```ts
 * import { VirtualClock, runUntil, seededRandom } from '@kadmium/runtime'
 *
 * const clock = new VirtualClock()
 * const random = seededRandom('a seed')
 * clock.setTimeout(() => { console.log('at', clock.now(), 'rolled', random.below(6) + 1) }, 3_600_000)
 * await runUntil(clock, 7_200_000) // returns at once: the two hours are virtual
 * ```
 */
export * from './clock.ts'
export * from './compressor.ts'
export * from './crypto.ts'
export * from './noise-crypto.ts'
export * from './random.ts'
export * from './run-until.ts'
export * from './seeded-random.ts'
export * from './virtual-clock.ts'
