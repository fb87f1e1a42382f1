import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { configDirectory, keyText, loadPublisherKey, newPrivateKey, peerIdFromKey, readKeyFile, stateDirectory, writeKeyFile } from '../src/index.ts'

describe('key files', () => {
  let dir: string
  beforeEach(async () => { dir = await mkdtemp(join(tmpdir(), 'kadmium-')) })
  afterEach(async () => { await rm(dir, { recursive: true }) })

  it('the publisher key is made on first use, for the user alone to read, and is the same from then on', async () => {
    const file = join(dir, 'sub', 'publisher.key')
    const first = await loadPublisherKey(file)
    const second = await loadPublisherKey(file)
    expect([first.created, second.created]).to.deep.equal([true, false])
    expect(second.privateKey.equals(first.privateKey)).to.equal(true)
    expect((await stat(file)).mode & 0o777).to.equal(0o600)
    expect((await stat(join(dir, 'sub'))).mode & 0o777).to.equal(0o700)
  })

  it('commands that make it at the same time end up with one key and no litter', async () => {
    const file = join(dir, 'publisher.key')
    const loaded = await Promise.all(Array.from({ length: 16 }, async () => await loadPublisherKey(file)))
    expect(new Set(loaded.map(({ privateKey }) => peerIdFromKey(privateKey).hex)).size).to.equal(1)
    expect(loaded.filter(({ created }) => created)).to.have.length(1)
    expect(await readdir(dir)).to.deep.equal(['publisher.key'])
  })

  it('is in the XDG folder, or in .config of the home folder; a relative XDG folder does not count', function () {
    if (process.platform === 'win32') this.skip()
    expect(configDirectory({ XDG_CONFIG_HOME: '/some/where', HOME: '/home/me' })).to.equal('/some/where/kadmium')
    expect(configDirectory({ HOME: '/home/me' })).to.equal('/home/me/.config/kadmium')
    expect(configDirectory({ XDG_CONFIG_HOME: 'relative', HOME: '/home/me' })).to.equal('/home/me/.config/kadmium')
    expect(stateDirectory({ XDG_STATE_HOME: '/some/where', HOME: '/home/me' })).to.equal('/some/where/kadmium')
    expect(stateDirectory({ HOME: '/home/me' })).to.equal('/home/me/.local/state/kadmium')
  })

  it('reads base64 text, a raw protobuf and a raw seed', async () => {
    const key = await newPrivateKey(0)
    const forms = { text: keyText(key), protobuf: Buffer.from(keyText(key), 'base64'), seed: key.raw.subarray(0, 32) }
    for (const [name, bytes] of Object.entries(forms)) {
      await writeFile(join(dir, name), bytes)
      expect((await readKeyFile(join(dir, name))).equals(key), name).to.equal(true)
    }
  })

  it('never writes over a key that is there', async () => {
    const file = join(dir, 'node.key')
    expect(await writeKeyFile(file, await newPrivateKey(0))).to.equal(true)
    const before = await readFile(file, 'utf8')
    expect(await writeKeyFile(file, await newPrivateKey(0))).to.equal(false)
    expect(await readFile(file, 'utf8')).to.equal(before)
  })

  it('says in one line what is wrong with a file', async () => {
    await writeFile(join(dir, 'garbage'), 'this is no key')
    const problems = await Promise.all([
      readKeyFile(join(dir, 'garbage')),
      readKeyFile(join(dir, 'absent')),
      loadPublisherKey(join(dir, 'garbage')),
      loadPublisherKey(join(dir, 'garbage', 'below-a-file')),
      readKeyFile(dir)
    ].map(async loading => await loading.then(() => 'no problem', (error: Error) => `${error.name} ${error.message}`)))
    expect(problems).to.deep.equal([
      `KeyFileError key file ${dir}/garbage: holds no Ed25519 private key`,
      `KeyFileError key file ${dir}/absent: there is no such file`,
      `KeyFileError key file ${dir}/garbage: holds no Ed25519 private key`,
      `KeyFileError key file ${dir}/garbage/below-a-file: cannot be read (ENOTDIR)`,
      `KeyFileError key file ${dir}: cannot be read (EISDIR)`
    ])
  })
})

describe('newPrivateKey', () => {
  it('solves the puzzle of the network', async () => {
    const { difficultyOf } = await import('../src/index.ts')
    const key = await newPrivateKey(6)
    expect(difficultyOf(key.publicKey.raw)).to.be.at.least(6)
  })

  it('stops when it is told to, however hard the puzzle', async () => {
    const stop = new AbortController()
    const solving = newPrivateKey(160, stop.signal)
    stop.abort(new Error('enough'))
    expect(await solving.then(() => 'solved', (error: Error) => error.message)).to.equal('enough')
  })
})
