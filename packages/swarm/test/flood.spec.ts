import type { SwarmLimits } from '@kadmium/interface'
import { seededRandom } from '@kadmium/runtime'
import { noise } from '@kadmium/secure-channel'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { createSwarm } from '../src/index.ts'
import { addressOf, ask, contactOf, dropped, echo, handle, inClear, World } from './support/nodes.ts'
import type { TestSwarm } from './support/nodes.ts'

const limits: Partial<SwarmLimits> = { unprovenPerSecond: 50, unprovenPerSecondPerGroup: 10, burstMs: 1000 }
const channels = { plaintext: inClear, noise: { secureChannel: noise() } }

for (const [name, channel] of Object.entries(channels)) {
  describe(`a flood of forged packets over ${name}`, () => {
    let world: World
    let node: TestSwarm
    let friend: TestSwarm

    beforeEach(async () => {
      world = new World()
      node = await world.node('9.0.0.1:4001', { ...channel, limits })
      friend = await world.node('9.0.1.1:4001', channel)
      handle(node, echo, request => request)
      handle(friend, echo, request => request)
      await world.run(friend.dial(addressOf(node).text))
      await world.pass(50)
    })
    afterEach(() => world.stop())

    /** For as long as it is not stopped, 2,000 packets a second from addresses all over. */
    function flood (from = (n: number) => endpoint(`${20 + n % 100}.${n % 251}.${n % 13}.7`, 4001)): () => void {
      const random = seededRandom('flood')
      let running = true
      let sent = 0
      const wave = (): void => {
        if (!running) return
        for (let i = 0; i < 20; i++) world.net.deliver({ bytes: random.bytes(200), from: from(sent++), to: addressOf(node) })
        world.clock.setTimeout(wave, 10)
      }
      wave()
      return () => { running = false }
    }

    it('takes nothing from proven sessions: none of their requests is lost or late', async () => {
      const stop = flood()
      await world.pass(1000)
      for (let i = 0; i < 100; i++) expect(await world.run(ask(friend, node))).to.include({ type: 'response', rttMs: 20 })
      expect(dropped(node)['too many unproven packets']).to.be.above(1000)
      expect(dropped(node)).to.not.include.keys('too many packets', 'too many packets of a group')
      stop()
    })

    it('keeps no answer of a stranger from the one who asked it, or lookups would end', async () => {
      const stop = flood()
      await world.pass(1000)
      for (let i = 0; i < 20; i++) {
        const stranger = await world.node(`9.1.${i}.1:4001`, channel)
        expect(await world.run(node.behaviours.probe.components.ping({ ...contactOf(stranger) }))).to.include({ type: 'response', rttMs: 20 })
      }
      stop()
    })

    it('leaves who was never heard a chance, and all of it when the flood is over', async () => {
      const stop = flood(n => endpoint('66.6.6.6', n % 60_000))
      await world.pass(1000)
      const stranger = await world.node('9.2.0.1:4001', channel)
      expect(await world.run(ask(stranger, node)), 'of another group').to.include({ type: 'response' })
      const neighbour = await world.node('66.6.6.7:4001', channel)
      expect(await world.run(ask(neighbour, node, echo, undefined, { tries: 1 })), 'of the same').to.deep.equal({ type: 'timeout' })
      stop()
      await world.pass(2000)
      expect(await world.run(ask(neighbour, node)), 'nobody is banned').to.include({ type: 'response' })
    })
  })
}

describe('the profile', () => {
  async function lost (init: object, host: string): Promise<number> {
    const world = new World()
    const node = await world.node('9.0.0.1:4001', { limits, ...init })
    for (let i = 0; i < 40; i++) world.net.deliver({ bytes: new Uint8Array(100), from: endpoint(host, 4001), to: addressOf(node) })
    const { 'too many unproven packets of a group': count = 0 } = dropped(node)
    await world.stop()
    return count
  }

  for (const host of ['127.0.0.1', '192.168.1.1', '::1', 'fe80::1', 'fd00::1']) {
    it(`private, which is the default, exempts ${host}; public does not`, async () => {
      expect(await lost({}, host)).to.equal(0)
      expect(await lost({ profile: 'private' }, host)).to.equal(0)
      expect(await lost({ profile: 'public' }, host)).to.equal(30)
    })
  }

  it('exempts no public address', async () => {
    expect(await lost({}, '9.9.9.9')).to.equal(30)
    expect(await lost({ profile: 'public' }, '9.9.9.9')).to.equal(30)
  })

  it('is told to behaviours, and named when it is none', async () => {
    const world = new World()
    const node = await world.node('9.0.0.1:4001', { profile: 'public' })
    expect(node.behaviours.probe.components.profile).to.equal('public')
    await world.stop()
    const error = await createSwarm({ profile: 'secret' as 'public' }).then(() => undefined, (reason: Error) => reason)
    expect(error?.name).to.equal('InvalidOptionError')
    expect(error?.message).to.contain('profile')
  })
})
