/** Runs every check, also after one failed, so that one run shows all there is to mend. */

import { spawnSync } from 'node:child_process'
import { root } from './workspace.mjs'

const checks = {
  'code style and floor rules': ['node_modules/.bin/eslint', '.'],
  'floors, references, circles': ['node', 'scripts/check-floors.mjs'],
  'package READMEs': ['node', 'scripts/readme.mjs', '--check'],
  'generated protobuf code': ['node', 'scripts/generate.mjs', '--check'],
  'unused files and dependencies': ['node_modules/.bin/knip', '--no-progress'],
  'published packages': ['node', 'scripts/check-packages.mjs']
}

const failed = Object.entries(checks).filter(([name, [command, ...args]]) => {
  const startedMs = performance.now()
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`)
  return status !== 0
})

process.exitCode = failed.length === 0 ? 0 : 1
