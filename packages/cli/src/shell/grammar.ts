/** What a line in the shell means. Pure: text in, one of a closed set of commands out. */

import { parseAddress, parseKey } from '../arguments.ts'
import { suggest } from '../suggest.ts'
import { messageOf } from '../exit-code.ts'
import type { HostPort } from '../arguments.ts'

export type ShellLine =
  | { readonly type: 'empty' }
  | { readonly type: 'problem', readonly message: string }
  | { readonly type: 'put', readonly key: Uint8Array, readonly value: Uint8Array }
  | { readonly type: 'get', readonly key: Uint8Array }
  | { readonly type: 'find', readonly target: string }
  | { readonly type: 'lookup', readonly key: string, readonly trace: boolean }
  | { readonly type: 'ping', readonly target: HostPort | { readonly id: string } }
  | { readonly type: 'join', readonly addresses: readonly HostPort[] }
  | { readonly type: 'status' }
  | { readonly type: 'peers' }
  | { readonly type: 'keys' }
  | { readonly type: 'help' }
  | { readonly type: 'quit' }

/** Each command as `help` shows it: how it is written, and what it does. */
export const shellCommands = {
  put: { usage: 'put <key> <value>', purpose: 'store a value; all after the space that ends the key is the value, verbatim' },
  get: { usage: 'get <key>', purpose: 'print the newest value under a key' },
  find: { usage: 'find <id|key>', purpose: 'print the nodes closest to an id (40 hex digits) or to a key' },
  lookup: { usage: 'lookup [--trace] <key>', purpose: 'the same for a key; --trace prints each hop as it happens' },
  ping: { usage: 'ping <host:port|id>', purpose: 'measure the way to a node and back' },
  status: { usage: 'status', purpose: 'print id, address, nodes per bucket, known nodes and stored keys' },
  peers: { usage: 'peers', purpose: 'list the routing table' },
  keys: { usage: 'keys', purpose: 'list the records that this node holds' },
  join: { usage: 'join <host:port…>', purpose: 'meet another node, and with it the network that it is in' },
  help: { usage: 'help', purpose: 'print this' },
  quit: { usage: 'quit', purpose: 'leave the network and the shell (also exit, or ctrl-d)' }
} as const

export type ShellVerb = keyof typeof shellCommands

const aliases: Readonly<Record<string, ShellVerb>> = { store: 'put', exit: 'quit', '?': 'help' }

/** `line` comes without its line end. */
export function parseLine (line: string): ShellLine {
  const [, verb = '', separator = '', rest = ''] = /^\s*(\S*)(\s?)(.*)$/s.exec(line) ?? []
  if (verb === '') return { type: 'empty' }
  const known = verbOf(verb)
  if (known === undefined) return unknownVerb(verb)
  try {
    return parseRest(known, separator + rest)
  } catch (error) {
    return { type: 'problem', message: messageOf(error) }
  }
}

function parseRest (verb: ShellVerb, rest: string): ShellLine {
  const words = rest.split(/\s+/).filter(word => word !== '')
  switch (verb) {
    case 'put': return parsePut(rest)
    case 'get': return parseWord(verb, words, key => ({ type: 'get', key: parseKey(key) }))
    case 'find': return parseWord(verb, words, target => ({ type: 'find', target }))
    case 'lookup': return parseLookup(words)
    case 'ping': return parseWord(verb, words, target => ({ type: 'ping', target: isId(target) ? { id: target } : parseAddress(target) }))
    case 'join': return words.length === 0 ? misused(verb) : { type: 'join', addresses: words.map(parseAddress) }
    case 'status':
    case 'peers':
    case 'keys':
    case 'quit': return words.length === 0 ? { type: verb } : misused(verb)
    case 'help': return { type: 'help' }
  }
}

/** One blank ends the key; what follows is the value as it stands, blanks included. */
function parsePut (rest: string): ShellLine {
  const parts = /^\s+(\S+)\s(.*)$/s.exec(rest)
  if (parts === null) return misused('put')
  const [, key = '', value = ''] = parts
  return { type: 'put', key: parseKey(key), value: new TextEncoder().encode(value) }
}

function parseLookup (words: readonly string[]): ShellLine {
  const trace = words[0] === '--trace'
  const named = trace ? words.slice(1) : words
  if (words.length > 1 && named[0]?.startsWith('--') === true) return { type: 'problem', message: `lookup has no option ${named[0]}; write: ${shellCommands.lookup.usage}` }
  return parseWord('lookup', named, key => ({ type: 'lookup', key, trace }))
}

function parseWord (verb: ShellVerb, words: readonly string[], then: (word: string) => ShellLine): ShellLine {
  const [word] = words
  return word === undefined || words.length > 1 ? misused(verb) : then(word)
}

function misused (verb: ShellVerb): ShellLine {
  return { type: 'problem', message: `write: ${shellCommands[verb].usage}` }
}

function unknownVerb (verb: string): ShellLine {
  const near = suggest(verb, [...Object.keys(shellCommands), ...Object.keys(aliases)])
  return { type: 'problem', message: `unknown command ${verb}${near === undefined ? '; help lists the commands' : ` (did you mean ${near}?)`}` }
}

function verbOf (text: string): ShellVerb | undefined {
  return Object.hasOwn(shellCommands, text) ? text as ShellVerb : Object.hasOwn(aliases, text) ? aliases[text] : undefined
}

/** Whether text is the hex form of an id. */
export function isId (text: string): boolean {
  return /^[0-9a-f]{40}$/i.test(text)
}
