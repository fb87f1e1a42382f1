/** What an address says about who owns it and whether it can be asked. */
import type { Endpoint } from '@kadmium/interface'
import { wordsOf } from './endpoint.ts'

/**
 * The group that limits are counted by: /24 for IPv4 (a number), /56 for IPv6 (text), about what one customer is given.
 */
export function ipGroup (address: Endpoint): string | number {
  const [w0, w1, , w3] = wordsOf(address)
  return address.family === 4 ? w3 >>> 8 : `${(w0 >>> 0).toString(16)}:${(w1 >>> 8).toString(16)}`
}

/** Loopback, RFC 1918, link-local (RFC 3927, RFC 4291), shared (RFC 6598) and unique local (RFC 4193) addresses. */
export function isPrivateAddress (address: Endpoint): boolean {
  const [w0, w1, w2, w3] = wordsOf(address)
  return address.family === 4
    ? isPrivateIpv4(w3)
    : (w0 === 0 && w1 === 0 && w2 === 0 && w3 === 1) || (w0 >>> 25) === 0xfc >>> 1 || (w0 >>> 22) === 0xfe80 >>> 6
}

function isPrivateIpv4 (word: number): boolean {
  const a = word >>> 24
  return a === 127 || a === 10 || (word >>> 20) === 0xac1 || (word >>> 16) === 0xc0a8 || (word >>> 16) === 0xa9fe ||
    (word >>> 22) === 0x6440 >>> 6
}

/** Whether a datagram may be sent there: no port 0, and neither unspecified nor multicast, broadcast or reserved (RFC 6890). */
export function isRoutableTarget (address: Endpoint): boolean {
  const [w0, w1, w2, w3] = wordsOf(address)
  if (address.port === 0) return false
  if (address.family === 4) return (w3 >>> 24) !== 0 && (w3 >>> 24) < 224
  return (w0 >>> 24) !== 0xff && !(w0 === 0 && w1 === 0 && w2 === 0 && w3 === 0)
}
