import { refused } from './refusals.ts'
import type { RefusedPut } from './refusals.ts'

/** What to tell the sender of a record that could not be written. */
export function writeFailure (error: unknown): RefusedPut {
  return refused(isDiskFull(error) ? 'disk-full' : 'store-failed')
}

/** Datastores wrap what the system says, some in words only: LevelDB writes out what POSIX calls `ENOSPC` and `EDQUOT`. */
export function isDiskFull (error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  return code === 'ENOSPC' || code === 'EDQUOT' || /no space left on device|disk quota exceeded|ENOSPC/i.test(error.message) || isDiskFull(error.cause)
}
