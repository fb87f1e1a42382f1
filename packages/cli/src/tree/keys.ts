/** Commands about keys and what is kept on disk; no network. */
import type { Command } from 'commander'
import { parseDifficulty, parseKey } from '../arguments.ts'
import type { Terminal } from '../terminal.ts'
import type { Done } from './done.ts'
import { jsonOption, option, parsed } from './options.ts'

export function addId (program: Command, terminal: Terminal, done: Done): void {
  const id = program.command('id')
    .summary('make node keys, and tell ids')
    .description('Makes node keys, and tells the ids of keys.')
    .allowExcessArguments()
    .action((_options: object, command: Command) => {
      const [word] = command.args
      command.error(`${word === undefined ? 'missing a command' : `unknown command '${word}'`}; see kadmium id --help`)
    })
  jsonOption(id.command('new'))
    .summary('make a node key')
    .description('Makes a node key, and prints its id. Use it with --identity FILE.')
    .addOption(option('--difficulty <bits>', 'leading zero bits that the network asks of a key; each doubles the work (default: 0)', parseDifficulty))
    .option('--out <file>', 'where to keep the key; without it the key is printed')
    .action(async (options: object) => {
      const { newId } = await import('../commands/id.ts')
      done.code = await newId(options, terminal)
    })
  jsonOption(id.command('of'))
    .summary('tell the place of a record key')
    .description('Tells where in the key space a record key is: its SHA-1.')
    .argument('<key>', 'the record key')
    .action(async (key: string, options: object, command: Command) => {
      parsed(command, parseKey, key)
      const { idOfKey } = await import('../commands/id.ts')
      done.code = await idOfKey(key, options, terminal)
    })
  jsonOption(id.command('show'))
    .summary('tell the id that a key file gives')
    .description('Tells the id of the node that runs with a key file, and the difficulty that it reaches.')
    .argument('<file>', 'a key file')
    .action(async (file: string, options: object) => {
      const { idOfFile } = await import('../commands/id.ts')
      done.code = await idOfFile(file, options, terminal)
    })
}

export function addRepair (program: Command, terminal: Terminal, done: Done): void {
  program.command('repair')
    .summary('repair a data folder that cannot be opened')
    .description('Saves what can be saved of the data folder of a node that is not running.')
    .requiredOption('--data <dir>', 'the folder')
    .action(async ({ data }: { readonly data: string }) => {
      const { repair } = await import('../commands/repair.ts')
      done.code = await repair(data, terminal)
    })
}
