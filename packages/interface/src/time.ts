/**
 * Time and randomness as arguments. Whoever holds a `Clock` and a `Random` can be run on a virtual clock and a seed, and
 * then repeats itself event for event.
 */

/** A pending timer; only the clock that made it can read it. */
export type Timer = object

export interface Clock {
  /** Monotonic milliseconds from an arbitrary origin. Never steps back. */
  now (): number
  /** Milliseconds since the Unix epoch; may be wrong and may step. Only for what people or other nodes read. */
  wallNow (): number
  /** Calls back once after `delayMs` milliseconds. Does not keep a process alive. */
  setTimeout (callback: () => void, delayMs: number): Timer
  clearTimeout (timer: Timer): void
}

export interface Random {
  /** `length` bytes, a fresh array. */
  bytes (length: number): Uint8Array
  /** A uniform integer, `0 <= n < limit`; `limit` is 1 to 2^32. */
  below (limit: number): number
  /** A uniform number, `0 <= x < 1`, with 32 bits of resolution at least. */
  float (): number
}
