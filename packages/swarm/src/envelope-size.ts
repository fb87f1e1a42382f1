import type { Endpoint, Envelope } from '@kadmium/interface'

const encoder = new TextEncoder()
const nameBytes = new Map<string, number>()

/** Tag, length and content of a protobuf field of up to 127 bytes. */
const field = (length: number): number => 2 + length
const flag = 2
/** Tag and length before the payload: lengths from 128 to 16,383 take two bytes, above that three. */
const payloadHeader = 3
const shortBudget = 16_383

/**
 * Bytes that an envelope adds to a payload of 128 bytes or more: counted instead of encoded, since it is asked for every
 * message. The code and reason of an error are not counted; errors have no payload. `budget`: what both together may have.
 */
export function envelopeBytes (envelope: Envelope, budget: number): number {
  const common = flag + field(envelope.transactionId.length) + flag + payloadHeader + (budget > shortBudget ? 1 : 0)
  switch (envelope.kind) {
    case 'request': return common + field(bytesOf(envelope.protocol)) + (envelope.token === undefined ? 0 : field(envelope.token.length))
    case 'response': return common + (envelope.truncated ? flag : 0) + observedBytes(envelope.observed)
    case 'error': return common
  }
}

function observedBytes (observed: Endpoint | undefined): number {
  return observed === undefined ? 0 : field(observed.family === 4 ? 6 : 18)
}

/** Only our own requests are measured, so there are as many names as this program has protocols. */
function bytesOf (protocol: string): number {
  let length = nameBytes.get(protocol)
  if (length === undefined) {
    length = encoder.encode(protocol).length
    nameBytes.set(protocol, length)
  }
  return length
}
