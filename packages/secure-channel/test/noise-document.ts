/** docs/wire-protocol-noise.md: its examples, which come from the golden datagrams. */
import type { Golden } from './noise-golden.ts'
import { annotate } from './noise-golden.ts'

export const DOCUMENT = new URL('../../../../docs/wire-protocol-noise.md', import.meta.url)
export const FIXTURES = new URL('../../../../test-fixtures/noise-datagrams.json', import.meta.url)
const EXAMPLE = /^```hex ([\w-]+)\n([^`]*)^```$/gm

export function exampleNames (text: string): string[] {
  return [...text.matchAll(EXAMPLE)].map(([, name = '']) => name)
}

/** The document with its examples written anew. */
export function refreshed (text: string, datagrams: readonly Golden[]): string {
  return text.replaceAll(EXAMPLE, (whole, name: string) => {
    const golden = datagrams.find(other => other.name === name)
    return golden === undefined ? whole : `\`\`\`hex ${name}\n${annotate(golden)}\n\`\`\``
  })
}
