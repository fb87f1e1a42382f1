import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import {
  DATAGRAM_BYTES, MAX_DATAGRAM_VALUE_BYTES, MAX_KEY_BYTES, MAX_SALT_BYTES, PLAINTEXT_FRAME_BYTES, encodeKadRequest, envelopeOverhead
} from '../src/index.ts'
import type { Golden } from './golden.ts'

/** What the Noise channel adds at most to a message of these kinds: the answer in a first flight. */
const NOISE_BYTES = 80
const { datagrams } = JSON.parse(readFileSync('../../test-fixtures/datagrams.json', 'utf8')) as { datagrams: Golden[] }
const sizes = new Map(datagrams.map(({ name, message }) => [name, message.length / 2]))

describe('U5: size table', () => {
  it('leaves 84 bytes to a channel in every message', () => {
    for (const [name, size] of sizes) expect(size + 84, name).to.be.at.most(DATAGRAM_BYTES)
  })

  for (const [name, size] of sizes) {
    it(`${name} fits a datagram in both channels`, () => {
      expect(size + PLAINTEXT_FRAME_BYTES).to.be.at.most(DATAGRAM_BYTES)
      expect(size + NOISE_BYTES).to.be.at.most(DATAGRAM_BYTES)
    })
  }

  it('U9: the largest value fits the tightest budget with the longest key, and a salt takes its room from the value', () => {
    const envelope = {
      kind: 'request', transactionId: new Uint8Array(8), mode: 'server', protocol: '/kadmium/kad/1.0.0', token: new Uint8Array(32)
    } as const
    const budget = DATAGRAM_BYTES - NOISE_BYTES - envelopeOverhead(envelope)
    const fits = (valueBytes: number, salt?: Uint8Array, expectedSeq?: number): boolean => encodeKadRequest({
      type: 'store',
      record: {
        key: new Uint8Array(MAX_KEY_BYTES),
        value: new Uint8Array(valueBytes),
        publisher: new Uint8Array(32),
        signature: new Uint8Array(64),
        seq: Number.MAX_SAFE_INTEGER,
        ttl: 172_800,
        ...(salt && { salt })
      },
      remainingMs: 172_800_000,
      ...(expectedSeq !== undefined && { expectedSeq })
    }, budget) !== undefined
    expect(fits(MAX_DATAGRAM_VALUE_BYTES)).to.equal(true)
    expect(fits(MAX_DATAGRAM_VALUE_BYTES - MAX_SALT_BYTES - 2, new Uint8Array(MAX_SALT_BYTES))).to.equal(true)
    expect(fits(MAX_DATAGRAM_VALUE_BYTES + 5)).to.equal(false)
    expect(fits(MAX_DATAGRAM_VALUE_BYTES - 5, undefined, Number.MAX_SAFE_INTEGER), 'an expected seq takes its 9 bytes, of which 4 are left').to.equal(true)
    expect(fits(MAX_DATAGRAM_VALUE_BYTES - 4, undefined, Number.MAX_SAFE_INTEGER)).to.equal(false)
  })
})
