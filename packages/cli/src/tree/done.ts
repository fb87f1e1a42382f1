import type { ExitCode } from '../exit-code.ts'

/** Where a command leaves how it ended. */
export interface Done {
  code: ExitCode
}
