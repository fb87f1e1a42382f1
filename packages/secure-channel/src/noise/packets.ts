/**
 * The six datagrams of the encrypted channel, and its one message of a connection, byte by byte. Indexes are four random bytes that the receiver chose;
 * counters are little-endian, as they go into the nonce. Only layout here; docs/wire-protocol.md has them with examples.
 */
import { DATAGRAM_BYTES, PUBLIC_KEY_BYTES, STREAM_BYTES } from '@kadmium/wire'
import { DH_BYTES, FIRST_OVERHEAD_BYTES, SECOND_OVERHEAD_BYTES } from './handshake.ts'
import { TAG_BYTES, writeCounter } from './symmetric-state.ts'

export const VERSION = 1
export const MAC_BYTES = 16
export const INDEX_BYTES = 4

export const packetType = { hello: 0x20, helloAnswer: 0x21, first: 0x22, answer: 0x23, cookie: 0x24, transport: 0x25, stream: 0x26 } as const

/** HELLO: type, version, nonce 8, zeros, mac 16. Longer than its answer, so that nobody amplifies by it. */
export const HELLO_BYTES = 64
export const HELLO_NONCE_AT = 2
export const HELLO_NONCE_END = 10
export const HELLO_MAC_AT = HELLO_BYTES - MAC_BYTES

/** HELLO answer: type, version, nonce 8, Ed25519 key 32, mac 16. */
export const HELLO_ANSWER_BYTES = HELLO_NONCE_END + PUBLIC_KEY_BYTES + MAC_BYTES
export const HELLO_ANSWER_MAC_AT = HELLO_ANSWER_BYTES - MAC_BYTES

/** First flight: type, version, sender's index 4, mac1 16, mac2 16, then Noise's first message; padded for its answer, to 1,200 bytes at most. */
export const FIRST_INDEX_AT = 2
export const FIRST_HEADER_BYTES = FIRST_INDEX_AT + INDEX_BYTES
export const MAC1_AT = FIRST_INDEX_AT + INDEX_BYTES
export const MAC2_AT = MAC1_AT + MAC_BYTES
export const FIRST_NOISE_AT = MAC2_AT + MAC_BYTES
export const FIRST_STATIC_AT = FIRST_NOISE_AT + DH_BYTES
/** Its payload: Ed25519 key 32, length 2, message, zeros. */
const EARLY_AT = PUBLIC_KEY_BYTES + 2
/** The shortest: no message rides along. Longer than the answer to it, so that nobody amplifies by it. */
export const FIRST_BYTES = FIRST_NOISE_AT + FIRST_OVERHEAD_BYTES + EARLY_AT
/** A message that rides in the first flight has at most so many bytes. */
export const EARLY_MESSAGE_BYTES = DATAGRAM_BYTES - FIRST_BYTES

/** Answer: type, version, receiver's index 4, then Noise's second message; its payload: sender's index 4, message. */
export const ANSWER_INDEX_AT = 2
export const ANSWER_NOISE_AT = ANSWER_INDEX_AT + INDEX_BYTES
export const ANSWER_OVERHEAD_BYTES = ANSWER_NOISE_AT + SECOND_OVERHEAD_BYTES + INDEX_BYTES
export const ANSWER_MESSAGE_BYTES = DATAGRAM_BYTES - ANSWER_OVERHEAD_BYTES

/** Cookie: type, version, zeros 2, receiver's index 4, salt 24, sealed cookie 16, tag 16. */
export const COOKIE_INDEX_AT = 4
export const COOKIE_SALT_AT = COOKIE_INDEX_AT + INDEX_BYTES
export const COOKIE_SALT_BYTES = 24
export const COOKIE_SEALED_AT = COOKIE_SALT_AT + COOKIE_SALT_BYTES
export const COOKIE_PACKET_BYTES = COOKIE_SEALED_AT + MAC_BYTES + TAG_BYTES

/** Data: type, receiver's index 4, counter 8, sealed message, tag 16. The first 13 bytes are its associated data. */
export const TRANSPORT_INDEX_AT = 1
const TRANSPORT_COUNTER_AT = TRANSPORT_INDEX_AT + INDEX_BYTES
export const TRANSPORT_HEADER_BYTES = TRANSPORT_COUNTER_AT + 8
export const TRANSPORT_OVERHEAD_BYTES = TRANSPORT_HEADER_BYTES + TAG_BYTES
export const TRANSPORT_MESSAGE_BYTES = DATAGRAM_BYTES - TRANSPORT_OVERHEAD_BYTES
/** The same by a connection, where only the type differs. */
export const STREAM_MESSAGE_BYTES = STREAM_BYTES - TRANSPORT_OVERHEAD_BYTES

/** The start of all packets but data: type and version, zeros up to `length`. */
export function packet (type: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  bytes[0] = type
  bytes[1] = VERSION
  return bytes
}

export function readIndex (bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0
}

export function writeIndex (into: Uint8Array, at: number, index: number): void {
  into[at] = index >>> 24
  into[at + 1] = index >>> 16
  into[at + 2] = index >>> 8
  into[at + 3] = index
}

/** @param answerBytes of the answer's message: the first flight is to be no shorter than its answer. */
export function writeFirstPayload (publicKey: Uint8Array, message: Uint8Array, answerBytes: number = ANSWER_MESSAGE_BYTES): Uint8Array {
  const wanted = Math.min(answerBytes + ANSWER_OVERHEAD_BYTES, DATAGRAM_BYTES) - FIRST_BYTES
  const payload = new Uint8Array(EARLY_AT + Math.max(message.length, wanted))
  payload.set(publicKey)
  payload[PUBLIC_KEY_BYTES] = message.length >>> 8
  payload[PUBLIC_KEY_BYTES + 1] = message.length & 255
  payload.set(message, EARLY_AT)
  return payload
}

/** Views of `payload`, which has at least what the shortest has; `undefined` where the message would be longer than that. */
export function readFirstPayload (payload: Uint8Array): { readonly publicKey: Uint8Array, readonly message: Uint8Array } | undefined {
  const end = EARLY_AT + (payload[PUBLIC_KEY_BYTES]! << 8) + payload[PUBLIC_KEY_BYTES + 1]!
  if (end > payload.length) return undefined
  return { publicKey: payload.subarray(0, PUBLIC_KEY_BYTES), message: payload.subarray(EARLY_AT, end) }
}

/** The header of a data packet, and room for the rest. */
export function transportPacket (type: number, index: number, counter: number, messageBytes: number): Uint8Array {
  const bytes = new Uint8Array(TRANSPORT_OVERHEAD_BYTES + messageBytes)
  bytes[0] = type
  writeIndex(bytes, TRANSPORT_INDEX_AT, index)
  writeCounter(bytes, TRANSPORT_COUNTER_AT, counter)
  return bytes
}

/** `undefined` for 2^53 and more, which no sender reaches. */
export function readCounter (bytes: Uint8Array): number | undefined {
  const low = littleEndian(bytes, TRANSPORT_COUNTER_AT)
  const high = littleEndian(bytes, TRANSPORT_COUNTER_AT + 4)
  return high < 0x20_0000 ? high * 0x1_0000_0000 + low : undefined
}

function littleEndian (bytes: Uint8Array, at: number): number {
  return (bytes[at + 3]! << 24 | bytes[at + 2]! << 16 | bytes[at + 1]! << 8 | bytes[at]!) >>> 0
}
