import { expect } from 'chai'
import fc from 'fast-check'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { systemNoiseCrypto } from '../src/index.ts'

const hex = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString('hex')
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))
const key32 = (): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: 32, maxLength: 32 })

/** RFC 8439, section 2.8.2. */
const RFC_8439 = {
  key: '808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f',
  nonce: '070000004041424344454647',
  associated: '50515253c0c1c2c3c4c5c6c7',
  plaintext: hex(new TextEncoder().encode('Ladies and Gentlemen of the class of \'99: If I could offer you only one tip for the future, sunscreen would be it.'))!,
  sealed: `d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36
    92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691`
}

const providers = (['node', 'sodium'] as const).filter(cryptoProvider => {
  try {
    systemNoiseCrypto({ cryptoProvider })
    return true
  } catch {
    return false
  }
})

describe('systemNoiseCrypto', () => {
  for (const cryptoProvider of providers) {
    describe(`with ${cryptoProvider}`, () => {
      const crypto = systemNoiseCrypto({ cryptoProvider })

      it('agrees on the shared secret of RFC 7748, section 6.1', () => {
        const bob = crypto.keyPair(bytes('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'))
        const alice = bytes('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
        expect(hex(bob.publicKey)).to.equal('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')
        expect(hex(bob.agree(alice))).to.equal('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742')
      })

      it('agrees with a third implementation on every pair', () => {
        fc.assert(fc.property(key32(), key32(), (secret, other) => {
          const pair = crypto.keyPair(secret)
          expect(hex(pair.publicKey)).to.equal(hex(x25519.getPublicKey(secret)))
          expect(hex(pair.agree(x25519.getPublicKey(other)))).to.equal(hex(x25519.getSharedSecret(secret, x25519.getPublicKey(other))))
        }), { numRuns: 5, seed: 1 })
      })

      it('shares no secret with keys of small order, which everybody would share', () => {
        const pair = crypto.keyPair(bytes('11'.repeat(32)))
        for (const small of ['00'.repeat(32), '01' + '00'.repeat(31), 'ec' + 'ff'.repeat(30) + '7f', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800']) {
          expect(pair.agree(bytes(small)), small).to.equal(undefined)
        }
        expect(pair.agree(new Uint8Array(31))).to.equal(undefined)
      })

      it('seals and opens the vector of RFC 8439, section 2.8.2', () => {
        const { key, nonce, associated, plaintext } = RFC_8439
        const sealed = new Uint8Array(bytes(plaintext).length + 16)
        crypto.seal(sealed, bytes(key), bytes(nonce), bytes(associated), bytes(plaintext))
        expect(hex(sealed)).to.equal(hex(bytes(RFC_8439.sealed)))
        expect(hex(crypto.open(bytes(key), bytes(nonce), bytes(associated), sealed))).to.equal(plaintext)
      })

      it('opens nothing that was changed or cut, and never throws', () => {
        const key = bytes('22'.repeat(32))
        const nonce = new Uint8Array(12)
        const associated = bytes('0102')
        const sealed = new Uint8Array(10 + 16)
        crypto.seal(sealed, key, nonce, associated, new Uint8Array(10))
        for (let bit = 0; bit < sealed.length * 8; bit++) {
          const changed = sealed.map((byte, i) => i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)
          expect(crypto.open(key, nonce, associated, changed)).to.equal(undefined)
        }
        for (let length = 0; length < sealed.length; length++) expect(crypto.open(key, nonce, associated, sealed.subarray(0, length))).to.equal(undefined)
        expect(crypto.open(key, nonce, bytes('0103'), sealed)).to.equal(undefined)
      })

      it('gives an Ed25519 identity the X25519 pair whose public half others derive from its public key', () => {
        fc.assert(fc.property(key32(), seed => {
          const publicKey = ed25519.getPublicKey(seed)
          expect(hex(crypto.toX25519(publicKey))).to.equal(hex(ed25519.utils.toMontgomery(publicKey)))
          expect(hex(crypto.identityKeyPair(seed).publicKey)).to.equal(hex(crypto.toX25519(publicKey)))
        }), { numRuns: 10, seed: 1 })
      })

      it('converts nothing that is no point, of small order, or written in a second way', () => {
        const bad = ['00'.repeat(32), '01' + '00'.repeat(31), 'ec' + 'ff'.repeat(30) + '7f', 'ed' + 'ff'.repeat(30) + '7f', 'f0' + 'ff'.repeat(30) + '7f', 'f0' + 'ff'.repeat(31)]
        for (const key of bad) expect(crypto.toX25519(bytes(key)), key).to.equal(undefined)
        for (const length of [0, 31, 33]) expect(crypto.toX25519(new Uint8Array(length).fill(3))).to.equal(undefined)
      })

      it('answers with plain arrays, and names a secret of the wrong length', () => {
        const pair = crypto.keyPair(bytes('33'.repeat(32)))
        const results = [crypto.sha256(bytes('00')), crypto.hmacSha256(bytes('00'), bytes('00')), pair.publicKey, pair.agree(pair.publicKey)!]
        for (const result of results) expect(result.constructor).to.equal(Uint8Array)
        expect(hex(crypto.sha256(new TextEncoder().encode('abc')))).to.equal('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
        expect(() => crypto.keyPair(new Uint8Array(31))).to.throw('secret: expected 32 bytes, got 31')
        expect(() => crypto.identityKeyPair(new Uint8Array(33))).to.throw('seed: expected 32 bytes, got 33')
      })

      it('keeps the conversions of the last keys only: strangers choose them', () => {
        const small = systemNoiseCrypto({ cryptoProvider, conversionCacheSize: 1 })
        const [a, b] = [1, 2].map(byte => ed25519.getPublicKey(new Uint8Array(32).fill(byte))) as [Uint8Array, Uint8Array]
        const first = small.toX25519(a)
        expect(small.toX25519(a)).to.equal(first)
        small.toX25519(b)
        const again = small.toX25519(a)
        expect(again).to.deep.equal(first)
        expect(again).to.not.equal(first)
      })
    })
  }

  it('agrees on which keys exist, whoever computes: an id that only some nodes accept would split the network', () => {
    if (!providers.includes('sodium')) return
    const [node, sodium] = [systemNoiseCrypto({ cryptoProvider: 'node' }), systemNoiseCrypto({ cryptoProvider: 'sodium' })]
    fc.assert(fc.property(key32(), key => {
      expect(hex(node.toX25519(key))).to.equal(hex(sodium.toX25519(key)))
    }), { numRuns: 60, seed: 1 })
  })

  it('refuses a cache of no size', () => {
    expect(() => systemNoiseCrypto({ conversionCacheSize: 0 })).to.throw('expected an integer of 1 or more')
  })
})
