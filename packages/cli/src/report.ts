/**
 * What a command has to say, as text for people and as one JSON object for programs. The names in the objects are stable:
 * scripts rely on them.
 */

import type { EclipseSuspected, Endpoint, PutResult } from '@kadmium/interface'
import type { FoundPeer, FoundRecord, GetOfMany, PutOfMany } from '@kadmium/node'
import type { FindOutcome, GetOutcome, HeldCopy, Hop, JoinResult, KnownPeer, NodeStatus, Pong, PutOutcome } from '@kadmium/node'

export interface Report {
  /** Lines without a line end at the end. Empty: nothing to say to people. */
  readonly text: string
  readonly json: object
}

/** What a node says of itself when it listens, with the line that others paste to join. */
export function listeningReport (node: { readonly id: { readonly hex: string }, readonly addresses: readonly Endpoint[] }): Report {
  const addresses = node.addresses.map(({ text }) => text)
  const join = `npx kadmium join ${addressForOthers(node.addresses)}`
  return {
    text: [`id      ${node.id.hex}`, ...addresses.map(address => `address ${address}`), `join    ${join}`].join('\n'),
    json: { id: node.id.hex, addresses, join }
  }
}

/** A loopback address is of use on this machine only, so it is offered when there is no other. */
export function addressForOthers (addresses: readonly Endpoint[]): string {
  const isLoopback = ({ host }: Endpoint): boolean => host === '::1' || host.startsWith('127.')
  const [best] = [...addresses.filter(address => !isLoopback(address)), ...addresses]
  return best?.text ?? ''
}

/** People read the node's warning on stderr, with or without this. */
export function eclipseReport ({ key, peers, networkSize, divergence }: EclipseSuspected): Report {
  const size = Math.round(networkSize)
  return {
    text: `${count(peers, 'node')} crowd around key ${key.hex}, more than a network of ${size} explains`,
    json: { event: 'EclipseSuspected', keyId: key.hex, peers, networkSize: size, divergence: milliseconds(divergence) }
  }
}

export function joinReport (result: JoinResult): Report {
  const reached = result.reached.map(({ peer, address }) => ({ peer: peer.hex, address: address.text }))
  const unreachable = result.unreachable.map(({ text }) => text)
  const silent = unreachable.length === 0 ? '' : `; no answer yet from ${unreachable.join(', ')}`
  return {
    text: `Joined: ${count(result.peers, 'node')} known, ${duration(result.elapsedMs)}${silent}`,
    json: { reached, unreachable, peers: result.peers, elapsedMs: milliseconds(result.elapsedMs) }
  }
}

export function putReport (key: Uint8Array, result: PutOutcome): Report {
  const refused = result.refused.map(({ peer, reason, message }) => ({ peer: peer.hex, reason, message }))
  return {
    text: holders(result),
    json: {
      key: asText(key),
      keyId: result.keyId.hex,
      storedOn: result.storedOn,
      storedLocally: result.storedLocally,
      refused,
      asked: result.asked,
      elapsedMs: milliseconds(result.elapsedMs)
    }
  }
}

function holders ({ storedOn, storedLocally, asked }: PutOutcome): string {
  if (asked === 0 && storedLocally) return 'Stored on 0 nodes, only here: no nodes known yet (join <host:port>)'
  return `Stored on ${count(storedOn, 'node')}${storedLocally ? ' and here' : ''}`
}

/** For people, beside the result: one line for each peer that did not take it. */
export function refusalLines ({ refused }: Pick<PutOutcome, 'refused'>): readonly string[] {
  return refused.map(({ peer, reason, message }) => `refused by ${peer.hex}: ${message === '' ? reason : message}`)
}

/** Why a put counts as failed, in one line. */
export function putFailure ({ storedOn, quorum, refused, asked }: PutOutcome): string {
  const reasons = [...new Set(refused.map(({ reason }) => reason))].join(', ')
  return `stored on ${count(storedOn, 'node')}, but the quorum needs ${quorum}; asked ${asked}${reasons === '' ? '' : ` (${reasons})`}`
}

export function getReport (key: Uint8Array, outcome: GetOutcome): Report {
  const { value } = outcome
  const text = value === undefined ? undefined : decodeText(value)
  return {
    text: value === undefined ? 'not found' : `Value: ${text ?? `${base64(value)} (base64)`}`,
    json: {
      key: asText(key),
      keyId: outcome.keyId.hex,
      value: value === undefined ? null : text ?? base64(value),
      ...(value !== undefined && text === undefined ? { encoding: 'base64' } : {}),
      hops: outcome.hops,
      asked: outcome.asked,
      elapsedMs: milliseconds(outcome.elapsedMs),
      ...(outcome.contested ? { contested: true } : {}),
      ...(outcome.disbelieved.length === 0 ? {} : { disbelieved: outcome.disbelieved.map(({ peer, reason }) => ({ peer: peer.hex, reason })) }),
      ...(outcome.equivocations.length === 0 ? {} : { equivocations: outcome.equivocations.map(({ publisher, seq }) => ({ publisher: hex(publisher), seq })) })
    }
  }
}

/** For people, beside what was found: one line for each peer whose copy is not believed, and for each publisher caught. */
export function doubtLines ({ disbelieved, equivocations }: GetOutcome): readonly string[] {
  return [
    ...disbelieved.map(({ peer, reason }) => `not believed, from ${peer.hex}: ${reason}`),
    ...equivocations.map(({ publisher, seq }) => `publisher ${hex(publisher)} signed two values with seq ${seq}: every reader takes the same one`)
  ]
}

/** One of several records under a key. */
export function recordReport (key: Uint8Array, { publisher, value, seq, holders }: FoundRecord): Report {
  const text = decodeText(value)
  const by = publisher === undefined ? null : hex(publisher)
  return {
    text: `${by ?? 'nobody'} ${seq} ${text ?? `${base64(value)} (base64)`}`,
    json: { key: asText(key), publisher: by, seq, holders, value: text ?? base64(value), ...(text === undefined ? { encoding: 'base64' } : {}) }
  }
}

export function removeReport (key: Uint8Array, result: PutOutcome): Report {
  return { text: `Removed on ${count(result.storedOn, 'node')}`, json: { ...putReport(key, result).json, removed: true } }
}

export function peerReport ({ peer, addresses, payload }: FoundPeer): Report {
  const text = payload === undefined ? undefined : decodeText(payload) ?? base64(payload)
  const at = addresses.map(address => address.text)
  return {
    text: [peer.hex, ...at, ...(text === undefined ? [] : [JSON.stringify(text)])].join(' '),
    json: { id: peer.hex, addresses: at, ...(text === undefined ? {} : { payload: text }) }
  }
}

export function advertisedReport (namespace: string, { storedOn, sampled = [] }: PutResult): Report {
  const sample = sampled.length === 0 ? '' : `, ${sampled.length} of which keep a sample`
  return { text: `Advertised under ${namespace} on ${count(storedOn, 'node')}${sample}`, json: { namespace, storedOn, sampled: sampled.length } }
}

/** One item of a file: the shape that `put --from` reads. */
export function valueReport ({ key, value, problem }: GetOfMany): Report {
  const text = value === undefined ? null : decodeText(value) ?? base64(value)
  const isText = value === undefined || decodeText(value) !== undefined
  const json = { key: asText(key), value: text, ...(isText ? {} : { encoding: 'base64' }), ...(problem === undefined ? {} : { problem }) }
  return { text: JSON.stringify(json), json }
}

export function putOfManyReport ({ key, storedOn, problem }: PutOfMany): Report {
  const json = { key: asText(key), storedOn, ...(problem === undefined ? {} : { problem }) }
  return { text: JSON.stringify(json), json }
}

export function findReport (outcome: FindOutcome): Report {
  const closest = outcome.closest.map(({ peer, addresses }) => ({ id: peer.hex, addresses: addresses.map(({ text }) => text) }))
  return {
    text: closest.map(({ id, addresses }) => `${id}  ${addresses.join(' ')}`).join('\n') || 'nobody found',
    json: { target: outcome.target.hex, closest, hops: outcome.hops, asked: outcome.asked, elapsedMs: milliseconds(outcome.elapsedMs) }
  }
}

/** How a lookup went, after its closest nodes. */
export function lookupSummary ({ hops, asked, answered, elapsedMs }: FindOutcome): string {
  return `${count(hops, 'hop')}, asked ${asked}, ${asked - answered} without answer, ${duration(elapsedMs)}`
}

export function hopReport (step: number, { peer, address, sharedBits, elapsedMs, outcome }: Hop): Report {
  const said = outcome.type === 'answered' ? `${outcome.closer} contacts` : outcome.reason
  return {
    text: `${String(step).padStart(2)}  ${brief(peer.hex)}  ${address.text.padEnd(21)}  prefix ${String(sharedBits).padEnd(3)}  ${duration(elapsedMs).padStart(7)}  ${said}`,
    json: { step, peer: peer.hex, address: address.text, sharedBits, elapsedMs: milliseconds(elapsedMs), ...(outcome.type === 'answered' ? { closer: outcome.closer } : { failed: outcome.reason }) }
  }
}

export function pingReport ({ peer, address, rttMs }: Pong): Report {
  return { text: `Answer from ${peer.hex} at ${address.text} in ${duration(rttMs)}`, json: { id: peer.hex, address: address.text, rttMs: milliseconds(rttMs) } }
}

export function statusReport (status: NodeStatus): Report {
  const addresses = status.addresses.map(({ text }) => text)
  const buckets = status.buckets.map(({ index, size }) => `  bucket ${String(index).padStart(3)}: ${count(size, 'node')}`)
  return {
    text: [
      `Node id:     ${status.id.hex}`,
      `Address:     ${addresses.join(' ')}`,
      `Network:     ${status.network} (${status.mode})`,
      `Known nodes: ${status.knownPeers}`,
      ...buckets,
      `Stored keys: ${status.storedRecords}`
    ].join('\n'),
    json: {
      id: status.id.hex,
      addresses,
      network: status.network,
      mode: status.mode,
      buckets: status.buckets,
      knownPeers: status.knownPeers,
      storedKeys: status.storedRecords
    }
  }
}

export function peersReport (peers: readonly KnownPeer[]): Report {
  const rows = peers.map(({ peer, addresses, bucket, rttMs, lastSeenMsAgo }) => ({
    id: peer.hex,
    addresses: addresses.map(({ text }) => text),
    bucket,
    rttMs: rttMs === undefined ? null : milliseconds(rttMs),
    lastSeenMs: milliseconds(lastSeenMsAgo)
  }))
  const line = (row: typeof rows[number]): string =>
    `${row.id}  bucket ${String(row.bucket).padStart(3)}  ${row.rttMs === null ? '      –' : duration(row.rttMs).padStart(7)}  seen ${duration(row.lastSeenMs)} ago  ${row.addresses.join(' ')}`
  return { text: rows.map(line).join('\n') || 'no nodes known yet (join <host:port>)', json: { peers: rows } }
}

export function keysReport (copies: readonly HeldCopy[]): Report {
  const rows = copies.map(({ key, valueBytes, expiresInMs }) => ({ key: asText(key), valueBytes, expiresInMs: milliseconds(expiresInMs) }))
  const line = (row: typeof rows[number]): string => `${row.key}  ${row.valueBytes} B  expires in ${lifetime(row.expiresInMs)}`
  return { text: rows.map(line).join('\n') || 'nothing is stored here', json: { keys: rows } }
}

function count (n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

/** Four figures are plenty for people and programs. */
function milliseconds (elapsedMs: number): number {
  return Math.round(elapsedMs * 100) / 100
}

function duration (ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** Rounded up, so that a full life shows as such. */
function lifetime (ms: number): string {
  if (ms > 2 * 3_600_000) return `${Math.ceil(ms / 3_600_000)} h`
  return ms > 120_000 ? `${Math.ceil(ms / 60_000)} min` : `${Math.ceil(ms / 1000)} s`
}

function brief (hex: string): string {
  return `${hex.slice(0, 4)}…${hex.slice(-2)}`
}

/** Text where the bytes are text; otherwise `undefined`. */
function decodeText (bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function asText (bytes: Uint8Array): string {
  return decodeText(bytes) ?? `base64:${base64(bytes)}`
}

function hex (bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function base64 (bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
