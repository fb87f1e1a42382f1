/**
 * What every channel must do, whatever its wire looks like. A channel's own spec calls this with its factory.
 */
import type { ChannelFactory, Identity } from '@kadmium/interface'
import { seededRandom } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  ASK, READ, askAndAnswer, bytes, carry, crypto, droppedOf, exchange, here, makeEnd, messagesOf, sessionsOf, there
} from './support.ts'
import type { End } from './support.ts'

export interface ComplianceInit {
  readonly name: string
  /** The channel with its defaults. */
  readonly factory: ChannelFactory
  readonly identityFrom: (seed: string) => Identity
  /** Whether its datagrams are authenticated, so that those who see them cannot change them. */
  readonly authenticated: boolean
  /** The same channel with room for so many sessions. */
  readonly bounded: (maxSessions: number) => ChannelFactory
}

const SEED = 20_240_607
const HOURS = 3_600_000

export function channelCompliance ({ name, factory, identityFrom, authenticated, bounded }: ComplianceInit): void {
  const pair = (): [End, End] => [makeEnd(factory, identityFrom, here), makeEnd(factory, identityFrom, there)]

  describe(`${name} as a channel`, () => {
    it('hands over the message, the key and the endpoint of its sender', () => {
      const [a, b] = pair()
      exchange(a, b, bytes(30), ASK)
      const [message] = messagesOf(b)
      expect(message?.message).to.deep.equal(bytes(30))
      expect(message?.peerKey).to.deep.equal(a.key)
      expect(message?.endpoint).to.equal(here)
    })

    it('needs one round trip to prove both ends to each other', () => {
      const [a, b] = pair()
      askAndAnswer(a, b)
      expect(messagesOf(a)[0]?.proven).to.equal(true)
      expect(sessionsOf(a)).to.have.lengthOf(1)
      expect(sessionsOf(a)[0]).to.include({ event: 'opened', initiator: true, endpoint: there })
      expect(sessionsOf(b)).to.have.lengthOf(1)
      expect(sessionsOf(b)[0]).to.include({ event: 'opened', initiator: false, endpoint: here })
    })

    it('does not take the first datagram of a stranger as proof of where it comes from', () => {
      const [a, b] = pair()
      exchange(a, b, bytes(30), ASK)
      expect(messagesOf(b)[0]?.proven).to.equal(false)
      expect(sessionsOf(b)).to.be.empty
    })

    it('opens a session once, however much is said', () => {
      const [a, b] = pair()
      for (let i = 0; i < 5; i++) {
        askAndAnswer(a, b)
        askAndAnswer(b, a)
      }
      expect(sessionsOf(a)).to.have.lengthOf(1)
      expect(sessionsOf(b)).to.have.lengthOf(1)
      expect(messagesOf(b).slice(1).every(message => message.proven)).to.equal(true)
    })

    it('opens one session on each side when both ask at once', () => {
      const [a, b] = pair()
      const fromA = a.channel.send(bytes(10), { endpoint: b.at, peerKey: b.key }, ASK, 0)
      const fromB = b.channel.send(bytes(10), { endpoint: a.at, peerKey: a.key }, ASK, 0)
      carry(a, b, fromA)
      carry(b, a, fromB)
      for (const [end, other] of [[a, b], [b, a]] as const) {
        const asked = messagesOf(end)[0]
        const options = { class: 'read', via: asked?.via ?? -1 } as const
        carry(end, other, end.channel.send(bytes(20), { endpoint: other.at, peerKey: other.key }, options, 0))
      }
      expect(sessionsOf(a).filter(({ event }) => event === 'opened')).to.have.lengthOf(1)
      expect(sessionsOf(b).filter(({ event }) => event === 'opened')).to.have.lengthOf(1)
    })

    it('U5: carries a message of exactly its budget in one datagram of at most 1,200 bytes', () => {
      const [a, b] = pair()
      for (const options of [ASK, READ]) {
        const size = a.channel.budget({ endpoint: b.at, peerKey: b.key }, options)
        const wire = exchange(a, b, bytes(size), options)
        expect(Math.max(...wire.map(datagram => datagram.length))).to.be.at.most(1200)
        expect(messagesOf(b).at(-1)?.message).to.have.lengthOf(size)
        askAndAnswer(a, b)
      }
    })

    it('pads for a stranger so that a whole datagram of answer amplifies nothing, and no longer once it is proven', () => {
      const [a, b] = pair()
      const [first] = exchange(a, b, bytes(10), ASK)
      expect(first).to.have.lengthOf(1200)
      askAndAnswer(a, b)
      const [later] = exchange(a, b, bytes(10), ASK)
      expect(later?.length).to.be.below(200)
    })

    it('is not heard in a network of another name', () => {
      const a = makeEnd(factory, identityFrom, here)
      const b = makeEnd(factory, identityFrom, there, { network: 'another' })
      const wire = exchange(a, b, bytes(10), ASK)
      expect(messagesOf(b)).to.be.empty
      expect(droppedOf(b)).to.have.lengthOf(1)
      expect(wire).to.have.lengthOf(1)
    })

    it('drops its own datagrams that come back', () => {
      const a = makeEnd(factory, identityFrom, here)
      const outputs = a.channel.send(bytes(10), { endpoint: there }, ASK, 0)
      const [sent] = outputs
      if (sent?.type !== 'transmit') throw new Error('expected a datagram')
      const back = a.channel.receive(sent.bytes, there, 0)
      expect(back.map(({ type }) => type)).to.deep.equal(['dropped'])
    })

    it('ends an idle session by itself, when it said it would, and not before', () => {
      const [a, b] = pair()
      askAndAnswer(a, b, ASK, 1000)
      const deadline = a.channel.nextDeadline()
      if (deadline === undefined) throw new Error('expected a deadline')
      expect(deadline).to.be.within(1001, 1000 + 24 * HOURS)
      expect(a.channel.due(deadline - 1).filter(({ type }) => type === 'session')).to.be.empty
      let now = deadline
      const closed = []
      for (let i = 0; i < 1000 && closed.length === 0; i++) {
        closed.push(...a.channel.due(now).filter(({ type }) => type === 'session'))
        now = a.channel.nextDeadline() ?? now
      }
      expect(closed[0]).to.include({ event: 'closed', reason: 'idle' })
    })

    it('keeps as many sessions as it is told and says who had to leave', () => {
      const a = makeEnd(bounded(3), identityFrom, here)
      const others = Array.from({ length: 5 }, (_, index) => makeEnd(factory, identityFrom, endpoint('203.0.113.9', 5000 + index)))
      for (const other of others) askAndAnswer(a, other)
      const closed = sessionsOf(a).filter(({ event }) => event === 'closed')
      expect(closed.map(({ endpoint: at }) => at.port)).to.deep.equal([5000, 5001])
      expect(closed.every(session => session.event === 'closed' && session.reason === 'evicted')).to.equal(true)
    })

    it('U6: takes any bytes from anyone without an exception and without an answer', () => {
      const b = makeEnd(factory, identityFrom, there)
      fc.assert(fc.property(fc.uint8Array({ maxLength: 1400 }), garbage => {
        const outputs = b.channel.receive(garbage, here, 0)
        expect(outputs.every(({ type }) => type === 'dropped')).to.equal(true)
      }), { seed: SEED, numRuns: 300 })
    })

    it('U6: takes any bent datagram without an exception, and opens no session for one whose source it does not prove', () => {
      const [a, b] = pair()
      const [sample] = exchange(a, makeEnd(factory, identityFrom, there), bytes(40), ASK)
      const random = seededRandom(SEED)
      for (let i = 0; i < 2000; i++) {
        const bent = (sample ?? bytes(0)).slice(0, 1 + random.below(1200))
        for (let flips = 0; flips <= random.below(3); flips++) bent[random.below(Math.min(bent.length, 128))]! ^= 1 << random.below(8)
        b.outputs.push(...b.channel.receive(bent, here, 0))
      }
      expect(sessionsOf(b)).to.be.empty
      expect(messagesOf(b).every(message => !message.proven)).to.equal(true)
    })

    it('lets no bent or repeated datagram of a stranger end a session that stands', () => {
      const [a, b] = pair()
      const seen = askAndAnswer(a, b)
      const wire = authenticated ? seen : seen.slice(0, 1)
      const random = seededRandom(SEED + 1)
      for (let i = 0; i < 2000; i++) {
        const bent = (wire[random.below(wire.length)] ?? bytes(0)).slice()
        const at = random.below(Math.min(bent.length, 128))
        bent[at] = bent[at]! ^ 1 << random.below(8)
        b.outputs.push(...b.channel.receive(bent, here, 0))
      }
      expect(sessionsOf(b).filter(({ event }) => event === 'closed')).to.be.empty
      askAndAnswer(a, b)
      expect(messagesOf(b).at(-1)?.proven).to.equal(true)
    })

    describe('where it hands out write tokens', () => {
      const key = bytes(20)
      const minutes = 60_000

      interface Issued {
        readonly mint: () => Uint8Array
        readonly check: (token: Uint8Array, change?: object, now?: number) => boolean
      }

      function tokens (): Issued | undefined {
        const { channel } = makeEnd(factory, identityFrom, there)
        const holder = { endpoint: here, peerKey: bytes(32, 1), key }
        if (channel.tokens === undefined) return undefined
        const issued = channel.tokens
        return {
          mint: () => issued.mint(holder, 0),
          check: (token, change = {}, now = 0) => issued.check(token, { ...holder, ...change }, now)
        }
      }

      it('row 12: one opens the key, to the peer, at the address and port it was minted for', function () {
        const issued = tokens() ?? this.skip()
        const token = issued.mint()
        expect(token.length).to.be.within(8, 32)
        expect(issued.check(token)).to.equal(true)
        expect(issued.check(bytes(0))).to.equal(false)
        expect(issued.check(bytes(token.length))).to.equal(false)
        expect(issued.check(token.slice(0, -1))).to.equal(false)
        expect(issued.check(token, { endpoint: endpoint('192.0.2.2', 4001) }), 'other address').to.equal(false)
        expect(issued.check(token, { endpoint: endpoint('192.0.2.1', 4002) }), 'other port').to.equal(false)
        expect(issued.check(token, { key: bytes(20, 8) }), 'other key').to.equal(false)
        expect(issued.check(token, { peerKey: bytes(32, 2) }), 'other peer').to.equal(false)
      })

      it('row 12: one is good for five minutes at least and ten at most', function () {
        const issued = tokens() ?? this.skip()
        const token = issued.mint()
        expect(issued.check(token, {}, 5 * minutes - 1)).to.equal(true)
        expect(issued.check(token, {}, 5 * minutes + 1)).to.equal(true)
        expect(issued.check(token, {}, 10 * minutes + 1)).to.equal(false)
        expect(issued.check(token, {}, 24 * HOURS)).to.equal(false)
      })

      it('row 12: one is stale also where nothing was asked in between', function () {
        for (const now of [10 * minutes + 1, 15 * minutes + 1, 24 * HOURS]) {
          const issued = tokens() ?? this.skip()
          expect(issued.check(issued.mint(), {}, now)).to.equal(false)
        }
      })

      it('row 12: one of another node is worth nothing', function () {
        const issued = tokens() ?? this.skip()
        const others = tokens() ?? this.skip()
        expect(others.check(issued.mint())).to.equal(false)
      })
    })

    it('repeats itself byte for byte from the same seed', () => {
      const run = (): string => {
        const random = seededRandom('same')
        const identity = identityFrom('same')
        const channel = factory({ identity, localId: identity.peerId, network: 'test', crypto, random, clock: { now: () => 0 } })
        const [sent] = channel.send(bytes(10), { endpoint: there }, ASK, 0)
        return sent?.type === 'transmit' ? Buffer.from(sent.bytes).toString('hex') : ''
      }
      expect(run()).to.equal(run())
    })
  })
}
