/** The command tree: names, arguments, options and help. What a command does is loaded when it is called. */

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { parseAddress, parseCount, parseDifficulty, parseDuration, parseHost, parseKey, parseNetwork, parsePort, parsePublisher, parseQuorum, parseShare, parseTimeText, parseTtl } from './arguments.ts'
import type { HostPort } from './arguments.ts'
import { EXIT, exitCodeOf, messageOf } from './exit-code.ts'
import type { ExitCode } from './exit-code.ts'
import type { Options } from './commands/options.ts'
import { isId } from './shell/grammar.ts'
import type { Terminal } from './terminal.ts'

const PLAINTEXT_WARNING = 'warning: --channel plaintext encrypts nothing; anyone on the way can read, change and forge what is sent'

/** Runs one command line (without `node` and the script) to its end. */
export async function run (argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const done: { code: ExitCode } = { code: EXIT.ok }
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

function buildProgram (terminal: Terminal, done: { code: ExitCode }): Command {
  const program = new Command('kadmium')
    .description('A serverless key-value store and peer discovery: Kademlia over UDP.')
    .version('0.1.0', '-V, --version', 'print the version')
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
  addOneShots(program, terminal, done)
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

function addServers (program: Command, terminal: Terminal, done: { code: ExitCode }): void {
  nodeOptions(listenOptions(program.command('bootstrap'), 8001), 'bootstrap')
    .summary('start the first node of a network')
    .description('Starts a node that others join. Prints its id, its addresses and the line that others paste; serves until SIGINT or SIGTERM.')
    .action(async (options: Options) => {
      const { serve } = await import('./commands/serve.ts')
      done.code = await serve([], { defaultPort: 8001, ...options }, terminal)
    })
  nodeOptions(listenOptions(program.command('join'), 0), 'join')
    .summary('start a node and join a network')
    .description('Starts a node and joins the network that any of the given nodes is in; serves until SIGINT or SIGTERM.')
    .argument('<address...>', 'nodes of the network, as host:port', collect(parseAddress))
    .action(async (addresses: HostPort[], options: Options) => {
      const { serve } = await import('./commands/serve.ts')
      done.code = await serve(addresses, options, terminal)
    })
}

function addAdvertise (program: Command, terminal: Terminal, done: { code: ExitCode }): void {
  nodeOptions(listenOptions(seedOption(program.command('advertise')), 0), 'advertise')
    .summary('be found by a name')
    .description('Starts a node that others find by a name; serves until SIGINT or SIGTERM.')
    .argument('<namespace>', 'the name')
    .addOption(option('--ttl <time>', 'how long it is listed when it has gone without a word, 1s to 48h (default: 2h)', parseTtl))
    .option('--payload <text>', 'what others find beside the addresses, at most 200 bytes')
    .action(async (namespace: string, options: Options) => {
      const { advertise } = await import('./commands/namespace.ts')
      done.code = await advertise(namespace, options, terminal)
    })
}

function addOneShots (program: Command, terminal: Terminal, done: { code: ExitCode }): void {
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
        const { putFrom } = await import('./commands/bulk.ts')
        done.code = await putFrom(options.from, options, terminal)
        return
      }
      const key = required(command, options.key ?? words.shift(), 'key')
      const value = required(command, options.value ?? words.shift(), 'value')
      if (words.length > 0) command.error(`too many arguments: ${words.join(' ')}`)
      const { put } = await import('./commands/one-shot.ts')
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
        const { getFrom } = await import('./commands/bulk.ts')
        done.code = await getFrom(options.from, options, terminal)
        return
      }
      const key = required(command, options.key ?? word, 'key')
      if (options.key !== undefined && word !== undefined) command.error(`too many arguments: ${word}`)
      const { get } = await import('./commands/one-shot.ts')
      done.code = await get(parsed(command, parseKey, key), options, terminal)
    })
  putOptions(nodeOptions(seedOption(program.command('delete')), 'delete'), false)
    .summary('remove what you put under a key')
    .description('Removes what your publisher key has put under a key. A signed note takes its place for 48 h, so that no older copy comes back.')
    .argument('<key>', 'the key')
    .action(async (key: string, options: Options, command: Command) => {
      const { remove } = await import('./commands/one-shot.ts')
      done.code = await remove(parsed(command, parseKey, key), options, terminal)
    })
  nodeOptions(seedOption(program.command('discover')), 'discover')
    .summary('find who advertises under a name')
    .description('Prints every node that advertises under a name, as it is found: its id, its addresses and what it adds.')
    .argument('<namespace>', 'the name')
    .option('--follow', 'go on asking, and print who comes or changes, until SIGINT or SIGTERM')
    .action(async (namespace: string, options: Options) => {
      const { discover } = await import('./commands/namespace.ts')
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
      const { find } = await import('./commands/one-shot.ts')
      done.code = await find(options.key === undefined && isId(target) ? { id: target } : { key: parsed(command, parseKey, target) }, options, terminal)
    })
  nodeOptions(seedOption(program.command('ping')), 'ping')
    .summary('measure the way to a node and back')
    .description('Asks a node for a sign of life, by its address, or with --bootstrap by its id.')
    .argument('<target>', 'host:port, or an id (40 hex digits)')
    .action(async (target: string, options: Options, command: Command) => {
      const to = isId(target) ? { id: target } : parsed(command, parseAddress, target)
      const { ping } = await import('./commands/one-shot.ts')
      done.code = await ping(to, options, terminal)
    })
}

function addShells (program: Command, terminal: Terminal, done: { code: ExitCode }): void {
  putOptions(nodeOptions(listenOptions(seedOption(program.command('shell')), 0), 'shell'))
    .summary('start a node with a prompt')
    .description('Starts a full node and takes commands line by line, from a prompt or from a pipe. Through a pipe the exit code is 1 when a line failed.')
    .action(async (options: Options) => {
      const { shell } = await import('./commands/shell.ts')
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
      const { cluster } = await import('./commands/cluster.ts')
      done.code = await cluster(options, terminal)
    })
}

function addSimulate (program: Command, terminal: Terminal, done: { code: ExitCode }): void {
  jsonOption(program.command('simulate'))
    .summary('run a network in virtual time and report on it')
    .description('Runs the shipped node many times over a simulated network in virtual time, and reports. The same seed gives the same run.')
    .addOption(option('--nodes <n>', 'how many nodes (default: 1000)', parseCount(200_000)))
    .addOption(option('--loss <share>', 'datagrams that are lost, as 5% (default: none)', parseShare))
    .addOption(option('--churn <time>', 'nodes come and go; half of their sessions are shorter than this, as 60m', parseTimeText))
    .addOption(option('--lookups <n>', 'how many lookups (default: 1000)', parseCount(10_000_000, 0)))
    .option('--seed <seed>', 'what everything random comes from (default: 1)')
    .addOption(new Option('--fidelity <name>', 'lite: messages as objects; wire: as datagrams; full: encrypted too (default: lite)').choices(['lite', 'wire', 'full']))
    .option('--scenario <file>', 'a YAML file that says more; options that are typed too take its place')
    .option('--compose <file>', 'a module with your own behaviours for the nodes: exports compose, measure, figures')
    .option('--plot <file>', 'where to draw latencies, hops, tables and success, as SVG')
    .option('--record <file>', 'where to keep the run, as one JSON object a line')
    .addOption(new Option('--replay <file>', 'run again what was recorded, and compare').conflicts(['nodes', 'loss', 'churn', 'lookups', 'seed', 'fidelity', 'scenario', 'compose', 'record']))
    .addHelpText('after', examples['simulate'] ?? '')
    .action(async (options: object) => {
      const { simulate } = await import('./commands/simulate.ts')
      done.code = await simulate(options, terminal)
    })
}

function addId (program: Command, terminal: Terminal, done: { code: ExitCode }): void {
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
      const { newId } = await import('./commands/id.ts')
      done.code = await newId(options, terminal)
    })
  jsonOption(id.command('of'))
    .summary('tell the place of a record key')
    .description('Tells where in the key space a record key is: its SHA-1.')
    .argument('<key>', 'the record key')
    .action(async (key: string, options: object, command: Command) => {
      parsed(command, parseKey, key)
      const { idOfKey } = await import('./commands/id.ts')
      done.code = await idOfKey(key, options, terminal)
    })
  jsonOption(id.command('show'))
    .summary('tell the id that a key file gives')
    .description('Tells the id of the node that runs with a key file, and the difficulty that it reaches.')
    .argument('<file>', 'a key file')
    .action(async (file: string, options: object) => {
      const { idOfFile } = await import('./commands/id.ts')
      done.code = await idOfFile(file, options, terminal)
    })
}

function addRepair (program: Command, terminal: Terminal, done: { code: ExitCode }): void {
  program.command('repair')
    .summary('repair a data folder that cannot be opened')
    .description('Saves what can be saved of the data folder of a node that is not running.')
    .requiredOption('--data <dir>', 'the folder')
    .action(async ({ data }: { readonly data: string }) => {
      const { repair } = await import('./commands/repair.ts')
      done.code = await repair(data, terminal)
    })
}

/** Options of every command that runs a node. */
function nodeOptions (command: Command, name: string): Command {
  return jsonOption(command)
    .addOption(option('--network <name>', 'the network\'s name; networks with other names do not hear each other (default: kadmium)', parseNetwork))
    .addOption(option('--k <n>', 'size of a bucket and number of holders of a record (default: 20)', parseCount(64)))
    .addOption(option('--alpha <n>', 'requests of a lookup that are under way at once (default: 3)', parseCount(64)))
    .addOption(option('--timeout <time>', 'when a query ends with what it has, as 10s or 500ms (default: 60s; a first answer is awaited 5s at most)', parseDuration))
    .addOption(new Option('--profile <name>', 'where the network is: public drops addresses that are nobody\'s on the internet (default: private)').choices(['public', 'private', 'auto']))
    .addOption(new Option('--channel <name>', 'how datagrams are protected, the same in all of a network (default: noise)').choices(['noise', 'plaintext']))
    .addOption(option('--difficulty <bits>', 'leading zero bits that the network asks of every key (default: 0)', parseDifficulty))
    .addOption(new Option('--log-level <level>', 'how much is told on stderr (default: info)').choices(['error', 'info', 'debug', 'trace']))
    .addHelpText('after', examples[name] ?? '')
}

function listenOptions (command: Command, port: number): Command {
  return command
    .addOption(option('--host <host>', 'where to listen, an IP address or a name (default: all interfaces, IPv4 and IPv6)', parseHost))
    .addOption(option('--port <port>', `UDP and TCP port; 0 takes any free one (default: that of --data, or ${port})`, parsePort))
    .option('--identity <file>', 'the node\'s key, as made by kadmium id new (default: the one in --data, or a fresh one each time)')
    .option('--data <dir>', 'a folder that keeps the node\'s key, port, contacts, publications and records from one run to the next')
}

function seedOption (command: Command): Command {
  return command.addOption(option('--bootstrap <address>', 'a node of the network, as host:port; may be given more than once', (text: string, previous: readonly HostPort[] | undefined) => [...previous ?? [], ...text.split(',').map(parseAddress)]))
}

function putOptions (command: Command, hasTtl = true): Command {
  const withTtl = hasTtl ? command.addOption(option('--ttl <time>', 'life of what is put, 1s to 48h (default: 48h)', parseTtl)) : command
  return withTtl
    .addOption(option('--quorum <quorum>', 'holders that must acknowledge a put: one, majority, all or a number (default: majority)', parseQuorum))
    .option('--publisher-key <file>', 'the key that signs what is put, made on first use (default: publisher.key in the kadmium folder of your config folder)')
}

function jsonOption (command: Command): Command {
  return command.option('--json', 'print results as JSON, one object a line')
}

function option<T> (flags: string, description: string, parse: (text: string, previous: T | undefined) => T): Option {
  return new Option(flags, description).argParser((text: string, previous: T | undefined) => asArgument(() => parse(text, previous)))
}

/** For variadic arguments: commander hands over one word at a time. */
function collect<T> (parse: (text: string) => T): (text: string, previous: T[] | undefined) => T[] {
  return (text, previous) => asArgument(() => [...previous ?? [], parse(text)])
}

function asArgument<T> (parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error))
  }
}

function parsed<T> (command: Command, parse: (text: string) => T, text: string): T {
  try {
    return parse(text)
  } catch (error) {
    return command.error(messageOf(error))
  }
}

function required (command: Command, text: string | undefined, name: string): string {
  return text ?? command.error(`missing required argument '${name}'`)
}

const programEpilogue = `
A network in three terminals:
  kadmium bootstrap --port 8001
  kadmium join 127.0.0.1:8001
  kadmium put hello world --bootstrap 127.0.0.1:8001
  kadmium get hello --bootstrap 127.0.0.1:8001

Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 unreachable.
Results go to stdout, everything else to stderr.`

const examples: Readonly<Record<string, string>> = {
  bootstrap: `
Examples:
  kadmium bootstrap                              all interfaces, port 8001
  kadmium bootstrap --host ::1 --port 0 --json   IPv6 loopback, any free port`,
  join: `
Examples:
  kadmium join 127.0.0.1:8001
  kadmium join seed.example.org:8001 [2001:db8::1]:8001 --port 8002`,
  put: `
Examples:
  kadmium put greeting "hello world" --bootstrap 127.0.0.1:8001
  date | kadmium put now - --ttl 10m --quorum all --bootstrap 127.0.0.1:8001 --json
  kadmium store --key greeting --value hello --bootstrap [::1]:8001

With --json: key, keyId, storedOn, storedLocally, refused, asked, elapsedMs.
Exit codes: 0 stored, 1 the quorum was missed, 4 no seed answers.`,
  get: `
Examples:
  kadmium get greeting --bootstrap 127.0.0.1:8001
  kadmium get greeting --bootstrap 127.0.0.1:8001 --json

With --json: key, keyId, value, hops, asked, elapsedMs. A value that is no text comes as base64,
with "encoding":"base64".
Exit codes: 0 found, 3 nobody has it, 4 no seed answers.`,
  delete: `
Examples:
  kadmium delete greeting --bootstrap 127.0.0.1:8001

Exit codes: 0 removed, 1 the quorum was missed, 4 no seed answers.`,
  advertise: `
Examples:
  kadmium advertise chess --bootstrap 127.0.0.1:8001 --port 8002
  kadmium advertise chess --payload "white" --ttl 10m --bootstrap 127.0.0.1:8001`,
  discover: `
Examples:
  kadmium discover chess --bootstrap 127.0.0.1:8001
  kadmium discover chess --bootstrap 127.0.0.1:8001 --follow --json

With --json: id, addresses, payload (where there is one).
Exit codes: 0 somebody is there, 3 nobody, 4 no seed answers.`,
  find: `
Examples:
  kadmium find greeting --bootstrap 127.0.0.1:8001
  kadmium find 356a192b7913b04c54574d18c28d46e6395428ab --bootstrap 127.0.0.1:8001`,
  ping: `
Examples:
  kadmium ping 127.0.0.1:8001
  kadmium ping 356a192b7913b04c54574d18c28d46e6395428ab --bootstrap 127.0.0.1:8001`,
  shell: `
Examples:
  kadmium shell --bootstrap 127.0.0.1:8001
  printf 'put test value\\nget test\\n' | kadmium shell

help in the shell lists its commands.`,
  simulate: `
Examples:
  kadmium simulate --nodes 1000 --seed 7
  kadmium simulate --nodes 1000 --loss 5% --churn 60m --lookups 2000 --plot run.svg
  kadmium simulate --scenario storm.yaml --record run.ndjson
  kadmium simulate --nodes 200 --compose examples/gossip.mjs
  kadmium simulate --replay run.ndjson

Exit codes: 0 ok, 1 a replay differs from its recording, 2 usage.`,
  cluster: `
Examples:
  kadmium cluster
  kadmium cluster --nodes 20 --port 9000`
}
