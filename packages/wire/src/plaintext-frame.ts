/**
 * The outer frames of the plaintext channel. Of a datagram: type 0x10, version 1, network (4 bytes), sender's Ed25519 key (32), cookie (8),
 * echo (8), length of the message (2, big-endian), message, zero padding. Only bytes; what cookies mean is the channel's.
 * Over a reliable transport, which says how long a message is and proves its sender's address: type 0x11, version 1,
 * network (4), sender's key (32), message.
 */
import { Refusal } from '@kadmium/interface'
import { plainView } from './generated-codec.ts'
import { PUBLIC_KEY_BYTES } from './limits.ts'

const PLAINTEXT_FRAME_TYPE = 0x10
const PLAINTEXT_STREAM_FRAME_TYPE = 0x11
const PLAINTEXT_FRAME_VERSION = 1
export const NETWORK_TAG_BYTES = 4
export const COOKIE_BYTES = 8

const NETWORK_AT = 2
const KEY_AT = NETWORK_AT + NETWORK_TAG_BYTES
const COOKIE_AT = KEY_AT + PUBLIC_KEY_BYTES
const ECHO_AT = COOKIE_AT + COOKIE_BYTES
const LENGTH_AT = ECHO_AT + COOKIE_BYTES
/** What the frame adds to a message: 56 bytes. */
export const PLAINTEXT_FRAME_BYTES = LENGTH_AT + 2

/** What the frame of a reliable transport adds: 38 bytes. */
export const PLAINTEXT_STREAM_FRAME_BYTES = COOKIE_AT

export interface PlaintextFrame {
  /** The first 4 bytes of the SHA-1 of the network's name. */
  readonly network: Uint8Array
  /** Raw Ed25519, 32 bytes. */
  readonly senderKey: Uint8Array
  /** 8 bytes that the receiver is to echo. */
  readonly cookie: Uint8Array
  /** The last cookie that the receiver gave; zeros when it gave none. */
  readonly echo: Uint8Array
  readonly message: Uint8Array
}

/** Padded with zeros to `padTo` bytes where it is shorter. */
export function encodePlaintextFrame (frame: PlaintextFrame, padTo = 0): Uint8Array {
  const bytes = new Uint8Array(Math.max(PLAINTEXT_FRAME_BYTES + frame.message.length, padTo))
  bytes[0] = PLAINTEXT_FRAME_TYPE
  bytes[1] = PLAINTEXT_FRAME_VERSION
  bytes.set(frame.network, NETWORK_AT)
  bytes.set(frame.senderKey, KEY_AT)
  bytes.set(frame.cookie, COOKIE_AT)
  bytes.set(frame.echo, ECHO_AT)
  bytes[LENGTH_AT] = frame.message.length >>> 8
  bytes[LENGTH_AT + 1] = frame.message.length & 255
  bytes.set(frame.message, PLAINTEXT_FRAME_BYTES)
  return bytes
}

/** Every field is a view of `bytes`: whoever keeps one copies it. Padding is not read. */
export function decodePlaintextFrame (bytes: Uint8Array): PlaintextFrame | Refusal {
  const view = plainView(bytes)
  if (view[0] !== PLAINTEXT_FRAME_TYPE) return new Refusal('not a plaintext frame')
  if (view[1] !== PLAINTEXT_FRAME_VERSION) return new Refusal('other version')
  if (view.length < PLAINTEXT_FRAME_BYTES) return new Refusal('frame cut short')
  const end = PLAINTEXT_FRAME_BYTES + ((view[LENGTH_AT] ?? 0) << 8) + (view[LENGTH_AT + 1] ?? 0)
  if (end > view.length) return new Refusal('frame cut short')
  return {
    network: view.subarray(NETWORK_AT, KEY_AT),
    senderKey: view.subarray(KEY_AT, COOKIE_AT),
    cookie: view.subarray(COOKIE_AT, ECHO_AT),
    echo: view.subarray(ECHO_AT, LENGTH_AT),
    message: view.subarray(PLAINTEXT_FRAME_BYTES, end)
  }
}

export type PlaintextStreamFrame = Pick<PlaintextFrame, 'network' | 'senderKey' | 'message'>

export function encodePlaintextStreamFrame ({ network, senderKey, message }: PlaintextStreamFrame): Uint8Array {
  const bytes = new Uint8Array(PLAINTEXT_STREAM_FRAME_BYTES + message.length)
  bytes[0] = PLAINTEXT_STREAM_FRAME_TYPE
  bytes[1] = PLAINTEXT_FRAME_VERSION
  bytes.set(network, NETWORK_AT)
  bytes.set(senderKey, KEY_AT)
  bytes.set(message, PLAINTEXT_STREAM_FRAME_BYTES)
  return bytes
}

/** Every field is a view of `bytes`. */
export function decodePlaintextStreamFrame (bytes: Uint8Array): PlaintextStreamFrame | Refusal {
  const view = plainView(bytes)
  if (view[0] !== PLAINTEXT_STREAM_FRAME_TYPE) return new Refusal('not a plaintext stream frame')
  if (view[1] !== PLAINTEXT_FRAME_VERSION) return new Refusal('other version')
  if (view.length < PLAINTEXT_STREAM_FRAME_BYTES) return new Refusal('frame cut short')
  return {
    network: view.subarray(NETWORK_AT, KEY_AT),
    senderKey: view.subarray(KEY_AT, COOKIE_AT),
    message: view.subarray(PLAINTEXT_STREAM_FRAME_BYTES)
  }
}
