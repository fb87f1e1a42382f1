import { InvalidOptionError } from '@kadmium/interface'
import type { SwarmLimits } from '@kadmium/interface'
import { checkCount } from './check-option.ts'

export const defaultLimits: SwarmLimits = {
  pendingRequests: 1024,
  inboundRequests: 256,
  unprovenEndpoints: 4096,
  storedAnswers: 1024,
  connections: 4096,
  roundTrips: 4096,
  eventQueue: 1024,
  initialTimeoutMs: 1000,
  minTimeoutMs: 50,
  lastTimeoutMs: 200,
  writeTimeoutMs: 1000,
  maxTimeoutMs: 2000,
  reliableTimeoutMs: 5000,
  tries: 'auto',
  packetsPerSecond: 32_768,
  packetsPerSecondPerGroup: 4096,
  unprovenPerSecond: 4096,
  unprovenPerSecondPerGroup: 256,
  burstMs: 2000,
  rateLimitGroups: 1024
}

/** Fills in the defaults. Throws `InvalidOptionError` for what is no bound. */
export function limitsOf (given: Partial<SwarmLimits> = {}): SwarmLimits {
  for (const [name, value] of Object.entries(given)) {
    const known = Object.keys(defaultLimits)
    if (!known.includes(name)) throw new InvalidOptionError(`limits.${name}`, `unknown; expected one of ${known.join(', ')}`)
    if (name !== 'tries' || value !== 'auto') checkCount(`limits.${name}`, value as number)
  }
  const limits = { ...defaultLimits, ...given }
  const { minTimeoutMs, maxTimeoutMs } = limits
  if (minTimeoutMs > maxTimeoutMs) {
    throw new InvalidOptionError('limits.minTimeoutMs', `expected at most maxTimeoutMs (${maxTimeoutMs}), got ${minTimeoutMs}`)
  }
  return limits
}
