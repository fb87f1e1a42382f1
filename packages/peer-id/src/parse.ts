/**
 * The text forms of an id: hex, multihash, CID (https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md). A libp2p
 * peer id that carries its Ed25519 key is taken too, and gives the id of that key.
 */

import { InvalidOptionError } from '@kadmium/interface'
import type { PeerId } from '@kadmium/interface'
import { publicKeyFromMultihash } from '@libp2p/crypto/keys'
import { base16 } from 'multiformats/bases/base16'
import { base32 } from 'multiformats/bases/base32'
import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import type { MultihashDigest } from 'multiformats/hashes/interface'
import { ID_BYTES, LIBP2P_KEY_CODEC, SHA1_CODE, peerIdFromBytes, peerIdFromHex } from './peer-id.ts'
import { peerIdFromKey } from './identity.ts'

/** Multihash code of data that is its own hash: how libp2p ids carry Ed25519 keys. */
const IDENTITY_CODE = 0x00

/** No form is longer; longer texts are refused unread. */
const MAX_TEXT_LENGTH = 128

/**
 * 40 hex digits, a multihash (hex or base58btc), a CID (base16, 32, 36 or 58), or a libp2p id of an Ed25519 key.
 * Throws `InvalidOptionError`, or `UnsupportedKeyTypeError` for a libp2p id of another key.
 */
export function parsePeerId (text: string): PeerId {
  if (/^[0-9a-f]{40}$/i.test(text)) return peerIdFromHex(text)
  const multihash = text.length <= MAX_TEXT_LENGTH ? parseMultihash(text) ?? parseCid(text) : undefined
  if (multihash === undefined) throw malformed(text)
  if (multihash.code === SHA1_CODE && multihash.size === ID_BYTES) return peerIdFromBytes(multihash.digest)
  if (multihash.code === IDENTITY_CODE) return peerIdFromInlineKey(multihash, text)
  throw new InvalidOptionError('peer id', `${JSON.stringify(text)} is no SHA-1 and holds no public key, so its id is unknown`)
}

function parseMultihash (text: string): MultihashDigest | undefined {
  return attempt(() => Digest.decode(/^1114[0-9a-f]{40}$/i.test(text)
    ? base16.baseDecode(text.toLowerCase())
    : base58btc.baseDecode(text)))
}

function parseCid (text: string): MultihashDigest | undefined {
  const cid = attempt(() => CID.parse(text, base58btc.decoder.or(base32.decoder).or(base36.decoder).or(base16.decoder)))
  return cid?.version === 1 && cid.code === LIBP2P_KEY_CODEC ? cid.multihash : undefined
}

function peerIdFromInlineKey (multihash: MultihashDigest, text: string): PeerId {
  const publicKey = attempt(() => publicKeyFromMultihash(multihash as MultihashDigest<0x0>))
  if (publicKey === undefined) throw malformed(text)
  return peerIdFromKey(publicKey)
}

function malformed (text: string): InvalidOptionError {
  const shown = text.length <= MAX_TEXT_LENGTH ? JSON.stringify(text) : `${text.length} characters`
  return new InvalidOptionError('peer id', `expected 40 hex digits, a multihash or a CID, got ${shown}`)
}

/** The decoders throw on what they cannot read; here that is one of several answers. */
function attempt<T> (decode: () => T): T | undefined {
  try {
    return decode()
  } catch {
    return undefined
  }
}
