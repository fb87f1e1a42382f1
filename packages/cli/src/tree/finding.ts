/** Commands that find nodes. */
import type { Command } from 'commander'
import { parseAddress, parseKey } from '../arguments.ts'
import type { Options } from '../commands/options.ts'
import { isId } from '../shell/grammar.ts'
import type { Terminal } from '../terminal.ts'
import type { Done } from './done.ts'
import { nodeOptions, parsed, required, seedOption } from './options.ts'

export function addFinding (program: Command, terminal: Terminal, done: Done): void {
  nodeOptions(seedOption(program.command('discover')), 'discover')
    .summary('find who advertises under a name')
    .description('Prints every node that advertises under a name, as it is found: its id, its addresses and what it adds.')
    .argument('<namespace>', 'the name')
    .option('--follow', 'go on asking, and print who comes or changes, until SIGINT or SIGTERM')
    .action(async (namespace: string, options: Options) => {
      const { discover } = await import('../commands/namespace.ts')
      done.code = await discover(namespace, options, terminal)
    })
  nodeOptions(seedOption(program.command('find')), 'find')
    .summary('print the nodes closest to an id or a key')
    .description('Prints the k nodes closest to an id (40 hex digits) or to a key, the closest first. Exit code 3 when no node has the id.')
    .argument('[target]', 'an id or a key')
    .option('--key <key>', 'a key, also when it looks like an id')
    .action(async (word: string | undefined, options: Options & { key?: string }, command: Command) => {
      const target = required(command, options.key ?? word, 'target')
      if (options.key !== undefined && word !== undefined) command.error(`too many arguments: ${word}`)
      const { find } = await import('../commands/one-shot.ts')
      done.code = await find(options.key === undefined && isId(target) ? { id: target } : { key: parsed(command, parseKey, target) }, options, terminal)
    })
  nodeOptions(seedOption(program.command('ping')), 'ping')
    .summary('measure the way to a node and back')
    .description('Asks a node for a sign of life, by its address, or with --bootstrap by its id.')
    .argument('<target>', 'host:port, or an id (40 hex digits)')
    .action(async (target: string, options: Options, command: Command) => {
      const to = isId(target) ? { id: target } : parsed(command, parseAddress, target)
      const { ping } = await import('../commands/one-shot.ts')
      done.code = await ping(to, options, terminal)
    })
}
