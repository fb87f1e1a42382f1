/** The options that commands share, and how their texts are read. */
import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import { parseAddress, parseCount, parseDifficulty, parseDuration, parseHost, parseNetwork, parsePort, parseQuorum, parseTtl } from '../arguments.ts'
import type { HostPort } from '../arguments.ts'
import { messageOf } from '../exit-code.ts'
import { examples } from './examples.ts'

/** Options of every command that runs a node. */
export function nodeOptions (command: Command, name: string): Command {
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

export function listenOptions (command: Command, port: number): Command {
  return command
    .addOption(option('--host <host>', 'where to listen, an IP address or a name (default: all interfaces, IPv4 and IPv6)', parseHost))
    .addOption(option('--port <port>', `UDP and TCP port; 0 takes any free one (default: that of --data, or ${port})`, parsePort))
    .option('--identity <file>', 'the node\'s key, as made by kadmium id new (default: the one in --data, or a fresh one each time)')
    .option('--data <dir>', 'a folder that keeps the node\'s key, port, contacts, publications and records from one run to the next')
}

export function seedOption (command: Command): Command {
  return command.addOption(option('--bootstrap <address>', 'a node of the network, as host:port; may be given more than once', (text: string, previous: readonly HostPort[] | undefined) => [...previous ?? [], ...text.split(',').map(parseAddress)]))
}

export function putOptions (command: Command, hasTtl = true): Command {
  const withTtl = hasTtl ? command.addOption(option('--ttl <time>', 'life of what is put, 1s to 48h (default: 48h)', parseTtl)) : command
  return withTtl
    .addOption(option('--quorum <quorum>', 'holders that must acknowledge a put: one, majority, all or a number (default: majority)', parseQuorum))
    .option('--publisher-key <file>', 'the key that signs what is put, made on first use (default: publisher.key in the kadmium folder of your config folder)')
}

export function jsonOption (command: Command): Command {
  return command.option('--json', 'print results as JSON, one object a line')
}

export function option<T> (flags: string, description: string, parse: (text: string, previous: T | undefined) => T): Option {
  return new Option(flags, description).argParser((text: string, previous: T | undefined) => asArgument(() => parse(text, previous)))
}

/** For variadic arguments: commander hands over one word at a time. */
export function collect<T> (parse: (text: string) => T): (text: string, previous: T[] | undefined) => T[] {
  return (text, previous) => asArgument(() => [...previous ?? [], parse(text)])
}

function asArgument<T> (parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error))
  }
}

export function parsed<T> (command: Command, parse: (text: string) => T, text: string): T {
  try {
    return parse(text)
  } catch (error) {
    return command.error(messageOf(error))
  }
}

export function required (command: Command, text: string | undefined, name: string): string {
  return text ?? command.error(`missing required argument '${name}'`)
}
