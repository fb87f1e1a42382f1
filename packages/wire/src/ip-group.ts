/** What an address says about who owns it and whether it can be asked. */
import type { Endpoint } from '@kadmium/interface'
import { ipv4WordOf, wordsOf } from './endpoint.ts'

/**
 * The group that limits are counted by: /24 for IPv4 (a number), /56 for IPv6 (text), about what one customer is given.
 */
export function ipGroup (address: Endpoint): string | number {
  if (address.family === 4) return ipv4WordOf(address) >>> 8
  const [w0, w1] = wordsOf(address)
  return `${(w0 >>> 0).toString(16)}:${(w1 >>> 8).toString(16)}`
}

/** Loopback, RFC 1918, link-local (RFC 3927, RFC 4291), shared (RFC 6598) and unique local (RFC 4193) addresses. */
export function isPrivateAddress (address: Endpoint): boolean {
  if (address.family === 4) return isPrivateIpv4(ipv4WordOf(address))
  const [w0, w1, w2, w3] = wordsOf(address)
  return (w0 === 0 && w1 === 0 && w2 === 0 && w3 === 1) || (w0 >>> 25) === 0xfc >>> 1 || (w0 >>> 22) === 0xfe80 >>> 6
}

function isPrivateIpv4 (word: number): boolean {
  const a = word >>> 24
  return a === 127 || a === 10 || (word >>> 20) === 0xac1 || (word >>> 16) === 0xc0a8 || (word >>> 16) === 0xa9fe ||
    (word >>> 22) === 0x6440 >>> 6
}

/** Whether a datagram may be sent there: no port 0, and neither unspecified nor multicast, broadcast or reserved (RFC 6890). */
export function isRoutableTarget (address: Endpoint): boolean {
  if (address.port === 0) return false
  if (address.family === 4) return isUnicastIpv4(ipv4WordOf(address))
  const [w0, w1, w2, w3] = wordsOf(address)
  return (w0 >>> 24) !== 0xff && !(w0 === 0 && w1 === 0 && w2 === 0 && w3 === 0)
}

/**
 * Whether it may be somebody's on the internet: not private, and in no range that the registries of special-purpose addresses
 * (RFC 6890) keep for documentation, benchmarks, protocols and relays. Says nothing of the port.
 */
export function isPublicAddress (address: Endpoint): boolean {
  if (isPrivateAddress(address)) return false
  const [w0, , , w3] = wordsOf(address)
  return address.family === 4 ? !within(w3, SPECIAL_IPV4) && isUnicastIpv4(w3) : (w0 >>> 29) === 1 && !within(w0, SPECIAL_IPV6)
}

function isUnicastIpv4 (word: number): boolean {
  return (word >>> 24) !== 0 && (word >>> 24) < 224
}

/** First word and length of a prefix. */
type Prefix = readonly [word: number, bits: number]

/** 192.0.0.0/24, 192.0.2.0/24, 192.88.99.0/24, 198.18.0.0/15, 198.51.100.0/24, 203.0.113.0/24 */
const SPECIAL_IPV4: readonly Prefix[] = [
  [0xc0000000, 24], [0xc0000200, 24], [0xc0586300, 24], [0xc6120000, 15], [0xc6336400, 24], [0xcb007100, 24]
]

/** 2001::/23 (Teredo and others), 2001:db8::/32, 2002::/16 (6to4), 3fff::/20; all else that is public is in 2000::/3. */
const SPECIAL_IPV6: readonly Prefix[] = [[0x20010000, 23], [0x20010db8, 32], [0x20020000, 16], [0x3fff0000, 20]]

function within (word: number, prefixes: readonly Prefix[]): boolean {
  return prefixes.some(([prefix, bits]) => word >>> (32 - bits) === prefix >>> (32 - bits))
}
