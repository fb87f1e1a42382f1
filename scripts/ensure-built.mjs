/**
 * `ensure-built.mjs [project]` runs `tsc -b project`, unless no input changed since the last time. Without a project it
 * builds everything. To look at some hundred modification times is far quicker than to ask the compiler.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { ensureInstalled } from './ensure-installed.mjs'
import { filesIn, packages, root } from './workspace.mjs'

const project = resolve(process.argv[2] ?? root)

ensureInstalled()
if (newestInputMs() > Math.max(builtMs(root), builtMs(project))) build()

function build () {
  const startedAt = new Date()
  removeOrphans()
  const { status } = spawnSync(`${root}/node_modules/.bin/tsc`, ['-b', project], { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) process.exit(status ?? 1)
  const stamp = stampOf(project)
  mkdirSync(resolve(stamp, '..'), { recursive: true })
  writeFileSync(stamp, '')
  utimesSync(stamp, startedAt, startedAt)
}

/** The compiler leaves the output of a deleted source in place, and mocha would go on running it. */
function removeOrphans () {
  for (const { dir } of packages) {
    for (const output of filesIn(`${dir}/dist`, /\.(js|d\.ts)(\.map)?$/)) {
      const source = dir + output.slice(`${dir}/dist`.length).replace(/\.(js|d\.ts)(\.map)?$/, '.ts')
      if (!existsSync(source)) rmSync(output)
    }
  }
}

/** Folders count too: to add, delete or rename an entry, such as a package's dist, touches them. */
function newestInputMs () {
  const shared = ['tsconfig.json', 'tsconfig.base.json', 'tsconfig.test.json', 'ambient.d.ts', 'package-lock.json', 'packages']
  const own = packages.flatMap(({ dir }) => [dir, `${dir}/package.json`, `${dir}/tsconfig.json`, ...tree(`${dir}/src`), ...tree(`${dir}/test`)])
  return Math.max(...[...shared.map(path => `${root}/${path}`), ...tree(`${root}/examples`), ...own].map(modifiedMs))
}

function tree (dir) {
  try {
    return [dir, ...readdirSync(dir, { recursive: true }).map(path => `${dir}/${path}`)]
  } catch {
    return []
  }
}

/** A stamp carries the time its build started, so that an edit during the build is not missed. */
function builtMs (path) {
  return modifiedMs(stampOf(path))
}

function stampOf (path) {
  return `${root}/node_modules/.cache/kadmium/built${path.slice(root.length).replaceAll('/', '-')}`
}

function modifiedMs (path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
