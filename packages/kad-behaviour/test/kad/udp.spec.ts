import { udp } from '@kadmium/transport-udp'
import { createSwarm } from '@kadmium/swarm'
import { compareDistance, keyId } from '@kadmium/peer-id'
import { expect } from 'chai'
import { pipe } from 'it-pipe'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { kad } from '../../src/index.ts'
import { text } from '../network.ts'
import type { PeerRecord } from '@kadmium/interface'

function node (listen = ['127.0.0.1:0']) {
  return createSwarm({ transports: [udp({ listen })], behaviours: { kad: kad() } })
}

describe('nodes on real sockets', () => {
  it('find, put and get over loopback, and every lookup is exact', async () => {
    const swarms = [await node()]
    while (swarms.length < 12) {
      const swarm = await node()
      await swarm.behaviours.kad.addAddress(swarms[0]!.listenAddrs[0]!)
      await swarm.behaviours.kad.bootstrap()
      swarms.push(swarm)
    }
    for (let i = 0; i < 36; i++) {
      const asker = swarms[i % 12]!
      const key = text(`key ${i}`)
      const { peers } = await asker.behaviours.kad.getClosestPeers(key)
      const expected = swarms.filter(swarm => swarm !== asker).map(({ localPeerId }) => localPeerId)
        .sort((a, b) => compareDistance(keyId(key), a, b))
      expect(peers.map(({ id }) => id.hex)).to.deep.equal(expected.map(({ hex }) => hex))
    }
    const put = await swarms[3]!.behaviours.kad.putRecord({ key: text('key'), value: text('value') })
    expect(put).to.include({ storedOn: 11, storedLocally: true })
    for (const { behaviours } of swarms) expect((await behaviours.kad.getRecord(text('key'))).value).to.deep.equal(text('value'))
    await Promise.all(swarms.map(swarm => swarm.stop()))
  })

  it('over IPv6 as over IPv4, and a record pipes', async () => {
    const [a, b] = [await node(['127.0.0.1:0', '[::1]:0']), await node(['127.0.0.1:0', '[::1]:0'])]
    const [, v6] = a.listenAddrs
    expect(await b.behaviours.kad.addAddress(v6!)).to.equal('success')
    await b.behaviours.kad.putRecord({ key: text('key'), value: text('value') })
    const values = await pipe(a.behaviours.kad.getRecord(text('key')), async (found: AsyncIterable<PeerRecord>) => {
      const out: string[] = []
      for await (const { record: { value } } of found) out.push(new TextDecoder().decode(value))
      return out
    })
    expect(values).to.deep.equal(['value'])
    await Promise.all([a.stop(), b.stop()])
  })

  it('examples/namespace.mjs: two advertise, a third finds both with what they add; one withdraws and is gone', async () => {
    const example = fileURLToPath(new URL('../../../../../examples/namespace.mjs', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [example])
    expect(stdout.match(/^[0-9a-f]{40} at \/ip4\/127\.0\.0\.1\/udp\/\d+ plays (white|black)$/gm)).to.have.length(2)
    expect(stdout).to.match(/^1 left: white$/m)
  })

  it('examples/discovery.mjs: three publish under a name; a fourth finds all three, dials them by id, is not offered itself', async () => {
    const example = fileURLToPath(new URL('../../../../../examples/discovery.mjs', import.meta.url))
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [example])
    expect(stderr).to.equal('')
    const lines = stdout.trim().split('\n')
    const of = (pattern: RegExp): string[] => lines.flatMap(line => pattern.exec(line)?.[1] ?? []).sort()
    const players = of(/^([0-9a-f]{40}) is announced on 4 nodes$/)
    expect(players).to.have.length(3)
    expect(of(/^found ([0-9a-f]{40})$/)).to.deep.equal(players)
    expect(of(/^connected to ([0-9a-f]{40})$/)).to.deep.equal(players)
    expect(lines.at(-1)).to.equal('4 neighbours, myself not among them')
  })
})
