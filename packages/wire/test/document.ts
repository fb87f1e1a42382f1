/** docs/wire-protocol.md: its examples and its size table, which come from the golden datagrams. */
import { DATAGRAM_BYTES } from '../src/index.ts'
import { annotate } from './annotate.ts'
import type { Golden } from './golden.ts'

export const DOCUMENT = '../../docs/wire-protocol.md'
const EXAMPLE = /^```hex ([\w-]+)\n([^`]*)^```$/gm
const SIZE_ROW = /^\| `(size-[\w-]+)` \|([^|]*)\|.*$/gm

export interface Example {
  readonly name: string
  /** Without comments and white space. */
  readonly hex: string
}

export function examplesIn (text: string): Example[] {
  return [...text.matchAll(EXAMPLE)].map(([, name = '', body = '']) => ({ name, hex: body.replaceAll(/#.*$/gm, '').replaceAll(/\s/g, '') }))
}

/** The rows of the size table: fixture, what it is, message, in a plaintext frame, left for another frame. */
export function sizeRowsIn (text: string): string[] {
  return [...text.matchAll(SIZE_ROW)].map(([row]) => row)
}

/** The document with its examples and its size rows written anew. */
export function refreshed (text: string, datagrams: readonly Golden[]): string {
  const byName = new Map(datagrams.map(datagram => [datagram.name, datagram]))
  return text
    .replaceAll(EXAMPLE, (whole, name: string) => {
      const golden = byName.get(name)
      return golden === undefined ? whole : `\`\`\`hex ${name}\n${annotate(golden)}\n\`\`\``
    })
    .replaceAll(SIZE_ROW, (whole, name: string, what: string) => {
      const golden = byName.get(name)
      return golden === undefined ? whole : sizeRow(golden, what)
    })
}

function sizeRow ({ name, message, datagram }: Golden, what: string): string {
  const size = message.length / 2
  return `| \`${name}\` |${what}| ${size} | ${datagram.length / 2} | ${DATAGRAM_BYTES - size} |`
}
