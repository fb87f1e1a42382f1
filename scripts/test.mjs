/**
 * Runs the tests of every package and prints the totals on one line. Fails when a test failed, when a package's run
 * broke, and when nothing ran.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { packages, root } from './workspace.mjs'

const countFiles = packages.map(({ dir }) => `${dir}/dist/test/counts.json`)
for (const file of countFiles) rmSync(file, { force: true })

const { status } = spawnSync(`${root}/node_modules/.bin/lerna`, ['run', 'test', '--concurrency', '2', '--stream', '--no-bail', '--loglevel', 'error'], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
  timeout: 12 * 60_000, // a test that leaves a socket open would hang for ever
  env: { ...process.env, NX_DAEMON: 'false' }
})

const counts = countFiles.filter(file => existsSync(file)).map(file => JSON.parse(readFileSync(file, 'utf8')))
const total = outcome => counts.reduce((sum, count) => sum + count[outcome], 0)

console.log(`\n${total('passed')} passed, ${total('failed')} failed`)
if (total('pending') > 0) console.log(`${total('pending')} pending`)
process.exitCode = status === 0 && total('failed') === 0 && total('passed') > 0 ? 0 : 1
