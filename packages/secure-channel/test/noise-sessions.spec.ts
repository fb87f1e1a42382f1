import { expect } from 'chai'
import { InvalidOptionError } from '@kadmium/interface'
import type { Output } from '@kadmium/interface'
import { systemCrypto } from '@kadmium/runtime'
import { encodeEnvelope, encodeKadResponse, endpoint } from '@kadmium/wire'
import { noise } from '../src/index.ts'
import { datagram, identityFrom, noiseChannel, noiseEnd, noisePair, reasons, request, restarted, sent } from './noise-support.ts'
import { READ, askAndAnswer, bytes, carry, droppedOf, exchange, messagesOf, sessionsOf, there } from './support.ts'
import type { End } from './support.ts'

const WRITE = { class: 'write' } as const
const HOUR = 3_600_000
const INDEX = { from: 1, to: 5 }

const to = (end: End) => ({ endpoint: end.at, peerKey: end.key })
const lengths = (wire: readonly Uint8Array[]): number[] => wire.map(({ length }) => length)
const opened = (end: End) => sessionsOf(end).filter(({ event }) => event === 'opened')
const closed = (end: End) => sessionsOf(end).filter(({ event }) => event === 'closed')

/** Asks what was not asked before, and answers it. Returns the datagrams, also of the answer. */
let asked = 1000
function talk (asker: End, answerer: End, now = 0, wanted: 'proven' | 'unproven' | 'either' = 'either'): Uint8Array[] {
  const before = [messagesOf(answerer).length, messagesOf(asker).length] as const
  const wire = exchange(asker, answerer, request(asked++), READ, now)
  const question = messagesOf(answerer)[before[0]]
  if (question === undefined) throw new Error(`not heard: ${droppedOf(answerer).join(', ')}`)
  if (wanted !== 'either') expect(question.proven).to.equal(wanted === 'proven')
  wire.push(...carry(answerer, asker, answerer.channel.send(request(asked), to(asker), { class: 'read', via: question.via }, now), now))
  expect(messagesOf(asker).length, 'answers').to.equal(before[1] + 1)
  return wire
}

describe('noise: handshakes', () => {
  it('takes three datagrams for the first question to a stranger: first flight, answer, proof; then two for each', () => {
    const [a, b] = noisePair()
    expect(lengths(askAndAnswer(a, b))).to.deep.equal([1200, 58 + 20, 29])
    expect(lengths(exchange(a, b, request(1), READ))).to.deep.equal([29 + 10])
  })

  it('asks whom it knows only by address for his key first', () => {
    const [a, b] = noisePair()
    const wire = carry(a, b, a.channel.send(request(1), { endpoint: b.at }, READ, 0))
    expect(lengths(wire)).to.deep.equal([64, 58, 1200])
    const [question] = messagesOf(b)
    expect(question?.message).to.deep.equal(request(1))
    carry(b, a, b.channel.send(request(2), to(a), { class: 'read', via: question!.via }, 0))
    expect(messagesOf(a)[0]?.peerKey).to.deep.equal(b.key)
    expect(lengths(carry(a, b, a.channel.send(request(3), { endpoint: b.at }, READ, 0))), 'the key is known now').to.deep.equal([39])
  })

  it('has room for 20 IPv6 contacts with an observed IPv6 address in the answer to a first flight', () => {
    const [a, b] = noisePair()
    const [question] = (exchange(a, b, request(1), READ), messagesOf(b))
    const budget = b.channel.budget(to(a), { class: 'read', via: question!.via })
    const address = endpoint('2001:db8:1111:2222:3333:4444:5555:6666', 65_535)
    const contacts = Array.from({ length: 20 }, () => ({ publicKey: bytes(32), address }))
    const payload = encodeKadResponse({ type: 'found-node', contacts }, 1200)
    const answer = encodeEnvelope({ kind: 'response', transactionId: bytes(8), mode: 'server', observed: address, truncated: false }, payload)
    expect(answer.length).to.be.at.most(budget)
    const packet = datagram(b.channel.send(answer, to(a), { class: 'read', via: question!.via }, 0))
    expect(packet.length).to.equal(answer.length + 58)
    expect(packet.length).to.be.at.most(1193)
  })

  it('knows its budgets to the byte: 1,142 in an answer to a first flight, 1,171 in a session', () => {
    const [a, b] = noisePair()
    expect(a.channel.budget(to(b), READ)).to.equal(1171)
    exchange(a, b, request(1), READ)
    const via = messagesOf(b)[0]!.via
    expect(b.channel.budget(to(a), { class: 'read', via })).to.equal(1142)
    expect(reasons(b.channel.send(bytes(1143), to(a), { class: 'read', via }, 0))).to.deep.equal(['message too long'])
    expect(datagram(b.channel.send(bytes(1142), to(a), { class: 'read', via }, 0))).to.have.lengthOf(1200)
    const [c, d] = noisePair()
    askAndAnswer(c, d)
    expect(reasons(c.channel.send(bytes(1172), to(d), READ, 0))).to.deep.equal(['message too long'])
    expect(datagram(c.channel.send(bytes(1171), to(d), READ, 0))).to.have.lengthOf(1200)
  })

  it('lets a read of 1,032 bytes ride along, and a longer one wait for the session', () => {
    for (const [length, first, proven] of [[1032, 1200, false], [1033, 168, true]] as const) {
      const [a, b] = noisePair()
      const wire = exchange(a, b, request(1, length), READ)
      expect(wire[0]).to.have.lengthOf(first)
      expect(messagesOf(b).map(message => [message.message.length, message.proven])).to.deep.equal([[length, proven]])
    }
  })

  it('pads a first flight as far as its answer may need it, and is never shorter than that', () => {
    for (const [length, answerBytes, wanted] of [[20, undefined, 1200], [20, 0, 188], [20, 130, 188], [20, 131, 189], [20, 1142, 1200], [1000, 0, 1168]] as const) {
      const [a, b] = noisePair()
      const message = request(1, length)
      const first = datagram(a.channel.send(message, to(b), { ...READ, ...(answerBytes !== undefined && { answerBytes }) }, 0))
      expect(first, `${length} bytes, ${answerBytes} in the answer`).to.have.lengthOf(wanted)
      expect(first.length).to.be.at.least(58 + (answerBytes ?? 1142))
      b.outputs.push(...b.channel.receive(first, a.at, 0))
      expect(messagesOf(b).map(each => [each.message, each.proven])).to.deep.equal([[message, false]])
    }
  })

  it('drops a first flight that is cut short', () => {
    const [a, b] = noisePair()
    const first = datagram(a.channel.send(request(1), to(b), WRITE, 0))
    expect(first).to.have.lengthOf(168)
    expect(reasons(b.channel.receive(first.slice(0, 167), a.at, 0))).to.deep.equal(['first flight cut short'])
  })

  it('never lets a write ride along: it goes out once, when the session stands and proves where it comes from', () => {
    const [a, b] = noisePair()
    const first = a.channel.send(request(1), to(b), WRITE, 0)
    const answer = b.channel.receive(datagram(first), a.at, 0)
    expect(answer.map(({ type }) => type)).to.deep.equal(['transmit'])
    expect(datagram(answer)).to.have.lengthOf(58)
    carry(b, a, answer)
    expect(messagesOf(b).map(({ message, proven }) => [message, proven])).to.deep.equal([[request(1), true]])
  })

  it('sends all that waited, in order, when the session stands', () => {
    const [a, b] = noisePair()
    const first = a.channel.send(request(1), to(b), READ, 0)
    for (const number of [2, 3]) expect(a.channel.send(request(number), to(b), number === 2 ? WRITE : READ, 0)).to.be.empty
    carry(a, b, first)
    carry(b, a, b.channel.send(request(9), to(a), { class: 'read', via: messagesOf(b)[0]!.via }, 0))
    expect(messagesOf(b).map(({ message }) => message)).to.deep.equal([request(1), request(2), request(3)])
  })

  it('repeats the same bytes when asked again, and is given the same answer again', () => {
    const [a, b] = noisePair()
    const first = datagram(a.channel.send(request(1), to(b), READ, 0))
    expect(datagram(a.channel.send(request(1), to(b), READ, 100))).to.deep.equal(first)
    const [question] = b.channel.receive(first, a.at, 0)
    if (question?.type !== 'message') throw new Error('expected a message')
    const answer = datagram(b.channel.send(request(2), to(a), { class: 'read', via: question.via }, 0))
    expect(sent(b.channel.receive(first, a.at, 200))).to.deep.equal([answer])
    carry(b, a, [{ type: 'transmit', bytes: answer, to: a.at }], 300)
    expect(opened(b), 'the proof arrived').to.have.lengthOf(1)
    expect(sent(b.channel.receive(first, a.at, 400)), 'still after that').to.deep.equal([answer])
    expect(reasons(a.channel.receive(answer, b.at, 500))).to.deep.equal(['not an answer to a handshake of ours'])
  })

  it('hands a first flight that comes again to the handler again, as long as nobody answered it', () => {
    const [a, b] = noisePair()
    const first = datagram(a.channel.send(request(1), to(b), READ, 0))
    const vias = [0, 1].map(now => b.channel.receive(first, a.at, now)).map(([output]) => output?.type === 'message' && output.via)
    expect(vias[0]).to.be.a('number').and.equal(vias[1])
    expect(sent(b.channel.send(request(2), to(a), { class: 'read', via: vias[0] as number }, 2))).to.have.lengthOf(1)
    expect(reasons(b.channel.send(request(3), to(a), { class: 'read', via: vias[0] as number }, 2))).to.deep.equal(['answered already'])
  })

  it('repeats a HELLO likewise, and begins one handshake for all that waited', () => {
    const [a, b] = noisePair()
    const hello = datagram(a.channel.send(request(1), { endpoint: b.at }, READ, 0))
    expect(datagram(a.channel.send(request(1), { endpoint: b.at }, READ, 1))).to.deep.equal(hello)
    expect(a.channel.send(request(2), { endpoint: b.at }, READ, 1)).to.be.empty
    const answer = datagram(b.channel.receive(hello, a.at, 2))
    const wire = carry(a, b, a.channel.receive(answer, b.at, 3))
    expect(lengths(wire)).to.deep.equal([1200])
    carry(b, a, b.channel.send(request(9), to(a), { class: 'read', via: messagesOf(b)[0]!.via }, 4))
    expect(messagesOf(b).map(({ message }) => message)).to.deep.equal([request(1), request(2)])
  })

  it('drops what waits for a session that never came, and says so', () => {
    const [a, b] = noisePair()
    a.channel.send(request(1), to(b), READ, 0)
    a.channel.send(request(2), to(b), WRITE, 0)
    a.channel.send(request(3), { endpoint: b.at }, READ, 0)
    expect(a.channel.nextDeadline()).to.equal(5000)
    expect(reasons(a.channel.due(4999))).to.be.empty
    expect(reasons(a.channel.due(5000))).to.deep.equal(Array(3).fill('no answer to a handshake'))
    expect(a.channel.nextDeadline()).to.equal(undefined)
  })

  it('sends nothing to itself, and nothing to a key that is none', () => {
    const [a, b] = noisePair()
    expect(reasons(a.channel.send(request(1), { endpoint: b.at, peerKey: a.key }, READ, 0))).to.deep.equal(['own key'])
    expect(reasons(a.channel.send(request(1), { endpoint: b.at, peerKey: bytes(32, 255) }, READ, 0))).to.deep.equal(['no such peer key'])
    expect(a.channel.nextDeadline()).to.equal(undefined)
  })

  it('says what is missing when it is given no crypto, or an identity that does not fit', () => {
    const components = { localId: identityFrom('x').peerId, network: 'test', random: { bytes, below: () => 0, float: () => 0 }, clock: { now: () => 0 } }
    const { noise: _absent, ...crypto } = systemCrypto()
    expect(() => noise()({ ...components, identity: identityFrom('x'), crypto })).to.throw(InvalidOptionError, 'crypto: noise() needs its `noise` part')
    const identity = { ...identityFrom('x'), publicKey: identityFrom('y').publicKey }
    expect(() => noiseChannel()({ ...components, identity, crypto })).to.throw(InvalidOptionError, 'identity: its public key does not belong')
  })
})

describe('noise: sessions', () => {
  it('recovers within one exchange when the answering side lost its state: a second try is a new first flight', () => {
    const [a, b] = noisePair()
    talk(a, b)
    const reborn = restarted(b)
    const again = request(7)
    expect(lengths(exchange(a, reborn, again, READ))).to.deep.equal([39])
    expect(droppedOf(reborn)).to.deep.equal(['unknown session'])
    expect(lengths(exchange(a, reborn, again, READ))).to.deep.equal([1200])
    const [question] = messagesOf(reborn)
    carry(reborn, a, reborn.channel.send(request(8), to(a), { class: 'read', via: question!.via }, 0))
    expect(messagesOf(a).at(-1)?.message).to.deep.equal(request(8))
    expect(opened(reborn)).to.have.lengthOf(1)
    expect(closed(a), 'the same peer goes on').to.be.empty
    talk(a, reborn, 0, 'proven')
    talk(reborn, a, 0, 'proven')
  })

  it('recovers within one exchange when the asking side lost its state', () => {
    const [a, b] = noisePair()
    talk(a, b)
    const reborn = restarted(a)
    expect(lengths(talk(reborn, b))[0]).to.equal(1200)
    talk(b, reborn, 0, 'proven')
    expect(closed(b)).to.be.empty
    expect(opened(b)).to.have.lengthOf(1)
  })

  it('recovers a peer that came back with another key, when only its address was asked for', () => {
    const [a, b] = noisePair()
    talk(a, b)
    const other = noiseEnd(there)
    carry(a, other, a.channel.send(request(5), { endpoint: there }, READ, 0))
    carry(a, other, a.channel.send(request(5), { endpoint: there }, READ, 0))
    carry(other, a, other.channel.send(request(6), to(a), { class: 'read', via: messagesOf(other)[0]!.via }, 0))
    expect(closed(a).map(session => session.event === 'closed' && session.reason)).to.deep.equal(['replaced'])
    expect(closed(a)[0]?.peerKey).to.deep.equal(b.key)
    expect(messagesOf(a).at(-1)?.peerKey).to.deep.equal(other.key)
  })

  it('sends a second try by the session where that was heard in between: it lost a packet, not its keys', () => {
    const [a, b] = noisePair()
    talk(a, b)
    const lost = request(1)
    a.channel.send(lost, to(b), READ, 0)
    talk(a, b)
    expect(lengths(exchange(a, b, lost, READ))).to.deep.equal([39])
  })

  it('takes the same bytes to another peer for a first try', () => {
    const a = noiseEnd(there)
    const others = [4001, 4002].map(port => noiseEnd(endpoint('192.0.2.1', port)))
    for (const other of others) talk(a, other)
    const same = request(1)
    expect(others.map(other => lengths(sent(a.channel.send(same, to(other), READ, 0))))).to.deep.equal([[39], [39]])
  })

  it('lets both ends go on whichever of two crossing handshakes is confirmed first', () => {
    for (const order of [[0, 1], [1, 0]]) {
      const [a, b] = noisePair()
      const flights = [a.channel.send(request(1), to(b), READ, 0), b.channel.send(request(2), to(a), READ, 0)] as const
      carry(a, b, flights[0])
      carry(b, a, flights[1])
      const answers: [End, End, Output[]][] = [[b, a], [a, b]].map(([answerer, asker]) => [
        answerer!, asker!, answerer!.channel.send(request(3), to(asker!), { class: 'read', via: messagesOf(answerer!)[0]!.via }, 0)
      ])
      for (const which of order) carry(...answers[which]!)
      for (let i = 0; i < 5; i++) {
        talk(a, b, i, 'proven')
        talk(b, a, i, 'proven')
      }
      expect([opened(a).length, opened(b).length]).to.deep.equal([1, 1])
      expect([closed(a), closed(b)]).to.deep.equal([[], []])
    }
  })

  it('sends by the newest confirmed session, on both sides', () => {
    const [a, b] = noisePair()
    talk(a, b)
    const indexes = () => [indexOf(exchange(a, b, request(asked++), READ)[0]!), indexOf(exchange(b, a, request(asked++), READ)[0]!)] as const
    const old = indexes()
    expect(indexes()).to.deep.equal(old)
    a.channel.send(request(2), to(b), READ, 0)
    talkAgain(a, b, request(2))
    const renewed = indexes()
    expect(renewed[0]).to.not.equal(old[0])
    expect(renewed[1]).to.not.equal(old[1])
  })

  it('reads late packets of the old session while the new one takes over', () => {
    const [a, b] = noisePair()
    talk(a, b)
    const late = datagram(a.channel.send(request(1), to(b), READ, 0))
    a.channel.send(request(2), to(b), READ, 0)
    talkAgain(a, b, request(2))
    const outputs = b.channel.receive(late, a.at, 0)
    expect(outputs.map(({ type }) => type)).to.deep.equal(['message'])
  })

  it('answers by the way the question came, also when the session was renewed since', () => {
    const [a, b] = noisePair()
    talk(a, b)
    exchange(a, b, request(1), READ)
    const { via } = messagesOf(b).at(-1)!
    a.channel.send(request(2), to(b), READ, 0)
    talkAgain(a, b, request(2))
    carry(b, a, b.channel.send(request(3), to(a), { class: 'read', via }, 0))
    expect(messagesOf(a).at(-1)?.message).to.deep.equal(request(3))
  })

  it('says so when nobody waits for an answer any more', () => {
    const [a, b] = noisePair()
    expect(reasons(b.channel.send(request(1), to(a), { class: 'read', via: 12_345 }, 0))).to.deep.equal(['nobody waits for this answer'])
  })

  it('keeps the old session until the new one is confirmed, so that a lost answer costs nothing', () => {
    const [a, b] = noisePair({ rekeyMs: HOUR })
    talk(a, b)
    const outputs = a.channel.send(request(1), to(b), READ, HOUR)
    expect(lengths(sent(outputs))).to.deep.equal([39, 168])
    const [data, flight] = sent(outputs)
    expect(messages(b.channel.receive(data!, a.at, HOUR))).to.deep.equal([request(1)])
    b.channel.receive(flight!, a.at, HOUR) // its answer is lost
    expect(lengths(sent(b.channel.send(request(2), to(a), READ, HOUR))), 'b begins one too').to.deep.equal([39, 168])
    expect(lengths(exchange(a, b, request(3), READ, HOUR + 1)), 'one at a time').to.deep.equal([39])
    expect(messagesOf(b).at(-1)?.proven).to.equal(true)
  })

  it('gives a session new keys on use, without a word to anyone', () => {
    const [a, b] = noisePair()
    talk(a, b)
    const old = indexOf(exchange(a, b, request(1), READ, HOUR - 1)[0]!)
    expect(lengths(exchange(a, b, request(2), READ, HOUR))).to.deep.equal([39, 168, 58, 29])
    const renewed = exchange(a, b, request(3), READ, HOUR + 1)
    expect(lengths(renewed)).to.deep.equal([39])
    expect(indexOf(renewed[0]!)).to.not.equal(old)
    expect([opened(a).length, opened(b).length, closed(a).length, closed(b).length]).to.deep.equal([1, 1, 0, 0])
  })
})

function talkAgain (a: End, b: End, message: Uint8Array): void {
  const before = messagesOf(b).length
  expect(lengths(exchange(a, b, message, READ))).to.deep.equal([1200])
  carry(b, a, b.channel.send(request(99), to(a), { class: 'read', via: messagesOf(b)[before]!.via }, 0))
}

function messages (outputs: readonly Output[]): Uint8Array[] {
  return outputs.flatMap(output => output.type === 'message' ? [output.message] : [])
}

function indexOf (packet: Uint8Array): string {
  return Buffer.from(packet.subarray(INDEX.from, INDEX.to)).toString('hex')
}
