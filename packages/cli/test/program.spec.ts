import { expect } from 'chai'
import { keyId } from '@kadmium/node'
import { FakeNode, local, otherId, runWith, someId, utf8 } from './fakes.ts'
import type { NodeConfig } from '@kadmium/node'

const seed = ['--bootstrap', '127.0.0.1:8001']

describe('kadmium put and get', () => {
  it('prints the stable names as one JSON object a line', async () => {
    const node = new FakeNode()
    const put = await runWith(['put', 'mykey', 'myvalue', ...seed, '--json'], { node })
    expect(put).to.include({ code: 0, stderr: '' })
    expect(put.stdout.match(/\n/g)).to.have.length(1)
    expect(JSON.parse(put.stdout)).to.deep.equal({
      key: 'mykey', keyId: keyId(utf8('mykey')).hex, storedOn: 5, storedLocally: false, refused: [], asked: 6, elapsedMs: 4.57
    })
    const get = await runWith(['get', 'mykey', ...seed, '--json'], { node })
    expect(get.code).to.equal(0)
    expect(JSON.parse(get.stdout)).to.deep.equal({ key: 'mykey', keyId: keyId(utf8('mykey')).hex, value: 'myvalue', hops: 1, asked: 3, elapsedMs: 2 })
  })

  it('prints the value alone on stdout, byte for byte', async () => {
    const node = new FakeNode()
    node.values.set('bytes', Uint8Array.of(0, 255, 10, 13))
    const stdout = await runWith(['get', 'bytes', ...seed], { node })
    expect(stdout).to.include({ code: 0, stderr: '' })
    expect(stdout.stdout).to.equal(Buffer.from([0, 255, 10, 13]).toString())
  })

  it('tells bytes that are no text as base64', async () => {
    const node = new FakeNode()
    node.values.set('bytes', Uint8Array.of(0, 255))
    const { stdout } = await runWith(['get', 'bytes', ...seed, '--json'], { node })
    expect(JSON.parse(stdout)).to.include({ value: 'AP8=', encoding: 'base64' })
  })

  it('exits with 3 for a key that nobody has, and says so on stderr alone', async () => {
    expect(await runWith(['get', 'absent', ...seed])).to.include({ code: 3, stdout: '', stderr: 'kadmium: not found\n' })
    const json = await runWith(['get', 'absent', ...seed, '--json'])
    expect(json.code).to.equal(3)
    expect(JSON.parse(json.stdout)).to.include({ key: 'absent', value: null })
  })

  it('exits with 4 when no seed answers, and when nobody who is asked does', async () => {
    const node = new FakeNode()
    node.answersJoin = false
    const unreachable = await runWith(['get', 'k', ...seed], { node })
    expect(unreachable).to.include({ code: 4, stdout: '', stderr: 'kadmium: no answer from 127.0.0.1:8001 within 5 s\n' })
    expect(node.stopped).to.equal(1)
    const silent = new FakeNode()
    silent.getOutcome = { asked: 2, answered: 0 }
    expect(await runWith(['get', 'k', ...seed], { node: silent })).to.include({ code: 4 })
  })

  it('exits with 1 when the quorum is missed, and says who refused and why', async () => {
    const node = new FakeNode()
    node.putOutcome = { ok: false, storedOn: 1, quorum: 3, refused: [{ peer: otherId, reason: 'key-full', message: 'the key is full' }] }
    const { code, stdout, stderr } = await runWith(['put', 'k', 'v', ...seed, '--json'], { node })
    expect(code).to.equal(1)
    expect(JSON.parse(stdout).refused).to.deep.equal([{ peer: otherId.hex, reason: 'key-full', message: 'the key is full' }])
    expect(stderr).to.equal('kadmium: stored on 1 node, but the quorum needs 3; asked 6 (key-full)\n')
  })

  it('tells people on stderr who did not take it and why, also when enough did; stdout has the result alone', async () => {
    const node = new FakeNode()
    node.putOutcome = { storedOn: 4, refused: [{ peer: otherId, reason: 'store-full', message: 'this node has no room' }] }
    for (const command of [['put', 'k', 'v'], ['delete', 'k']]) {
      const { code, stdout, stderr } = await runWith([...command, ...seed], { node })
      expect([code, stderr]).to.deep.equal([0, `refused by ${otherId.hex}: this node has no room\n`])
      expect(stdout).to.match(/^(Stored|Removed) on 4 nodes\n$/)
      expect((await runWith([...command, ...seed, '--json'], { node })).stderr).to.equal('')
      expect((await runWith([...command, ...seed, '--log-level', 'error'], { node })).stderr).to.equal('')
    }
  })

  it('reads the value from stdin for -, as it stands', async () => {
    const node = new FakeNode()
    expect(await runWith(['put', 'k', '-', ...seed], { node, stdin: 'two\nlines\n' })).to.include({ code: 0 })
    expect(node.calls.at(-1)?.slice(0, 3)).to.deep.equal(['put', 'k', 'two\nlines\n'])
  })

  it('takes store --key --value for put, and get --key', async () => {
    const node = new FakeNode()
    expect(await runWith(['store', '--key', 'k', '--value', 'v w', ...seed], { node })).to.include({ code: 0 })
    expect(await runWith(['put', '--value', '-5', 'k2', ...seed], { node })).to.include({ code: 0 })
    expect(await runWith(['put', ...seed, '--', 'k3', '-5'], { node })).to.include({ code: 0 })
    expect(node.calls.filter(([verb]) => verb === 'put').map(([, key, value]) => [key, value])).to.deep.equal([['k', 'v w'], ['k2', '-5'], ['k3', '-5']])
    expect((await runWith(['get', '--key', 'k', ...seed], { node })).stdout).to.equal('v w')
  })

  it('runs as a client on any free port and stops its node', async () => {
    const node = new FakeNode()
    const { configs } = await runWith(['get', 'k', ...seed], { node })
    expect(configs[0]).to.include({ mode: 'client', port: 0 })
    expect(node.stopped).to.equal(1)
    expect(node.calls[0]?.slice(0, 2)).to.deep.equal(['join', ['127.0.0.1:8001']])
  })

  it('takes several seeds, resolves names to IPv4 and IPv6, and passes over a name that does not resolve', async () => {
    const node = new FakeNode()
    const { code } = await runWith(['get', 'k', '--bootstrap', 'localhost:1', '--bootstrap', '[::1]:2,127.0.0.1:3', '--bootstrap', 'no-such-host.invalid:4'], { node })
    expect(code).to.equal(3)
    const [, seeds] = node.calls[0] as [string, string[]]
    expect(seeds).to.include.members(['[::1]:2', '127.0.0.1:3'])
    expect(seeds.some(text => /^(127\.0\.0\.1|\[::1\]):1$/.test(text))).to.equal(true)
  })

  it('exits with 4 for a name that does not resolve', async () => {
    expect(await runWith(['get', 'k', '--bootstrap', 'no-such-host.invalid:4']))
      .to.include({ code: 4, stderr: 'kadmium: cannot resolve the host name no-such-host.invalid\n' })
  })
})

describe('kadmium find and ping', () => {
  it('prints the closest nodes to a key', async () => {
    const node = new FakeNode()
    expect(await runWith(['find', 'k', ...seed], { node })).to.include({ code: 0, stdout: `${otherId.hex}  127.0.0.1:8002\n` })
    expect(node.calls.at(-1)).to.deep.equal(['find', keyId(utf8('k')).hex])
    expect(JSON.parse((await runWith(['find', 'k', ...seed, '--json'], { node })).stdout).closest).to.deep.equal([{ id: otherId.hex, addresses: ['127.0.0.1:8002'] }])
  })

  it('takes 40 hex digits for an id, which is not hashed again, and exits with 3 when no node has it', async () => {
    const node = new FakeNode()
    expect(await runWith(['find', otherId.hex.toUpperCase(), ...seed], { node })).to.include({ code: 0 })
    expect(node.calls.at(-1)).to.deep.equal(['find', otherId.hex])
    expect(await runWith(['find', someId.hex, ...seed], { node })).to.include({ code: 3 })
    expect(await runWith(['find', '--key', someId.hex, ...seed], { node })).to.include({ code: 0 })
    expect(node.calls.at(-1)).to.deep.equal(['find', keyId(utf8(someId.hex)).hex])
  })

  it('pings an address without a seed and an id through one', async () => {
    const node = new FakeNode()
    expect(await runWith(['ping', '127.0.0.1:8002'], { node })).to.include({ code: 0, stdout: `Answer from ${otherId.hex} at 127.0.0.1:8002 in 1.3 ms\n` })
    expect(await runWith(['ping', otherId.hex, ...seed, '--json'], { node })).to.include({ code: 0 })
    expect(await runWith(['ping', otherId.hex], { node })).to.include({ code: 2 })
    node.pong = undefined
    expect(await runWith(['ping', '127.0.0.1:8002'], { node })).to.include({ code: 4, stdout: '', stderr: 'kadmium: no answer from 127.0.0.1:8002\n' })
  })
})

describe('kadmium bootstrap, join and cluster', () => {
  it('print id, addresses and the line to paste', async () => {
    const ran = await runWith(['bootstrap', '--host', '127.0.0.1'], { interruptOncePrinted: true })
    expect(ran).to.include({ code: 0, stdout: `id      ${someId.hex}\naddress 127.0.0.1:8001\njoin    npx kadmium join 127.0.0.1:8001\n` })
    expect(ran.configs[0]).to.include({ mode: 'server', host: '127.0.0.1', defaultPort: 8001 })
    const json = await runWith(['bootstrap', '--json', '--port', '0'], { interruptOncePrinted: true })
    expect(JSON.parse(json.stdout)).to.deep.equal({ id: someId.hex, addresses: ['127.0.0.1:8001'], join: 'npx kadmium join 127.0.0.1:8001' })
    expect(json.configs[0]).to.include({ port: 0 }).and.not.have.property('host')
  })

  it('tell programs of a key that is crowded; people have the node\'s warning on stderr', async () => {
    const node = new FakeNode()
    node.eclipse = { key: otherId, peers: 21, networkSize: 1000.4, divergence: 50.123 }
    const json = await runWith(['bootstrap', '--json'], { node, interruptOncePrinted: true })
    const event = { event: 'EclipseSuspected', keyId: otherId.hex, peers: 21, networkSize: 1000, divergence: 50.12 }
    expect(JSON.parse(json.stdout.split('\n')[1]!)).to.deep.equal(event)
    expect(JSON.parse((await runWith(['shell', '--json'], { node })).stdout)).to.deep.equal(event)
    for (const command of ['bootstrap', 'shell']) {
      expect((await runWith([command], { node, interruptOncePrinted: command === 'bootstrap' })).stdout).to.not.contain('crowd')
    }
  })

  it('serves until it is interrupted, then stops its node and exits with 0', async () => {
    const leave = new AbortController()
    const node = new FakeNode()
    const running = runWith(['join', '127.0.0.1:9', '[::1]:9'], { node, interrupted: leave.signal })
    const first = await Promise.race([running, new Promise(resolve => setImmediate(() => resolve('still serving')))])
    expect(first).to.equal('still serving')
    leave.abort()
    expect(await running).to.include({ code: 0 })
    expect(node.stopped).to.equal(1)
    expect(node.calls[0]?.[1]).to.deep.equal(['127.0.0.1:9', '[::1]:9'])
  })

  it('ends a join that nobody answers with 4', async () => {
    const node = new FakeNode()
    node.answersJoin = false
    const { code, stderr } = await runWith(['join', '127.0.0.1:9'], { node })
    expect(code).to.equal(4)
    expect(stderr).to.equal('kadmium: no answer from 127.0.0.1:9 within 5 s\n')
    expect(node.stopped).to.equal(1)
  })

  it('joins by peers of an earlier run when no seed answers; one that only asks needs a seed', async () => {
    const node = new FakeNode()
    node.answersJoin = false
    node.formerPeers = 3
    const { code, stdout } = await runWith(['join', '127.0.0.1:9'], { node, interruptOncePrinted: true })
    expect(code).to.equal(0)
    expect(stdout).to.contain('Joined: 3 nodes known, 12 ms; no answer yet from 127.0.0.1:9\n')
    expect(await runWith(['get', 'k', ...seed], { node })).to.include({ code: 4 })
  })

  it('starts as many nodes as asked, one port after the other, all joined through the first', async () => {
    const nodes = [1, 2, 3].map(i => Object.assign(new FakeNode(), { addresses: [local(9000 + i)] }))
    const { code, stdout, configs } = await runWith(['cluster', '--nodes', '3', '--port', '9001', '--json'], { nodes, interruptOncePrinted: true })
    expect(code).to.equal(0)
    expect(configs.map(({ port, host }) => [host, port])).to.deep.equal([['127.0.0.1', 9001], ['127.0.0.1', 9002], ['127.0.0.1', 9003]])
    expect(nodes.map(node => node.calls.map(([, seeds]) => seeds))).to.deep.equal([[], [['127.0.0.1:9001']], [['127.0.0.1:9001']]])
    expect(JSON.parse(stdout).nodes.map(({ addresses }: { addresses: string[] }) => addresses[0])).to.deep.equal(['127.0.0.1:9001', '127.0.0.1:9002', '127.0.0.1:9003'])
    expect(nodes.map(({ stopped }) => stopped)).to.deep.equal([1, 1, 1])
  })

  it('stops the nodes that stand when one cannot start', async () => {
    const node = new FakeNode()
    let made = 0
    const createNode = async (): Promise<FakeNode> => {
      if (made++ > 0) throw new Error('port 9001 is in use')
      return node
    }
    expect(await runWith(['cluster'], { createNode })).to.include({ code: 1, stderr: 'kadmium: port 9001 is in use\n' })
    expect(node.stopped).to.equal(1)
  })
})

describe('options', () => {
  const cases: ReadonlyArray<readonly [option: string, value: string, expected: Partial<NodeConfig>]> = [
    ['--network', 'mine', { network: 'mine' }],
    ['--k', '7', { k: 7 }],
    ['--alpha', '5', { alpha: 5 }],
    ['--timeout', '2s', { queryTimeoutMs: 2000 }],
    ['--channel', 'plaintext', { channel: 'plaintext' }],
    ['--profile', 'public', { profile: 'public' }],
    ['--difficulty', '4', { difficulty: 4 }],
    ['--log-level', 'trace', { logLevel: 'trace' }]
  ]
  for (const [option, value, expected] of cases) {
    for (const command of [['bootstrap'], ['join', '127.0.0.1:1'], ['put', 'k', 'v', ...seed], ['get', 'k', ...seed], ['find', 'k', ...seed], ['ping', '127.0.0.1:1'], ['shell'], ['cluster', '--nodes', '1']]) {
      it(`${option} of ${command[0]} reaches the node`, async () => {
        const { configs } = await runWith([...command, option, value], { interruptOncePrinted: true })
        expect(configs[0]).to.include(expected)
      })
    }
  }

  it('leaves out what is not given, so that the library\'s defaults hold', async () => {
    const { configs } = await runWith(['get', 'k', ...seed])
    expect(Object.keys(configs[0] ?? {}).toSorted()).to.deep.equal(['log', 'mode', 'port', 'signal'])
  })

  it('--ttl and --publisher-key of put, shell and cluster reach the node', async () => {
    for (const command of [['put', 'k', 'v', ...seed], ['shell'], ['cluster', '--nodes', '1']]) {
      const { configs } = await runWith([...command, '--ttl', '10m', '--publisher-key', '/tmp/some.key'], { interruptOncePrinted: true })
      expect(configs[0], command[0]).to.include({ ttlMs: 600_000, publisherKeyFile: '/tmp/some.key' })
    }
  })

  it('--quorum of put and shell reaches the put', async () => {
    const node = new FakeNode()
    await runWith(['put', 'k', 'v', ...seed, '--quorum', 'all'], { node })
    await runWith(['shell', '--quorum', '2'], { node, stdin: 'put k v\n' })
    expect(node.calls.filter(([verb]) => verb === 'put').map(call => (call[3] as { quorum: unknown }).quorum)).to.deep.equal(['all', 2])
  })

  it('--timeout shortens the wait for a first answer', async () => {
    const node = new FakeNode()
    node.answersJoin = false
    const { stderr } = await runWith(['get', 'k', ...seed, '--timeout', '300ms'], { node })
    expect(stderr).to.contain('within 0.3 s')
    expect(node.calls[0]?.[2]).to.include({ timeoutMs: 300 })
  })

  it('--identity, --host and --port of bootstrap, join and shell reach the node', async () => {
    for (const command of [['bootstrap'], ['join', '127.0.0.1:1'], ['shell']]) {
      const { configs } = await runWith([...command, '--identity', 'node.key', '--host', 'localhost', '--port', '4711'], { interruptOncePrinted: true })
      expect(configs[0], command[0]).to.include({ identityFile: 'node.key', host: 'localhost', port: 4711 })
    }
  })

  it('--channel plaintext says in one line what that means, however many nodes there are; the default has nothing to say', async () => {
    const nodes = [new FakeNode(), new FakeNode(), new FakeNode()]
    const { stderr } = await runWith(['cluster', '--nodes', '3', '--channel', 'plaintext', '--log-level', 'error'], { nodes, interruptOncePrinted: true })
    expect(stderr).to.match(/^kadmium: warning: --channel plaintext encrypts nothing;[^\n]*\n$/)
    expect((await runWith(['cluster', '--nodes', '1', '--log-level', 'error'], { interruptOncePrinted: true })).stderr).to.equal('')
    expect((await runWith(['get', 'k', ...seed, '--channel', 'noise', '--log-level', 'error'])).stderr).to.not.contain('warning')
  })

  it('--log-level error leaves out what is only good to know', async () => {
    const told = await runWith(['find', 'k', ...seed])
    const quiet = await runWith(['find', 'k', ...seed, '--log-level', 'error'])
    expect(told.stderr).to.equal('2 hops, asked 2, 1 without answer, 101 ms\n')
    expect(quiet.stderr).to.equal('')
  })

  it('--log-level debug shows where an error comes from, which nobody else wants to see', async () => {
    const createNode = async (): Promise<never> => { throw new Error('broken') }
    expect((await runWith(['bootstrap'], { createNode })).stderr).to.equal('kadmium: broken\n')
    expect((await runWith(['bootstrap', '--log-level', 'debug'], { createNode })).stderr).to.contain('at ')
  })
})

describe('mistakes on the command line', () => {
  const cases: ReadonlyArray<readonly [argv: readonly string[], message: string]> = [
    [['bootstap'], 'unknown command \'bootstap\' (did you mean bootstrap?)'],
    [['bootstrap', '--prot', '1'], 'unknown option \'--prot\' (did you mean --port?)'],
    [['bootstrap', '--port', '65536'], 'option \'--port <port>\' argument \'65536\' is invalid. expected a port from 0 to 65535, got 65536'],
    [['bootstrap', '--port'], 'option \'--port <port>\' argument missing'],
    [['bootstrap', 'extra'], 'too many arguments for \'bootstrap\'. Expected 0 arguments but got 1.'],
    [['join'], 'missing required argument \'address\''],
    [['join', '127.0.0.1'], 'command-argument value \'127.0.0.1\' is invalid for argument \'address\'. expected host:port, as 127.0.0.1:8001 or [::1]:8001, got 127.0.0.1'],
    [['put', '--bootstrap', '127.0.0.1:1'], 'missing required argument \'key\''],
    [['put', 'k', '--bootstrap', '127.0.0.1:1'], 'missing required argument \'value\''],
    [['put', 'k', 'v', 'w', '--bootstrap', '127.0.0.1:1'], 'too many arguments for \'put\'. Expected 2 arguments but got 3.'],
    [['put', 'k', 'v', '--key', 'x', '--bootstrap', '127.0.0.1:1'], 'too many arguments: v'],
    [['put', 'k', 'v'], 'missing option --bootstrap <host:port>: the address of a node to ask'],
    [['put', 'k', 'v', '--bootstrap', '127.0.0.1:1', '--quorum', 'most'], 'option \'--quorum <quorum>\' argument \'most\' is invalid. expected one, majority, all or a number from 1, got most'],
    [['get'], 'missing required argument \'key\''],
    [['get', '', '--bootstrap', '127.0.0.1:1'], 'expected a key, got nothing'],
    [['get', 'k', '--bootstrap', '127.0.0.1:99999'], 'option \'--bootstrap <address>\' argument \'127.0.0.1:99999\' is invalid. expected a port from 1 to 65535, got 99999'],
    [['get', 'k', '--bootstrap', '127.0.0.1:1', '--profile', 'secret'], 'option \'--profile <name>\' argument \'secret\' is invalid. Allowed choices are public, private, auto.'],
    [['get', 'k', '--bootstrap', '127.0.0.1:1', '--channel', 'carrier-pigeon'], 'option \'--channel <name>\' argument \'carrier-pigeon\' is invalid. Allowed choices are noise, plaintext.'],
    [['cluster', '--nodes', '0'], 'option \'--nodes <n>\' argument \'0\' is invalid. expected a whole number from 1 to 1000, got 0'],
    [['cluster', '--nodes', '20', '--port', '65530'], 'option \'--port <port>\': 20 nodes from port 65530 on go past 65535'],
    [['id'], 'missing a command; see kadmium id --help'],
    [['id', 'foo'], 'unknown command \'foo\'; see kadmium id --help']
  ]
  for (const [argv, message] of cases) {
    it(`kadmium ${argv.join(' ')}: one line, exit code 2, no node`, async () => {
      const { code, stdout, stderr, configs } = await runWith(argv)
      expect({ code, stdout, stderr }).to.deep.equal({ code: 2, stdout: '', stderr: `kadmium: ${message}\n` })
      expect(configs).to.deep.equal([])
    })
  }

  it('prints help for help, on stdout, and for nothing at all, on stderr with exit code 2', async () => {
    expect(await runWith(['--help'])).to.include({ code: 0, stderr: '' }).and.have.property('stdout').that.contains('bootstrap')
    expect(await runWith(['help', 'put'])).to.include({ code: 0, stderr: '' }).and.have.property('stdout').that.contains('storedLocally')
    const nothing = await runWith([])
    expect(nothing).to.include({ code: 2, stdout: '' })
    expect(nothing.stderr).to.contain('Commands:')
  })

  it('documents every option of every command with an example', async () => {
    for (const command of ['bootstrap', 'join', 'put', 'get', 'find', 'ping', 'shell', 'cluster']) {
      const { stdout } = await runWith([command, '--help'])
      expect(stdout).to.contain('Examples:').and.contain('--network').and.contain('--json')
      for (const line of stdout.split('\n')) expect(line.length, line).to.be.at.most(120)
    }
  })
})
