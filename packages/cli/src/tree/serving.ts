/** Commands that start a node and serve until they are told to end. */
import type { Command } from 'commander'
import { parseAddress, parseCount, parseHost, parsePort, parseTtl } from '../arguments.ts'
import type { HostPort } from '../arguments.ts'
import type { Options } from '../commands/options.ts'
import type { Terminal } from '../terminal.ts'
import type { Done } from './done.ts'
import { collect, listenOptions, nodeOptions, option, putOptions, seedOption } from './options.ts'

export function addServers (program: Command, terminal: Terminal, done: Done): void {
  nodeOptions(listenOptions(program.command('bootstrap'), 8001), 'bootstrap')
    .summary('start the first node of a network')
    .description('Starts a node that others join. Prints its id, its addresses and the line that others paste; serves until SIGINT or SIGTERM.')
    .action(async (options: Options) => {
      const { serve } = await import('../commands/serve.ts')
      done.code = await serve([], { defaultPort: 8001, ...options }, terminal)
    })
  nodeOptions(listenOptions(program.command('join'), 0), 'join')
    .summary('start a node and join a network')
    .description('Starts a node and joins the network that any of the given nodes is in; serves until SIGINT or SIGTERM.')
    .argument('<address...>', 'nodes of the network, as host:port', collect(parseAddress))
    .action(async (addresses: HostPort[], options: Options) => {
      const { serve } = await import('../commands/serve.ts')
      done.code = await serve(addresses, options, terminal)
    })
}

export function addAdvertise (program: Command, terminal: Terminal, done: Done): void {
  nodeOptions(listenOptions(seedOption(program.command('advertise')), 0), 'advertise')
    .summary('be found by a name')
    .description('Starts a node that others find by a name; serves until SIGINT or SIGTERM.')
    .argument('<namespace>', 'the name')
    .addOption(option('--ttl <time>', 'how long it is listed when it has gone without a word, 1s to 48h (default: 2h)', parseTtl))
    .option('--payload <text>', 'what others find beside the addresses, at most 200 bytes')
    .action(async (namespace: string, options: Options) => {
      const { advertise } = await import('../commands/namespace.ts')
      done.code = await advertise(namespace, options, terminal)
    })
}

export function addShells (program: Command, terminal: Terminal, done: Done): void {
  putOptions(nodeOptions(listenOptions(seedOption(program.command('shell')), 0), 'shell'))
    .summary('start a node with a prompt')
    .description('Starts a full node and takes commands line by line, from a prompt or from a pipe. Through a pipe the exit code is 1 when a line failed.')
    .action(async (options: Options) => {
      const { shell } = await import('../commands/shell.ts')
      done.code = await shell(options, terminal)
    })
  putOptions(nodeOptions(program.command('cluster'), 'cluster'))
    .summary('start a network of many nodes in one process')
    .description('Starts a network on this machine, with a shell on node 1. Without a terminal it prints the nodes\' addresses and serves until SIGINT or SIGTERM.')
    .addOption(option('--nodes <n>', 'how many nodes (default: 8)', parseCount(1000)))
    .addOption(option('--host <host>', 'where they listen (default: 127.0.0.1)', parseHost))
    .addOption(option('--port <port>', 'the first node\'s port, the others take those after it (default: any free ones)', parsePort))
    .action(async (options: Options, command: Command) => {
      const { nodes = 8, port = 0 } = options
      if (port + nodes - 1 > 65_535) command.error(`option '--port <port>': ${nodes} nodes from port ${port} on go past 65535`)
      const { cluster } = await import('../commands/cluster.ts')
      done.code = await cluster(options, terminal)
    })
}
