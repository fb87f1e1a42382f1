import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { noise } from '../src/index.ts'
import type { NoiseInit } from '../src/index.ts'
import { datagram, identityFrom, noiseEnd, noisePair, reasons, request, sent } from './noise-support.ts'
import type { NoiseEnd } from './noise-support.ts'
import { READ, askAndAnswer, carry, exchange, here, messagesOf, sessionsOf, there } from './support.ts'

const to = (end: NoiseEnd) => ({ endpoint: end.at, peerKey: end.key })
const stranger = (i: number): NoiseEnd => noiseEnd(endpoint(`203.0.${i}.1`, 5000))
const lengths = (wire: readonly Uint8Array[]): number[] => wire.map(({ length }) => length)

/** How many of `count` strangers could still use the answer that b gave them. */
function survivors (init: NoiseInit, count: number, at: (i: number) => string): number {
  const b = noiseEnd(there, { cookieAbove: 1000, ...init })
  const strangers = Array.from({ length: count }, (_, i) => noiseEnd(endpoint(at(i), 5000 + i)))
  for (const a of strangers) exchange(a, b, request(1), READ)
  const asked = messagesOf(b)
  for (const [i, a] of strangers.entries()) {
    const question = asked.find(message => message.endpoint === a.at)
    if (question !== undefined) carry(b, a, b.channel.send(request(i), to(a), { class: 'read', via: question.via }, 0))
  }
  return sessionsOf(b).length
}

function idleAfter (init: NoiseInit, kept: boolean): number | undefined {
  const [a, b] = noisePair(init)
  a.channel.keep?.(b.key, kept)
  askAndAnswer(a, b)
  return a.channel.nextDeadline()
}

describe('noise: options', () => {
  it('names the one that is wrong', () => {
    expect(() => noise({ maxHeld: 0 })).to.throw('noise.maxHeld: expected a number of at least 1, got 0')
    expect(() => noise({ rekeyMs: NaN })).to.throw('noise.rekeyMs')
  })

  it('maxSessions: so many peers, those to keep last', () => {
    const a = noiseEnd(here, { maxSessions: 2 })
    const others = [1, 2, 3].map(stranger)
    a.channel.keep?.(others[0]!.key, true)
    for (const other of others) askAndAnswer(a, other)
    expect(sessionsOf(a).filter(({ event }) => event === 'closed').map(({ endpoint: at }) => at)).to.deep.equal([others[1]!.at])
  })

  it('maxHalfOpen: the oldest leave for the newest', () => {
    const wide = (i: number): string => `203.0.${i}.1`
    expect(survivors({ maxHalfOpen: 3 }, 5, wide)).to.equal(3)
    expect(survivors({}, 5, wide)).to.equal(5)
  })

  it('maxHalfOpenPerGroup, exemptPrivate: so many from one network get in without a cookie', () => {
    const count = (init: NoiseInit, host: string): number => {
      const b = noiseEnd(there, init)
      for (let i = 0; i < 6; i++) {
        const a = noiseEnd(endpoint(host, 5000 + i))
        b.outputs.push(...b.channel.receive(datagram(a.channel.send(request(1), to(b), READ, 0)), a.at, 0))
      }
      return messagesOf(b).length
    }
    expect(count({}, '203.0.113.1')).to.equal(4)
    expect(count({ maxHalfOpenPerGroup: 2 }, '203.0.113.1')).to.equal(2)
    expect(count({}, '192.168.0.1')).to.equal(6)
    expect(count({ exemptPrivate: false }, '192.168.0.1')).to.equal(4)
  })

  it('exemptPrivate: follows the profile where nothing is said', () => {
    for (const [profile, init, expected] of [['public', {}, 4], ['private', {}, 6], ['public', { exemptPrivate: true }, 6]] as const) {
      const b = noiseEnd(there, init, { profile })
      for (let i = 0; i < 6; i++) {
        const a = noiseEnd(endpoint('192.168.0.1', 5000 + i))
        b.outputs.push(...b.channel.receive(datagram(a.channel.send(request(1), to(b), READ, 0)), a.at, 0))
      }
      expect(messagesOf(b).length, profile).to.equal(expected)
    }
  })

  it('maxHalfOpenPerGroup: with cookies too there are never more', () => {
    expect(survivors({ maxHalfOpenPerGroup: 2 }, 5, () => '203.0.113.1')).to.equal(2)
  })

  it('cookieAbove: from so many half-open handshakes on, a cookie is asked for', () => {
    for (const cookieAbove of [1, 3]) {
      const b = noiseEnd(there, { cookieAbove })
      const answers = [1, 2, 3, 4].map(i => {
        const a = stranger(i)
        return sent(b.channel.receive(datagram(a.channel.send(request(1), to(b), READ, 0)), a.at, 0)).length
      })
      expect(answers.indexOf(1)).to.equal(cookieAbove)
    }
  })

  it('maxAttempts: the oldest handshake of our own makes room, and what it held is given up', () => {
    const a = noiseEnd(here, { maxAttempts: 2 })
    const others = [1, 2, 3].map(stranger)
    for (const other of others.slice(0, 2)) expect(reasons(a.channel.send(request(1), to(other), READ, 0))).to.be.empty
    expect(reasons(a.channel.send(request(1), to(others[2]!), READ, 0))).to.deep.equal(['too many handshakes of our own'])
    expect(a.channel.due(10_000).map(({ type }) => type)).to.deep.equal(['dropped', 'dropped'])
  })

  it('maxHeldPerPeer, maxHeld: so many messages wait, for one peer and altogether', () => {
    const write = { class: 'write' } as const
    for (const init of [{ maxHeldPerPeer: 2 }, { maxHeld: 2 }]) {
      const [a, b] = noisePair(init)
      const results = [1, 2, 3].map(number => reasons(a.channel.send(request(number), to(b), write, 0)))
      expect(results).to.deep.equal([[], [], ['too many messages wait for a session']])
      const other = reasons(a.channel.send(request(1), to(stranger(1)), write, 0))
      expect(other).to.have.lengthOf('maxHeld' in init ? 1 : 0)
      expect(reasons(a.channel.send(request(9), { endpoint: stranger(2).at }, write, 0))).to.have.lengthOf('maxHeld' in init ? 1 : 0)
    }
  })

  it('maxHeld: there is room again when messages went out, or were given up', () => {
    const write = { class: 'write' } as const
    const [a, b] = noisePair({ maxHeld: 1 })
    carry(a, b, a.channel.send(request(1), to(b), write, 0))
    expect(messagesOf(b)).to.have.lengthOf(1)
    for (const now of [0, 5000]) {
      a.channel.due(now)
      expect(reasons(a.channel.send(request(2), to(stranger(now / 100)), write, now))).to.be.empty
    }
  })

  it('maxAnswers, answerMs: a first flight that comes again gets its answer while that is kept', () => {
    const again = (init: NoiseInit, now: number): boolean => {
      const b = noiseEnd(there, init)
      const firsts = [1, 2].map(i => {
        const a = stranger(i)
        return { a, first: askAndAnswer(a, b)[0]! }
      })
      const { a, first } = firsts[0]!
      b.channel.due(now)
      return b.channel.receive(first, a.at, now)[0]?.type === 'transmit'
    }
    expect(again({}, 119_999)).to.equal(true)
    expect(again({}, 120_000)).to.equal(false)
    expect(again({ answerMs: 1000 }, 1000)).to.equal(false)
    expect(again({ maxAnswers: 1 }, 0)).to.equal(false)
  })

  it('handshakeMs: so long waits who began, and twice as long who was asked', () => {
    for (const handshakeMs of [5000, 100]) {
      const [a, b] = noisePair({ handshakeMs })
      exchange(a, b, request(1), READ)
      expect(a.channel.nextDeadline()).to.equal(handshakeMs)
      expect(b.channel.nextDeadline()).to.equal(2 * handshakeMs)
      const { via } = messagesOf(b)[0]!
      b.channel.due(2 * handshakeMs - 1)
      expect(b.channel.budget(to(a), { class: 'read', via })).to.equal(1142)
      b.channel.due(2 * handshakeMs)
      expect(reasons(b.channel.send(request(1), to(a), { class: 'read', via }, 2 * handshakeMs))).to.deep.equal(['nobody waits for this answer'])
    }
  })

  it('idleMs, briefIdleMs: a peer to keep is kept longer', () => {
    expect(idleAfter({}, false)).to.equal(300_000)
    expect(idleAfter({ briefIdleMs: 7000 }, false)).to.equal(7000)
    expect(idleAfter({}, true)).to.equal(7_200_000)
    expect(idleAfter({ idleMs: 8000 }, true)).to.equal(8000)
  })

  it('keep: counts for sessions that stand, and no longer once it is taken back', () => {
    const [a, b] = noisePair()
    askAndAnswer(a, b)
    a.channel.keep?.(b.key, true)
    expect(a.channel.nextDeadline()).to.equal(7_200_000)
    a.channel.keep?.(b.key, false)
    expect(a.channel.nextDeadline()).to.equal(300_000)
    expect(a.channel.due(300_000)).to.deep.equal([{ type: 'session', event: 'closed', peerKey: b.key, endpoint: b.at, reason: 'idle' }])
    expect(lengths(sent(a.channel.send(request(1), to(b), READ, 300_000))), 'and its keys are gone').to.deep.equal([1200])
  })

  it('idleMs: is silence, and ends with a word', () => {
    const [a, b] = noisePair()
    askAndAnswer(a, b)
    exchange(b, a, request(1), READ, 200_000)
    expect(a.channel.nextDeadline()).to.equal(500_000)
    expect(a.channel.due(300_000)).to.be.empty
  })

  it('rekeyMs, rekeyPackets: new keys on use, and nothing more with keys twice as old', () => {
    for (const [init, early, late, worn] of [[{ rekeyMs: 1000 }, 999, 1000, 2000], [{}, 3_599_999, 3_600_000, 7_200_000]] as const) {
      for (const [now, wanted] of [[early, [39]], [late, [39, 168]], [worn, [1200]]] as const) {
        const [a, b] = noisePair(init)
        askAndAnswer(a, b)
        expect(lengths(sent(a.channel.send(request(1), to(b), READ, now)))).to.deep.equal(wanted)
      }
    }
    const [a, b] = noisePair({ rekeyPackets: 3 })
    askAndAnswer(a, b)
    const sizes = Array.from({ length: 6 }, (_, i) => lengths(sent(a.channel.send(request(i), to(b), READ, 0))))
    expect(sizes).to.deep.equal([[39], [39, 168], [39], [39], [39], []])
  })

  it('cookieEpochMs: a cookie is good for two epochs at most', () => {
    const shown = (init: NoiseInit, now: number): string[] => {
      const b = noiseEnd(there, { cookieAbove: 1, ...init })
      const [first, a] = [stranger(1), stranger(2)]
      b.channel.receive(datagram(first.channel.send(request(1), to(b), READ, 0)), first.at, 0)
      const cookie = datagram(b.channel.receive(datagram(a.channel.send(request(1), to(b), READ, 0)), a.at, 0))
      return b.channel.receive(datagram(a.channel.receive(cookie, b.at, 0)), a.at, now).map(({ type }) => type)
    }
    expect(shown({}, 239_999)).to.deep.equal(['message'])
    expect(shown({}, 240_000)).to.deep.equal(['dropped'])
    expect(shown({ cookieEpochMs: 1000 }, 1999)).to.deep.equal(['message'])
    expect(shown({ cookieEpochMs: 1000 }, 2000)).to.deep.equal(['dropped'])
  })

  it('replayWindow: a packet may be so late', () => {
    for (const [init, late, wanted] of [[{}, 2047, 'message'], [{}, 2048, 'dropped'], [{ replayWindow: 32 }, 31, 'message'], [{ replayWindow: 32 }, 32, 'dropped']] as const) {
      const [a, b] = noisePair(init)
      askAndAnswer(a, b)
      const old = datagram(a.channel.send(request(0), to(b), READ, 0))
      for (let i = 1; i < late; i++) a.channel.send(request(i), to(b), READ, 0)
      exchange(a, b, request(late), READ)
      expect(b.channel.receive(old, a.at, 0)[0]?.type, `${late} late`).to.equal(wanted)
    }
  })

  it('maxRecentRequests: so many tries are remembered, to know a second one', () => {
    for (const [maxRecentRequests, wanted] of [[2, 1200], [1, 39]] as const) {
      const [a, b] = noisePair({ maxRecentRequests })
      askAndAnswer(a, b)
      for (const number of [1, 2]) a.channel.send(request(number), to(b), READ, 0)
      expect(lengths(sent(a.channel.send(request(1), to(b), READ, 0)))).to.deep.equal([wanted])
    }
  })

  it('keeps the promise of keep for no more peers than it has sessions for', () => {
    const a = noiseEnd(here, { maxSessions: 1 })
    const b = noiseEnd(there)
    a.channel.keep?.(b.key, true)
    a.channel.keep?.(identityFrom('another').publicKey, true)
    askAndAnswer(a, b)
    expect(a.channel.nextDeadline()).to.equal(300_000)
  })
})
