import { Refusal } from '@kadmium/interface'
import { expect } from 'chai'
import fc from 'fast-check'
import { DATAGRAM_BYTES, PLAINTEXT_FRAME_BYTES, decodePlaintextFrame, encodePlaintextFrame } from '../src/index.ts'
import { runs } from './arbitraries.ts'
import { toJson } from './json.ts'

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })
const frames = fc.record({ network: bytes(4), senderKey: bytes(32), cookie: bytes(8), echo: bytes(8), message: fc.uint8Array({ maxLength: 1144 }) })

describe('plaintext frame', () => {
  it('decode ∘ encode = identity, padded or not', () => {
    fc.assert(fc.property(frames, fc.constantFrom(0, DATAGRAM_BYTES), (frame, padTo) => {
      const encoded = encodePlaintextFrame(frame, padTo)
      expect(encoded).to.have.length(Math.max(padTo, PLAINTEXT_FRAME_BYTES + frame.message.length))
      expect(toJson(decodePlaintextFrame(encoded))).to.deep.equal(toJson(frame))
    }), runs)
  })

  it('adds 56 bytes', () => {
    expect(PLAINTEXT_FRAME_BYTES).to.equal(56)
  })

  it('refuses what is of another type or version, and what is cut short', () => {
    const [frame] = fc.sample(frames, { seed: 1, numRuns: 1 })
    if (frame === undefined) throw new Error('no sample')
    const encoded = encodePlaintextFrame({ ...frame, message: new Uint8Array(300) })
    expect(decodePlaintextFrame(encoded.with(0, 0x11))).to.deep.equal(new Refusal('not a plaintext frame'))
    expect(decodePlaintextFrame(encoded.with(1, 2))).to.deep.equal(new Refusal('other version'))
    expect(decodePlaintextFrame(new Uint8Array(0))).to.deep.equal(new Refusal('not a plaintext frame'))
    for (const length of [2, 55, 56, 355]) expect(decodePlaintextFrame(encoded.subarray(0, length))).to.deep.equal(new Refusal('frame cut short'))
  })
})
