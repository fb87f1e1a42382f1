import { expect } from 'chai'
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { base58btc } from 'multiformats/bases/base58'
import {
  difficultyOf, keyId, parsePeerId, peerIdFromKey, peerIdFromPublicKey, privateKeyFromBytes, privateKeyToBytes, toLibp2pPeerId
} from '../src/index.ts'

type KeyForm = 'seed' | 'publicKey' | 'keyFile' | 'id' | 'multihash' | 'base58' | 'cid' | 'libp2p'

interface Golden {
  readonly keys: ReadonlyArray<Record<KeyForm, string> & { readonly difficulty: number }>
  readonly recordKeys: ReadonlyArray<{ readonly key: string, readonly id: string }>
}

const golden = JSON.parse(readFileSync(new URL('../../../../test-fixtures/ids.json', import.meta.url), 'utf8')) as Golden

describe('golden ids', () => {
  for (const { seed, ...key } of golden.keys) {
    it(`of the key with the seed ${seed.slice(0, 8)}… are what node:crypto computes`, () => {
      const publicKey = publicKeyOf(bytes(seed))
      const id = sha1(Buffer.concat([bytes('08011220'), publicKey]))
      expect(key.publicKey).to.equal(publicKey.toString('hex'))
      expect(key.keyFile).to.equal(`08011240${seed}${key.publicKey}`)
      expect(key.id).to.equal(id.toString('hex'))
      expect(key.multihash).to.equal(`1114${key.id}`)
      expect(key.cid).to.equal(base32(bytes(`01721114${key.id}`)))
      expect(key.difficulty).to.equal(leadingZeroBits(sha1(id)))
    })

    it(`of the key with the seed ${seed.slice(0, 8)}… are what this package computes`, () => {
      const privateKey = privateKeyFromBytes(bytes(key.keyFile))
      const id = peerIdFromKey(privateKey)
      expect(id.hex).to.equal(key.id)
      expect(peerIdFromPublicKey(bytes(key.publicKey)).hex).to.equal(key.id)
      expect(peerIdFromKey(privateKey.publicKey).hex).to.equal(key.id)
      expect(peerIdFromKey(toLibp2pPeerId(bytes(key.publicKey))).hex).to.equal(key.id)
      expect(Buffer.from(privateKeyToBytes(privateKey)).toString('hex')).to.equal(key.keyFile)
      expect(privateKeyFromBytes(bytes(seed)).equals(privateKey)).to.equal(true)
      expect(base58btc.baseEncode(id.toMultihash().bytes)).to.equal(key.base58)
      expect(id.toCID().toString()).to.equal(key.cid)
      expect(toLibp2pPeerId(bytes(key.publicKey)).toString()).to.equal(key.libp2p)
      expect(difficultyOf(bytes(key.publicKey))).to.equal(key.difficulty)
      for (const text of [key.id, key.multihash, key.base58, key.cid, key.libp2p]) expect(parsePeerId(text).hex, text).to.equal(key.id)
    })
  }

  it('of record keys are the SHA-1 of the key, once', () => {
    for (const { key, id } of golden.recordKeys) {
      expect(id).to.equal(sha1(Buffer.from(key)).toString('hex'))
      expect(keyId(new TextEncoder().encode(key)).hex).to.equal(id)
    }
  })

  it('begin with the public keys that RFC 8032 gives', () => {
    expect(golden.keys.slice(0, 3).map(({ publicKey }) => publicKey)).to.deep.equal([
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025'
    ])
  })
})

/** PKCS #8 of an Ed25519 seed (RFC 8410). */
function publicKeyOf (seed: Uint8Array): Buffer {
  const key = createPrivateKey({ key: Buffer.concat([bytes('302e020100300506032b657004220420'), seed]), format: 'der', type: 'pkcs8' })
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
}

function sha1 (input: Uint8Array): Buffer {
  return createHash('sha1').update(input).digest()
}

function leadingZeroBits (digest: Uint8Array): number {
  return Array.from(digest, byte => byte.toString(2).padStart(8, '0')).join('').indexOf('1')
}

/** Multibase `b`: RFC 4648, lower case, no padding. */
function base32 (input: Uint8Array): string {
  const bits = Array.from(input, byte => byte.toString(2).padStart(8, '0')).join('')
  const digits = (bits.match(/.{1,5}/g) ?? []).map(five => Number.parseInt(five.padEnd(5, '0'), 2))
  return 'b' + digits.map(digit => 'abcdefghijklmnopqrstuvwxyz234567'[digit]).join('')
}

function bytes (hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}
