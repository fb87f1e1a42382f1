/**
 * @packageDocumentation
 *
 * What travels between nodes: endpoints, the envelope, the messages of Kademlia, records and the plaintext frame, to bytes
 * and back. Decoders return a whole message or a `Refusal` and never throw; encoders fit a byte budget. The bytes are
 * specified in `docs/wire-protocol.md`.
 *
 * ```ts
 * import { decodeKadResponse, encodeKadResponse, parseEndpoint } from '@kadmium/wire'
 * import { Refusal } from '@kadmium/interface'
 *
 * const address = parseEndpoint('[2001:db8::1]:8001')
 * const bytes = encodeKadResponse({ type: 'found-node', contacts: [{ publicKey, address }] }, 1100)
 * const reply = decodeKadResponse(bytes)
 * if (reply instanceof Refusal) console.error(reply.reason)
 * else if (reply.type === 'found-node') console.log(reply.contacts[0].address.text)   // [2001:db8::1]:8001
 * ```
 */
export { packContacts, unpackContacts } from './contacts.ts'
export type { PackableContact, WireContact } from './contacts.ts'
export { endpoint, endpointFromBytes } from './endpoint.ts'
export { endpointFromMultiaddr, parseEndpoint, parseHostPort, toMultiaddr } from './endpoint-text.ts'
export type { HostPort } from './endpoint-text.ts'
export { decodeEnvelope, encodeEnvelope, envelopeOverhead } from './envelope.ts'
export type { OpenedEnvelope } from './envelope.ts'
export { ipGroup, isPrivateAddress, isPublicAddress, isRoutableTarget } from './ip-group.ts'
export { decodeKadRequest, decodeKadResponse, encodeKadRequest, encodeKadResponse, isKadResponseTruncated } from './kad.ts'
export type { SendableKadResponse, WireFindValue, WireHeldRecord, WireKadRequest, WireKadResponse } from './kad.ts'
export * from './limits.ts'
export {
  COOKIE_BYTES, NETWORK_TAG_BYTES, PLAINTEXT_FRAME_BYTES, PLAINTEXT_STREAM_FRAME_BYTES,
  decodePlaintextFrame, decodePlaintextStreamFrame, encodePlaintextFrame, encodePlaintextStreamFrame
} from './plaintext-frame.ts'
export type { PlaintextFrame, PlaintextStreamFrame } from './plaintext-frame.ts'
export { decodePeerRecord, encodePeerRecord } from './peer-record.ts'
export type { AdvertisedPeer } from './peer-record.ts'
export { decodeRecord, encodeRecord, recordSigningBytes } from './record.ts'
