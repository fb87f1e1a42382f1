/** Commands that do one thing as a client on any free port, and end. */

import type { Endpoint, PeerId } from '@kadmium/interface'
import type { GetOutcome, JoinResult, NodeOperations, PutOutcome } from '@kadmium/node'
import { EXIT, UnreachableError, UsageError } from '../exit-code.ts'
import type { ExitCode } from '../exit-code.ts'
import type { HostPort } from '../arguments.ts'
import { doubtLines, findReport, getReport, lookupSummary, pingReport, putFailure, putReport, recordReport, refusalLines, removeReport } from '../report.ts'
import { Printer } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import type { Options } from './options.ts'
import { connect, withNode } from './run-node.ts'

/** `value` of `-` is read from stdin to its end. */
export async function put (key: Uint8Array, value: string, options: Options, terminal: Terminal): Promise<ExitCode> {
  const bytes = value === '-' ? await readAll(terminal.stdin) : new TextEncoder().encode(value)
  return await asClient(options, terminal, async (node, printer) => {
    const { quorum, keep, via } = options
    const keepers = keep === true && via !== undefined ? await reach(node, via, options, terminal) : []
    const how = { signal: terminal.interrupted, ...(quorum === undefined ? {} : { quorum }), ...(keepers.length === 0 ? {} : { also: keepers }) }
    const result = await node.put(key, bytes, how)
    printer.result(putReport(key, result))
    const unkept = keepers.filter(({ peer }) => !result.holders.some(holder => holder.equals(peer)))
    tellRefusals(printer, result.refused.filter(({ peer }) => unkept.every(keeper => !keeper.peer.equals(peer))))
    if (!result.ok) printer.problem(putFailure(result))
    for (const { peer, address } of unkept) {
      const refusal = result.refused.find(one => one.peer.equals(peer))
      printer.problem(`${address.text} did not take it${refusal === undefined ? '' : `: ${refusal.message || refusal.reason}`}`)
    }
    return result.ok && unkept.length === 0 ? EXIT.ok : EXIT.failed
  })
}

/** The node that is to keep a record alive: what it holds, it stores again wherever holders leave. */
async function reach (node: NodeOperations, via: HostPort, options: Options, terminal: Terminal): Promise<JoinResult['reached']> {
  return (await connect(node, [via], options, terminal, 'contact')).reached.slice(0, 1)
}

/** Puts a tombstone in the place of what the publisher key has put. */
export async function remove (key: Uint8Array, options: Options, terminal: Terminal): Promise<ExitCode> {
  return await asClient(options, terminal, async (node, printer) => {
    const { quorum } = options
    const result = await node.remove(key, { signal: terminal.interrupted, ...(quorum === undefined ? {} : { quorum }) })
    printer.result(removeReport(key, result))
    tellRefusals(printer, result.refused)
    if (!result.ok) printer.problem(putFailure(result))
    return result.ok ? EXIT.ok : EXIT.failed
  })
}

/** With `--json` they are in the result. */
function tellRefusals (printer: Printer, refused: PutOutcome['refused']): void {
  if (!printer.json) for (const line of refusalLines({ refused })) printer.narrate(line)
}

/** Prints the value's bytes and nothing else; a terminal also gets a line end. */
export async function get (key: Uint8Array, options: Options, terminal: Terminal): Promise<ExitCode> {
  return await asClient(options, terminal, async (node, printer) => {
    const { publisher, all = false } = options
    const isKey = publisher?.length === PUBLIC_KEY_DIGITS
    const found = await node.get(key, { signal: terminal.interrupted, ...(isKey ? { publisher: Buffer.from(publisher, 'hex') } : {}) })
    const outcome = publisher === undefined || isKey ? found : await onlyOf(publisher, found)
    for (const line of doubtLines(outcome)) printer.narrate(line)
    if (all && outcome.records.length > 0) {
      for (const record of outcome.records) printer.result(recordReport(key, record))
      return EXIT.ok
    }
    if (outcome.contested) printer.narrate('other publishers have other values under this key: --all lists them, --publisher picks one')
    if (printer.json) printer.result(getReport(key, outcome))
    else if (outcome.value !== undefined) terminal.stdout.write(terminal.stdout.isTTY === true ? Buffer.concat([outcome.value, Buffer.from('\n')]) : outcome.value)
    if (outcome.value !== undefined) return EXIT.ok
    if (outcome.asked > 0 && outcome.answered === 0) throw new UnreachableError(`none of the ${outcome.asked} nodes asked answered`)
    printer.problem('not found')
    return EXIT.notFound
  })
}

/** The nodes closest to a target; an id that no node has counts as not found. */
export async function find (target: { readonly id: string } | { readonly key: Uint8Array }, options: Options, terminal: Terminal): Promise<ExitCode> {
  const { keyId, peerIdFromHex } = await import('@kadmium/node')
  const wanted: PeerId = 'id' in target ? peerIdFromHex(target.id.toLowerCase()) : keyId(target.key)
  return await asClient(options, terminal, async (node, printer) => {
    const outcome = await node.find(wanted, { signal: terminal.interrupted })
    printer.result(findReport(outcome))
    printer.narrate(lookupSummary(outcome))
    if ('key' in target || outcome.closest.some(({ peer }) => peer.equals(wanted))) return EXIT.ok
    printer.problem(`no node has the id ${wanted.hex}; these are the closest`)
    return EXIT.notFound
  })
}

/** Measures one request and its answer, to an address or to an id that is looked up first. */
export async function ping (target: HostPort | { readonly id: string }, options: Options, terminal: Terminal): Promise<ExitCode> {
  const { peerIdFromHex, resolveEndpoints } = await import('@kadmium/node')
  const through = 'id' in target ? options.bootstrap : options.bootstrap ?? []
  return await asClient({ ...options, ...(through === undefined ? {} : { bootstrap: through }) }, terminal, async (node, printer) => {
    const targets: readonly (Endpoint | PeerId)[] = 'id' in target ? [peerIdFromHex(target.id.toLowerCase())] : await resolveEndpoints(target)
    for (const one of targets) {
      const pong = await node.ping(one, { signal: terminal.interrupted })
      if (pong === undefined) continue
      printer.result(pingReport(pong))
      return EXIT.ok
    }
    throw new UnreachableError(`no answer from ${targets.join(', ')}`)
  })
}

/** An id cannot be asked for, since it does not tell the key: so this looks through what was found. */
async function onlyOf (id: string, found: GetOutcome): Promise<GetOutcome> {
  const { peerIdFromPublicKey } = await import('@kadmium/node')
  const records = found.records.filter(({ publisher }) => publisher !== undefined && peerIdFromPublicKey(publisher).hex === id)
  return { ...found, records, value: records[0]?.value, contested: false }
}

const PUBLIC_KEY_DIGITS = 64

export async function asClient (options: Options, terminal: Terminal, work: (node: NodeOperations, printer: Printer) => Promise<ExitCode>): Promise<ExitCode> {
  const seeds = options.bootstrap ?? (options.via === undefined ? undefined : [options.via])
  if (seeds === undefined) throw new UsageError('missing option --bootstrap <host:port>: the address of a node to ask')
  const printer = new Printer(terminal, options)
  return await withNode(options, { mode: 'client', port: 0 }, terminal, async node => {
    if (seeds.length > 0) await connect(node, seeds, options, terminal, 'contact')
    return await work(node, printer)
  })
}

async function readAll (stdin: Terminal['stdin']): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stdin) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk as Uint8Array
    size += bytes.length
    if (size > MAX_STDIN_BYTES) throw new UsageError(`the value on stdin is larger than ${MAX_STDIN_BYTES} bytes`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

/** More than any value may have; the node says what its own limit is. */
const MAX_STDIN_BYTES = 1 << 20
