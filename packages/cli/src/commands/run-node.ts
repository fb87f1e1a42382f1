import { EXIT, UnreachableError } from '../exit-code.ts'
import type { ExitCode } from '../exit-code.ts'
import type { HostPort } from '../arguments.ts'
import { resolveAll } from '../resolve-all.ts'
import { eclipseReport } from '../report.ts'
import type { Printer, Terminal } from '../terminal.ts'
import { joinTimeoutMs, nodeConfig } from './options.ts'
import type { Options } from './options.ts'
import type { JoinResult, NodeConfig, NodeOperations } from '@kadmium/node'

/** Makes a node, does `work` with it, and stops it whatever happens. */
export async function withNode (options: Options, config: NodeConfig, terminal: Terminal, work: (node: NodeOperations) => Promise<ExitCode>): Promise<ExitCode> {
  const log = (line: string): void => { terminal.stderr.write(line) }
  const node = await terminal.createNode({ ...nodeConfig(options, log), ...config, signal: terminal.interrupted })
  try {
    return await work(node)
  } catch (error) {
    if (terminal.interrupted.aborted) return EXIT.interrupted
    throw error
  } finally {
    await node.stop()
  }
}

/** Joins through `seeds`, or through peers of an earlier run when none answers. Throws `UnreachableError` when nobody does. */
export async function connect (node: NodeOperations, seeds: readonly HostPort[], options: Options, terminal: Terminal, depth: 'contact' | 'neighbourhood'): Promise<JoinResult> {
  const timeoutMs = joinTimeoutMs(options)
  const { resolveEndpoints } = await import('@kadmium/node')
  const endpoints = await resolveAll(seeds, resolveEndpoints)
  const result = await node.join(endpoints, { timeoutMs, depth, signal: terminal.interrupted })
  if (result.reached.length > 0 || (depth === 'neighbourhood' && result.peers > 0)) return result
  terminal.interrupted.throwIfAborted()
  throw new UnreachableError(`no answer from ${endpoints.map(({ text }) => text).join(', ')} within ${timeoutMs / 1000} s`)
}

/** Programs are told as of a result; people have the node's warning. */
export function tellEclipses (node: NodeOperations, printer: Printer): void {
  if (printer.json) node.watchForEclipses(suspected => { printer.result(eclipseReport(suspected)) })
}

/** Resolves once the process was asked to end. */
export async function untilInterrupted ({ interrupted }: Terminal): Promise<void> {
  if (interrupted.aborted) return
  await new Promise<void>(resolve => { interrupted.addEventListener('abort', () => resolve(), { once: true }) })
}
