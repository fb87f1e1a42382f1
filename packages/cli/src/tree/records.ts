/** Commands about records: one node that puts, gets or removes, and goes. */
import type { Command } from 'commander'
import { parseAddress, parseKey, parsePublisher } from '../arguments.ts'
import type { Options } from '../commands/options.ts'
import type { Terminal } from '../terminal.ts'
import type { Done } from './done.ts'
import { nodeOptions, option, parsed, putOptions, required, seedOption } from './options.ts'

export function addRecords (program: Command, terminal: Terminal, done: Done): void {
  putOptions(nodeOptions(seedOption(program.command('put')), 'put'))
    .alias('store')
    .summary('store a value under a key')
    .description('Stores a value on the nodes closest to its key, signed with your publisher key, so that your next put of the key replaces it.')
    .argument('[key]', 'the key, 1 to 64 bytes')
    .argument('[value]', 'the value; - reads it from stdin')
    .option('--key <key>', 'the key, instead of the argument')
    .option('--value <value>', 'the value, instead of the argument')
    .option('--from <file>', 'put every line of a file, {"key": "k", "value": "v"}; - reads stdin')
    .option('--keep', 'hand the record to a running node, which keeps it alive until its ttl: needs --via')
    .addOption(option('--via <address>', 'the node that keeps it, as host:port; without --bootstrap it is the one to ask too', parseAddress))
    .action(async (first: string | undefined, second: string | undefined, options: Options & { key?: string, value?: string }, command: Command) => {
      const words = [first, second].filter(word => word !== undefined)
      if (options.keep === true && options.via === undefined) command.error('option \'--keep\' needs --via <address>')
      if (options.from !== undefined) {
        if (words.length > 0 || options.key !== undefined || options.value !== undefined) command.error('option \'--from <file>\' takes keys and values from the file')
        if (options.keep === true) command.error('option \'--keep\' keeps one record, not those of a file')
        const { putFrom } = await import('../commands/bulk.ts')
        done.code = await putFrom(options.from, options, terminal)
        return
      }
      const key = required(command, options.key ?? words.shift(), 'key')
      const value = required(command, options.value ?? words.shift(), 'value')
      if (words.length > 0) command.error(`too many arguments: ${words.join(' ')}`)
      const { put } = await import('../commands/one-shot.ts')
      done.code = await put(parsed(command, parseKey, key), value, options, terminal)
    })
  nodeOptions(seedOption(program.command('get')), 'get')
    .summary('print the value under a key')
    .description('Prints the newest value under a key: its bytes on stdout, and nothing else there.')
    .argument('[key]', 'the key')
    .option('--key <key>', 'the key, instead of the argument')
    .option('--all', 'what every publisher has under the key: publisher, sequence number and value, one a line')
    .addOption(option('--publisher <publisher>', 'only what this publisher put: its key (64 hex digits) or its id (40)', parsePublisher))
    .option('--from <file>', 'get the key of every line of a file; - reads stdin. Prints lines as put --from reads them')
    .action(async (word: string | undefined, options: Options & { key?: string }, command: Command) => {
      if (options.from !== undefined) {
        if (word !== undefined || options.key !== undefined) command.error('option \'--from <file>\' takes the keys from the file')
        const { getFrom } = await import('../commands/bulk.ts')
        done.code = await getFrom(options.from, options, terminal)
        return
      }
      const key = required(command, options.key ?? word, 'key')
      if (options.key !== undefined && word !== undefined) command.error(`too many arguments: ${word}`)
      const { get } = await import('../commands/one-shot.ts')
      done.code = await get(parsed(command, parseKey, key), options, terminal)
    })
  putOptions(nodeOptions(seedOption(program.command('delete')), 'delete'), false)
    .summary('remove what you put under a key')
    .description('Removes what your publisher key has put under a key. A signed note takes its place for 48 h, so that no older copy comes back.')
    .argument('<key>', 'the key')
    .action(async (key: string, options: Options, command: Command) => {
      const { remove } = await import('../commands/one-shot.ts')
      done.code = await remove(parsed(command, parseKey, key), options, terminal)
    })
}
