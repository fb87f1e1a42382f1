/** Where the repository is, and which packages it has: no more than that. No dependencies, so it runs before `npm ci`. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '..')

/** Every package as `{ name, dir, manifest }`, where `name` is its folder. */
export const packages = readdirSync(`${root}/packages`)
  .filter(name => existsSync(`${root}/packages/${name}/package.json`))
  .map(name => {
    const dir = `${root}/packages/${name}`
    return { name, dir, manifest: JSON.parse(readFileSync(`${dir}/package.json`, 'utf8')) }
  })

/** The files below `dir`, as absolute paths; none when it does not exist. */
export function filesIn (dir, matches = /./) {
  if (!existsSync(dir)) return []
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && matches.test(entry.name))
    .map(entry => `${entry.parentPath}/${entry.name}`)
}
