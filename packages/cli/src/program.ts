/** The command tree's root. What a command does is loaded when it is called. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import type { Options } from './commands/options.ts'
import { EXIT, exitCodeOf, messageOf } from './exit-code.ts'
import type { ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'
import type { Done } from './tree/done.ts'
import { programEpilogue } from './tree/examples.ts'
import { addFinding } from './tree/finding.ts'
import { addId, addRepair } from './tree/keys.ts'
import { addRecords } from './tree/records.ts'
import { addAdvertise, addServers, addShells } from './tree/serving.ts'
import { addSimulate } from './tree/simulating.ts'

const PLAINTEXT_WARNING = 'warning: --channel plaintext encrypts nothing; anyone on the way can read, change and forge what is sent'

/** Runs one command line (without `node` and the script) to its end. */
export async function run (argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const done: Done = { code: EXIT.ok }
  try {
    await buildProgram(terminal, done).parseAsync(argv, { from: 'user' })
    return done.code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    if (terminal.interrupted.aborted) return EXIT.interrupted
    terminal.stderr.write(`kadmium: ${messageOf(error)}\n`)
    if (isDebugging(argv) && error instanceof Error) terminal.stderr.write(`${error.stack}\n`)
    return exitCodeOf(error)
  }
}

/** A stack is for those who look for it. */
function isDebugging (argv: readonly string[]): boolean {
  return argv.some((word, i) => /^(--log-level=)?(debug|trace)$/.test(word) && (word.startsWith('--') || argv[i - 1] === '--log-level'))
}

function buildProgram (terminal: Terminal, done: Done): Command {
  const program = new Command('kadmium')
    .description('A serverless key-value store and peer discovery: Kademlia over UDP.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help; also: kadmium help <command>')
    .exitOverride()
    .configureOutput({
      writeOut: text => terminal.stdout.write(text),
      writeErr: text => terminal.stderr.write(text),
      outputError: (text, write) => write(`kadmium: ${oneLine(text)}\n`)
    })
    .addHelpText('after', programEpilogue)
  program.hook('preAction', (_program, command) => {
    if (command.opts<Options>().channel === 'plaintext') terminal.stderr.write(`kadmium: ${PLAINTEXT_WARNING}\n`)
  })
  addServers(program, terminal, done)
  addAdvertise(program, terminal, done)
  addRecords(program, terminal, done)
  addFinding(program, terminal, done)
  addShells(program, terminal, done)
  addSimulate(program, terminal, done)
  addId(program, terminal, done)
  addRepair(program, terminal, done)
  return program
}

/** commander puts its suggestion on a line of its own. */
function oneLine (text: string): string {
  return messageOf(text.replace(/^error: /, '').replace(/Did you mean one of /, 'did you mean ').replace(/Did you mean /, 'did you mean '))
}

function packageVersion (): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string }
  return version
}
