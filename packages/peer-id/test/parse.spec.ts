import { InvalidOptionError, UnsupportedKeyTypeError } from '@kadmium/interface'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { expect } from 'chai'
import fc from 'fast-check'
import { base16 } from 'multiformats/bases/base16'
import { base32 } from 'multiformats/bases/base32'
import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { parsePeerId, peerIdFromKey } from '../src/index.ts'
import { anyId, runs } from './ids.ts'

describe('parsePeerId', () => {
  it('reads every form it documents, of any id', () => {
    fc.assert(fc.property(anyId, id => {
      const multihash = id.toMultihash().bytes
      const cid = id.toCID()
      const forms = [
        id.hex, id.hex.toUpperCase(),
        base16.baseEncode(multihash), base16.baseEncode(multihash).toUpperCase(), base58btc.baseEncode(multihash),
        cid.toString(), cid.toString(base58btc), cid.toString(base36), cid.toString(base16)
      ]
      for (const form of forms) expect(parsePeerId(form).hex, form).to.equal(id.hex)
    }), { ...runs, numRuns: 100 })
  })

  it('reads the libp2p ids of an Ed25519 key, since they hold the key', async () => {
    const key = await generateKeyPair('Ed25519')
    expect(parsePeerId(key.publicKey.toString()).equals(peerIdFromKey(key))).to.equal(true)
    expect(parsePeerId(key.publicKey.toCID().toString()).equals(peerIdFromKey(key))).to.equal(true)
  })

  it('names the key type of a libp2p id that holds another key', async () => {
    const key = await generateKeyPair('secp256k1')
    expect(() => parsePeerId(key.publicKey.toString())).to.throw(UnsupportedKeyTypeError, 'secp256k1')
  })

  it('says so when an id holds only the hash of a key', () => {
    expect(() => parsePeerId('QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N')).to.throw(InvalidOptionError, 'no public key')
  })

  const id = peerIdFromHashOf('anything')
  const refused: Array<[string, string]> = [
    ['nothing', ''],
    ['39 digits', 'a'.repeat(39)],
    ['a multihash cut short', '1114' + 'ab'.repeat(19)],
    ['a CID of another codec', CID.createV1(0x55, id.toMultihash()).toString()],
    ['a CID of another hash of that length', CID.createV1(0x72, Digest.create(0x12, id.bytes)).toString()],
    ['a SHA-1 multihash of another length', CID.createV1(0x72, Digest.create(0x11, id.bytes.subarray(1))).toString()],
    ['an identity multihash that is no key', CID.createV1(0x72, Digest.create(0x00, id.bytes)).toString()],
    ['a base of another alphabet', base32.encode(id.toMultihash().bytes)],
    ['letters', 'hello world'],
    ['a megabyte', 'z'.repeat(1_000_000)]
  ]
  for (const [what, text] of refused) {
    it(`refuses ${what}, in a line that can be shown`, () => {
      expect(() => parsePeerId(text)).to.throw(InvalidOptionError).with.property('message').with.length.below(250)
    })
  }

  it('throws nothing else, whatever it reads', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'123abcdefzkZQm') })), text => {
      try {
        parsePeerId(text)
      } catch (error) {
        expect(error).to.satisfy((error: unknown) => error instanceof InvalidOptionError || error instanceof UnsupportedKeyTypeError)
      }
    }), { ...runs, numRuns: 1000 })
  })
})

function peerIdFromHashOf (text: string) {
  return parsePeerId(Buffer.from(text.padEnd(20).slice(0, 20)).toString('hex'))
}
