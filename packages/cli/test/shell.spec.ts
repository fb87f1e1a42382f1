import { expect } from 'chai'
import fc from 'fast-check'
import * as names from '@kadmium/node'
import { lines } from '../src/shell/piped.ts'
import { ShellSession } from '../src/shell/session.ts'
import { Printer } from '../src/terminal.ts'
import type { Terminal } from '../src/terminal.ts'
import { FakeNode, collecting, otherId, runWith, someId } from './fakes.ts'

describe('the shell through a pipe', () => {
  it('prints holders, the value, and not found, and calls that a success', async () => {
    const node = new FakeNode()
    node.putOutcome = { storedOn: 0, storedLocally: true, asked: 0 }
    const ran = await runWith(['shell', '--port', '8001'], { node, stdin: 'put test value\nget test\nget absent\n' })
    expect(ran.code).to.equal(0)
    expect(ran.stdout).to.equal('Stored on 0 nodes, only here: no nodes known yet (join <host:port>)\nValue: value\nnot found\n')
    expect(ran.configs[0]).to.include({ mode: 'server', port: 8001 })
    expect(node.stopped).to.equal(1)
  })

  it('goes on after a line that failed and exits with 1, naming the line', async () => {
    const { code, stdout, stderr } = await runWith(['shell'], { stdin: 'put a 1\nstauts\nget a\n' })
    expect(code).to.equal(1)
    expect(stdout).to.equal('Stored on 5 nodes\nValue: 1\n')
    expect(stderr).to.contain('kadmium: line 2: unknown command stauts (did you mean status?)\n')
  })

  it('a put that misses its quorum is a line that failed', async () => {
    const node = new FakeNode()
    node.putOutcome = { ok: false, storedOn: 1, quorum: 3 }
    expect(await runWith(['shell'], { node, stdin: 'put a 1\n' })).to.include({ code: 1 })
  })

  it('runs the lines one after the other, a thousand too', async () => {
    const node = new FakeNode()
    let running = 0
    node.gate = async () => {
      expect(++running).to.equal(1)
      await new Promise(resolve => setImmediate(resolve))
      running--
    }
    const stdin = Array.from({ length: 1000 }, (_, i) => `put key${i} value${i}\n`).join('')
    const { code, stdout } = await runWith(['shell', '--bootstrap', '127.0.0.1:8001'], { node, stdin })
    expect(code).to.equal(0)
    expect(stdout.match(/Stored on 5 nodes/g)).to.have.length(1000)
    expect(node.values.size).to.equal(1000)
  })

  it('joins through --bootstrap first, or exits with 4', async () => {
    const node = new FakeNode()
    await runWith(['shell', '--bootstrap', '[::1]:8001'], { node })
    expect(node.calls[0]?.slice(0, 2)).to.deep.equal(['join', ['[::1]:8001']])
    node.answersJoin = false
    expect(await runWith(['shell', '--bootstrap', '[::1]:8001'], { node })).to.include({ code: 4 })
  })

  it('stops reading at quit', async () => {
    expect((await runWith(['shell'], { stdin: 'get a\nquit\nget b\n' })).stdout).to.equal('not found\n')
  })

  it('prints one JSON object a line with --json', async () => {
    const { stdout } = await runWith(['shell', '--json'], { stdin: 'put a 1\nget a\nget b\nstatus\npeers\nkeys\nfind a\nlookup --trace a\nping 127.0.0.1:8002\njoin 127.0.0.1:8002\nhelp\n' })
    const objects = stdout.trimEnd().split('\n').map(line => JSON.parse(line))
    expect(objects[0]).to.have.all.keys('key', 'keyId', 'storedOn', 'storedLocally', 'refused', 'asked', 'elapsedMs')
    expect(objects[1]).to.have.all.keys('key', 'keyId', 'value', 'hops', 'asked', 'elapsedMs')
    expect(objects[2]).to.include({ key: 'b', value: null })
    expect(objects[3]).to.deep.equal({ id: someId.hex, addresses: ['127.0.0.1:8001'], network: 'kadmium', mode: 'server', buckets: [{ index: 0, size: 4 }, { index: 3, size: 1 }], knownPeers: 5, storedKeys: 2 })
    expect(objects).to.have.length(13)
  })

  it('tells what a person asks for', async () => {
    const { code, stdout } = await runWith(['shell'], { stdin: 'put greeting hello\nstatus\npeers\nkeys\nlookup --trace greeting\njoin 127.0.0.1:8002\nping 127.0.0.1:8002\nhelp\n' })
    expect(code).to.equal(0)
    expect(stdout).to.contain(`Node id:     ${someId.hex}\nAddress:     127.0.0.1:8001\n`)
    expect(stdout).to.contain('Known nodes: 5\n  bucket   0: 4 nodes\n  bucket   3: 1 node\nStored keys: 2\n')
    expect(stdout).to.contain(`${otherId.hex}  bucket   0   0.5 ms  seen 1.5 s ago  127.0.0.1:8002\n`)
    expect(stdout).to.contain('greeting  5 B  expires in 48 h\n')
    expect(stdout).to.contain(` 1  ${otherId.hex.slice(0, 4)}…${otherId.hex.slice(-2)}  127.0.0.1:8002         prefix 3     1.5 ms  20 contacts\n`)
    expect(stdout).to.contain('prefix 5     100 ms  timeout\n')
    expect(stdout).to.contain('Joined: 1 node known, 12 ms\n')
    expect(stdout).to.contain('put <key> <value>')
  })

  it('a join and a ping that nobody answers are lines that failed', async () => {
    const node = new FakeNode()
    node.answersJoin = false
    node.pong = undefined
    const { code, stderr } = await runWith(['shell'], { node, stdin: 'join 127.0.0.1:9\nping 127.0.0.1:9\n' })
    expect(code).to.equal(1)
    expect(stderr).to.contain('line 1: no answer from 127.0.0.1:9').and.contain('line 2: no answer from 127.0.0.1 port 9')
  })

  it('leaves politely when it is interrupted while it waits for a line', async () => {
    const node = new FakeNode()
    expect(await runWith(['shell'], { node, interrupted: AbortSignal.abort() })).to.include({ code: 0 })
    expect(node.stopped).to.equal(1)
  })
})

describe('lines', () => {
  async function split (chunks: readonly string[]): Promise<string[]> {
    const found: string[] = []
    for await (const line of lines((async function * () { yield * chunks })())) found.push(line)
    return found
  }

  it('end at LF or CRLF wherever the chunks end; the last needs no end', async () => {
    expect(await split(['put a 1\r', '\nput', ' b 2\n\nget a'])).to.deep.equal(['put a 1', 'put b 2', '', 'get a'])
    expect(await split(['a\n'])).to.deep.equal(['a'])
    expect(await split([])).to.deep.equal([])
  })

  it('are the same for every way to cut a text into chunks', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.stringMatching(/^[ab\n\r]{0,6}$/)), async chunks => {
      expect(await split(chunks)).to.deep.equal(await split([chunks.join('')]))
    }), { seed: 4, numRuns: 200 })
  })

  it('are bounded', async () => {
    const error = await split(['x'.repeat(2 ** 20 + 1)]).catch((error: Error) => error)
    expect(error).to.be.an('error').with.property('message').that.contains('a line is longer')
  })
})

describe('a shell session', () => {
  function makeSession (node: FakeNode): { session: ShellSession, stderr: ReturnType<typeof collecting> } {
    const [stdout, stderr] = [collecting(), collecting()]
    const terminal = { stdout: stdout.stream, stderr: stderr.stream } as unknown as Terminal
    return { session: new ShellSession(node, new Printer(terminal, {}), names), stderr }
  }

  it('completes commands, then keys that were used or are held, then ids', async () => {
    const node = new FakeNode()
    const { session } = makeSession(node)
    expect(session.complete('')[0]).to.include.members(['put ', 'get ', 'quit '])
    expect(session.complete('p')).to.deep.equal([['put ', 'ping ', 'peers '], 'p'])
    expect(session.complete('get ')).to.deep.equal([[], ''])
    await session.run('put user:1 x', new AbortController().signal)
    node.values.set('user:2', Uint8Array.of(1))
    expect(session.complete('get us')).to.deep.equal([['user:1', 'user:2'], 'us'])
    expect(session.complete('lookup ')).to.deep.equal([['--trace ', 'user:1', 'user:2'], ''])
    expect(session.complete('lookup --trace user:2')).to.deep.equal([['user:2'], 'user:2'])
    expect(session.complete(`ping ${otherId.hex.slice(0, 3)}`)[0]).to.deep.equal([otherId.hex])
    expect(session.complete('status ')).to.deep.equal([[], ''])
  })

  it('ends a command whose signal aborts as interrupted, and lives on', async () => {
    const node = new FakeNode()
    const { session, stderr } = makeSession(node)
    const stop = new AbortController()
    node.gate = signal => new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))))
    const running = session.run('get a', stop.signal)
    stop.abort()
    expect(await running).to.equal('failed')
    expect(stderr.text()).to.equal('kadmium: interrupted\n')
    node.gate = async () => {}
    expect(await session.run('get a', new AbortController().signal)).to.equal('done')
  })
})
