import { decode } from 'it-length-prefixed'
import type { LengthDecoderFunction } from 'it-length-prefixed'

/** More than any length has, so that one without end is told from one of which more is to come. */
const LOOK_AT_BYTES = 9

/**
 * The messages of a stream, each with its length before it as a varint that is as short as it can be, however the stream is
 * cut. Throws at a length above `maxMessageBytes`, at one that is longer than it needs to be, and where the stream ends
 * within a message.
 */
export async function * readMessages (chunks: AsyncIterable<Uint8Array>, maxMessageBytes: number): AsyncGenerator<Uint8Array> {
  let isWithin = false
  const options = {
    maxDataLength: maxMessageBytes,
    lengthDecoder: decodeLength,
    onLength: () => { isWithin = true },
    onData: () => { isWithin = false }
  }
  for await (const message of decode(chunks, options)) yield plain(message.subarray())
  if (isWithin) throw new Error('the stream ended within a message')
}

/** The library's own takes as many bytes off as the shortest has, and the rest for the message. `RangeError`: more is to come. */
const decodeLength: LengthDecoderFunction = stream => {
  const bytes = stream.subarray(0, Math.min(LOOK_AT_BYTES, stream.length))
  let length = 0
  for (const [at, byte] of bytes.entries()) {
    length += (byte & 127) * 2 ** (7 * at)
    if (byte > 127) continue
    if (byte === 0 && at > 0) throw new Error('a length is longer than it needs to be')
    decodeLength.bytes = at + 1
    return length
  }
  throw new RangeError('more of the length is to come')
}
decodeLength.bytes = 0

function plain (bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
