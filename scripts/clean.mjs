/** Removes everything that a build, a test run or the documentation generator made. */

import { rmSync } from 'node:fs'
import { packages, root } from './workspace.mjs'

const made = [...packages.map(({ dir }) => `${dir}/dist`), `${root}/examples/dist`, `${root}/coverage`, `${root}/docs/api`, `${root}/node_modules/.cache/kadmium`]

for (const path of made) rmSync(path, { recursive: true, force: true })
