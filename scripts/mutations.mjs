/**
 * `mutations.mjs [word…]` switches the defences that no option switches off, those with a word in their names, off one by one,
 * and says which tests notice. Fails when one goes unnoticed, when the tests fail without any mutation, or when a mutation no
 * longer fits the code. Nothing on the disk is changed.
 */

import { spawnSync } from 'node:child_process'
import { defences } from './defences.mjs'
import { root } from './workspace.mjs'

const words = process.argv.slice(2)
const wanted = defences.filter(({ name }) => words.length === 0 || words.some(word => name.includes(word)))
const healthy = new Map()
for (const defence of wanted) {
  const problem = problemOf(defence)
  console.log(`${problem === undefined ? '✔' : '✘'} ${defence.name}${problem === undefined ? '' : `: ${problem}`}`)
  if (problem !== undefined) process.exitCode = 1
}

function problemOf (defence) {
  const [name, grep] = defence.tests
  const key = `${name} ${grep}`
  if (!healthy.has(key)) healthy.set(key, run(name, grep))
  const before = healthy.get(key)
  if (before.passed === 0 || before.failed > 0) return `without it ${before.passed} tests of ${key} pass and ${before.failed} fail`
  const { passed, failed, output } = run(name, grep, defence)
  if (!output.includes(`MUTATED ${defence.file}`)) return `it does not fit the code: ${output.match(/expected once.*/)?.[0] ?? `${defence.file} is not loaded`}`
  if (failed === 0) return `none of ${passed} tests of ${key} noticed`
  console.log(`  ${failed} of ${passed + failed} tests failed: ${firstFailure(output)}`)
}

function run (name, grep, mutation) {
  const { stdout, stderr } = spawnSync(process.execPath, [
    '--import', `${root}/scripts/mutation-hook.mjs`, `${root}/node_modules/mocha/bin/mocha.js`, '--reporter', 'tap', '--timeout', '60000', '--grep', grep
  ], {
    cwd: `${root}/packages/${name}`,
    encoding: 'utf8',
    timeout: 5 * 60_000,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ...(mutation !== undefined && { KADMIUM_MUTATION: JSON.stringify(mutation) }) }
  })
  const output = stdout + stderr
  const count = pattern => output.match(pattern)?.length ?? 0
  return { passed: count(/^ok \d/gm), failed: count(/^not ok \d/gm), output }
}

function firstFailure (output) {
  return output.match(/^not ok \d+ (.*)$/m)?.[1]
}
