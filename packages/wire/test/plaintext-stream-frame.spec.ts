import { readFileSync } from 'node:fs'
import { Refusal } from '@kadmium/interface'
import { expect } from 'chai'
import fc from 'fast-check'
import { decodePlaintextFrame, decodePlaintextStreamFrame, encodePlaintextFrame, encodePlaintextStreamFrame } from '../src/index.ts'
import { runs } from './arbitraries.ts'
import { DOCUMENT } from './document.ts'
import { toJson } from './json.ts'

interface GoldenStream {
  readonly name: string
  readonly frame: { readonly network: string, readonly senderKey: string }
  readonly message: string
  /** Its length before it. */
  readonly stream: string
}

const { streams } = JSON.parse(readFileSync('../../test-fixtures/streams.json', 'utf8')) as { streams: GoldenStream[] }
const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })
const frames = fc.record({ network: bytes(4), senderKey: bytes(32), message: fc.uint8Array({ maxLength: 3000 }) })

describe('plaintext frame of a reliable transport', () => {
  it('decode ∘ encode = identity', () => {
    fc.assert(fc.property(frames, frame => {
      const encoded = encodePlaintextStreamFrame(frame)
      expect(encoded).to.have.length(38 + frame.message.length)
      expect(toJson(decodePlaintextStreamFrame(encoded))).to.deep.equal(toJson(frame))
    }), runs)
  })

  it('holds a message that is longer than 16 bits can say', () => {
    const frame = { network: new Uint8Array(4), senderKey: new Uint8Array(32), message: new Uint8Array(69_000).fill(9) }
    expect(decodePlaintextStreamFrame(encodePlaintextStreamFrame(frame))).to.deep.equal(frame)
  })

  it('refuses what is of another type or version, and what is cut short', () => {
    const frame = { network: new Uint8Array(4), senderKey: new Uint8Array(32), message: new Uint8Array(0) }
    const encoded = encodePlaintextStreamFrame(frame)
    expect(decodePlaintextStreamFrame(encoded.with(1, 2))).to.deep.equal(new Refusal('other version'))
    for (const length of [2, 37]) expect(decodePlaintextStreamFrame(encoded.subarray(0, length))).to.deep.equal(new Refusal('frame cut short'))
    const datagram = encodePlaintextFrame({ ...frame, cookie: new Uint8Array(8), echo: new Uint8Array(8) })
    expect(decodePlaintextStreamFrame(datagram)).to.deep.equal(new Refusal('not a plaintext stream frame'))
    expect(decodePlaintextFrame(encoded)).to.deep.equal(new Refusal('not a plaintext frame'))
  })

  for (const { name, frame, message, stream } of streams) {
    it(`${name}: is the golden one, and what docs/wire-protocol.md shows`, () => {
      const golden = Buffer.from(stream, 'hex')
      expect(golden[0]).to.equal(golden.length - 1)
      expect(toJson(decodePlaintextStreamFrame(golden.subarray(1)))).to.deep.equal({ ...frame, message })
      const shown = new RegExp(`^\`\`\`hex-stream ${name}\n([^\`]*)`, 'm').exec(readFileSync(DOCUMENT, 'utf8'))?.[1]
      expect(shown?.replaceAll(/#.*$/gm, '').replaceAll(/\s/g, '')).to.equal(stream)
    })
  }
})
