import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { FakeNode, local, otherId, runWith, someId, utf8 } from './fakes.ts'
import { Processes } from './processes.ts'

const seed = ['--bootstrap', '127.0.0.1:8001']
const parse = (lines: string): Array<Record<string, unknown>> => lines.trim().split('\n').map(line => JSON.parse(line) as Record<string, unknown>)

describe('the commands of namespaces and of many keys', () => {
  it('discover prints a peer a line: id, addresses, and the payload where there is one', async () => {
    const node = new FakeNode()
    node.advertisers = [{ peer: someId, addresses: [local(1), local(2)] }, { peer: otherId, addresses: [], payload: utf8('white') }]
    const { code, stdout } = await runWith(['discover', 'chess', ...seed, '--json'], { node })
    expect(code).to.equal(0)
    expect(parse(stdout)).to.deep.equal([
      { id: someId.hex, addresses: ['127.0.0.1:1', '127.0.0.1:2'] }, { id: otherId.hex, addresses: [], payload: 'white' }
    ])
    expect((await runWith(['discover', 'chess', ...seed], { node })).stdout).to.include(`${otherId.hex} "white"`)
    await runWith(['discover', 'chess', ...seed, '--follow'], { node })
    expect(node.calls.filter(([verb]) => verb === 'discover').map(([, , follow]) => follow)).to.deep.equal([false, false, true])
  })

  it('discover exits with 3 when nobody is there', async () => {
    expect(await runWith(['discover', 'chess', ...seed])).to.include({ code: 3, stdout: '', stderr: 'kadmium: nobody advertises under chess\n' })
  })

  it('advertise passes its options on, stays, and takes back what it said', async () => {
    const node = new FakeNode()
    const { code } = await runWith(['advertise', 'chess', '--payload', 'white', '--ttl', '10m', ...seed], { node, interruptOncePrinted: true })
    expect(code).to.equal(0)
    const calls = node.calls.filter(([verb]) => verb === 'advertise' || verb === 'withdraw')
    expect(calls).to.deep.equal([['advertise', 'chess', { ttlMs: 600_000, payload: utf8('white') }], ['withdraw', 'chess']])
  })

  it('delete removes, and exits with 1 when the quorum is missed', async () => {
    const node = new FakeNode()
    const { stdout, code } = await runWith(['delete', 'k', ...seed, '--json', '--quorum', 'all'], { node })
    expect(code).to.equal(0)
    expect(JSON.parse(stdout)).to.include({ key: 'k', storedOn: 5, removed: true })
    expect(node.calls.find(([verb]) => verb === 'remove')?.[2]).to.include({ quorum: 'all' })
    node.putOutcome = { ok: false, storedOn: 1 }
    expect((await runWith(['delete', 'k', ...seed], { node })).code).to.equal(1)
  })

  it('get says on stderr when others hold other values; --all lists them, --publisher picks one by key or id', async () => {
    const node = new FakeNode()
    const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
    node.getOutcome = {
      value: utf8('mars'), contested: true, records: [{ publisher: a, value: utf8('mars'), seq: 2, holders: 3 }, { publisher: b, value: utf8('world'), seq: 1, holders: 2 }]
    }
    const plain = await runWith(['get', 'hello', ...seed], { node })
    expect(plain).to.include({ code: 0, stdout: 'mars' })
    expect(plain.stderr).to.include('other publishers have other values')
    const all = await runWith(['get', 'hello', '--all', '--json', ...seed], { node })
    expect(parse(all.stdout).map(({ publisher, value, holders }) => [publisher, value, holders])).to.deep.equal([['01'.repeat(32), 'mars', 3], ['02'.repeat(32), 'world', 2]])
    const { peerIdFromPublicKey } = await import('@kadmium/node')
    expect(await runWith(['get', 'hello', '--publisher', peerIdFromPublicKey(b).hex, ...seed], { node })).to.include({ stdout: 'world', stderr: '' })
    await runWith(['get', 'hello', '--publisher', '02'.repeat(32), ...seed], { node })
    expect(node.calls.at(-1)?.[2]).to.deep.include({ publisher: Buffer.from(b) })
    expect((await runWith(['get', 'hello', '--publisher', 'me', ...seed], { node })).code).to.equal(2)
  })

  it('get says whose copies it does not believe, and why', async () => {
    const node = new FakeNode()
    node.getOutcome = { value: utf8('mars'), disbelieved: [{ peer: otherId, reason: 'bad-signature' }] }
    const plain = await runWith(['get', 'hello', ...seed], { node })
    expect(plain).to.include({ code: 0, stdout: 'mars', stderr: `not believed, from ${otherId.hex}: bad-signature\n` })
    const { stdout } = await runWith(['get', 'hello', '--json', ...seed], { node })
    expect(JSON.parse(stdout).disbelieved).to.deep.equal([{ peer: otherId.hex, reason: 'bad-signature' }])
    node.getOutcome = {}
    expect(JSON.parse((await runWith(['get', 'hello', '--json', ...seed], { node })).stdout)).not.to.have.property('disbelieved')
  })

  it('get says who signed two values with one sequence number', async () => {
    const node = new FakeNode()
    node.getOutcome = { value: utf8('mars'), equivocations: [{ publisher: new Uint8Array(32).fill(171), seq: 7 }] }
    const plain = await runWith(['get', 'hello', ...seed], { node })
    const publisher = 'ab'.repeat(32)
    expect(plain).to.include({ code: 0, stdout: 'mars', stderr: `publisher ${publisher} signed two values with seq 7: every reader takes the same one\n` })
    const { stdout } = await runWith(['get', 'hello', '--json', ...seed], { node })
    expect(JSON.parse(stdout).equivocations).to.deep.equal([{ publisher, seq: 7 }])
  })

  it('put --keep --via hands it to that node, and fails when that one does not take it', async () => {
    const node = new FakeNode()
    node.putOutcome = { holders: [otherId] }
    expect((await runWith(['put', 'k', 'v', '--keep', '--via', '127.0.0.1:9'], { node })).code).to.equal(0)
    expect(node.calls.at(-1)?.[3]).to.deep.include({ also: [{ peer: otherId, address: local(9) }] })
    node.putOutcome = { refused: [{ peer: otherId, reason: 'key-full', message: 'the key is full' }] }
    const refused = await runWith(['put', 'k', 'v', '--keep', '--via', '127.0.0.1:9'], { node })
    expect(refused.code).to.equal(1)
    expect(refused.stderr).to.equal('kadmium: 127.0.0.1:9 did not take it: the key is full\n')
    expect((await runWith(['put', 'k', 'v', '--keep', ...seed])).code).to.equal(2)
  })

  it('put --from and get --from read lines from stdin or a file, print what became of each, and name a bad line', async () => {
    const node = new FakeNode()
    const lines = ['{"key":"a","value":"1"}', '', '{"key":"b","value":"AP8=","encoding":"base64"}'].join('\n')
    const put = await runWith(['put', '--from', '-', '--json', ...seed], { node, stdin: lines })
    expect([put.code, put.stderr]).to.deep.equal([0, '2 stored, 0 failed\n'])
    expect(parse(put.stdout)).to.deep.equal([{ key: 'a', storedOn: 5 }, { key: 'b', storedOn: 5 }])
    const got = await runWith(['get', '--from', '-', ...seed], { node, stdin: 'a\nb\nc\n' })
    expect([got.code, got.stderr]).to.deep.equal([3, '2 found, 1 not found, 0 failed\n'])
    expect(parse(got.stdout)).to.deep.equal([{ key: 'a', value: '1' }, { key: 'b', value: 'AP8=', encoding: 'base64' }, { key: 'c', value: null }])
    const failed = await runWith(['put', '--from', '-', ...seed], { node, stdin: JSON.stringify({ key: 'x', value: 'v'.repeat(900) }) })
    expect(failed.code).to.equal(1)
    expect(parse(failed.stdout)).to.deep.equal([{ key: 'x', storedOn: 0, problem: 'too large' }])
    expect(await runWith(['put', '--from', '-', ...seed], { node, stdin: '{"key":"a","value":"1"}\n{}' })).to.include({ code: 2, stderr: 'kadmium: line 2: expected {"key": "…", "value": "…"}\n' })
    expect((await runWith(['get', '--from', '/nowhere', ...seed])).stderr).to.match(/^kadmium: cannot read \/nowhere: /)
    expect((await runWith(['put', 'k', '--from', '-', ...seed])).code).to.equal(2)
  })

  it('tells a person on stderr how far it is, by what is done: unless that terminal shows a line for each anyway', async () => {
    const node = new FakeNode()
    const processes = await Processes.begin()
    const file = join(processes.home, 'items.ndjson')
    await writeFile(file, '{"key":"a","value":"1"}\n\n{"key":"b","value":"2"}\n')
    const put = async (name: string, ...terminals: Array<'stdout' | 'stderr'>): Promise<string> =>
      (await runWith(['put', '--from', name, ...seed], { node, terminals, stdin: '{"key":"c","value":"3"}\n{}' })).stderr
    expect(await put(file, 'stderr', 'stdout')).to.contain(' 0 % | 0 of 2 done').and.contain(' 100 % | 2 of 2 done').and.contain('2 stored')
    expect(await put('-', 'stderr'), 'a bad line ends it').to.contain('1 done | ').and.match(/kadmium: line 2: .*\n$/).and.not.contain('%')
    expect(await put(file)).to.equal('2 stored, 0 failed\n')
    await writeFile(file, 'a\nb\n')
    const get = async (...terminals: Array<'stdout' | 'stderr'>): Promise<string> => (await runWith(['get', '--from', file, ...seed], { node, terminals })).stderr
    expect(await get('stderr')).to.contain('2 of 2 done')
    expect(await get('stderr', 'stdout')).to.equal('2 found, 0 not found, 0 failed\n')
    await processes.end()
  })
})

describe('namespaces and files, as processes', function () {
  this.timeout(60_000)
  let processes: Processes
  beforeEach(async () => { processes = await Processes.begin() })
  afterEach(async () => { await processes.end() })

  it('five advertise, a sixth discovers all five with their addresses; one killed is gone after its ttl, one interrupted at once', async () => {
    const host = ['--host', '127.0.0.1']
    const first = processes.start('advertise', 'chess', '--ttl', '8s', '--payload', 'number 0', ...host)
    const bootstrap = ['--bootstrap', await first.address()]
    const all = [first, ...[1, 2, 3, 4].map(n => processes.start('advertise', 'chess', '--ttl', '8s', '--payload', `number ${n}`, ...host, ...bootstrap))]
    for (const one of all) await one.printed(/^Advertised under chess/m)
    const discover = async (): Promise<unknown[]> => {
      const { stdout } = await processes.run(['discover', 'chess', ...bootstrap, '--json'])
      for (const { id, addresses } of parse(stdout)) {
        expect(id).to.match(/^[0-9a-f]{40}$/)
        expect((addresses as string[]).every(address => /^127\.0\.0\.1:\d+$/.test(address))).to.equal(true)
        expect(addresses).to.not.have.length(0)
      }
      return parse(stdout).map(({ payload }) => payload).sort()
    }
    expect(await discover()).to.deep.equal([0, 1, 2, 3, 4].map(n => `number ${n}`))
    const following = processes.start('discover', 'chess', '--follow', ...bootstrap, '--json')
    await following.printed(/number 4/)
    expect((await all[4]!.kill('SIGINT')).code).to.equal(0)
    expect(await discover()).to.deep.equal([0, 1, 2, 3].map(n => `number ${n}`))
    const killedAt = Date.now()
    await all[3]!.kill('SIGKILL')
    while ((await discover()).includes('number 3')) expect(Date.now() - killedAt, 'still listed').to.be.below(25_000)
    expect(await discover()).to.deep.equal([0, 1, 2].map(n => `number ${n}`))
    expect((await processes.run(['discover', 'checkers', ...bootstrap])).code).to.equal(3)
  })

  it('put --from and get --from carry a file through a cluster; delete removes; a ttl ends', async () => {
    const cluster = processes.start('cluster', '--nodes', '8')
    const bootstrap = ['--bootstrap', (await cluster.printed(/(127\.0\.0\.1:\d+)/))[1]!]
    const count = 100
    const file = join(processes.home, 'records.ndjson')
    await writeFile(file, Array.from({ length: count }, (_, n) => JSON.stringify({ key: `key ${n}`, value: `value ${n}` })).join('\n'))
    const put = await processes.run(['put', '--from', file, ...bootstrap])
    expect([put.code, put.stdout, put.stderr]).to.deep.equal([0, '', `${count} stored, 0 failed\n`])
    const keys = join(processes.home, 'keys.txt')
    await writeFile(keys, Array.from({ length: count }, (_, n) => `key ${n}\n`).join(''))
    const got = await processes.run(['get', '--from', keys, ...bootstrap])
    expect([got.code, got.stderr]).to.deep.equal([0, `${count} found, 0 not found, 0 failed\n`])
    for (const { key, value } of parse(got.stdout)) expect(value).to.equal((key as string).replace('key', 'value'))
    expect((await processes.run(['delete', 'key 7', ...bootstrap])).code).to.equal(0)
    expect((await processes.run(['get', 'key 7', ...bootstrap])).code).to.equal(3)
    expect((await processes.run(['put', 'short', 'life', '--ttl', '2', ...bootstrap])).code).to.equal(0)
    const putAt = Date.now()
    let code: number | null = 0
    while (code === 0) {
      code = (await processes.run(['get', 'short', ...bootstrap])).code
      expect(Date.now() - putAt, 'still there').to.be.below(10_000)
    }
    expect(code).to.equal(3)
  })
})
