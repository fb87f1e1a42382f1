import { InvalidOptionError } from '@kadmium/interface'

export interface NoiseInit {
  /** Peers whose proven sessions are remembered; the least recently heard leave, those to `keep` last. Default 4,096. */
  readonly maxSessions?: number
  /** Handshakes of others that have not proven their address; the oldest leave. Default 256. */
  readonly maxHalfOpen?: number
  /** The same for one /24 (IPv4) or /56 (IPv6). Default 4. */
  readonly maxHalfOpenPerGroup?: number
  /** Whether private and loopback addresses are free of the limit per group. Default: unless the profile is public. */
  readonly exemptPrivate?: boolean
  /** From so many half-open handshakes on, newcomers are given a cookie instead of a key exchange. Default 128. */
  readonly cookieAbove?: number
  /** Handshakes of our own that wait for an answer; the oldest leave. Default 1,024. */
  readonly maxAttempts?: number
  /** Messages that wait for a session, altogether. Default 1,024. */
  readonly maxHeld?: number
  /** Messages that wait for the session with one peer. Default 16. */
  readonly maxHeldPerPeer?: number
  /** Answers that are kept for first flights that come again. Default 256. */
  readonly maxAnswers?: number
  /** For how long they are kept, in milliseconds. Default 120,000 (2 min). */
  readonly answerMs?: number
  /** A handshake of ours ends unanswered after so many milliseconds, one of others after twice as many. Default 5,000. */
  readonly handshakeMs?: number
  /** A session with a peer to keep ends after so many milliseconds of silence. Default 7,200,000 (2 h). */
  readonly idleMs?: number
  /** The same for all other peers. Default 300,000 (5 min). */
  readonly briefIdleMs?: number
  /** A session in use gets new keys after so many milliseconds; at twice as many it is not used any more. Default 3,600,000 (1 h). */
  readonly rekeyMs?: number
  /** The same after so many packets sent. Default 1,048,576 (2^20). */
  readonly rekeyPackets?: number
  /** A cookie is good for one to two times as many milliseconds. Default 120,000 (2 min). */
  readonly cookieEpochMs?: number
  /** By how many packets one may be late. Default 2,048. */
  readonly replayWindow?: number
  /** Requests remembered, to tell a second try from a first one. Default 1,024. */
  readonly maxRecentRequests?: number
}

export type NoiseOptions = Required<NoiseInit>

const defaults: NoiseOptions = {
  maxSessions: 4096,
  maxHalfOpen: 256,
  maxHalfOpenPerGroup: 4,
  exemptPrivate: true,
  cookieAbove: 128,
  maxAttempts: 1024,
  maxHeld: 1024,
  maxHeldPerPeer: 16,
  maxAnswers: 256,
  answerMs: 120_000,
  handshakeMs: 5000,
  idleMs: 7_200_000,
  briefIdleMs: 300_000,
  rekeyMs: 3_600_000,
  rekeyPackets: 1_048_576,
  cookieEpochMs: 120_000,
  replayWindow: 2048,
  maxRecentRequests: 1024
}

export function noiseOptions (init: NoiseInit): NoiseOptions {
  const options = { ...defaults, ...init }
  for (const [name, value] of Object.entries(options)) {
    if (name === 'exemptPrivate') continue
    if (Number.isFinite(value) && Number(value) >= 1) continue
    throw new InvalidOptionError(`noise.${name}`, `expected a number of at least 1, got ${value}`)
  }
  return options
}
