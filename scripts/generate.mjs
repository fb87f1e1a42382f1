/**
 * Compiles every packages/<name>/src/*.proto to packages/<name>/src/generated/*.ts with protons. Both are committed.
 * With `--check` it only says which committed files differ from what would be generated.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { filesIn, packages, root } from './workspace.mjs'

const check = process.argv.includes('--check')

for (const { dir } of packages) {
  const sources = filesIn(`${dir}/src`, /\.proto$/)
  if (sources.length === 0) continue
  if (check) compare(dir, sources)
  else compile(sources, `${dir}/src/generated`)
}

function compile (sources, output) {
  mkdirSync(output, { recursive: true })
  const { status } = spawnSync(`${root}/node_modules/.bin/protons`, [...sources, '--strict', '--output', output], { stdio: 'inherit' })
  if (status !== 0) process.exit(1)
}

function compare (dir, sources) {
  const fresh = mkdtempSync(join(tmpdir(), 'kadmium-'))
  compile(sources, fresh)
  for (const source of sources) {
    const name = `${basename(source, '.proto')}.ts`
    const committed = `${dir}/src/generated/${name}`
    if (existsSync(committed) && readFileSync(committed, 'utf8') === readFileSync(`${fresh}/${name}`, 'utf8')) continue
    console.error(`${relative(root, committed)} is out of date: npm run generate`)
    process.exitCode = 1
  }
  rmSync(fresh, { recursive: true })
}
