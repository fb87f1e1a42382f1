import { expect } from 'chai'
import { plaintext } from '../src/index.ts'
import { channelCompliance } from './channel-compliance.ts'
import { endpoint } from '@kadmium/wire'
import { ASK, READ, askAndAnswer, bytes, carry, exchange, here, keyOnly, makeEnd, messagesOf, sessionsOf, there } from './support.ts'
import type { End } from './support.ts'

channelCompliance({
  name: 'plaintext',
  factory: plaintext(),
  identityFrom: keyOnly,
  authenticated: false,
  bounded: maxSessions => plaintext({ maxSessions })
})

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

function pair (init = {}): [End, End] {
  return [makeEnd(plaintext(init), keyOnly, here), makeEnd(plaintext(init), keyOnly, there)]
}

describe('plaintext', () => {
  it('sends three datagrams for the first question: padded request, answer, empty proof; then two for each', () => {
    const [a, b] = pair()
    expect(askAndAnswer(a, b).map(({ length }) => length)).to.deep.equal([1200, 56 + 20, 56])
    expect(askAndAnswer(a, b).map(({ length }) => length)).to.deep.equal([56 + 10, 56 + 20])
  })

  it('pads a request as far as its answer may need it', () => {
    for (const [answerBytes, wanted] of [[undefined, 1200], [0, 66], [100, 156], [5000, 1200]] as const) {
      const [a, b] = pair()
      const options = { ...ASK, ...(answerBytes !== undefined && { answerBytes }) }
      const [output] = a.channel.send(bytes(10), { endpoint: b.at, peerKey: b.key }, options, 0)
      expect(output?.type === 'transmit' && output.bytes, `${answerBytes} bytes in the answer`).to.have.lengthOf(wanted)
    }
  })

  it('proves nothing by a cookie that another endpoint was given', () => {
    const [a, b] = pair()
    const thief = makeEnd(plaintext(), keyOnly, endpoint('192.0.2.66', 4001))
    const [, answer] = askAndAnswer(a, b)
    const cookie = answer?.subarray(38, 46) ?? bytes(0)
    const [request] = exchange(thief, makeEnd(plaintext(), keyOnly, there), bytes(10), READ)
    request?.set(cookie, 46)
    b.outputs.length = 0
    b.outputs.push(...b.channel.receive(request ?? bytes(0), thief.at, 0))
    expect(messagesOf(b)[0]?.proven).to.equal(false)
    b.outputs.length = 0
    b.outputs.push(...b.channel.receive(request ?? bytes(0), a.at, 0))
    expect(messagesOf(b)[0]?.proven, 'the same bytes from where the cookie went').to.equal(true)
  })

  it('cookieEpochMs: a cookie proves an address through its epoch and the next, and no longer', () => {
    for (const cookieEpochMs of [2 * MINUTE, SECOND]) {
      const [goodAt, badAt] = [2 * cookieEpochMs - 1, 2 * cookieEpochMs]
      for (const [now, proven] of [[goodAt, true], [badAt, false]] as const) {
        const [a, b] = pair({ cookieEpochMs })
        askAndAnswer(a, b)
        askAndAnswer(a, b)
        exchange(a, b, bytes(10), READ, now)
        expect(messagesOf(b).at(-1)?.proven, `${cookieEpochMs} at ${now}`).to.equal(proven)
      }
    }
  })

  it('pads again, and proves itself again, once its last cookie may have gone stale', () => {
    const [a, b] = pair()
    askAndAnswer(a, b)
    expect(askAndAnswer(a, b, ASK, 10 * MINUTE).map(({ length }) => length)).to.deep.equal([1200, 76, 56])
    expect(sessionsOf(b).filter(({ event }) => event === 'opened')).to.have.lengthOf(1)
    exchange(a, b, bytes(10), ASK, 10 * MINUTE + 1)
    expect(messagesOf(b).at(-1)?.proven).to.equal(true)
  })

  it('briefIdleMs, idleMs: a chance acquaintance is forgotten soon, a peer in use late', () => {
    for (const [briefIdleMs, idleMs] of [[2 * MINUTE, 2 * HOUR], [MINUTE, HOUR]] as const) {
      const [a, b] = pair({ briefIdleMs, idleMs })
      askAndAnswer(a, b)
      expect(a.channel.nextDeadline()).to.equal(briefIdleMs)
      askAndAnswer(a, b, ASK, 5 * SECOND)
      expect(a.channel.due(briefIdleMs)).to.be.empty
      expect(a.channel.due(idleMs)).to.be.empty
      expect(a.channel.due(idleMs + 5 * SECOND)).to.deep.equal([
        { type: 'session', event: 'closed', peerKey: b.key, endpoint: b.at, reason: 'idle' }
      ])
      expect(a.channel.nextDeadline()).to.equal(undefined)
    }
  })

  it('is idle since the last word, not since the first', () => {
    const [a, b] = pair()
    for (let now = 0; now < 5 * HOUR; now += HOUR) askAndAnswer(a, b, ASK, now)
    expect(a.channel.due(4 * HOUR + 2 * HOUR - SECOND)).to.be.empty
    expect(a.channel.due(4 * HOUR + 2 * HOUR)).to.have.lengthOf(1)
  })

  it('maxSessions: strangers push out strangers before peers that are in use', () => {
    const a = makeEnd(plaintext({ maxSessions: 3 }), keyOnly, here)
    const friend = makeEnd(plaintext(), keyOnly, there)
    askAndAnswer(a, friend)
    askAndAnswer(a, friend)
    for (let port = 5000; port < 5010; port++) askAndAnswer(a, makeEnd(plaintext(), keyOnly, endpoint('203.0.113.9', port)))
    expect(sessionsOf(a).some(session => session.event === 'closed' && session.endpoint === there)).to.equal(false)
  })

  it('maxReplies: an answer to one of the last so many requests proves its asker heard, an older one does not', () => {
    for (const [maxReplies, proven] of [[2, true], [1, false]] as const) {
      const [a, b] = pair({ maxReplies })
      const other = makeEnd(plaintext(), keyOnly, endpoint('203.0.113.9', 5000))
      exchange(a, b, bytes(10), ASK)
      exchange(other, b, bytes(10), ASK)
      const via = messagesOf(b)[0]?.via ?? -1
      carry(b, a, b.channel.send(bytes(20), { endpoint: a.at }, { class: 'read', via }, 0))
      expect(messagesOf(a)[0]?.proven).to.equal(proven)
    }
  })

  it('proves itself to a peer it knows also where a request is too old for its cookie to be remembered', () => {
    const [a, b] = pair({ maxReplies: 1 })
    askAndAnswer(a, b)
    exchange(a, b, bytes(10), ASK)
    exchange(makeEnd(plaintext(), keyOnly, endpoint('203.0.113.9', 5000)), b, bytes(10), ASK)
    carry(b, a, b.channel.send(bytes(20), { endpoint: a.at }, { class: 'read', via: messagesOf(b)[1]?.via ?? -1 }, 0))
    expect(messagesOf(a).at(-1)?.proven).to.equal(true)
  })

  it('tokenEpochMs: decides how long a token is good', () => {
    const { tokens } = makeEnd(plaintext({ tokenEpochMs: SECOND }), keyOnly, here).channel
    const holder = { endpoint: there, peerKey: bytes(32), key: bytes(20) }
    const token = tokens?.mint(holder, 0) ?? bytes(0)
    expect(tokens?.check(token, holder, 2 * SECOND - 1)).to.equal(true)
    expect(tokens?.check(token, holder, 2 * SECOND)).to.equal(false)
  })

  it('another key at a proven endpoint replaces the session only when it proves the address', () => {
    const [a, b] = pair()
    askAndAnswer(a, b)
    const successor = makeEnd(plaintext(), keyOnly, here)
    exchange(successor, b, bytes(10), ASK)
    expect(sessionsOf(b)).to.have.lengthOf(1)
    askAndAnswer(successor, b)
    expect(sessionsOf(b).slice(1)).to.deep.equal([
      { type: 'session', event: 'closed', peerKey: a.key, endpoint: here, reason: 'replaced' },
      { type: 'session', event: 'opened', peerKey: successor.key, endpoint: here, initiator: false }
    ])
  })

  it('remembers nothing of strangers who prove nothing', () => {
    const b = makeEnd(plaintext(), keyOnly, there)
    const [sample] = exchange(makeEnd(plaintext(), keyOnly, here), makeEnd(plaintext(), keyOnly, there), bytes(10), ASK)
    for (let port = 1; port < 5000; port++) b.outputs.push(...b.channel.receive(sample ?? bytes(0), endpoint('203.0.113.9', port), 0))
    expect(messagesOf(b)).to.have.lengthOf(4999)
    expect(b.channel.nextDeadline()).to.equal(undefined)
  })

  it('drops with the reason', () => {
    const [a, b] = pair()
    const [sample] = exchange(a, makeEnd(plaintext(), keyOnly, there), bytes(10), ASK)
    const datagram = sample ?? bytes(0)
    const reasonFor = (change: (copy: Uint8Array) => Uint8Array | undefined): string | undefined => {
      const copy = datagram.slice()
      const [output] = b.channel.receive(change(copy) ?? copy, here, 0)
      return output?.type === 'dropped' ? output.reason : output?.type
    }
    expect(reasonFor(copy => { copy[0] = 9; return undefined })).to.equal('not a plaintext frame')
    expect(reasonFor(copy => { copy[1] = 9; return undefined })).to.equal('other version')
    expect(reasonFor(copy => { copy[2]! ^= 1; return undefined })).to.equal('other network')
    expect(reasonFor(copy => { copy.set(b.key, 6); return undefined })).to.equal('own key')
    expect(reasonFor(copy => copy.subarray(0, 60))).to.equal('frame cut short')
    expect(reasonFor(copy => new Uint8Array([...copy, 0]))).to.equal('datagram too long')
    expect(reasonFor(copy => { copy[54] = copy[55] = 0; return undefined })).to.equal('empty and unproven')
    expect(reasonFor(copy => copy)).to.equal('message')
  })

  it('names the option that is wrong', () => {
    expect(() => plaintext({ maxSessions: 0 })).to.throw('plaintext.maxSessions')
    expect(() => plaintext({ idleMs: NaN })).to.throw('plaintext.idleMs')
  })
})
