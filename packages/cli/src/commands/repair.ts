import { EXIT } from '../exit-code.ts'
import type { ExitCode } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'

/** Makes the store of a data folder readable again, with what can be saved of it. */
export async function repair (path: string, terminal: Terminal): Promise<ExitCode> {
  const { repairDataDirectory } = await import('@kadmium/node')
  await repairDataDirectory(path)
  terminal.stderr.write(`repaired ${path}\n`)
  return EXIT.ok
}
