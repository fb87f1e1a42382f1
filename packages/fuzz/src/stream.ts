import { STREAM_BYTES } from '@kadmium/wire'
import { varint } from './protobuf.ts'

/** What becomes of a stream: it ends between two messages, within one, or has to be ended by who reads it. */
export type StreamEnd = 'whole' | 'cut' | 'too long' | 'longer than it needs to be'

export interface ReadStream {
  readonly messages: readonly Uint8Array[]
  readonly end: StreamEnd
}

const MAX_LENGTH_BYTES = 8

/** How a stream of messages, each with its length before it as a varint, is to be read: by the rule, for comparison. */
export function readStream (stream: Uint8Array): ReadStream {
  const messages: Uint8Array[] = []
  for (let at = 0; at < stream.length;) {
    let last = at
    while (last < stream.length && (stream[last] as number) > 127) last++
    if (last - at > MAX_LENGTH_BYTES) return { messages, end: 'too long' }
    if (last === stream.length) return { messages, end: 'cut' }
    if (last > at && stream[last] === 0) return { messages, end: 'longer than it needs to be' }
    const length = stream.subarray(at, last + 1).reduceRight((sum, byte) => sum * 128 + (byte & 127), 0)
    if (length > STREAM_BYTES) return { messages, end: 'too long' }
    if (last + 1 + length > stream.length) return { messages, end: 'cut' }
    messages.push(stream.slice(last + 1, last + 1 + length))
    at = last + 1 + length
  }
  return { messages, end: 'whole' }
}

export function writeStream (messages: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(messages.flatMap(message => [Uint8Array.from(varint(message.length)), message])))
}

/** Cut at places that depend on the bytes alone: at most eight pieces, of one byte or of many. */
export function piecesOf (stream: Uint8Array): Uint8Array[] {
  const sum = stream.subarray(0, 64).reduce((total, byte) => total + byte, stream.length)
  const step = [1, 2, 3, 17, 300][sum % 5] as number
  const pieces: Uint8Array[] = []
  let at = 0
  for (let next = sum * 31 % (stream.length + 1); next < stream.length && pieces.length < 7; next += step) {
    pieces.push(stream.subarray(at, next))
    at = next
  }
  return [...pieces, stream.subarray(at)]
}
