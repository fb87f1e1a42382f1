import type { Endpoint } from '@kadmium/interface'
import { udp } from '@kadmium/transport-udp'
import { parseEndpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bytesProtocol, createSwarm } from '../src/index.ts'

const reversal = bytesProtocol('/test/reverse/1.0.0')

function node (listen: string[]) {
  return createSwarm({
    transports: [udp({ listen })],
    behaviours: {
      reversal: components => {
        components.handle(reversal, request => request.slice().reverse())
        return { ask: (at: Endpoint, bytes: Uint8Array) => components.request({ addresses: [at] }, reversal, bytes) }
      }
    }
  })
}

describe('a swarm on real sockets', () => {
  it('asks and answers over IPv4 and IPv6', async () => {
    const [a, b] = await Promise.all([node(['127.0.0.1:0', '[::1]:0']), node(['127.0.0.1:0', '[::1]:0'])])
    for (const address of b.listenAddrs) {
      expect((await a.dial(address)).peer.equals(b.localPeerId)).to.equal(true)
      const reply = await a.behaviours.reversal.ask(parseEndpoint(String(address)), new Uint8Array([1, 2, 3]))
      expect(reply).to.deep.include({ type: 'response', message: new Uint8Array([3, 2, 1]) })
    }
    await Promise.all([a.stop(), b.stop()])
  })

  it('U3: gives its port back at stop, twenty times in a row', async () => {
    const first = await node(['127.0.0.1:0'])
    const [address] = first.listenAddrs
    await first.stop()
    for (let i = 0; i < 20; i++) {
      const again = await node([String(address)])
      await again.stop()
    }
  })

  it('says in one line that the port is in use', async () => {
    const taken = createSocket('udp4')
    await new Promise<void>(resolve => { taken.bind(0, '127.0.0.1', resolve) })
    const error = await node([`127.0.0.1:${taken.address().port}`]).then(() => undefined, (reason: Error) => reason)
    taken.close()
    expect(error?.name).to.equal('ListenError')
    expect(error?.message).to.match(/^[^\n]*in use[^\n]*$/)
  })

  it('carries the behaviour of a third party: examples/custom-behaviour.mjs', async () => {
    const example = fileURLToPath(new URL('../../../../examples/custom-behaviour.mjs', import.meta.url))
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [example])
    expect(stderr).to.equal('')
    expect(stdout.trim().split('\n')).to.deep.equal([
      'guest: connected true',
      'guest: entry 1',
      'guest: refused: an entry has at most 100 bytes',
      'host: was here'
    ])
  }).timeout(10_000)
})
