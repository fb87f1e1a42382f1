/**
 * Runs `npm ci` when node_modules is missing or holds other versions than package-lock.json asks for.
 * npm keeps a copy of the lockfile of what it installed in node_modules, so comparing the two answers the question.
 */

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { root } from './workspace.mjs'

export function ensureInstalled () {
  if (isInstalled()) return
  console.error('installing dependencies …')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) process.exit(status ?? 1)
}

function isInstalled () {
  const wanted = readLock('package-lock.json')
  const installed = readLock('node_modules/.package-lock.json')
  return Object.entries(wanted)
    .filter(([path, entry]) => path.startsWith('node_modules/') && !entry.optional && !entry.devOptional)
    .every(([path, { version }]) => path in installed && installed[path].version === version)
}

function readLock (path) {
  try {
    return JSON.parse(readFileSync(`${root}/${path}`, 'utf8')).packages
  } catch {
    return {}
  }
}

if (process.argv[1] === import.meta.filename) ensureInstalled()
