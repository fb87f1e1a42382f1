import type { Envelope } from '@kadmium/interface'
import { encodeEnvelope, endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { envelopeBytes } from '../src/envelope-size.ts'

const transactionId = new Uint8Array(8)
const envelopes: Envelope[] = [
  { kind: 'request', transactionId, mode: 'server', protocol: '/kadmium/ping/1.0.0' },
  { kind: 'request', transactionId: new Uint8Array(16), mode: 'client', protocol: '/käse/1', token: new Uint8Array(32) },
  { kind: 'response', transactionId, mode: 'server', truncated: false },
  { kind: 'response', transactionId, mode: 'server', truncated: true, observed: endpoint('192.0.2.1', 4001) },
  { kind: 'response', transactionId, mode: 'server', truncated: false, observed: endpoint('fd00::1', 4001) }
]

describe('envelopeBytes', () => {
  it('is what the encoder adds to a payload', () => {
    for (const envelope of envelopes) {
      for (const [budget, payload] of [[1200, new Uint8Array(500)], [70_000, new Uint8Array(60_000)]] as const) {
        expect(envelopeBytes(envelope, budget), JSON.stringify(envelope)).to.equal(encodeEnvelope(envelope, payload).length - payload.length)
      }
    }
  })
})
