import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect } from 'chai'

const root = new URL('../../../../', import.meta.url)

describe('the README', () => {
  it('has a first example of at most 12 lines that runs as printed', async () => {
    const readme = await readFile(new URL('README.md', root), 'utf8')
    const example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? ''
    expect(example.split('\n').filter(line => line !== '').length).to.be.within(1, 12)

    const file = new URL(`examples/.readme-${process.pid}.mjs`, root)
    await writeFile(file, example)
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [file.pathname])
      expect(stdout).to.match(/^[0-9a-f]{40} added\nstored on 1 other node\nworld\n$/)
    } finally {
      await rm(file)
    }
  })
})
