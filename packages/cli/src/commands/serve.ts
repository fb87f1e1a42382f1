import { EXIT } from '../exit-code.ts'
import type { ExitCode } from '../exit-code.ts'
import type { HostPort } from '../arguments.ts'
import { joinReport, listeningReport } from '../report.ts'
import { Printer } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import type { Options } from './options.ts'
import { connect, tellEclipses, untilInterrupted, withNode } from './run-node.ts'
import type { NodeOperations } from '@kadmium/node'

/** `bootstrap` and `join`: a node that serves until it is told to leave. */
export async function serve (seeds: readonly HostPort[], options: Options, terminal: Terminal): Promise<ExitCode> {
  const printer = new Printer(terminal, options)
  const { host, port, defaultPort } = options
  const config = { mode: 'server', ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }), ...(defaultPort === undefined ? {} : { defaultPort }) } as const
  const code = await withNode(options, config, terminal, async node => await serveWith(node, seeds, options, terminal, printer))
  if (code !== EXIT.interrupted) return code
  printer.narrate('left the network')
  return EXIT.ok
}

async function serveWith (node: NodeOperations, seeds: readonly HostPort[], options: Options, terminal: Terminal, printer: Printer): Promise<ExitCode> {
  printer.result(listeningReport(node))
  tellEclipses(node, printer)
  if (seeds.length > 0) printer.result(joinReport(await connect(node, seeds, options, terminal, 'neighbourhood')))
  await untilInterrupted(terminal)
  return EXIT.interrupted
}
