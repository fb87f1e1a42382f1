/** The one way into and out of the generated code. */
import { Refusal } from '@kadmium/interface'
import { checkShape } from './shape.ts'
import type { Shape } from './shape.ts'

interface Decoder<T> {
  decode (bytes: Uint8Array): T
}

/** The only place where an exception of a decoder could surface, and it does not get past it. */
export function readMessage<T> (bytes: Uint8Array, shape: Shape, codec: Decoder<T>): T | Refusal {
  const problem = checkShape(bytes, shape)
  if (problem !== undefined) return new Refusal(problem)
  try {
    return codec.decode(bytes)
  } catch {
    return new Refusal('undecodable')
  }
}

/** Node's sockets deliver `Buffer`s, whose `slice` does not copy; everything in here works on plain views. */
export function plainView (bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** The generated types ask for bytes over an `ArrayBuffer`; the generated code only ever copies from them. */
export function sendable (bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>
}
