/** The outermost message: what is asked or answered, by which protocol, for which transaction. */
import { Refusal } from '@kadmium/interface'
import type { Endpoint, Envelope, ErrorCode, Mode } from '@kadmium/interface'
import { endpointFromBytes } from './endpoint.ts'
import { Code, Envelope as Codec, Kind, NodeMode } from './generated/envelope.ts'
import { plainView, readMessage, sendable } from './generated-codec.ts'
import { MAX_PROTOCOL_BYTES, MAX_REASON_BYTES, MAX_TOKEN_BYTES, MAX_TRANSACTION_ID_BYTES } from './limits.ts'
import type { Shape } from './shape.ts'

export interface OpenedEnvelope {
  readonly envelope: Envelope
  /** Empty when the message has none. A view of the datagram: whoever keeps it copies it. */
  readonly payload: Uint8Array
}

const ENVELOPE: Shape = [
  undefined,
  { type: 'varint', min: 1, max: 3 },
  { type: 'bytes', min: 1, max: MAX_TRANSACTION_ID_BYTES },
  { type: 'varint', min: 1, max: 2 },
  { type: 'text', min: 1, max: MAX_PROTOCOL_BYTES },
  { type: 'bytes', min: 0, max: Number.MAX_SAFE_INTEGER },
  { type: 'bytes', min: 6, max: 18 },
  { type: 'varint', min: 0, max: 1 },
  { type: 'varint', min: 1, max: 8 },
  { type: 'text', min: 0, max: MAX_REASON_BYTES },
  { type: 'bytes', min: 1, max: MAX_TOKEN_BYTES }
]

const CODES = {
  'protocol-unknown': Code.CODE_PROTOCOL_UNKNOWN,
  malformed: Code.CODE_MALFORMED,
  'token-required': Code.CODE_TOKEN_REQUIRED,
  'record-refused': Code.CODE_RECORD_REFUSED,
  'key-full': Code.CODE_KEY_FULL,
  'too-large': Code.CODE_TOO_LARGE,
  busy: Code.CODE_BUSY,
  internal: Code.CODE_INTERNAL
} as const satisfies Record<ErrorCode, Code>

const ERROR_CODES = new Map<Code, ErrorCode>(Object.entries(CODES).map(([name, code]) => [code, name as ErrorCode]))
const EMPTY = new Uint8Array(0)
const textEncoder = new TextEncoder()

/** Throws nothing; a `reason` of more than 128 bytes is cut at a character. */
export function encodeEnvelope (envelope: Envelope, payload?: Uint8Array): Uint8Array {
  return Codec.encode(wireFields(envelope, payload === undefined || payload.length === 0 ? undefined : sendable(payload)))
}

/** The bytes that an envelope adds to a payload of 1 to 16,383 bytes. */
export function envelopeOverhead (envelope: Envelope): number {
  return Codec.encode(wireFields(envelope)).length + 3
}

export function decodeEnvelope (bytes: Uint8Array): OpenedEnvelope | Refusal {
  const message = readMessage(plainView(bytes), ENVELOPE, Codec)
  if (message instanceof Refusal) return message
  const envelope = envelopeOf(message)
  return envelope instanceof Refusal ? envelope : { envelope, payload: message.payload ?? EMPTY }
}

function wireFields (envelope: Envelope, payload?: Uint8Array<ArrayBuffer>): Codec {
  const transactionId = sendable(envelope.transactionId)
  const mode = envelope.mode === 'server' ? NodeMode.MODE_SERVER : NodeMode.MODE_CLIENT
  switch (envelope.kind) {
    case 'request': {
      const { protocol, token } = envelope
      return { kind: Kind.KIND_REQUEST, transactionId, mode, protocol, payload, token: token && sendable(token) }
    }
    case 'response': {
      const { observed, truncated } = envelope
      return { kind: Kind.KIND_RESPONSE, transactionId, mode, payload, observed: observed && sendable(observed.bytes), truncated: truncated || undefined }
    }
    case 'error': {
      const { observed, code, reason, token } = envelope
      return {
        kind: Kind.KIND_ERROR,
        transactionId,
        mode,
        payload,
        observed: observed && sendable(observed.bytes),
        code: CODES[code],
        reason: shortened(reason) || undefined,
        token: token && sendable(token)
      }
    }
  }
}

function envelopeOf (message: Codec): Envelope | Refusal {
  const { kind, transactionId, mode: nodeMode, protocol, truncated = false, token } = message
  if (transactionId === undefined) return new Refusal('no transaction id')
  if (nodeMode === undefined) return new Refusal('no mode')
  const mode: Mode = nodeMode === NodeMode.MODE_SERVER ? 'server' : 'client'
  const observed = observedBy(message)
  if (observed instanceof Refusal) return observed
  switch (kind) {
    case Kind.KIND_REQUEST:
      if (protocol === undefined) return new Refusal('no protocol')
      return { kind: 'request', transactionId, mode, protocol, ...(token && { token }) }
    case Kind.KIND_RESPONSE:
      return { kind: 'response', transactionId, mode, truncated, ...(observed && { observed }) }
    case Kind.KIND_ERROR: {
      const code = message.code === undefined ? undefined : ERROR_CODES.get(message.code)
      if (code === undefined) return new Refusal('no error code')
      return { kind: 'error', transactionId, mode, code, reason: message.reason ?? '', ...(observed && { observed }), ...(token && { token }) }
    }
    case Kind.KIND_NONE:
    case undefined:
      return new Refusal('no kind')
  }
}

function observedBy ({ observed }: Codec): Endpoint | Refusal | undefined {
  if (observed === undefined) return undefined
  return observed.length === 6 || observed.length === 18 ? endpointFromBytes(observed) : new Refusal('bad observed address')
}

/** At most `MAX_REASON_BYTES` of UTF-8, cut between characters. */
function shortened (reason: string): string {
  const whole = textEncoder.encodeInto(reason, new Uint8Array(MAX_REASON_BYTES))
  return whole.read === reason.length ? reason : reason.slice(0, whole.read)
}
