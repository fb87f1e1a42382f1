/**
 * Writes each package's README.md from the `@packageDocumentation` comment of its src/index.ts, so that the first thing
 * people read lives beside the code. What stands below the marker line is written by hand and kept.
 * With `--check` it only says which READMEs are out of date.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { packages } from './workspace.mjs'

const marker = '<!-- Above: generated from src/index.ts by `npm run readme`. Below: written by hand. -->'

for (const { name, dir, manifest } of packages) {
  const file = `${dir}/README.md`
  const present = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const wanted = readme(manifest, documentation(`${dir}/src/index.ts`), present.split(marker)[1] ?? '\n')
  if (wanted === present) continue
  if (process.argv.includes('--check')) {
    console.error(`packages/${name}/README.md is out of date: npm run readme`)
    process.exitCode = 1
  } else {
    writeFileSync(file, wanted)
  }
}

function readme (manifest, about, tail) {
  return `# ${manifest.name}

> ${manifest.description}

${about}
${manifest.private ? '' : install(manifest.name)}
## License

Licensed under either of Apache-2.0 ([LICENSE-APACHE](LICENSE-APACHE)) or MIT ([LICENSE-MIT](LICENSE-MIT)), at your option.

${marker}${tail}`
}

function install (name) {
  return `
## Install

\`\`\`console
npm install ${name}
\`\`\`

## API

Every export is documented in its source, from [src/index.ts](src/index.ts) on; \`npm run docs\` in the repository makes a
site of it.
`
}

/** The text of the comment that holds the tag, without the tag and without the stars. */
function documentation (file) {
  const comment = readFileSync(file, 'utf8').match(/\/\*\*(?:(?!\*\/)[^])*?@packageDocumentation(?:(?!\*\/)[^])*\*\//)?.[0]
  if (comment === undefined) throw new Error(`${file} has no @packageDocumentation comment`)
  return comment
    .replace(/^\/\*\*|\s*\*\/$/g, '')
    .replace(/^[ \t]*\* ?/gm, '')
    .replace(/^[ \t]*@packageDocumentation[ \t]*$/m, '')
    .trim()
}
