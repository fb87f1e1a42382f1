/**
 * Says where the floors table, the package.json dependencies, the tsconfig references and the imports disagree.
 * With `--fix` it first writes the references that follow from the dependencies.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { floors, forbiddenTo, io } from './floors.mjs'
import { filesIn, packages, root } from './workspace.mjs'

const problems = []

for (const pkg of packages) {
  checkTable(pkg)
  checkTypes(pkg)
  checkReferences(`${pkg.dir}/tsconfig.json`, internal(pkg.manifest.dependencies, pkg.manifest.optionalDependencies))
  if (existsSync(`${pkg.dir}/test/tsconfig.json`)) {
    checkReferences(`${pkg.dir}/test/tsconfig.json`, [pkg.name, ...internal(pkg.manifest.dependencies, pkg.manifest.optionalDependencies, pkg.manifest.devDependencies)])
  }
  checkCircles(pkg)
}
for (const name of Object.keys(floors)) {
  if (!packages.some(pkg => pkg.name === name)) problems.push(`scripts/floors.mjs names ${name}, which does not exist`)
}
checkReferences(`${root}/tsconfig.json`, [
  ...packages.flatMap(({ name, dir }) => existsSync(`${dir}/test/tsconfig.json`) ? [name, `${name}/test`] : [name]),
  '../examples'
])

const sources = packages.flatMap(({ dir }) => filesIn(`${dir}/src`, /\.ts$/)).filter(file => !file.includes('/generated/'))
const lines = sources.reduce((sum, file) => sum + readFileSync(file, 'utf8').split('\n').length - 1, 0)
console.log(`${packages.length} packages, ${sources.length} source files, ${lines} lines`)

for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1

function checkTable ({ name, manifest }) {
  if (!(name in floors)) return problems.push(`packages/${name} has no floor in scripts/floors.mjs`)
  const used = internal(manifest.dependencies, manifest.optionalDependencies, manifest.devDependencies)
  for (const other of used.filter(other => forbiddenTo(name).includes(other))) {
    problems.push(`packages/${name} (floor ${floors[name]}) depends on ${other} (floor ${floors[other]})`)
  }
}

function checkTypes ({ name, dir }) {
  const types = readJson(`${dir}/tsconfig.json`).compilerOptions?.types ?? []
  if (types.length > 0 && !io.has(name)) problems.push(`packages/${name} is pure, but its tsconfig.json has types: ${types.join(', ')}`)
}

function checkReferences (file, targets) {
  const config = readJson(file)
  const wanted = targets.map(target => relative(dirname(file), `${root}/packages/${target}`))
  const present = (config.references ?? []).map(({ path }) => path)
  if (wanted.length === present.length && wanted.every(path => present.includes(path))) return
  if (process.argv.includes('--fix')) {
    writeFileSync(file, JSON.stringify({ ...config, references: wanted.map(path => ({ path })) }, null, 2) + '\n')
  } else {
    problems.push(`${relative(root, file)} should reference ${wanted.join(', ')} (npm run references writes it)`)
  }
}

/** A circle is reported once, from the file where the search met it first. Type-only imports count. */
function checkCircles ({ dir }) {
  const settled = new Set()
  const visit = (file, path) => {
    if (path.includes(file)) {
      return problems.push(`circular import: ${[...path.slice(path.indexOf(file)), file].map(file => relative(root, file)).join(' → ')}`)
    }
    if (settled.has(file)) return
    for (const imported of relativeImports(file)) visit(imported, [...path, file])
    settled.add(file)
  }
  for (const file of filesIn(`${dir}/src`, /\.ts$/)) visit(file, [])
}

function relativeImports (file) {
  if (!existsSync(file)) return []
  return [...readFileSync(file, 'utf8').matchAll(/^(?:import|export|\}) .*?from '(\.[^']+)'/gm)]
    .map(([, path]) => resolve(dirname(file), path))
}

function internal (...groups) {
  return groups.flatMap(group => Object.keys(group ?? {}))
    .filter(name => name.startsWith('@kadmium/'))
    .map(name => name.slice('@kadmium/'.length))
}

function readJson (file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
