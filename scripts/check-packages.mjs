/** Checks with publint that every package would arrive at its users whole, and that all manifests have one shape. */

import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { packages } from './workspace.mjs'

const same = {
  license: 'Apache-2.0 OR MIT',
  type: 'module',
  sideEffects: false
}

const complain = problem => {
  console.error(problem)
  process.exitCode = 1
}

for (const { name, dir, manifest } of packages) {
  for (const [field, value] of Object.entries(same)) {
    if (manifest[field] !== value) complain(`packages/${name}/package.json: ${field} should be ${JSON.stringify(value)}`)
  }
  if (manifest.private) continue
  const { messages } = await publint({ pkgDir: dir, level: 'warning', strict: true, pack: false })
  for (const message of messages) complain(`packages/${name}: ${formatMessage(message, manifest, { color: false })}`)
}
