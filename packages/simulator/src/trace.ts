import type { Crypto } from '@kadmium/interface'

const CHUNK_BYTES = 65_536
const DIGEST_BYTES = 20
const HEADER_BYTES = 17

/** What an entry of the trace tells; part of the hash, so a number once given stays. */
export const TraceKind = { Sent: 1, Delivered: 2, Lost: 3, Partitioned: 4, Duplicated: 5, Nobody: 6, Event: 7, Node: 8, Filtered: 9, Congested: 10 } as const

/**
 * A running hash over all that happens: two runs with the same hash did the same, to the last byte and the last
 * microsecond. Entries are gathered, and the gathered chunk is hashed together with the hash of what came before it: one
 * call of SHA-1 for some hundred entries.
 */
export class Trace {
  readonly #sha1: Crypto['sha1']
  readonly #chunk = new Uint8Array(CHUNK_BYTES)
  readonly #view = new DataView(this.#chunk.buffer)
  #end = DIGEST_BYTES
  #entries = 0

  constructor (crypto: Crypto) {
    this.#sha1 = crypto.sha1
  }

  /** Entries so far. */
  get entries (): number {
    return this.#entries
  }

  add (kind: number, at: number, node: number, peer: number, bytes: Uint8Array): void {
    this.#entries++
    if (this.#end + HEADER_BYTES + bytes.length > CHUNK_BYTES) this.#seal()
    this.#view.setUint8(this.#end, kind)
    this.#view.setFloat64(this.#end + 1, at)
    this.#view.setUint32(this.#end + 9, node)
    this.#view.setUint32(this.#end + 13, peer)
    this.#append(bytes)
  }

  /** 40 hex digits over everything so far. */
  hash (): string {
    return hex(this.#sha1(this.#chunk.subarray(0, this.#end)))
  }

  #append (bytes: Uint8Array): void {
    this.#end += HEADER_BYTES
    const fitting = bytes.length > CHUNK_BYTES - this.#end ? bytes.subarray(0, CHUNK_BYTES - this.#end) : bytes
    this.#chunk.set(fitting, this.#end)
    this.#end += fitting.length
  }

  #seal (): void {
    this.#chunk.set(this.#sha1(this.#chunk.subarray(0, this.#end)))
    this.#end = DIGEST_BYTES
  }
}

function hex (bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}
