import { readdir, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { crashes } from './crashes.ts'
import { Processes } from './processes.ts'
import type { KadmiumProcess } from './processes.ts'

const SEED = 9
const RECORDS = 2
/** A hundred are `npm run crashes -w @kadmium/cli`. */
const KILLS = 10

/** What a node prints of itself when it listens. */
async function whereabouts (node: KadmiumProcess): Promise<{ readonly id: string, readonly address: string }> {
  const [, id = ''] = await node.printed(/^id +([0-9a-f]{40})$/m)
  return { id, address: await node.address() }
}

describe('nodes with --data', function () {
  this.timeout(60_000 + KILLS * 5_000)
  let processes: Processes

  beforeEach(async () => { processes = await Processes.begin() })
  afterEach(async () => { await processes.end() })

  const data = (name: string): string => join(processes.home, name)
  const bootstrap = (name: string, port = '0'): KadmiumProcess => processes.start('bootstrap', '--host', '127.0.0.1', '--port', port, '--data', data(name))

  it('five of them, all killed and started again as before, the seed gone, have their ids and all records', async () => {
    const seed = bootstrap('seed')
    const { address } = await whereabouts(seed)
    const names = ['a', 'b', 'c', 'd']
    const nodes = names.map(name => processes.start('join', address, '--host', '127.0.0.1', '--data', data(name)))
    const before = await Promise.all(nodes.map(whereabouts))
    await Promise.all(nodes.map(async node => await node.printed(/^Joined/m)))
    for (let i = 0; i < RECORDS; i++) expect((await processes.run(['put', `key${i}`, `value${i}`, '--quorum', 'all', '--bootstrap', address])).code).to.equal(0)
    await Promise.all([seed, ...nodes].map(async node => await node.kill('SIGKILL')))

    const back = names.map(name => processes.start('join', address, '--host', '127.0.0.1', '--data', data(name)))
    const after = await Promise.all(back.map(whereabouts))
    expect(after.map(({ id }) => id)).to.deep.equal(before.map(({ id }) => id))
    for (const node of back) await node.printed(new RegExp(`^Joined: [123] nodes? known, .*; no answer yet from ${address}$`, 'm'))
    for (const { address: via } of after) {
      for (let i = 0; i < RECORDS; i++) expect(await processes.run(['get', `key${i}`, '--bootstrap', via])).to.include({ code: 0, stdout: `value${i}` })
    }
  })

  it(`one that is killed ${KILLS} times under load opens again, rejoins without its seed, and has every write that it acknowledged (seed ${SEED})`, async () => {
    const { lost, rejoined, acknowledged } = await crashes(processes, KILLS, SEED)
    expect(lost).to.deep.equal([])
    expect(rejoined).to.equal(KILLS)
    expect(acknowledged).to.be.above(KILLS)
  })

  it('refuses a folder in use, and a damaged one until it is repaired, each in one line', async () => {
    const node = bootstrap('node')
    const { id } = await whereabouts(node)
    const second = await processes.run(['bootstrap', '--host', '127.0.0.1', '--port', '0', '--data', data('node')])
    expect(second).to.include({ code: 1, stderr: `kadmium: data directory ${data('node')}: is in use by another process\n` })
    await node.kill('SIGINT')

    const store = join(data('node'), 'store')
    const manifest = (await readdir(store)).find(name => name.startsWith('MANIFEST'))!
    await truncate(join(store, manifest), 3)
    const damaged = await processes.run(['bootstrap', '--host', '127.0.0.1', '--port', '0', '--data', data('node')])
    expect(damaged.code).to.equal(1)
    expect(damaged.stderr).to.match(/^kadmium: data directory .*kadmium repair --data .*\n$/)
    expect((await processes.run(['repair', '--data', data('node')])).code).to.equal(0)
    expect((await whereabouts(bootstrap('node'))).id).to.equal(id)
  })
})
