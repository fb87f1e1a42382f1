import { seededRandom, systemCrypto, systemNoiseCrypto } from '@kadmium/runtime'
import { noise } from '@kadmium/secure-channel'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { addressOf, ask, contactOf, dropped, echo, handle, read, text, World, write } from './support/nodes.ts'
import type { TestSwarm } from './support/nodes.ts'

const init = { secureChannel: noise(), crypto: { ...systemCrypto(), noise: systemNoiseCrypto() } }

describe('a swarm over noise()', () => {
  let world: World
  let a: TestSwarm
  let b: TestSwarm

  beforeEach(async () => {
    world = new World()
    ;[a, b] = await world.pair(init, false)
  })
  afterEach(() => world.stop())

  it('asks a stranger whose key it knows in one round trip, and one whose address only in two', async () => {
    handle(b, echo, request => request)
    expect(await world.run(ask(a, b))).to.deep.include({ type: 'response', message: text('hello'), rttMs: 20 })
    await world.pass(20)
    expect(b.isConnected(a.localPeerId)).to.equal(true)
    const c = await world.node('10.0.0.3:4001', init)
    expect((await world.run(c.dial(addressOf(b).text))).rttMs).to.equal(40)
    expect(dropped(b)).to.deep.equal({})
  })

  it('row 12: writes in a proven session without a token, once', async () => {
    const proven: boolean[] = []
    handle(b, write, (request, from) => { proven.push(from.proven); return request })
    expect(await world.run(ask(a, b, write, text('key')))).to.deep.include({ type: 'response', message: text('key') })
    expect(proven).to.deep.equal([true])
    expect(world.net.log).to.have.lengthOf(4)
  })

  it('answers after the loss of any one datagram', async () => {
    handle(b, read, request => request)
    for (let lost = 0; lost < 4; lost++) {
      const c = await world.node(`10.0.1.${lost + 1}:4001`, init)
      let sent = 0
      world.net.carry = datagram => sent++ === lost ? undefined : datagram
      expect(await world.run(c.behaviours.probe.components.ping({ addresses: [addressOf(b)] }))).to.include({ type: 'response' })
      expect(await world.run(ask(c, b, read))).to.include({ type: 'response' })
    }
  })

  it('row 11: sends no more bytes to an endpoint that proves nothing than came from it, whatever of a handshake it replays', async () => {
    handle(b, read, () => new Uint8Array(900))
    const seen: Uint8Array[] = []
    world.net.carry = datagram => {
      if (datagram.to.text === addressOf(b).text) seen.push(datagram.bytes)
      return datagram
    }
    await world.run(a.dial(addressOf(b).text))
    await world.run(ask(await world.node('10.0.0.3:4001', init), b, read))
    await world.pass(50)
    expect(seen.length).to.be.at.least(5)
    const victim = endpoint('192.0.2.99', 9999)
    const random = seededRandom('replays')
    let spent = 0
    for (let i = 0; i < 300; i++) {
      const bytes = (seen[random.below(seen.length)] ?? new Uint8Array()).slice()
      if (i % 3 === 0) bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
      spent += bytes.length
      world.net.deliver({ bytes, from: victim, to: addressOf(b) })
      await world.pass(random.below(5))
      expect(world.net.bytesTo(victim)).to.be.at.most(spent)
    }
    await world.pass(30_000)
    expect(world.net.bytesTo(victim)).to.be.within(1, spent)
  })

  it('does not mix with another network', async () => {
    const other = await world.node('10.0.0.9:4001', { ...init, network: 'another' })
    expect(await world.run(a.behaviours.probe.components.ping(contactOf(other)))).to.deep.equal({ type: 'timeout' })
    expect(other.counters.sent).to.equal(0)
  })
})
