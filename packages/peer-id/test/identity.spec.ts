import { InvalidOptionError, UnsupportedKeyTypeError } from '@kadmium/interface'
import type { Crypto } from '@kadmium/interface'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { expect } from 'chai'
import { createHash, createPrivateKey, sign, verify } from 'node:crypto'
import { createIdentity, generatePrivateKey, peerIdFromKey, privateKeyFromBytes, privateKeyToBytes, toLibp2pPeerId } from '../src/index.ts'
import { testRandom } from './ids.ts'

describe('identity', () => {
  it('takes a libp2p key, and signs so that the public key verifies', async () => {
    const privateKey = await generateKeyPair('Ed25519')
    const identity = createIdentity(privateKey, nodeCrypto)
    const message = Uint8Array.of(1, 2, 3)
    expect(identity.privateKey).to.equal(privateKey)
    expect(identity.publicKey).to.deep.equal(privateKey.publicKey.raw)
    expect(identity.peerId.equals(peerIdFromKey(privateKey))).to.equal(true)
    expect(identity.sign(message)).to.have.length(64)
    expect(await privateKey.publicKey.verify(message, identity.sign(message))).to.equal(true)
  })

  it('signs with the crypto it is given', () => {
    const seeds: Uint8Array[] = []
    const crypto: Crypto = { ...nodeCrypto, sign: seed => { seeds.push(seed); return new Uint8Array(64) } }
    const privateKey = generatePrivateKey(testRandom(3))
    createIdentity(privateKey, crypto).sign(Uint8Array.of(1))
    expect(seeds).to.deep.equal([privateKey.raw.subarray(0, 32)])
  })

  it('makes its key from 32 random bytes and nothing else', () => {
    const privateKey = generatePrivateKey(testRandom(5))
    expect(privateKey.raw.subarray(0, 32)).to.deep.equal(testRandom(5).bytes(32))
    expect(generatePrivateKey(testRandom(5)).equals(privateKey)).to.equal(true)
    expect(generatePrivateKey(testRandom(6)).equals(privateKey)).to.equal(false)
  })

  for (const type of ['secp256k1', 'ECDSA', 'RSA'] as const) {
    it(`refuses ${type} keys by name`, async () => {
      const key = type === 'RSA' ? await generateKeyPair(type, 2048) : await generateKeyPair(type as 'secp256k1')
      expect(() => createIdentity(key, nodeCrypto)).to.throw(UnsupportedKeyTypeError, type)
      expect(() => peerIdFromKey(key)).to.throw(UnsupportedKeyTypeError, type)
      expect(() => peerIdFromKey(key.publicKey)).to.throw(UnsupportedKeyTypeError, type)
      expect(() => privateKeyToBytes(key)).to.throw(UnsupportedKeyTypeError, type)
      expect(() => privateKeyFromBytes(privateKeyToProtobuf(key))).to.throw(UnsupportedKeyTypeError, type)
    })
  }

  it('reads what it wrote, what libp2p wrote, and a bare seed', async () => {
    const privateKey = await generateKeyPair('Ed25519')
    expect(privateKeyToBytes(privateKey)).to.deep.equal(privateKeyToProtobuf(privateKey))
    expect(privateKeyFromBytes(privateKeyToBytes(privateKey)).equals(privateKey)).to.equal(true)
    expect(privateKeyFromBytes(privateKey.raw.subarray(0, 32)).equals(privateKey)).to.equal(true)
  })

  it('refuses a key file whose halves do not belong together: it would sign what nobody can verify', () => {
    const bytes = privateKeyToBytes(generatePrivateKey(testRandom(8)))
    bytes[bytes.length - 1]! ^= 1
    expect(() => privateKeyFromBytes(bytes)).to.throw(InvalidOptionError, 'public half')
  })

  it('refuses a file that is no key', () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(31), new Uint8Array(33), new TextEncoder().encode('not a key')]) {
      expect(() => privateKeyFromBytes(bytes)).to.throw(InvalidOptionError, 'privateKey')
    }
  })

  it('has the libp2p id of the same key', async () => {
    const { publicKey } = await generateKeyPair('Ed25519')
    expect(toLibp2pPeerId(publicKey.raw).publicKey?.equals(publicKey)).to.equal(true)
    expect(() => toLibp2pPeerId(new Uint8Array(33))).to.throw(InvalidOptionError, 'expected 32 bytes, got 33')
  })
})

const nodeCrypto: Crypto = {
  sha1: bytes => createHash('sha1').update(bytes).digest(),
  hmacSha256: () => { throw new Error('not needed here') },
  sign: (seed, message) => sign(null, message, createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]), format: 'der', type: 'pkcs8'
  })),
  verify: (publicKey, message, signature) => verify(null, message, Buffer.from(publicKey), signature)
}
