/** `/kadmium/kad/1.0.0`: the messages of Kademlia as this package handles them, and their way through the wire's codecs. */
import { Refusal } from '@kadmium/interface'
import type { Codec, Contact, Endpoint, KadRecord, PeerId, Protocol } from '@kadmium/interface'
import { peerIdFromBytes } from '@kadmium/peer-id'
import type { PeerIdCache } from '@kadmium/peer-id'
import { decodeKadRequest, decodeKadResponse, encodeKadRequest, encodeKadResponse, isKadResponseTruncated } from '@kadmium/wire'
import type { WireContact, WireFindValue, WireKadRequest } from '@kadmium/wire'

export const KAD_PROTOCOL = '/kadmium/kad/1.0.0'

/** A record and what is left of its life, in milliseconds. */
export interface RemainingRecord {
  readonly record: KadRecord
  readonly remainingMs: number
}

export type KadRequest =
  /** `target` is a place in the key space, never hashed. */
  | { readonly type: 'find-node', readonly target: PeerId }
  /** Each side hashes `key` once. With `publisher`, only its records; with `salt`, only those of that slot. */
  | { readonly type: 'find-value' } & WireFindValue
  /** `expectedSeq`: only over a record with this seq, or where there is none. `keep`: to be kept alive, wherever it belongs. */
  | { readonly type: 'store', readonly expectedSeq?: number, readonly keep?: boolean } & RemainingRecord

export type KadResponse =
  | { readonly type: 'found-node', readonly contacts: readonly Contact[] }
  | FoundValue
  /** `sampled`: an advertisement that is kept while it is in the holder's sample. */
  | { readonly type: 'stored', readonly sampled?: boolean }

export interface FoundValue {
  readonly type: 'found-value'
  /** None: not found. */
  readonly records: readonly RemainingRecord[]
  readonly contacts: readonly Contact[]
  /** Whether the holder has records after these. */
  readonly more: boolean
  /** How many the holder has of what was asked, on all pages. */
  readonly total?: number
}

export type KadProtocol = Protocol<KadRequest, KadResponse>

/** @param ids remembers the ids of the keys in replies. */
export function kadProtocol (ids: PeerIdCache): KadProtocol {
  return {
    name: KAD_PROTOCOL,
    request: requestCodec,
    response: responseCodec(ids),
    writeKey: request => request.type === 'store' ? request.record.key : undefined
  }
}

/** What an answer needs that names so many contacts, to an asker who can reach this family; others may be longer, and fewer fit then. */
export function foundNodeBytes (contacts: number, family: Endpoint['family']): number {
  return FOUND_NODE_BYTES + contacts * (family === 4 ? CONTACT_BYTES : CONTACT_BYTES_6)
}

/** A contact: family 1, key 32, address 6 or 18. */
const CONTACT_BYTES = 39
const CONTACT_BYTES_6 = 51
/** Its type, and the tag and length of the contacts. */
const FOUND_NODE_BYTES = 5

const requestCodec: Codec<KadRequest> = {
  encode: (message, budget) => encodeKadRequest(toWire(message), budget),
  decode (bytes) {
    const message = decodeKadRequest(bytes)
    if (message instanceof Refusal || message.type !== 'find-node') return message
    return { type: 'find-node', target: peerIdFromBytes(message.target) }
  }
}

function toWire (message: KadRequest): WireKadRequest {
  return message.type === 'find-node' ? { type: 'find-node', target: message.target.bytes } : message
}

function responseCodec (ids: PeerIdCache): Codec<KadResponse> {
  return {
    encode: encodeKadResponse,
    truncates: isKadResponseTruncated,
    decode (bytes) {
      const message = decodeKadResponse(bytes)
      if (message instanceof Refusal || message.type === 'stored') return message
      return { ...message, contacts: toContacts(message.contacts, ids) }
    }
  }
}

/** The wire has one entry per address, and all first addresses before the second ones. */
function toContacts (entries: readonly WireContact[], ids: PeerIdCache): Contact[] {
  const contacts = new Map<string, { id: PeerId, publicKey: Uint8Array, addresses: Endpoint[] }>()
  for (const { publicKey, address } of entries) {
    const id = ids.get(publicKey)
    const known = contacts.get(id.hex)
    if (known === undefined) contacts.set(id.hex, { id, publicKey, addresses: [address] })
    else if (known.addresses.every(({ family }) => family !== address.family)) known.addresses.push(address)
  }
  return [...contacts.values()]
}
