import { join } from 'node:path'
import type { NodeOperations } from '@kadmium/node'
import { EXIT } from '../exit-code.ts'
import type { ExitCode } from '../exit-code.ts'
import { joinReport } from '../report.ts'
import { Printer } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import { joinTimeoutMs } from './options.ts'
import type { Options } from './options.ts'
import { connect, tellEclipses, withNode } from './run-node.ts'

/** A full server node with a prompt; with a pipe instead of a terminal, the same lines without one. */
export async function shell (options: Options, terminal: Terminal): Promise<ExitCode> {
  const printer = new Printer(terminal, options)
  const { host, port, bootstrap = [] } = options
  const config = { mode: 'server', ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) } as const
  const code = await withNode(options, config, terminal, async node => {
    printer.narrate(`node ${node.id.hex} at ${node.addresses.map(({ text }) => text).join(' ')}`)
    tellEclipses(node, printer)
    if (bootstrap.length > 0) printer.narrate(joinReport(await connect(node, bootstrap, options, terminal, 'neighbourhood')).text)
    return await runShell(node, options, terminal, printer)
  })
  return code === EXIT.interrupted ? EXIT.ok : code
}

export async function runShell (node: NodeOperations, options: Options, terminal: Terminal, printer: Printer): Promise<ExitCode> {
  const [names, { ShellSession }] = await Promise.all([import('@kadmium/node'), import('../shell/session.ts')])
  const { quorum } = options
  const session = new ShellSession(node, printer, names, { joinTimeoutMs: joinTimeoutMs(options), ...(quorum === undefined ? {} : { quorum }) })
  if (!isInteractive(terminal)) {
    const { runPiped } = await import('../shell/piped.ts')
    return await runPiped(session, printer, terminal)
  }
  const { runInteractive } = await import('../shell/interactive.ts')
  printer.narrate('help lists the commands, ctrl-d leaves')
  return await runInteractive(session, terminal, join(names.stateDirectory(), 'shell-history'))
}

/** A prompt needs a person on both ends. */
export function isInteractive ({ stdin, stdout }: Terminal): boolean {
  return stdin.isTTY === true && stdout.isTTY === true
}
