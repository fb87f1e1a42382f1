/**
 * Checks that every package would arrive at its users whole (publint), that all manifests have one shape, and that
 * package-lock.json knows what they ask for, or `npm ci` would refuse it on the next machine.
 */

import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { packages, root } from './workspace.mjs'

const same = { license: 'Apache-2.0 OR MIT', type: 'module', sideEffects: false }
const groups = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']
const locked = JSON.parse(readFileSync(`${root}/package-lock.json`, 'utf8')).packages

for (const { name, dir, manifest } of packages) {
  for (const [field, value] of Object.entries(same)) {
    if (manifest[field] !== value) complain(`packages/${name}/package.json: ${field} should be ${JSON.stringify(value)}`)
  }
  for (const group of groups) {
    if (!isDeepStrictEqual(manifest[group], locked[`packages/${name}`]?.[group])) complain(`packages/${name}: ${group} differ from package-lock.json (npm install)`)
  }
  if (manifest.private) continue
  const { messages } = await publint({ pkgDir: dir, level: 'warning', strict: true, pack: false })
  for (const message of messages) complain(`packages/${name}: ${formatMessage(message, manifest, { color: false })}`)
}

for (const [path, { resolved = '' }] of Object.entries(locked)) {
  if (/^[a-z+]+:/.test(resolved)) complain(`package-lock.json says where ${path} was downloaded from`)
}

function complain (problem) {
  console.error(problem)
  process.exitCode = 1
}
