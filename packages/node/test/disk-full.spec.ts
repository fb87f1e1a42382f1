import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemRandom } from '@kadmium/runtime'
import { expect } from 'chai'
import { createNode } from '../src/index.ts'
import type { KadmiumNode } from '../src/index.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const KIB = 1024

/** A disk of 1 MiB, where this user may mount one: root on Linux, which CI may not be. */
class SmallDisk {
  readonly path: string

  private constructor (path: string) {
    this.path = path
  }

  static async mounted (): Promise<SmallDisk | undefined> {
    const path = await mkdtemp(join(tmpdir(), 'kadmium-disk-'))
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' })
    if (status === 0) return new SmallDisk(path)
    await rm(path, { recursive: true })
    return undefined
  }

  async fill (leaveBytes: number): Promise<void> {
    const free = Number(execFileSync('df', ['-B1', '--output=avail', this.path], { encoding: 'utf8' }).split('\n')[1])
    await writeFile(join(this.path, 'ballast'), new Uint8Array(Math.max(0, free - leaveBytes)))
  }

  async empty (): Promise<void> {
    await rm(join(this.path, 'ballast'), { force: true })
  }

  async unmount (): Promise<void> {
    spawnSync('umount', [this.path], { stdio: 'ignore' })
    await rm(this.path, { recursive: true, force: true })
  }
}

describe('a node whose disk is full', function () {
  this.timeout(30_000)
  let disk: SmallDisk | undefined
  let home: string
  let node: KadmiumNode | undefined
  let lines: string[]

  beforeEach(async function () {
    disk = await SmallDisk.mounted()
    if (disk === undefined) {
      console.log('      skipped: mounting a small disk takes root on Linux')
      this.skip()
    }
    home = await mkdtemp(join(tmpdir(), 'kadmium-full-'))
    lines = []
  })

  afterEach(async () => {
    await node?.stop()
    node = undefined
    await disk?.unmount()
    if (home !== undefined) await rm(home, { recursive: true, force: true })
  })

  const start = async (dataDirectory = join(disk!.path, 'node')): Promise<KadmiumNode> => await createNode({
    host: '127.0.0.1', dataDirectory, publisherKeyFile: join(home, 'publisher.key'), log: line => { lines.push(line) }
  })
  const put = async (key: string): Promise<string | undefined> => {
    const outcome = await node!.put(utf8(key), systemRandom().bytes(4 * KIB))
    return outcome.ok ? undefined : outcome.refused[0]?.reason
  }
  const holds = async (key: string): Promise<boolean> => (await node!.get(utf8(key))).value !== undefined

  it('refuses writes with disk-full, serves what it has, says so once, and stops cleanly', async () => {
    node = await start()
    expect(await put('before')).to.equal(undefined)
    await disk!.fill(16 * KIB)
    const refused = []
    for (let i = 0; i < 20; i++) refused.push(await put(`key${i}`))
    expect(refused.filter(reason => reason !== undefined).length).to.be.at.least(15)
    expect(new Set(refused)).to.deep.equal(new Set([undefined, 'disk-full']))
    expect(await holds('before')).to.equal(true)
    await node.stop()
    expect(lines.filter(line => line.includes('could not be written'))).to.have.length(1)
    expect(lines[0]).to.match(/No space left on device/)
  })

  it('takes writes again when there is room, and loses none of them', async () => {
    node = await start()
    await disk!.fill(16 * KIB)
    const acknowledged = []
    for (let i = 0; i < 12; i++) if (await put(`full${i}`) === undefined) acknowledged.push(`full${i}`)
    await disk!.empty()
    let refused: string | undefined = 'disk-full'
    while (refused !== undefined) refused = await put('first')
    for (const key of ['second', 'third']) expect(await put(key)).to.equal(undefined)
    acknowledged.push('first', 'second', 'third')

    const asIfKilled = join(home, 'copy')
    execFileSync('cp', ['-r', join(disk!.path, 'node'), asIfKilled])
    await node.stop()
    node = await start(asIfKilled)
    const lost = []
    for (const key of acknowledged) if (!await holds(key)) lost.push(key)
    expect(lost).to.deep.equal([])
  })

  it('does not start on it, and says why in one line that names the folder', async () => {
    node = await start()
    await put('before')
    await node.stop()
    await disk!.fill(0)
    const reason = await start().then(started => { node = started; return 'it started' }, (error: Error) => error.message)
    node = undefined
    expect(reason).to.equal(`data directory ${join(disk!.path, 'node')}: the disk is full`)
    await disk!.empty()
    node = await start()
    expect(await holds('before')).to.equal(true)
  })

  it('makes no half of a data folder', async () => {
    await disk!.fill(0)
    const reason = await start().then(() => 'it started', (error: Error) => error.message)
    expect(reason).to.match(/^(data directory|key file) .*: (the disk is full|cannot be (made|written) \(ENOSPC\))$/)
    const made = await readdir(join(disk!.path, 'node')).catch(() => [])
    for (const name of made.filter(name => name.startsWith('node.key'))) expect((await stat(join(disk!.path, 'node', name))).size).to.be.above(0)
    await disk!.empty()
    node = await start()
    expect(await put('after')).to.equal(undefined)
  })
})
