import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect } from 'chai'
import * as names from '@kadmium/node'
import { runInteractive } from '../src/shell/interactive.ts'
import { ShellSession } from '../src/shell/session.ts'
import { Printer } from '../src/terminal.ts'
import type { Terminal } from '../src/terminal.ts'
import { FakeNode, collecting, utf8 } from './fakes.ts'

const CTRL_C = '\x03'
const CTRL_D = '\x04'
const UP = '\x1b[A'

/** A person at a terminal: types keys, sees text. */
function makeDesk (node: FakeNode, historyFile?: string) {
  const stdin = new PassThrough()
  const [stdout, stderr, leave] = [collecting(), collecting(), new AbortController()]
  const terminal = { stdin, stdout: stdout.stream, stderr: stderr.stream, interrupted: leave.signal } as unknown as Terminal
  const session = new ShellSession(node, new Printer(terminal, {}), names)
  const ended = runInteractive(session, terminal, historyFile)
  return {
    ended,
    leave,
    stderr,
    type: (keys: string) => stdin.write(keys),
    /** Waits until the screen shows `text` after what was seen before. */
    sees: (() => {
      let position = 0
      return async (text: string): Promise<void> => {
        for (;;) {
          const at = stdout.text().indexOf(text, position)
          if (at >= 0) { position = at + text.length; return }
          await new Promise(resolve => stdout.stream.once('data', resolve))
        }
      }
    })()
  }
}

describe('the shell at a terminal', () => {
  it('prompts, runs what is typed, and leaves at ctrl-d', async () => {
    const node = new FakeNode()
    const desk = makeDesk(node)
    await desk.sees('kadmium> ')
    desk.type('put greeting hello  world\r')
    await desk.sees('Stored on 5 nodes')
    await desk.sees('kadmium> ')
    desk.type('get greeting\r')
    await desk.sees('Value: hello  world')
    await desk.sees('kadmium> ')
    desk.type(CTRL_D)
    expect(await desk.ended).to.equal(0)
  })

  it('completes at tab: commands, and keys that are known', async () => {
    const node = new FakeNode()
    node.values.set('user:123', utf8('alice'))
    const desk = makeDesk(node)
    await desk.sees('kadmium> ')
    for (const key of 'ge\tus\t\r') desk.type(key)
    await desk.sees('Value: alice')
    desk.type('quit\r')
    expect(await desk.ended).to.equal(0)
  })

  it('a mistake costs one line, not the shell', async () => {
    const desk = makeDesk(new FakeNode())
    desk.type('stauts\r.editor\rstatus\r')
    await desk.sees('Stored keys: 2')
    expect(desk.stderr.text()).to.contain('kadmium: unknown command stauts (did you mean status?)')
    desk.type('exit\r')
    expect(await desk.ended).to.equal(0)
  })

  it('runs pasted lines one after the other, in order', async () => {
    const node = new FakeNode()
    const desk = makeDesk(node)
    desk.type('put a 1\rput a 2\rget a\r')
    await desk.sees('Value: 2')
    desk.type(CTRL_D)
    await desk.ended
    expect(node.calls.map(([verb, , value]) => verb === 'put' ? value : verb)).to.deep.equal(['1', '2', 'get'])
  })

  it('ctrl-c stops the command that runs; on an empty line it asks once more', async () => {
    const node = new FakeNode()
    const desk = makeDesk(node)
    node.gate = signal => new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('aborted')))
      setImmediate(() => desk.type(CTRL_C))
    })
    await desk.sees('kadmium> ')
    desk.type('get a\r')
    await desk.sees('kadmium> ')
    expect(desk.stderr.text()).to.equal('kadmium: interrupted\n')
    desk.type(`half a line${CTRL_C}`)
    await desk.sees('kadmium> ')
    desk.type(CTRL_C)
    await desk.sees('(to leave: ctrl-c once more, ctrl-d or quit)')
    desk.type(CTRL_C)
    expect(await desk.ended).to.equal(0)
    expect(node.calls.map(([verb]) => verb)).to.deep.equal(['get'])
  })

  it('remembers its history from one time to the next, for the user alone to read', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'kadmium-history-'))
    const file = join(dir, 'state', 'shell-history')
    try {
      const first = makeDesk(new FakeNode(), file)
      await first.sees('kadmium> ')
      first.type('get remembered\r')
      await first.sees('not found')
      first.type(CTRL_D)
      await first.ended
      expect((await stat(file)).mode & 0o777).to.equal(0o600)
      const node = new FakeNode()
      const second = makeDesk(node, file)
      await second.sees('kadmium> ')
      second.type(`${UP}\r`)
      await second.sees('not found')
      second.type(CTRL_D)
      await second.ended
      expect(node.calls[0]?.slice(0, 2)).to.deep.equal(['get', 'remembered'])
    } finally {
      await rm(dir, { recursive: true })
    }
  })

  it('closes when the process is told to end', async () => {
    const desk = makeDesk(new FakeNode())
    await desk.sees('kadmium> ')
    desk.leave.abort()
    expect(await desk.ended).to.equal(0)
  })
})
