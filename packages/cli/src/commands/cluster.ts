import type { NodeConfig, NodeOperations } from '@kadmium/node'
import { EXIT } from '../exit-code.ts'
import type { ExitCode } from '../exit-code.ts'
import { Printer } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import { addressForOthers } from '../report.ts'
import { nodeConfig } from './options.ts'
import type { Options } from './options.ts'
import { untilInterrupted } from './run-node.ts'
import { isInteractive, runShell } from './shell.ts'

/**
 * Many nodes in one process: a network to try things on. At a terminal it has a shell on the first node; without one it
 * serves until it is told to leave.
 */
export async function cluster (options: Options, terminal: Terminal): Promise<ExitCode> {
  const printer = new Printer(terminal, options)
  const nodes: NodeOperations[] = []
  try {
    await startNodes(nodes, options, terminal)
    printClustered(nodes, printer)
    return await serveCluster(nodes, options, terminal, printer)
  } finally {
    await Promise.all(nodes.map(async node => { await node.stop() }))
  }
}

/** The first node starts alone, the others meet it; what is started is in `nodes` also when a later one fails. */
async function startNodes (nodes: NodeOperations[], options: Options, terminal: Terminal): Promise<void> {
  const log = (line: string): void => { terminal.stderr.write(line) }
  const { nodes: count = 8, host = '127.0.0.1', port = 0 } = options
  for (let i = 0; i < count && !terminal.interrupted.aborted; i++) {
    const config: NodeConfig = { ...nodeConfig(options, log), mode: 'server', host, port: port === 0 ? 0 : port + i, signal: terminal.interrupted }
    nodes.push(await terminal.createNode(config))
    const [first] = nodes
    if (i > 0 && first !== undefined) await nodes[i]?.join(first.addresses, { signal: terminal.interrupted })
  }
}

function printClustered (nodes: readonly NodeOperations[], printer: Printer): void {
  const rows = nodes.map(({ id, addresses }) => ({ id: id.hex, addresses: addresses.map(({ text }) => text) }))
  const [first] = nodes
  const join = `npx kadmium join ${addressForOthers(first?.addresses ?? [])}`
  printer.result({
    text: [...rows.map(({ id, addresses }, i) => `node ${String(i + 1).padStart(3)}  ${id}  ${addresses.join(' ')}`), `join      ${join}`].join('\n'),
    json: { nodes: rows, join }
  })
}

async function serveCluster (nodes: readonly NodeOperations[], options: Options, terminal: Terminal, printer: Printer): Promise<ExitCode> {
  const [first] = nodes
  if (first !== undefined && isInteractive(terminal)) {
    printer.narrate('this shell is on node 1')
    return await runShell(first, options, terminal, printer)
  }
  await untilInterrupted(terminal)
  printer.narrate(`${nodes.length} nodes leave the network`)
  return EXIT.ok
}
