/**
 * IP addresses between text and 32-bit words. IPv4 is held as the IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2), so that
 * both families are four words, most significant first, signed.
 */

export type IpWords = readonly [number, number, number, number]

/** The third word of every IPv4-mapped address; the first two are 0. */
export const MAPPED_PREFIX = 0xffff

/** `undefined` for anything that is not an address; zones (`fe80::1%eth0`) are none. */
export function parseIp (text: string): IpWords | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

/** Dotted decimal; leading zeros are refused, since some programs read them as octal. */
function parseIpv4 (text: string): IpWords | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return undefined
  return [0, 0, MAPPED_PREFIX, parts.reduce((word, part) => (word << 8) | Number(part), 0)]
}

function parseIpv6 (text: string): IpWords | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = parseGroups(halves[0] ?? '', halves.length === 1)
  const tail = parseGroups(halves[1] ?? '', halves.length === 2)
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail]
  return [joined(groups, 0), joined(groups, 2), joined(groups, 4), joined(groups, 6)]
}

/** 16-bit groups; the last two may be written as an IPv4 address where the text ends. */
function parseGroups (text: string, atEnd: boolean): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const dotted = atEnd ? parseIpv4(parts.at(-1) ?? '') : undefined
  const hexParts = dotted === undefined ? parts : parts.slice(0, -1)
  if (!hexParts.every(part => /^[0-9a-f]{1,4}$/i.test(part))) return undefined
  const groups = hexParts.map(part => parseInt(part, 16))
  return dotted === undefined ? groups : [...groups, dotted[3] >>> 16, dotted[3] & 0xffff]
}

function joined (groups: readonly number[], index: number): number {
  return ((groups[index] ?? 0) << 16) | (groups[index + 1] ?? 0)
}

export function formatIpv4 (word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`
}

/** RFC 5952: lower case, no leading zeros, the first of the longest runs of two or more zero groups is `::`. */
export function formatIpv6 (words: IpWords): string {
  const groups = words.flatMap(word => [word >>> 16, word & 0xffff])
  const [start, length] = longestZeroRun(groups)
  const hex = (part: readonly number[]): string => part.map(group => group.toString(16)).join(':')
  return length < 2 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`
}

function longestZeroRun (groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0]
  for (let start = 0; start < groups.length; start++) {
    let end = start
    while (groups[end] === 0) end++
    if (end - start > best[1]) best = [start, end - start]
  }
  return best
}
