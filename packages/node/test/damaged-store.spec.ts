import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createIdentity, generatePrivateKey, peerIdFromKey } from '@kadmium/peer-id'
import { DatastoreRecordStore, signRecord } from '@kadmium/records'
import { seededRandom, systemClock, systemCrypto } from '@kadmium/runtime'
import { expect } from 'chai'
import { openDataDirectory, repairDataDirectory } from '../src/data-directory.ts'
import { createNode } from '../src/index.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const privateKey = generatePrivateKey(seededRandom('torn'))
const publisher = createIdentity(privateKey, systemCrypto())
/** Where there is such a disk, a thousand stores are opened in seconds. */
const IN_MEMORY = '/dev/shm'
const IN_TABLE = 40
const IN_LOG = 20

async function openStore (path: string): Promise<{ store: DatastoreRecordStore, skippedBytes: number, close: () => Promise<void> }> {
  const directory = await openDataDirectory(path, async () => privateKey)
  const { datastore, skippedBytes } = directory
  try {
    const store = await DatastoreRecordStore.open({ datastore, clock: systemClock(), crypto: systemCrypto(), random: seededRandom(1), localId: peerIdFromKey(privateKey) })
    return { store, skippedBytes, close: async () => { await store.close(); await directory.close() } }
  } catch (error) {
    await directory.close()
    throw error
  }
}

describe('a data directory that is damaged', function () {
  this.timeout(60_000)
  let dir: string
  let sound: string

  before(async () => {
    dir = await mkdtemp(join(existsSync(IN_MEMORY) ? IN_MEMORY : tmpdir(), 'kadmium-damaged-'))
    sound = join(dir, 'sound')
    for (const [first, count] of [[0, IN_TABLE], [IN_TABLE, IN_LOG]] as const) { // LevelDB makes a table of the log when it opens
      const { store, close } = await openStore(sound)
      for (let i = first; i < first + count; i++) await put(store, i)
      await close()
    }
  })
  after(async () => { await rm(dir, { recursive: true }) })

  /** Acknowledged before the next is put, as a LevelDB batch of its own. */
  async function put (store: DatastoreRecordStore, i: number, valueBytes = 300): Promise<void> {
    const record = signRecord({ key: utf8(`key${i}`), value: seededRandom(i).bytes(valueBytes), seq: 1 }, publisher)
    const outcome = store.put(record, record.ttl * 1000, systemClock().now())
    expect(outcome.type).to.equal('stored')
    expect(await (outcome.type === 'stored' ? outcome.durable : undefined)).to.equal(undefined)
  }

  async function copy (from = sound): Promise<string> {
    const path = join(dir, 'copy')
    await rm(path, { recursive: true, force: true })
    await cp(from, path, { recursive: true })
    return path
  }

  const file = async (path: string, pattern: RegExp): Promise<string> =>
    join(path, 'store', (await readdir(join(path, 'store'))).filter(name => pattern.test(name)).sort().at(-1)!)

  async function flip (path: string, at: number): Promise<void> {
    const bytes = await readFile(path)
    const place = at < 0 ? bytes.length + at : at
    bytes[place] = bytes[place]! ^ 0xff
    await writeFile(path, bytes)
  }

  async function start (path: string): Promise<{ records: number, lines: string[] }> {
    const lines: string[] = []
    const node = await createNode({ host: '127.0.0.1', dataDirectory: path, publisherKeyFile: join(dir, 'publisher.key'), log: line => { lines.push(line) } })
    const records = node.records().length
    await node.stop()
    return { records, lines }
  }

  const damages: [string, (path: string) => Promise<void>, number][] = [
    ['without CURRENT', async path => { await unlink(await file(path, /^CURRENT$/)) }, IN_TABLE + IN_LOG],
    ['with an empty CURRENT', async path => { await truncate(await file(path, /^CURRENT$/), 0) }, IN_TABLE + IN_LOG],
    ['without a manifest', async path => { await unlink(await file(path, /^MANIFEST/)) }, IN_TABLE + IN_LOG],
    ['with a manifest cut short', async path => { await truncate(await file(path, /^MANIFEST/), 3) }, IN_TABLE + IN_LOG],
    ['with a rotten manifest', async path => { await flip(await file(path, /^MANIFEST/), 20) }, IN_TABLE + IN_LOG],
    ['without a table', async path => { await unlink(await file(path, /\.ldb$/)) }, IN_LOG],
    ['with a table cut short', async path => { await truncate(await file(path, /\.ldb$/), 1_000) }, IN_LOG],
    ['with a rotten end of a table', async path => { await flip(await file(path, /\.ldb$/), -3) }, IN_LOG]
  ]
  for (const [how, damage, left] of damages) {
    it(`${how}: one line says so, names the store and the command, and that saves the rest`, async () => {
      const path = await copy()
      await damage(path)
      const reason = await start(path).then(() => 'it started', (error: Error) => `${error.name}: ${error.message}`)
      expect(reason).to.match(/^DataDirectoryError: data directory \S+: the store \S+\/store cannot be read \(.+\); if it is damaged, try: kadmium repair --data \S+$/)
      expect(reason).to.include(path).and.not.include('\n')
      await repairDataDirectory(path)
      expect((await start(path)).records).to.equal(left)
    })
  }

  it('with rotten entries: those are skipped, counted and told, the others are there', async () => {
    const path = await copy()
    for (const at of [1_000, 9_000]) await flip(await file(path, /\.ldb$/), at)
    const { records, lines } = await start(path)
    expect(lines).to.deep.equal(['data: error: 2 entries of the store cannot be read and were skipped\n'])
    expect(records).to.equal(IN_TABLE + IN_LOG - 2)
  })

  it('with a rotten log: what LevelDB passes over is counted and told', async () => {
    const path = await copy()
    await flip(await file(path, /\.log$/), 5_000)
    const { records, lines } = await start(path)
    expect(lines.join('')).to.match(/^data: error: \d+ bytes of the store's log cannot be read and were skipped\n$/)
    expect(records).to.be.within(IN_TABLE, IN_TABLE + IN_LOG - 1)
  })

  it('B4: a write torn at any byte of the log loses at most that write', async () => {
    const small = join(dir, 'small')
    const puts = 4
    const { store: written, close: end } = await openStore(small)
    for (let i = 0; i < puts; i++) await put(written, i, 10)
    await end()
    const whole = (await stat(await file(small, /\.log$/))).size
    const ends = [whole]
    for (let size = whole; ends.length < 3; size--) {
      const path = await copy(small)
      await truncate(await file(path, /\.log$/), size)
      const { store, skippedBytes, close } = await openStore(path)
      const lost = puts - store.size
      expect(store.loaded.unreadable, `at byte ${size} of ${whole}`).to.equal(0)
      expect(skippedBytes).to.equal(0)
      if (lost === ends.length) ends.push(size + 1)
      expect(lost, `at byte ${size} of ${whole}`).to.equal(ends.length - 1)
      await close()
    }
    expect(ends[1]! - ends[2]!, 'the length of a whole write').to.be.above(200)
  })

  it('that is none is not repaired, and a file in its place is told of', async () => {
    const path = join(dir, 'none')
    expect(await repairDataDirectory(path).catch((error: Error) => error.message)).to.equal(`data directory ${path}: there is no store to repair, ${join(path, 'store')} (ENOENT)`)
    await writeFile(path, '')
    expect(await start(path).catch((error: Error) => error.message)).to.equal(`data directory ${path}: ${join(path, 'store')} is no folder`)
  })
})
