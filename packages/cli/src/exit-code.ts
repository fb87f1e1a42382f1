/** What every command tells its caller; scripts rely on these. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notFound: 3, unreachable: 4, interrupted: 130 } as const
export type ExitCode = number

/** A command line, or what a file it names holds, is not what it must be. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** None of the addresses given answers. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

/** By the name of the class, since an error may come from another copy of its package. */
const codesByName: Readonly<Record<string, ExitCode>> = {
  UsageError: EXIT.usage,
  InvalidOptionError: EXIT.usage,
  UnsupportedKeyTypeError: EXIT.usage,
  DifficultyError: EXIT.usage,
  UnreachableError: EXIT.unreachable,
  ResolveError: EXIT.unreachable,
  DialError: EXIT.unreachable,
  NoKnownPeersError: EXIT.unreachable
}

export function exitCodeOf (error: unknown): ExitCode {
  return error instanceof Error ? codesByName[error.name] ?? EXIT.failed : EXIT.failed
}

/** One line, whatever the error says. */
export function messageOf (error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/\s*\n\s*/g, ' ').trim()
}
