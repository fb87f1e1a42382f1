import { InvalidOptionError } from '@kadmium/interface'
import type { SwarmLimits } from '@kadmium/interface'

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
  maxTimeoutMs: 2000,
  tries: 2
}

/** Fills in the defaults. Throws `InvalidOptionError` for what is no bound. */
export function limitsOf (given: Partial<SwarmLimits> = {}): SwarmLimits {
  for (const [name, value] of Object.entries(given)) {
    if (!(name in defaultLimits)) throw new InvalidOptionError(`limits.${name}`, `unknown; expected one of ${Object.keys(defaultLimits).join(', ')}`)
    if (!Number.isSafeInteger(value) || value < 1) throw new InvalidOptionError(`limits.${name}`, `expected an integer of at least 1, got ${value}`)
  }
  const limits = { ...defaultLimits, ...given }
  if (limits.minTimeoutMs > limits.maxTimeoutMs) {
    throw new InvalidOptionError('limits.minTimeoutMs', `expected at most maxTimeoutMs (${limits.maxTimeoutMs}), got ${limits.minTimeoutMs}`)
  }
  return limits
}
