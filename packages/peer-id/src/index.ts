/**
 * @packageDocumentation
 *
 * 160-bit peer ids, XOR distance and exact random ids per bucket.
 */

export {}
