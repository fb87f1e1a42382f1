import { expect } from 'chai'
import fc from 'fast-check'
import { ed25519 } from '@noble/curves/ed25519.js'
import { systemCrypto } from '../src/index.ts'
import { KeyCache } from '../src/key-cache.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

/** RFC 8032, section 7.1, tests 1 and 2. */
const RFC_8032 = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    key: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature: 'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature: '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'
  }
]

/** A key for which everybody can sign: the neutral point, with its matching signature. */
const NEUTRAL_POINT = '01' + '00'.repeat(31)
const FORGED = NEUTRAL_POINT + '00'.repeat(32)

const providers = (['node', 'sodium'] as const).filter(cryptoProvider => {
  try {
    systemCrypto({ cryptoProvider })
    return true
  } catch {
    return false
  }
})

describe('systemCrypto', () => {
  for (const cryptoProvider of providers) {
    describe(`with ${cryptoProvider}`, () => {
      const crypto = systemCrypto({ cryptoProvider })

      for (const { seed, key, message, signature } of RFC_8032) {
        it(`signs and verifies the vector of RFC 8032 with ${message.length / 2} bytes`, () => {
          expect(hex(crypto.sign(bytes(seed), bytes(message)))).to.equal(signature)
          expect(crypto.verify(bytes(key), bytes(message), bytes(signature))).to.equal(true)
          if (crypto.publicKey !== undefined) expect(hex(crypto.publicKey(bytes(seed)))).to.equal(key)
        })
      }

      it('refuses a signature with any bit changed', () => {
        const { key, message, signature } = RFC_8032[1] as typeof RFC_8032[number]
        fc.assert(fc.property(fc.integer({ min: 0, max: 511 }), bit => {
          const wrong = bytes(signature)
          wrong[bit >> 3] = (wrong[bit >> 3] as number) ^ (1 << (bit & 7))
          expect(crypto.verify(bytes(key), bytes(message), wrong)).to.equal(false)
        }), { numRuns: 50, seed: 1 })
      })

      it('says false and never throws for what is no key or no signature', () => {
        fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 70 }), (key, signature) => {
          expect(crypto.verify(key, new Uint8Array(3), signature)).to.equal(false)
        }), { numRuns: 100, seed: 1 })
        fc.assert(fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ minLength: 64, maxLength: 64 }), (key, signature) => {
          expect(crypto.verify(key, new Uint8Array(3), signature)).to.equal(false)
        }), { numRuns: 100, seed: 1 })
      })

      it('refuses keys for which everybody can sign', () => {
        expect(ed25519.verify(bytes(FORGED), bytes('00'), bytes(NEUTRAL_POINT), { zip215: true })).to.equal(true)
        expect(crypto.verify(bytes(NEUTRAL_POINT), bytes('00'), bytes(FORGED))).to.equal(false)
      })

      it('names the seed that has the wrong length', () => {
        expect(() => crypto.sign(new Uint8Array(31), new Uint8Array(1))).to.throw('seed: expected 32 bytes, got 31')
        if (crypto.publicKey !== undefined) expect(() => crypto.publicKey!(new Uint8Array(31))).to.throw('seed: expected 32 bytes, got 31')
      })

      it('agrees with a third implementation', () => {
        fc.assert(fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 300 }), (seed, message) => {
          const signature = crypto.sign(seed, message)
          expect(hex(signature)).to.equal(hex(ed25519.sign(message, seed)))
          expect(crypto.verify(ed25519.getPublicKey(seed), message, signature)).to.equal(true)
        }), { numRuns: 10, seed: 1 })
      })
    })
  }

  it('hashes the vectors of FIPS 180 and RFC 4231', () => {
    const { sha1, hmacSha256 } = systemCrypto()
    expect(hex(sha1(new TextEncoder().encode('abc')))).to.equal('a9993e364706816aba3e25717850c26c9cd0d89d')
    expect(hex(hmacSha256(bytes('4a656665'), new TextEncoder().encode('what do ya want for nothing?'))))
      .to.equal('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843')
  })

  it('answers with plain arrays, not with buffers, which compare and slice differently', () => {
    const crypto = systemCrypto({ cryptoProvider: 'node' })
    for (const result of [crypto.sha1(bytes('00')), crypto.hmacSha256(bytes('00'), bytes('00')), crypto.sign(new Uint8Array(32), bytes('00'))]) {
      expect(result.constructor).to.equal(Uint8Array)
    }
  })

  it('refuses a key cache of no size', () => {
    expect(() => systemCrypto({ cryptoProvider: 'node', keyCacheSize: 0 })).to.throw('keyCacheSize: expected an integer of 1 or more')
  })
})

describe('KeyCache', () => {
  it('keeps the most recently used and no more: strangers choose the keys', () => {
    const made: number[] = []
    const cache = new KeyCache(2, ([first]) => made.push(first as number))
    for (const key of [1, 2, 1, 3, 1, 2]) cache.get(new Uint8Array([key]))
    expect(made).to.deep.equal([1, 2, 3, 2])
  })
})
