/** The bytes of a golden datagram, field by field, as docs/wire-protocol.md shows them. */
import { PLAINTEXT_FRAME_BYTES } from '../src/index.ts'
import type { Golden } from './golden.ts'

/** A protobuf message: the name of each field, and what is inside it. */
type Names = Readonly<Record<number, string | { readonly name: string, readonly inside: Names | 'contacts' }>>

const LINE_BYTES = 32
const RECORD: Names = { 1: 'key', 2: 'value', 3: 'publisher', 4: 'salt', 5: 'seq', 6: 'ttl', 7: 'signature', 8: 'kind', 9: 'encoding' }
const HELD: Names = { 1: { name: 'record', inside: RECORD }, 2: 'remaining_ms' }
const REQUEST: Names = {
  1: 'type', 2: 'target', 3: 'key', 4: 'publisher', 5: 'salt', 6: { name: 'held', inside: HELD }, 7: 'expected_seq', 8: 'seed', 9: 'after', 10: 'limit', 11: 'tombstones', 12: 'advertisements', 13: 'keep'
}
const RESPONSE: Names = { 1: 'type', 2: { name: 'contacts', inside: 'contacts' }, 3: { name: 'records', inside: HELD }, 4: 'more', 5: 'total', 6: 'sampled' }
const envelope = (payload: Names): Names => ({
  1: 'kind',
  2: 'transaction_id',
  3: 'mode',
  4: 'protocol',
  5: { name: 'payload', inside: payload },
  6: 'observed',
  7: 'truncated',
  8: 'code',
  9: 'reason',
  10: 'token'
})

/** Lines of hex, each with what it is after a `#`. */
export function annotate ({ datagram, envelope: shown }: Golden): string {
  const bytes = Buffer.from(datagram, 'hex')
  const isRequest = (shown as { kind?: string } | null)?.kind === 'request'
  const length = bytes.readUInt16BE(PLAINTEXT_FRAME_BYTES - 2)
  const end = PLAINTEXT_FRAME_BYTES + length
  return [
    ...parts(bytes, [[1, 'type'], [1, 'version'], [4, 'network'], [32, 'sender'], [8, 'cookie'], [8, 'echo'], [2, `length of the message: ${length}`]]),
    ...fields(bytes.subarray(PLAINTEXT_FRAME_BYTES, end), envelope(isRequest ? REQUEST : RESPONSE), ''),
    ...line(bytes.subarray(end), '', 'padding')
  ].join('\n')
}

function parts (bytes: Buffer, layout: readonly (readonly [length: number, name: string])[], indent = ''): string[] {
  let at = 0
  return layout.flatMap(([length, name]) => {
    at += length
    return line(bytes.subarray(at - length, at), indent, name)
  })
}

function fields (bytes: Buffer, names: Names, indent: string): string[] {
  const lines: string[] = []
  for (let at = 0; at < bytes.length;) {
    const [tag, afterTag] = varint(bytes, at)
    const [value, afterValue] = varint(bytes, afterTag)
    const field = names[tag >>> 3] ?? 'unknown'
    const name = typeof field === 'string' ? field : field.name
    const end = (tag & 7) === 0 ? afterValue : afterValue + value
    const content = bytes.subarray(afterValue, end)
    if ((tag & 7) === 0) lines.push(...line(bytes.subarray(at, end), indent, `${name}: ${value}`))
    else {
      lines.push(...line(bytes.subarray(at, afterValue), indent, `${name}, ${value} bytes`), ...inside(content, field, `${indent}  `))
    }
    at = end
  }
  return lines
}

function inside (content: Buffer, field: Names[number], indent: string): string[] {
  if (typeof field === 'string' || field === undefined) return line(content, indent, isText(content) ? `"${content.toString()}"` : '')
  return field.inside === 'contacts' ? contacts(content, indent) : fields(content, field.inside, indent)
}

function contacts (content: Buffer, indent: string): string[] {
  const lines: string[] = []
  for (let at = 0; at < content.length;) {
    const ip = content[at] === 4 ? 4 : 16
    lines.push(...parts(content.subarray(at), [[1, 'family'], [32, 'public key'], [ip, 'address'], [2, 'port']], indent))
    at += 35 + ip
  }
  return lines
}

function line (bytes: Buffer, indent: string, comment: string): string[] {
  const rows: string[] = []
  for (let at = 0; at < bytes.length; at += LINE_BYTES) {
    const hex = `${indent}${bytes.subarray(at, at + LINE_BYTES).toString('hex')}`
    rows.push(at === 0 && comment !== '' ? `${hex.padEnd(24)}  # ${comment}` : hex)
  }
  return rows
}

function isText (content: Buffer): boolean {
  return content.length > 1 && content.every(byte => byte >= 0x20 && byte < 0x7f) && !content.every(byte => byte === content[0])
}

/** Numbers above 2^32 too, so no shifts. */
function varint (bytes: Buffer, at: number): [value: number, end: number] {
  let value = 0
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++] ?? 0
    value += (byte & 127) * scale
    if (byte < 128) return [value, at]
  }
}
