import type { Endpoint, Output } from '@kadmium/interface'
import { seededRandom } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import fc from 'fast-check'
import { initiate } from '../src/noise/handshake.ts'
import { Macs } from '../src/noise/macs.ts'
import { packet, packetType, writeFirstPayload } from '../src/noise/packets.ts'
import { datagram, noiseCrypto, noiseEnd, noisePair, reasons, request, sent } from './noise-support.ts'
import type { NoiseEnd } from './noise-support.ts'
import { READ, askAndAnswer, bytes, carry, droppedOf, exchange, here, messagesOf, sessionsOf, there } from './support.ts'

const SEED = 20_240_608
const elsewhere = endpoint('203.0.113.7', 4003)

const to = (end: NoiseEnd) => ({ endpoint: end.at, peerKey: end.key })
const kinds = (outputs: readonly Output[]): string[] => outputs.map(({ type }) => type)
const size = (datagrams: readonly Uint8Array[]): number => datagrams.reduce((total, { length }) => total + length, 0)

/** A first flight and its answer, neither delivered yet to whom it is for. */
function flights (a: NoiseEnd, b: NoiseEnd): { first: Uint8Array, answer: Uint8Array, via: number } {
  const first = datagram(a.channel.send(request(1), to(b), READ, 0))
  const [question] = b.channel.receive(first.slice(), a.at, 0)
  if (question?.type !== 'message') throw new Error('expected a message')
  return { first, answer: datagram(b.channel.send(request(2), to(a), { class: 'read', via: question.via }, 0)), via: question.via }
}

function bentEverywhere (whole: Uint8Array): Uint8Array[] {
  return Array.from(whole, (_, at) => whole.map((byte, i) => i === at ? byte ^ (1 << at % 8) : byte))
}

function truncated (whole: Uint8Array): Uint8Array[] {
  return Array.from(whole, (_, length) => whole.slice(0, length))
}

describe('noise: row 15, handshakes that are not what they seem', () => {
  it('a first flight with any byte bent, or cut anywhere, is dropped and answered with nothing', () => {
    const [a, b] = noisePair()
    const first = datagram(a.channel.send(request(1), to(b), READ, 0))
    for (const bad of [...bentEverywhere(first), ...truncated(first), new Uint8Array([...first, 0])]) {
      expect(kinds(b.channel.receive(bad, a.at, 0))).to.deep.equal(['dropped'])
    }
    expect(kinds(b.channel.receive(first, a.at, 0)), 'the true one').to.deep.equal(['message'])
  })

  it('an answer with any byte bent, or cut anywhere, opens nothing, and the true one still does', () => {
    const [a, b] = noisePair()
    const { answer } = flights(a, b)
    for (const bad of [...bentEverywhere(answer), ...truncated(answer)]) expect(kinds(a.channel.receive(bad, b.at, 0))).to.deep.equal(['dropped'])
    expect(kinds(a.channel.receive(answer, b.at, 0))).to.deep.equal(['session', 'message', 'transmit'])
  })

  it('HELLOs and their answers with any byte bent, or cut, are dropped', () => {
    const [a, b] = noisePair()
    const hello = datagram(a.channel.send(request(1), { endpoint: b.at }, READ, 0))
    for (const bad of [...bentEverywhere(hello), ...truncated(hello)]) expect(kinds(b.channel.receive(bad, a.at, 0))).to.deep.equal(['dropped'])
    const answer = datagram(b.channel.receive(hello, a.at, 0))
    for (const bad of [...bentEverywhere(answer), ...truncated(answer)]) expect(kinds(a.channel.receive(bad, b.at, 0))).to.deep.equal(['dropped'])
    expect(reasons(a.channel.receive(answer, elsewhere, 0)), 'from elsewhere').to.have.lengthOf(1)
    expect(kinds(a.channel.receive(answer, b.at, 0))).to.deep.equal(['transmit'])
  })

  it('data with any byte bent, or cut anywhere, is dropped, and the true packet still opens', () => {
    const [a, b] = noisePair()
    askAndAnswer(a, b)
    const data = datagram(a.channel.send(request(1), to(b), READ, 0))
    for (const bad of [...bentEverywhere(data), ...truncated(data)]) expect(kinds(b.channel.receive(bad, a.at, 0))).to.deep.equal(['dropped'])
    expect(kinds(b.channel.receive(data, a.at, 0))).to.deep.equal(['message'])
  })

  it('an answer from another endpoint, or to another handshake, opens nothing', () => {
    const [a, b] = noisePair()
    const { answer } = flights(a, b)
    expect(reasons(a.channel.receive(answer, elsewhere, 0))).to.deep.equal(['other endpoint'])
    const c = noiseEnd(there)
    const other = flights(a, c)
    const swapped = answer.slice()
    swapped.set(other.answer.subarray(2, 6), 2)
    expect(reasons(a.channel.receive(swapped, there, 0))).to.deep.equal(['forged'])
  })

  it('another ephemeral key in a first flight or in an answer opens nothing, with the mac made to fit', () => {
    const [a, b] = noisePair()
    const { first, answer } = flights(a, b)
    const ephemeral = noiseCrypto.keyPair(bytes(32, 9)).publicKey
    const swapped = first.slice()
    swapped.set(ephemeral, 38)
    remac(swapped, b)
    expect(reasons(b.channel.receive(swapped, a.at, 0))).to.deep.equal(['forged'])
    const swappedAnswer = answer.slice()
    swappedAnswer.set(ephemeral, 6)
    expect(reasons(a.channel.receive(swappedAnswer, b.at, 0))).to.deep.equal(['forged'])
  })

  it('another sender index opens nothing, with the mac made to fit: the prologue holds it', () => {
    const [a, b] = noisePair()
    const first = datagram(a.channel.send(request(1), to(b), READ, 0))
    first[2]! ^= 1
    remac(first, b)
    expect(reasons(b.channel.receive(first, a.at, 0))).to.deep.equal(['forged'])
  })

  it('a first flight to another key is turned away by its mac, before any key exchange', () => {
    const [a, b] = noisePair()
    const outputs = a.channel.send(request(1), { endpoint: b.at, peerKey: noiseEnd(there).key }, READ, 0)
    expect(reasons(b.channel.receive(datagram(outputs), a.at, 0))).to.deep.equal(['not for this key and network'])
  })

  it('a first flight to the key with the other sign is turned away, though both share one X25519 key', () => {
    const [a, b] = noisePair()
    const mirrored = b.key.slice()
    mirrored[31]! ^= 0x80
    expect(noiseCrypto.toX25519(mirrored)).to.deep.equal(noiseCrypto.toX25519(b.key))
    const outputs = a.channel.send(request(1), { endpoint: b.at, peerKey: mirrored }, READ, 0)
    const first = datagram(outputs)
    expect(reasons(b.channel.receive(first, a.at, 0))).to.deep.equal(['not for this key and network'])
    remac(first, b)
    expect(reasons(b.channel.receive(first, a.at, 0)), 'with the mac made to fit').to.deep.equal(['forged'])
  })

  it('nobody passes for another by putting his key into an own first flight', () => {
    const [a, b] = noisePair()
    const [thief, victim] = [noiseEnd(elsewhere), noiseEnd(here)]
    for (const [claimed, reason] of [[victim.key, 'key of another'], [b.key, 'own key'], [bytes(32, 255), 'key of another'], [thief.key, undefined]] as const) {
      const outputs = b.channel.receive(craft(thief, b, claimed, 'test'), thief.at, 0)
      if (reason === undefined) expect(kinds(outputs)).to.deep.equal(['message'])
      else expect(reasons(outputs)).to.deep.equal([reason])
    }
    expect(sessionsOf(a)).to.be.empty
  })

  it('a message longer than its first flight is refused', () => {
    const [a, b] = noisePair()
    const payload = writeFirstPayload(a.key, request(1))
    payload[32] = 255
    expect(reasons(b.channel.receive(craft(a, b, a.key, 'test', payload), a.at, 0))).to.deep.equal(['message cut short'])
  })

  it('a first flight from a network of another name is turned away, also with the mac of the right one', () => {
    const [a, b] = noisePair()
    const foreign = craft(a, b, a.key, 'another')
    expect(reasons(b.channel.receive(foreign, a.at, 0))).to.deep.equal(['not for this key and network'])
    remac(foreign, b)
    expect(reasons(b.channel.receive(foreign, a.at, 0))).to.deep.equal(['forged'])
    const hello = datagram(noiseEnd(here, {}, { network: 'another' }).channel.send(request(1), { endpoint: b.at }, READ, 0))
    expect(reasons(b.channel.receive(hello, a.at, 0))).to.deep.equal(['not for this network'])
  })

  it('a node that answers with our own key is none to talk to', () => {
    const a = noiseEnd(here)
    const twin = noiseEnd(there, {}, { network: 'test', identity: a.identity })
    const hello = datagram(a.channel.send(request(1), { endpoint: there }, READ, 0))
    expect(reasons(a.channel.receive(datagram(twin.channel.receive(hello, here, 0)), there, 0))).to.deep.equal(['own key'])
  })

  it('a replayed handshake opens no session, wherever it comes from, and ends none', () => {
    const [a, b] = noisePair()
    const wire = askAndAnswer(a, b)
    const before = [sessionsOf(a).length, sessionsOf(b).length]
    for (const from of [a.at, elsewhere]) {
      for (const replayed of wire) {
        for (let now = 0; now < 400_000; now += 100_000) {
          b.outputs.push(...b.channel.due(now).filter(({ type }) => type !== 'session'), ...b.channel.receive(replayed, from, now))
          a.outputs.push(...a.channel.receive(replayed, b.at, now))
        }
      }
    }
    expect([sessionsOf(a).length, sessionsOf(b).length]).to.deep.equal(before)
  })
})

describe('noise: row 13, replays', () => {
  it('delivers each packet once, however often and in whatever order it comes', () => {
    const [a, b] = noisePair()
    askAndAnswer(a, b)
    const random = seededRandom(SEED)
    const packets = Array.from({ length: 100 }, (_, number) => datagram(a.channel.send(request(number), to(b), READ, 0)))
    b.outputs.length = 0
    for (let i = 0; i < 1000; i++) b.outputs.push(...b.channel.receive(packets[random.below(100)]!, a.at, 0))
    expect(messagesOf(b)).to.have.lengthOf(100)
    expect(new Set(droppedOf(b))).to.deep.equal(new Set(['replayed']))
  })

  it('takes a packet from no other endpoint than its session has: right key, wrong port', () => {
    const [a, b] = noisePair()
    askAndAnswer(a, b)
    const data = datagram(a.channel.send(request(1), to(b), READ, 0))
    expect(reasons(b.channel.receive(data, endpoint('192.0.2.1', 4009), 0))).to.deep.equal(['other endpoint'])
    expect(kinds(b.channel.receive(data, a.at, 0))).to.deep.equal(['message'])
  })

  it('reads no packet that comes back to who sent it', () => {
    const [a, b] = noisePair()
    askAndAnswer(a, b)
    const data = datagram(a.channel.send(request(1), to(b), READ, 0))
    expect(kinds(a.channel.receive(data, b.at, 0))).to.deep.equal(['dropped'])
  })
})

describe('noise: row 11, bytes to unproven endpoints', () => {
  it('sends at most as many as came, for every kind of datagram, under load too, whatever the handlers answer', () => {
    for (const init of [{}, { cookieAbove: 1 }]) {
      const b = noiseEnd(there, init)
      const kindsOf: Record<string, (at: Endpoint) => Uint8Array> = {
        hello: at => datagram(noiseEnd(at).channel.send(request(1), { endpoint: b.at }, READ, 0)),
        read: at => datagram(noiseEnd(at).channel.send(request(1), to(b), READ, 0)),
        write: at => datagram(noiseEnd(at).channel.send(request(1), to(b), { class: 'write' }, 0)),
        garbage: () => seededRandom(SEED).bytes(1200),
        transport: () => Uint8Array.from([packetType.transport, ...bytes(100)])
      }
      for (const [name, make] of Object.entries(kindsOf)) {
        for (let i = 0; i < 3; i++) {
          const at = endpoint('203.0.113.200', 5000 + i)
          const came = make(at)
          const received = [0, 1, 2].flatMap(() => b.channel.receive(came, at, 0))
          const answers = received.flatMap(output => output.type === 'message'
            ? b.channel.send(bytes(b.channel.budget({ endpoint: at }, { class: 'read', via: output.via })), { endpoint: at }, { class: 'read', via: output.via }, 0)
            : [])
          expect(size(sent([...received, ...answers])), name).to.be.at.most(3 * came.length)
          expect(received.some(output => output.type === 'message' && output.proven), name).to.equal(false)
        }
      }
    }
  })

  it('calls a datagram prompted by proof only where the other side has shown that it received ours', () => {
    const b = noiseEnd(there, { cookieAbove: 1 })
    const a = noiseEnd(here)
    const isProven = (outputs: readonly Output[]) => outputs.map(output => output.type === 'transmit' && output.proven === true)
    const hello = a.channel.send(request(1), { endpoint: b.at }, READ, 0)
    const helloAnswer = b.channel.receive(datagram(hello), a.at, 0)
    const first = a.channel.receive(datagram(helloAnswer), b.at, 0)
    b.channel.receive(datagram(noiseEnd(elsewhere).channel.send(request(1), to(b), READ, 0)), elsewhere, 0)
    const cookie = b.channel.receive(datagram(first), a.at, 0)
    const again = a.channel.receive(datagram(cookie), b.at, 0)
    expect([hello, helloAnswer, first, cookie, again].map(isProven)).to.deep.equal([[false], [false], [true], [false], [true]])
  })

  it('tells its key in fewer bytes than it was asked with', () => {
    const [a, b] = noisePair()
    const wire = carry(a, b, a.channel.send(request(1), { endpoint: b.at }, READ, 0))
    expect(wire[1]!.length).to.be.below(wire[0]!.length)
  })
})

describe('noise: row 16, floods of handshakes', () => {
  const flood = (b: NoiseEnd, count: number, at: (i: number) => Endpoint): Output[] => Array.from({ length: count }, (_, i) => {
    const stranger = noiseEnd(at(i))
    return b.channel.receive(datagram(stranger.channel.send(request(1), to(b), READ, 0)), stranger.at, 0)
  }).flat()

  it('gives no more than `cookieAbove` strangers a key exchange; the others a cookie of 64 bytes', () => {
    const b = noiseEnd(there, { cookieAbove: 20 })
    const outputs = flood(b, 50, i => endpoint(`203.0.${i}.1`, 5000))
    expect(outputs.filter(({ type }) => type === 'message')).to.have.lengthOf(20)
    expect(sent(outputs).map(({ length }) => length)).to.deep.equal(Array(30).fill(64))
  })

  it('gives no more than four of one /24 or /56 a key exchange, private addresses excepted', () => {
    const heard = (host: (i: number) => string): number =>
      flood(noiseEnd(there), 10, i => endpoint(host(i), 5000 + i)).filter(({ type }) => type === 'message').length
    expect(heard(i => `203.0.113.${i}`)).to.equal(4)
    expect(heard(i => `2001:db8:0:${i.toString(16)}::1`)).to.equal(4)
    expect(heard(() => '127.0.0.1')).to.equal(10)
    expect(heard(i => `10.0.0.${i}`)).to.equal(10)
  })

  it('lets whoever shows his cookie through, with the handshake he sent before', () => {
    const b = noiseEnd(there, { cookieAbove: 1 })
    flood(b, 1, () => elsewhere)
    const a = noiseEnd(here)
    const wire = exchange(a, b, request(7), READ)
    expect(wire.map(({ length }) => length)).to.deep.equal([1200, 64, 1200])
    expect(wire[2]!.subarray(38)).to.deep.equal(wire[0]!.subarray(38))
    expect(messagesOf(b).at(-1)?.message).to.deep.equal(request(7))
    carry(b, a, b.channel.send(request(8), to(a), { class: 'read', via: messagesOf(b).at(-1)!.via }, 0))
    expect(messagesOf(a)).to.have.lengthOf(1)
    expect(datagram(noiseEnd(here).channel.send(request(1), to(b), READ, 0)), 'a retry shows it again').to.have.lengthOf(1200)
  })

  it('takes a cookie only from where it was given to, and one for each handshake', () => {
    const b = noiseEnd(there, { cookieAbove: 1 })
    flood(b, 1, () => elsewhere)
    const a = noiseEnd(here)
    const first = datagram(a.channel.send(request(1), to(b), READ, 0))
    const cookie = datagram(b.channel.receive(first, a.at, 0))
    for (const bad of [...bentEverywhere(cookie), ...truncated(cookie)]) expect(kinds(a.channel.receive(bad, b.at, 0))).to.deep.equal(['dropped'])
    expect(kinds(a.channel.receive(cookie, elsewhere, 0))).to.deep.equal(['dropped'])
    const again = datagram(a.channel.receive(cookie, b.at, 0))
    expect(kinds(a.channel.receive(cookie, b.at, 0)), 'a second time').to.deep.equal(['dropped'])
    expect(reasons(b.channel.receive(again, elsewhere, 0))).to.deep.equal(['not our cookie'])
    expect(datagram(a.channel.send(request(1), to(b), READ, 1)), 'a retry shows it too').to.deep.equal(again)
    expect(kinds(b.channel.receive(again, a.at, 0))).to.deep.equal(['message'])
  })

  it('gives up the oldest half-open handshake first, and those that showed a cookie last', () => {
    const b = noiseEnd(there, { cookieAbove: 1, maxHalfOpen: 2 })
    const crowded = noiseEnd(there, { cookieAbove: 2, maxHalfOpen: 2 })
    const ask = (i: number, of = b) => {
      const a = noiseEnd(endpoint(`203.0.${i}.1`, 5000))
      exchange(a, of, request(1), READ)
      return messagesOf(of).at(-1)!.via
    }
    const isOpen = (via: number, of = b) => of.channel.budget({ endpoint: here }, { class: 'read', via }) === 1142
    const [plain, first, second] = [ask(1), ask(2), ask(3)]
    expect([plain, first, second].map(via => isOpen(via)), 'the one without a cookie left').to.deep.equal([false, true, true])
    const third = ask(4)
    expect([first, second, third].map(via => isOpen(via)), 'then the oldest one').to.deep.equal([false, true, true])
    const vias = [1, 2, 3].map(i => ask(i, crowded))
    expect(vias.map(via => isOpen(via, crowded)), 'the older one of two without').to.deep.equal([false, true, true])
  })

  it('lets a peer with a session go on through a flood', () => {
    const [a, b] = noisePair({ cookieAbove: 1 })
    askAndAnswer(a, b)
    flood(b, 40, i => endpoint(`203.0.${i}.1`, 5000))
    exchange(a, b, request(2), READ)
    expect(messagesOf(b).at(-1)?.proven).to.equal(true)
  })
})

describe('noise: row 17, mutated datagrams', () => {
  it('takes 20,000 of them, structure-aware, without an exception or a session', () => {
    const [a, b] = noisePair()
    const hello = carry(a, noiseEnd(there), a.channel.send(request(1), { endpoint: there }, READ, 0)).slice(0, 2)
    a.channel.due(5000)
    const samples = [...hello, ...askAndAnswer(a, b), ...exchange(b, a, request(3), READ)]
    const random = seededRandom(SEED)
    const before = sessionsOf(b).length + sessionsOf(a).length
    for (let i = 0; i < 20_000; i++) {
      const bent = samples[random.below(samples.length)]!.slice()
      for (let flips = random.below(4); flips >= 0; flips--) bent[random.below(Math.min(bent.length, 80))] = random.below(256)
      const cut = random.below(4) === 0 ? bent.subarray(0, random.below(bent.length)) : bent
      for (const end of [a, b]) end.outputs.push(...end.channel.receive(cut, end === a ? b.at : a.at, 0).filter(({ type }) => type === 'session'))
    }
    expect(sessionsOf(b).length + sessionsOf(a).length).to.equal(before)
  })

  it('takes any bytes with any type', () => {
    const [a] = noisePair()
    fc.assert(fc.property(fc.constantFrom(...Object.values(packetType)), fc.uint8Array({ maxLength: 1250 }), (type, rest) => {
      expect(kinds(a.channel.receive(Uint8Array.from([type, 1, ...rest]), there, 0))).to.deep.equal(['dropped'])
    }), { seed: SEED, numRuns: 300 })
  })

  it('reads a Buffer as a socket hands it over, and keeps nothing of it', () => {
    const [a, b] = noisePair()
    const first = Buffer.from(datagram(a.channel.send(request(1), to(b), READ, 0)))
    const [question] = b.channel.receive(first, a.at, 0)
    first.fill(0)
    if (question?.type !== 'message') throw new Error('expected a message')
    expect(question.message.constructor).to.equal(Uint8Array)
    const answer = Buffer.from(datagram(b.channel.send(request(2), to(a), { class: 'read', via: question.via }, 0)))
    const outputs = a.channel.receive(answer, b.at, 0)
    answer.fill(0)
    carry(a, b, outputs)
    expect(question.message).to.deep.equal(request(1))
    expect(messagesOf(a)[0]?.message).to.deep.equal(request(2))
    expect(sessionsOf(b)[0]?.peerKey).to.deep.equal(a.key)
  })
})

/** What an attacker who knows b's public key can make: a first flight of his own with any key in it. */
function craft (from: NoiseEnd, b: NoiseEnd, claimed: Uint8Array, network: string, payload = writeFirstPayload(claimed, request(1))): Uint8Array {
  const macs = new Macs(noiseCrypto, network)
  const first = packet(packetType.first, 1200)
  const own = noiseCrypto.identityKeyPair(from.identity.privateKey.raw.subarray(0, 32))
  const ephemeral = noiseCrypto.keyPair(seededRandom(String(claimed)).bytes(32))
  const { message } = initiate(noiseCrypto, { prologue: macs.prologue(b.key, first.subarray(0, 6)), own }, noiseCrypto.toX25519(b.key)!, ephemeral, payload)!
  first.set(message, 38)
  first.set(macs.mac(macs.keysOf(b.key).mac1, message), 6)
  return first
}

function remac (first: Uint8Array, b: NoiseEnd): void {
  const macs = new Macs(noiseCrypto, 'test')
  first.set(macs.mac(macs.keysOf(b.key).mac1, first.subarray(38)), 6)
}
