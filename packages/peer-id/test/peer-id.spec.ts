import { InvalidOptionError } from '@kadmium/interface'
import { expect } from 'chai'
import fc from 'fast-check'
import { inspect } from 'node:util'
import { isPeerId, keyId, parsePeerId, peerIdFromBytes, peerIdFromHex, peerIdFromPublicKey, peerIdFromWords } from '../src/index.ts'
import { anyId, runs } from './ids.ts'

describe('PeerId', () => {
  it('keeps its bytes through every form', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), bytes => {
      const id = peerIdFromBytes(bytes)
      expect(id.bytes).to.deep.equal(bytes)
      expect(id.hex).to.equal(Buffer.from(bytes).toString('hex'))
      expect(peerIdFromHex(id.hex).bytes).to.deep.equal(bytes)
      expect(peerIdFromHex(id.hex.toUpperCase()).hex).to.equal(id.hex)
      expect(peerIdFromWords(id.w0, id.w1, id.w2, id.w3, id.w4).bytes).to.deep.equal(bytes)
      expect(id.toMultihash().bytes).to.deep.equal(Uint8Array.of(0x11, 20, ...bytes))
      expect(id.toCID().bytes).to.deep.equal(Uint8Array.of(1, 0x72, 0x11, 20, ...bytes))
    }), runs)
  })

  it('has words of 32 bits with a sign, which V8 does not box', () => {
    const id = peerIdFromHex('ffffffff00000001800000007fffffff00000000')
    expect([id.w0, id.w1, id.w2, id.w3, id.w4]).to.deep.equal([-1, 1, -0x8000_0000, 0x7fff_ffff, 0])
  })

  it('equals another of the same bytes only, whichever word differs', () => {
    fc.assert(fc.property(anyId, fc.nat(159), (id, bit) => {
      const bytes = id.bytes
      expect(id.equals(peerIdFromBytes(bytes))).to.equal(true)
      bytes[bit >> 3]! ^= 0x80 >> (bit & 7)
      expect(id.equals(peerIdFromBytes(bytes))).to.equal(false)
    }), runs)
  })

  it('does not change with the bytes it came from or gave away', () => {
    const source = new Uint8Array(20).fill(7)
    const id = peerIdFromBytes(source)
    source.fill(8)
    id.bytes.fill(9)
    expect(id.hex).to.equal('07'.repeat(20))
  })

  it('is deeply equal to the same id, also when only one was printed', () => {
    const [a, b] = [peerIdFromHex('ab'.repeat(20)), peerIdFromHex('ab'.repeat(20))]
    expect(String(a)).to.equal('ab'.repeat(20))
    expect(a).to.deep.equal(b)
  })

  it('prints as its hex digits, in JSON too', () => {
    const id = peerIdFromHex('0a'.repeat(20))
    expect(`${id}`).to.equal('0a'.repeat(20))
    expect(JSON.stringify({ id })).to.equal(`{"id":"${'0a'.repeat(20)}"}`)
    expect(inspect(id)).to.equal(`PeerId(${'0a'.repeat(20)})`)
  })

  it('refuses other lengths, and says what it got', () => {
    expect(() => peerIdFromBytes(new Uint8Array(19))).to.throw(InvalidOptionError, 'expected 20 bytes, got 19')
    expect(() => peerIdFromPublicKey(new Uint8Array(33))).to.throw(InvalidOptionError, 'expected 32 bytes, got 33')
    expect(() => peerIdFromHex('xy'.repeat(20))).to.throw(InvalidOptionError, '40 hex digits')
    expect(() => peerIdFromHex('ab'.repeat(20) + '\n')).to.throw(InvalidOptionError, '40 hex digits')
  })

  it('is recognized by its shape, since two copies of this package may be loaded', () => {
    const id = keyId(Uint8Array.of(1))
    const copy = { hex: id.hex, w0: id.w0, w1: id.w1, w2: id.w2, w3: id.w3, w4: id.w4 }
    expect([id, copy].map(isPeerId)).to.deep.equal([true, true])
    expect([undefined, null, id.hex, id.bytes, {}, { ...copy, w3: '1' }, { ...copy, hex: '00' }].filter(isPeerId)).to.deep.equal([])
    expect(isPeerId(parsePeerId(id.hex))).to.equal(true)
  })
})
