/** Being found by a name, and finding who is. */
import type { NodeOperations } from '@kadmium/node'
import { EXIT, messageOf } from '../exit-code.ts'
import type { ExitCode } from '../exit-code.ts'
import { advertisedReport, joinReport, listeningReport, peerReport } from '../report.ts'
import { Printer } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import { asClient } from './one-shot.ts'
import type { Options } from './options.ts'
import { connect, untilInterrupted, withNode } from './run-node.ts'

/** A node that serves and says where it is until it is told to leave; then it takes that back. */
export async function advertise (namespace: string, options: Options, terminal: Terminal): Promise<ExitCode> {
  const printer = new Printer(terminal, options)
  const { host, port, bootstrap = [] } = options
  const config = { mode: 'server', ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) } as const
  const code = await withNode(options, config, terminal, async node => {
    printer.result(listeningReport(node))
    if (bootstrap.length > 0) printer.result(joinReport(await connect(node, bootstrap, options, terminal, 'neighbourhood')))
    await advertiseWith(node, namespace, options, terminal, printer)
    await untilInterrupted(terminal)
    await withdraw(node, namespace, printer)
    return EXIT.interrupted
  })
  return code === EXIT.interrupted ? EXIT.ok : code
}

/** When nobody acknowledges at first, the node goes on trying. */
async function advertiseWith (node: NodeOperations, namespace: string, { ttl, payload }: Options, terminal: Terminal, printer: Printer): Promise<void> {
  const how = { ...(ttl === undefined ? {} : { ttlMs: ttl }), ...(payload === undefined ? {} : { payload: new TextEncoder().encode(payload) }) }
  try {
    printer.result(advertisedReport(namespace, await node.advertise(namespace, how)))
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'QuorumFailedError') throw error
    printer.problem(`nobody has acknowledged yet, still trying: ${messageOf(error)}`)
  }
}

/** Nobody minds when it fails: what is not taken back ends by itself. */
async function withdraw (node: NodeOperations, namespace: string, printer: Printer): Promise<void> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), WITHDRAW_MS)
  try {
    await node.withdraw(namespace, { signal: late.signal })
    printer.narrate(`no longer advertised under ${namespace}`)
  } catch {
    printer.narrate(`still listed under ${namespace} until the advertisement ends`)
  } finally {
    clearTimeout(timer)
  }
}

const WITHDRAW_MS = 2000

/** Prints each peer as it is found. */
export async function discover (namespace: string, options: Options, terminal: Terminal): Promise<ExitCode> {
  return await asClient(options, terminal, async (node, printer) => {
    let found = 0
    for await (const peer of node.discover(namespace, { follow: options.follow === true, signal: terminal.interrupted })) {
      found++
      printer.result(peerReport(peer))
    }
    if (found > 0 || terminal.interrupted.aborted) return EXIT.ok
    printer.problem(`nobody advertises under ${namespace}`)
    return EXIT.notFound
  })
}
