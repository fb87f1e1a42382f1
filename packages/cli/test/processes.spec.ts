import { expect } from 'chai'
import { Processes } from './processes.ts'

/** Real processes on real sockets: what a user sees. A deadline is the timeout of its test. */
describe('kadmium, as processes', function () {
  this.timeout(20_000)
  let processes: Processes
  beforeEach(async () => { processes = await Processes.begin() })
  afterEach(async () => { await processes.end() })

  it('five nodes: put through one, get through another, also when any two are killed without warning', async () => {
    const seed = processes.start('bootstrap', '--host', '127.0.0.1', '--port', '0')
    const addresses = [await seed.address()]
    const joiners = [1, 2, 3, 4].map(() => processes.start('join', addresses[0]!, '--host', '127.0.0.1'))
    for (const joiner of joiners) {
      addresses.push(await joiner.address())
      await joiner.printed(/^Joined: /m)
    }
    const put = await processes.run(['put', 'mykey', 'myvalue', '--bootstrap', addresses[1]!, '--json'])
    expect(put.code, put.stderr).to.equal(0)
    expect(JSON.parse(put.stdout)).to.include({ key: 'mykey', storedOn: 5, storedLocally: false })

    const got = await processes.run(['get', 'mykey', '--bootstrap', addresses[3]!, '--json'])
    expect(JSON.parse(got.stdout)).to.include({ key: 'mykey', value: 'myvalue' })
    expect(await processes.run(['get', 'absent', '--bootstrap', addresses[3]!])).to.deep.equal({ code: 3, stdout: '', stderr: 'kadmium: not found\n' })

    await Promise.all([seed.kill('SIGKILL'), joiners[1]!.kill('SIGKILL')])
    for (const address of [addresses[1]!, addresses[3]!, addresses[4]!]) {
      const after = await processes.run(['get', 'mykey', '--bootstrap', address])
      expect(after, address).to.include({ code: 0, stdout: 'myvalue' })
    }
  })

  it('a second put of a key replaces the first: the publisher is the same each time', async () => {
    const seed = processes.start('bootstrap', '--host', '127.0.0.1', '--port', '0')
    const bootstrap = ['--bootstrap', await seed.address()]
    for (const value of ['first', 'second']) expect(await processes.run(['put', 'k', value, ...bootstrap])).to.include({ code: 0 })
    expect(await processes.run(['get', 'k', ...bootstrap])).to.include({ stdout: 'second' })
    const records = processes.start('shell', ...bootstrap, '--host', '127.0.0.1')
    expect(await records.type('get k')).to.equal('Value: second')
  })

  it('a file of 50 KiB comes out as it went in, byte for byte, of other processes', async () => {
    const file = Uint8Array.from({ length: 51_200 }, (_, index) => index * index >> 3)
    const seed = await processes.start('bootstrap', '--host', '127.0.0.1', '--port', '0').address()
    const joiner = processes.start('join', seed, '--host', '127.0.0.1')
    await joiner.printed(/^Joined: /m)
    expect(await processes.runOnBytes(['put', 'file', '-', '--bootstrap', seed, '--quorum', 'all'], file)).to.include({ code: 0, stderr: '' })
    const got = await processes.runOnBytes(['get', 'file', '--bootstrap', seed], new Uint8Array(0))
    expect(got.code, got.stderr).to.equal(0)
    expect(got.stdout.equals(file)).to.equal(true)
    const large = await processes.runOnBytes(['put', 'file', '-', '--bootstrap', seed], new Uint8Array(65_537))
    expect(large).to.include({ stderr: 'kadmium: value is 65537 bytes, at most 65536 fit\n' })
  })

  it('no seed that answers: exit code 4 within 10 s, and one line', async function () {
    this.timeout(10_000)
    const port = await processes.silentPort()
    const ended = await processes.run(['get', 'k', '--bootstrap', `127.0.0.1:${port}`])
    expect(ended).to.deep.equal({ code: 4, stdout: '', stderr: `kadmium: no answer from 127.0.0.1:${port} within 5 s\n` })
  })

  it('--timeout is heeded: the wait for a seed is as short as it says', async () => {
    const port = await processes.silentPort()
    const ended = await processes.run(['put', 'k', 'v', '--bootstrap', `127.0.0.1:${port}`, '--timeout', '300ms'])
    expect(ended).to.deep.equal({ code: 4, stdout: '', stderr: `kadmium: no answer from 127.0.0.1:${port} within 0.3 s\n` })
  })

  it('two networks that were apart are one after a join in a shell', async () => {
    const shell = (...argv: string[]) => processes.start('shell', '--host', '127.0.0.1', ...argv)
    const addressOf = async (node: ReturnType<typeof shell>): Promise<string> => {
      node.child.stdin.write('status\n')
      const [, address = ''] = await node.printed(/^Address: +(\S+)$[^]*^Stored keys: \d+\n/m)
      return address
    }
    const [a1, b1] = [shell(), shell()]
    const [a1Address, b1Address] = [await addressOf(a1), await addressOf(b1)]
    const [a2, b2] = [shell('--bootstrap', a1Address), shell('--bootstrap', b1Address)]
    expect(await a2.type('put left from a')).to.equal('Stored on 1 node and here')
    expect(await b2.type('put right from b')).to.equal('Stored on 1 node and here')
    expect(await a2.type('get right')).to.equal('not found')
    expect(await b2.type('get left')).to.equal('not found')

    expect(await a1.type(`join ${b1Address}`)).to.match(/^Joined: 3 nodes known/)
    for (const node of [a1, a2, b1, b2]) {
      expect(await node.type('get left')).to.equal('Value: from a')
      expect(await node.type('get right')).to.equal('Value: from b')
    }
  })

  it('a lone shell prints the value, then not found', async () => {
    const ended = await processes.run(['shell', '--port', '0'], 'put test value\nget test\nget absent\n')
    expect(ended.stdout).to.equal('Stored on 0 nodes, only here: no nodes known yet (join <host:port>)\nValue: value\nnot found\n')
    expect(ended.code).to.equal(0)
  })

  it('a thousand piped puts are all stored, and read back by another node', async () => {
    const seed = processes.start('bootstrap', '--host', '127.0.0.1', '--port', '0')
    const address = await seed.address()
    const stdin = Array.from({ length: 1000 }, (_, i) => `put key${i + 1} value${i + 1}\n`).join('')
    const ended = await processes.run(['shell', '--host', '127.0.0.1', '--bootstrap', address], stdin)
    expect(ended.code, ended.stderr).to.equal(0)
    expect(ended.stdout.match(/^Stored on 1 node and here$/gm)).to.have.length(1000)
    expect(await processes.run(['get', 'key1000', '--bootstrap', address])).to.include({ stdout: 'value1000' })
  })

  it('--network: nodes of another network do not answer', async () => {
    const seed = processes.start('bootstrap', '--host', '127.0.0.1', '--port', '0', '--network', 'mine')
    const bootstrap = ['--bootstrap', await seed.address(), '--timeout', '500ms']
    expect(await processes.run(['put', 'k', 'v', ...bootstrap, '--network', 'mine'])).to.include({ code: 0 })
    expect(await processes.run(['put', 'k', 'v', ...bootstrap])).to.include({ code: 4 })
  })

  it('--log-level debug: both ends see why nothing comes of another network name, or of another channel', async () => {
    const seed = processes.start('bootstrap', '--host', '127.0.0.1', '--port', '0', '--log-level', 'debug')
    const bootstrap = ['--bootstrap', await seed.address(), '--timeout', '4s', '--log-level', 'debug']
    const other = await processes.run(['get', 'k', ...bootstrap, '--network', 'another'])
    expect(other).to.include({ code: 4 })
    expect(other.stderr).to.match(/cannot dial 127\.0\.0\.1:\d+: no answer: .* its network, channel or difficulty is another$/m)
    expect(await processes.run(['get', 'k', ...bootstrap, '--channel', 'plaintext', '--timeout', '1s'])).to.include({ code: 4 })
    const { stderr } = await seed.kill('SIGINT')
    expect(stderr).to.match(/^kadmium:swarm dropped, 127\.0\.0\.1:\d+: not for this network$/m)
    expect(stderr).to.match(/^kadmium:swarm dropped, 127\.0\.0\.1:\d+: not a packet of this channel$/m)
  })

  it('a port that is taken is one clear line and exit code 1', async () => {
    const seed = processes.start('bootstrap', '--host', '127.0.0.1', '--port', '0')
    const port = (await seed.address()).split(':')[1]!
    for (const argv of [['bootstrap', '--host', '127.0.0.1', '--port', port], ['shell', '--port', port], ['cluster', '--port', port]]) {
      const ended = await processes.run(argv)
      expect(ended).to.include({ code: 1, stdout: '' })
      expect(ended.stderr).to.match(/^kadmium: [^\n]*in use[^\n]*\n$/)
    }
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`${signal} ends a node politely and frees its port, again and again`, async () => {
      let port = '0'
      for (let i = 0; i < 4; i++) {
        const node = processes.start('bootstrap', '--host', '127.0.0.1', '--port', port)
        port = (await node.address()).split(':')[1]!
        expect(await node.kill(signal)).to.include({ code: 0, stderr: 'left the network\n' })
      }
    })
  }

  it('leaves when the shell that npm runs it in dies of a signal, which tells nobody', async function () {
    if (process.platform === 'win32') return this.skip()
    const cluster = processes.startBelowShell('cluster', '--nodes', '2')
    await cluster.printed(/^join /m)
    expect(await cluster.kill('SIGTERM')).to.include({ stderr: '2 nodes leave the network\n' })
  })

  it('a cluster without a terminal prints its addresses, serves, and leaves cleanly', async () => {
    const cluster = processes.start('cluster', '--nodes', '5', '--k', '3')
    const addresses: string[] = []
    for (let i = 0; i < 5; i++) addresses.push((await cluster.printed(/^node +\d+ {2}[0-9a-f]{40} {2}(127\.0\.0\.1:\d+)$/m))[1]!)
    expect(new Set(addresses).size).to.equal(5)
    const put = await processes.run(['put', 'k', 'v', '--bootstrap', addresses[4]!, '--k', '3', '--json'])
    expect(JSON.parse(put.stdout), '--k is the number of holders').to.include({ storedOn: 3 })
    expect(await processes.run(['get', 'k', '--bootstrap', addresses[1]!])).to.include({ code: 0, stdout: 'v' })
    expect(await cluster.kill('SIGTERM')).to.include({ code: 0, stderr: '5 nodes leave the network\n' })
  })

  it('[::1] is an address like any other', async function () {
    const seed = processes.start('bootstrap', '--host', '::1', '--port', '0')
    const listening = await Promise.race([seed.printed(/^address (\[::1\]:\d+)$/m), seed.ended.then(() => undefined)])
    if (listening === undefined) return this.skip()
    expect(await processes.run(['put', 'k', 'v', '--bootstrap', listening[1]!])).to.include({ code: 0 })
    expect(await processes.run(['get', 'k', '--bootstrap', listening[1]!])).to.include({ stdout: 'v' })
  })

  it('stops quietly when nobody reads its output any more', async () => {
    const node = processes.start('shell')
    node.child.stdout.destroy()
    node.child.stdin.end('help\n'.repeat(100))
    const { stderr } = await node.ended
    expect(stderr).to.not.contain('EPIPE').and.not.contain('    at ')
  })
})
