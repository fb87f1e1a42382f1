/** `node --import` this: switches off the defence that the environment names, in memory. */

import { register } from 'node:module'
import { root } from './workspace.mjs'

const { KADMIUM_MUTATION: mutation } = process.env
if (mutation !== undefined) {
  const { file, code, instead } = JSON.parse(mutation)
  register(new URL('mutation-loader.mjs', import.meta.url), { data: { file, code, instead } })
  await import(`file://${root}/packages/${file}`) // before mocha, which requires its specs, past all loaders, but finds here what is loaded already
}
