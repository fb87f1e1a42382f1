/** DEFLATE (RFC 1951, without a wrapper). Synchronous, so that a run can be replayed; values have at most 64 KiB. */
export interface Compressor {
  deflate (bytes: Uint8Array): Uint8Array
  /** What was deflated, or why it is not given: it is not whole, or longer than `maxBytes`, at least 1. Never makes more than that. Never throws. */
  inflate (bytes: Uint8Array, maxBytes: number): Uint8Array | 'malformed' | 'too-large'
}
