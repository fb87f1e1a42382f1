/**
 * The floors of the house. A package imports only from floors strictly below its own, so there are no circles, and a
 * reader who knows the lower floors needs nothing else. ESLint's rules and check-floors.mjs come from this table.
 */

export const floors = {
  interface: 0,
  runtime: 1,
  'peer-id': 1,
  wire: 1,
  'routing-table': 2,
  records: 2,
  'secure-channel': 2,
  'transport-udp': 2,
  'transport-tcp': 2,
  swarm: 3,
  'kad-behaviour': 4,
  simulator: 5,
  node: 6,
  cli: 7,
  benchmarks: 8,
  fuzz: 8
}

/** The packages that may touch the outer world: clocks, timers, randomness, sockets, `node:*`. All others are pure. */
export const io = new Set(['runtime', 'transport-udp', 'transport-tcp', 'node', 'cli', 'benchmarks', 'fuzz'])

/** Every package that `name` may not import: its own floor, itself included, and all above. */
export function forbiddenTo (name) {
  return Object.keys(floors).filter(other => floors[other] >= floors[name])
}
