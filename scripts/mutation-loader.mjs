/** A module loader that changes one place of one module. It throws where that place is not there, or there twice. */

import { writeSync } from 'node:fs'

let mutation

export function initialize (data) {
  mutation = data
}

export async function load (url, context, nextLoad) {
  const loaded = await nextLoad(url, context)
  if (!url.endsWith(`/packages/${mutation.file}`)) return loaded
  const parts = String(loaded.source).split(mutation.code)
  if (parts.length !== 2) throw new Error(`${mutation.file}: expected once, found ${parts.length - 1} times: ${mutation.code}`)
  writeSync(2, `MUTATED ${mutation.file}\n`)
  return { ...loaded, source: parts.join(mutation.instead) }
}
