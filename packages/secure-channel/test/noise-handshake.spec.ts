import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { systemNoiseCrypto } from '@kadmium/runtime'
import type { NoiseCrypto } from '@kadmium/interface'
import { FIRST_OVERHEAD_BYTES, SECOND_OVERHEAD_BYTES, initiate, respond } from '../src/noise/handshake.ts'
import { nonceOf } from '../src/noise/symmetric-state.ts'

interface Vector {
  readonly init_prologue: string
  readonly init_static: string
  readonly init_ephemeral: string
  readonly init_remote_static: string
  readonly resp_prologue: string
  readonly resp_static: string
  readonly resp_ephemeral: string
  readonly handshake_hash?: string
  readonly messages: readonly { readonly payload: string, readonly ciphertext: string }[]
}

const fixture = new URL('../../../../test-fixtures/noise-ik.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(fixture, 'utf8')) as { vectors: Vector[] }

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const hex = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString('hex')
const EMPTY = new Uint8Array(0)

function sealed (crypto: NoiseCrypto, key: Uint8Array, counter: number, plaintext: Uint8Array): Uint8Array {
  const into = new Uint8Array(plaintext.length + 16)
  crypto.seal(into, key, nonceOf(counter), EMPTY, plaintext)
  return into
}

const providers = (['node', 'sodium'] as const).filter(cryptoProvider => {
  try {
    systemNoiseCrypto({ cryptoProvider })
    return true
  } catch {
    return false
  }
})

describe('the Noise IK handshake', () => {
  it('has two published vectors to pass', () => {
    expect(vectors).to.have.lengthOf(2)
  })

  for (const cryptoProvider of providers) {
    const crypto = systemNoiseCrypto({ cryptoProvider })

    for (const [number, vector] of vectors.entries()) {
      it(`gives the bytes of published vector ${number + 1} with ${cryptoProvider}, to the last transport message`, () => {
        const [one, two, ...rest] = vector.messages
        const sent = initiate(crypto, { prologue: bytes(vector.init_prologue), own: crypto.keyPair(bytes(vector.init_static)) },
          bytes(vector.init_remote_static), crypto.keyPair(bytes(vector.init_ephemeral)), bytes(one!.payload))!
        expect(hex(sent.message)).to.equal(one!.ciphertext)

        const received = respond(crypto, { prologue: bytes(vector.resp_prologue), own: crypto.keyPair(bytes(vector.resp_static)) }, bytes(one!.ciphertext))!
        expect(hex(received.payload)).to.equal(one!.payload)
        expect(hex(received.remote)).to.equal(hex(crypto.keyPair(bytes(vector.init_static)).publicKey))
        const answer = received.answer(crypto.keyPair(bytes(vector.resp_ephemeral)), bytes(two!.payload))!
        expect(hex(answer.message)).to.equal(two!.ciphertext)

        const finished = sent.finish(bytes(two!.ciphertext))!
        expect(hex(finished.payload)).to.equal(two!.payload)
        if (vector.handshake_hash !== undefined) expect(hex(finished.keys.hash)).to.equal(vector.handshake_hash)
        expect(hex(finished.keys.hash)).to.equal(hex(answer.keys.hash))

        for (const [i, { payload, ciphertext }] of rest.entries()) {
          const [sender, receiver] = i % 2 === 0 ? [finished.keys, answer.keys] : [answer.keys, finished.keys]
          const counter = i >> 1
          expect(hex(sealed(crypto, sender.send, counter, bytes(payload)))).to.equal(ciphertext)
          expect(hex(crypto.open(receiver.receive, nonceOf(counter), EMPTY, bytes(ciphertext)))).to.equal(payload)
        }
      })
    }
  }

  const crypto = systemNoiseCrypto()
  const pair = (byte: number) => crypto.keyPair(new Uint8Array(32).fill(byte))
  const prologue = bytes('01')
  const first = (responder = pair(2)) => initiate(crypto, { prologue, own: pair(1) }, responder.publicKey, pair(3), bytes('aabb'))!

  it('adds to a payload what it says it adds', () => {
    const { message } = first()
    expect(message).to.have.lengthOf(2 + FIRST_OVERHEAD_BYTES)
    expect(respond(crypto, { prologue, own: pair(2) }, message)!.answer(pair(4), bytes('cc'))!.message).to.have.lengthOf(1 + SECOND_OVERHEAD_BYTES)
  })

  it('is refused by another responder, under another prologue, and cut short anywhere', () => {
    const { message } = first()
    expect(respond(crypto, { prologue, own: pair(5) }, message)).to.equal(undefined)
    expect(respond(crypto, { prologue: bytes('02'), own: pair(2) }, message)).to.equal(undefined)
    for (let length = 0; length < message.length; length++) expect(respond(crypto, { prologue, own: pair(2) }, message.subarray(0, length))).to.equal(undefined)
  })

  it('seals one answer and no second one, since the same key and nonce would seal both', () => {
    const received = respond(crypto, { prologue, own: pair(2) }, first().message)!
    received.answer(pair(4), bytes('cc'))
    expect(() => received.answer(pair(4), bytes('dd'))).to.throw('this handshake is answered already')
  })

  it('still reads the true answer after any number of forged ones', () => {
    const sent = first()
    const answer = respond(crypto, { prologue, own: pair(2) }, sent.message)!.answer(pair(4), bytes('cc'))!
    for (let at = 0; at < answer.message.length; at++) {
      const bent = answer.message.slice()
      bent[at]! ^= 1
      expect(sent.finish(bent)).to.equal(undefined)
      expect(sent.finish(answer.message.subarray(0, at))).to.equal(undefined)
    }
    expect(hex(sent.finish(answer.message)?.payload)).to.equal('cc')
  })

  it('shares nothing with ephemeral keys of small order', () => {
    const { message } = first()
    message.fill(0, 0, 32)
    expect(respond(crypto, { prologue, own: pair(2) }, message)).to.equal(undefined)
    expect(initiate(crypto, { prologue, own: pair(1) }, new Uint8Array(32), pair(3), EMPTY)).to.equal(undefined)
  })
})
