/**
 * Writes test-fixtures/ids.json: keys and the ids that follow from them, for every implementation to check itself against.
 * The test suite recomputes each value with node:crypto.
 */

import { writeFileSync } from 'node:fs'
import { difficultyOf, keyId, peerIdFromKey, privateKeyFromBytes, privateKeyToBytes, toLibp2pPeerId } from '../dist/src/index.js'
import { base58btc } from 'multiformats/bases/base58'

/** The seeds of RFC 8032, section 7.1, tests 1 to 3, and of 32 equal bytes. */
const seeds = [
  '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
  '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
  'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
  ...['00', '01', '7f', '80', 'ff'].map(byte => byte.repeat(32))
]
const recordKeys = ['', 'a', 'mykey', 'user:123', 'ключ']

const golden = { keys: seeds.map(keyCase), recordKeys: recordKeys.map(recordKeyCase) }
writeFileSync(new URL('../../../test-fixtures/ids.json', import.meta.url), JSON.stringify(golden, null, 2) + '\n')

function keyCase (seed) {
  const privateKey = privateKeyFromBytes(Uint8Array.from(Buffer.from(seed, 'hex')))
  const publicKey = privateKey.publicKey.raw
  const id = peerIdFromKey(privateKey)
  return {
    seed,
    publicKey: hex(publicKey),
    keyFile: hex(privateKeyToBytes(privateKey)),
    id: id.hex,
    multihash: hex(id.toMultihash().bytes),
    base58: base58btc.baseEncode(id.toMultihash().bytes),
    cid: id.toCID().toString(),
    libp2p: toLibp2pPeerId(publicKey).toString(),
    difficulty: difficultyOf(publicKey)
  }
}

function recordKeyCase (key) {
  return { key, id: keyId(new TextEncoder().encode(key)).hex }
}

function hex (bytes) {
  return Buffer.from(bytes).toString('hex')
}
