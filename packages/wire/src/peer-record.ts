/** The value of an advertisement: where a peer is to be found. Whose it is, the record says that carries it. */
import { InvalidOptionError, Refusal } from '@kadmium/interface'
import type { Endpoint, Mode } from '@kadmium/interface'
import { IPV4_ENDPOINT_BYTES, IPV6_ENDPOINT_BYTES, packedBytes, readEndpoint, writeEndpoint } from './endpoint.ts'
import { PeerRecord as Codec, PeerMode } from './generated/kad.ts'
import { plainView, readMessage, sendable } from './generated-codec.ts'
import { MAX_PEER_ADDRESSES, MAX_PEER_PAYLOAD_BYTES } from './limits.ts'
import type { Shape } from './shape.ts'

export interface AdvertisedPeer {
  /** At most 8. A client, which cannot be asked, may have none. */
  readonly addresses: readonly Endpoint[]
  readonly mode: Mode
  /** The application's, 1 to 200 bytes. */
  readonly payload?: Uint8Array
}

const PEER_RECORD: Shape = [
  undefined,
  { type: 'bytes', min: 1, max: MAX_PEER_ADDRESSES * (1 + IPV6_ENDPOINT_BYTES) },
  { type: 'varint', min: 1, max: 2 },
  { type: 'bytes', min: 1, max: MAX_PEER_PAYLOAD_BYTES }
]

/** Throws `InvalidOptionError` for more than 8 addresses or a payload of more than 200 bytes; an empty payload is none. */
export function encodePeerRecord ({ addresses, mode, payload }: AdvertisedPeer): Uint8Array {
  if (addresses.length > MAX_PEER_ADDRESSES) throw new InvalidOptionError('addresses', `expected at most ${MAX_PEER_ADDRESSES}, got ${addresses.length}`)
  if (payload !== undefined && payload.length > MAX_PEER_PAYLOAD_BYTES) {
    throw new InvalidOptionError('payload', `expected at most ${MAX_PEER_PAYLOAD_BYTES} bytes, got ${payload.length}`)
  }
  return Codec.encode({
    mode: mode === 'server' ? PeerMode.PEER_SERVER : PeerMode.PEER_CLIENT,
    ...(addresses.length > 0 && { addresses: packed(addresses) }),
    ...(payload !== undefined && payload.length > 0 && { payload: sendable(payload) })
  })
}

/** Its bytes are its own. Addresses are as they were sent: who wants to ask there looks at `isRoutableTarget` first. */
export function decodePeerRecord (bytes: Uint8Array): AdvertisedPeer | Refusal {
  const message = readMessage(plainView(bytes), PEER_RECORD, Codec)
  if (message instanceof Refusal) return message
  if (message.mode === undefined) return new Refusal('no mode')
  const addresses = message.addresses === undefined ? [] : unpacked(message.addresses)
  if (addresses instanceof Refusal) return addresses
  const mode = message.mode === PeerMode.PEER_SERVER ? 'server' : 'client'
  return { addresses, mode, ...(message.payload && { payload: message.payload.slice() }) }
}

function packed (addresses: readonly Endpoint[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(addresses.reduce((sum, address) => sum + 1 + packedBytes(address), 0))
  let at = 0
  for (const address of addresses) {
    bytes[at] = address.family
    at = writeEndpoint(address, bytes, at + 1)
  }
  return bytes
}

function unpacked (bytes: Uint8Array): Endpoint[] | Refusal {
  const addresses: Endpoint[] = []
  for (let at = 0; at < bytes.length;) {
    const family = bytes[at]
    if (family !== 4 && family !== 6) return new Refusal('bad address family')
    const end = at + 1 + (family === 4 ? IPV4_ENDPOINT_BYTES : IPV6_ENDPOINT_BYTES)
    if (end > bytes.length) return new Refusal('address cut short')
    if (addresses.length === MAX_PEER_ADDRESSES) return new Refusal('too many addresses')
    addresses.push(readEndpoint(bytes, at + 1, family))
    at = end
  }
  return addresses
}
