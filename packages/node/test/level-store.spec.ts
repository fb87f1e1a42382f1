import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Key } from 'interface-datastore'
import { Level } from 'level'
import { LevelStore } from '../src/level-store.ts'

const KEY = new Key('/key')
const VALUE = Uint8Array.of(1)
const NO_SPACE = new Error('IO error: 000003.log: No space left on device')
const reason = async (promise: Promise<unknown>): Promise<string> => await promise.then(() => 'written', (error: Error) => error.message)

describe('LevelStore', () => {
  let dir: string
  let level: Level<string, Uint8Array>
  let store: LevelStore
  let now = 0
  /** What was done to LevelDB, and what of it fails. */
  let calls: string[]
  let failing: Set<string>

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kadmium-level-'))
    level = new Level<string, Uint8Array>(dir, { keyEncoding: 'utf8', valueEncoding: 'view' })
    await level.open()
    calls = []
    failing = new Set()
    now = 0
    for (const name of ['open', 'close', 'batch', 'put', 'del'] as const) {
      const original = level[name].bind(level) as (...args: unknown[]) => Promise<unknown>
      Object.assign(level, {
        [name]: async (...args: unknown[]) => {
          calls.push(name)
          if (failing.has(name)) throw NO_SPACE
          return await original(...args)
        }
      })
    }
    store = new LevelStore(level, () => now)
  })

  afterEach(async () => {
    await store.close()
    await rm(dir, { recursive: true })
  })

  const commit = async (): Promise<void> => {
    const batch = store.batch()
    batch.put(KEY, VALUE)
    await batch.commit()
  }
  const writes: [string, () => Promise<unknown>][] = [['batch', commit], ['put', async () => await store.put(KEY, VALUE)], ['del', async () => { await store.delete(KEY) }]]

  for (const [name, write] of writes) {
    it(`opens LevelDB anew before it writes behind a ${name} that failed`, async () => {
      failing.add(name)
      expect(await reason(write())).to.include('No space left')
      failing.clear()
      calls = []
      expect(await reason(commit())).to.equal('written')
      expect(calls).to.deep.equal(['close', 'open', 'batch'])
      expect(await reason(commit()), 'and only once').to.equal('written')
      expect(calls).to.deep.equal(['close', 'open', 'batch', 'batch'])
    })
  }

  it('tries to open it once a second, and until then writes fail for the same reason', async () => {
    failing.add('batch')
    await reason(commit())
    failing.add('open')
    expect(await reason(commit())).to.include('No space left')
    calls = []
    now = 999
    expect(await reason(commit())).to.include('No space left')
    expect(calls).to.deep.equal([])
    now = 1_000
    failing.clear()
    expect(await reason(commit())).to.equal('written')
    expect(await store.get(KEY)).to.deep.equal(VALUE)
  })

  it('what is written while one fails waits for it, and goes into no torn log', async () => {
    failing.add('batch')
    const first = reason(commit())
    const second = reason(commit())
    expect([await first, await second].every(text => text.includes('No space left'))).to.equal(true)
    expect(calls).to.deep.equal(['batch', 'close', 'open', 'batch'])
  })
})
